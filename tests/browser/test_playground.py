"""The playground in JupyterLab by keyboard alone: its knobs, Run and Stop, what is shown meanwhile, both themes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Locator, Page, expect

from tests.browser.jupyterlab import RUN_SECONDS, Notebook, chromium_page, copy_of_checkout, running_lab

pytestmark = [pytest.mark.browser, pytest.mark.measured, pytest.mark.slow]

DONE = re.compile("done: ")


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    return Path(os.environ.get("ASYNCLAB_TEST_SCREENSHOTS") or tmp_path / "screenshots")


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium_page() as page:
        yield page


def run_cell(notebook: Notebook, text: str) -> Locator:
    cell = notebook.cell(text)
    cell.locator(".cm-content").click()
    notebook.page.keyboard.press("Control+Enter")
    return cell


def test_by_keyboard_alone(tmp_path: Path, page: Page, shots: Path) -> None:
    checkout = copy_of_checkout(tmp_path / "clone")
    with running_lab(checkout) as address:
        notebook = Notebook.open(page, address, checkout, "notebooks/playground.ipynb", shots)
        stored = notebook.cell("playground.start()")
        expect(stored.locator("img")).to_have_count(3)
        expect(stored).to_contain_text("Run this cell, and you can turn")  # what is there without a kernel's work
        run_cell(notebook, "%load_ext asynclab")
        cell = run_cell(notebook, "playground.start()")
        status = cell.locator("span[role=status]")
        expect(status).to_contain_text("running (1 of 3)", timeout=RUN_SECONDS * 1e3)
        notebook.shoot("playground-1-running")
        expect(status).to_contain_text(DONE, timeout=RUN_SECONDS * 1e3)
        expect(cell.locator("thead th")).to_have_count(3)

        handle = cell.locator(".noUi-handle").first
        cell.locator(".cm-content").click()
        page.keyboard.press("Escape")
        for _ in range(30):  # from the cell on, Tab comes to every knob
            page.keyboard.press("Tab")
            if handle.evaluate("knob => knob === document.activeElement"):
                break
        expect(handle).to_be_focused()
        assert handle.evaluate("knob => getComputedStyle(knob).outlineStyle") == "solid", "one sees which it is"
        page.keyboard.press("ArrowRight")
        expect(cell.locator(".widget-readout").first).to_have_text("100")
        expect(cell).to_contain_text("⌈100 / 20⌉ × 80 ms")
        cell.get_by_role("radio").nth(1).focus()
        page.keyboard.press("Space")
        expect(cell).to_contain_text("⌈100 / 10⌉ × 80 ms")  # the pool counts now
        notebook.shoot("playground-2-knobs")

        run = cell.get_by_role("button", name="Run", exact=True)
        run.focus()
        page.keyboard.press("Space")
        expect(status).to_contain_text("running: 20 coroutines, pool 10")
        expect(run).to_be_focused()
        expect(status).to_contain_text(DONE, timeout=RUN_SECONDS * 1e3)
        expect(cell.locator("thead th")).to_have_count(4)
        expect(cell.get_by_role("checkbox")).to_have_count(4)
        expect(run).to_be_focused()

        cell.get_by_role("radio").nth(2).focus()  # one after the other: ten seconds
        page.keyboard.press("Space")
        run.focus()
        page.keyboard.press("Enter")
        expect(status).to_contain_text("running: one after the other")
        notebook.menu("Kernel", "Interrupt Kernel")  # its button may have slipped into the toolbar's overflow
        expect(status).to_contain_text("stopped", timeout=4_000)
        expect(cell.locator("thead th")).to_have_count(4)

        for theme in ("Dark", "Light"):
            page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Settings$")).click()
            page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Theme$")).hover()
            page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^JupyterLab {theme}$")).click()
            page.wait_for_timeout(1500)
            cell.scroll_into_view_if_needed()
            notebook.shoot(f"playground-3-{theme.lower()}")
        assert page.locator(".jp-Dialog").count() == 0
        errors = [o for c in notebook.saved()["cells"] for o in c.get("outputs", []) if o["output_type"] == "error"]
        assert not errors
