"""A lesson's picture and its knobs in JupyterLab: what a screen reader is told, and turning them by keyboard alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from nbformat.v4 import new_code_cell, new_notebook, new_output
from playwright.sync_api import Locator, Page, expect

from tests.browser.jupyterlab import Notebook, chromium_page, copy_of_checkout, running_lab

expect.set_options(timeout=60_000)  # a busy machine is no failure

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
KNOBS = """
%load_ext asynclab
from asynclab import knobs, plots


async def draw(end):
    with plots.picture("a line") as (made, axes):
        axes.plot([0, end])
        made.alt = f"A line up to {end}."
    return made


await knobs.turn(draw, end=knobs.choice(1, 2, 3))
""".strip()


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium_page() as page:
        yield page


def lesson(checkout: Path) -> str:
    """A notebook with a stored picture, and with a cell of knobs."""
    stored = new_output("display_data", data={"image/png": DOT}, metadata={"image/png": {"alt": "A stored dot."}})
    cells = [new_code_cell("# stored", outputs=[stored]), new_code_cell(KNOBS)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), checkout / "notebooks/knobs.ipynb")
    return "notebooks/knobs.ipynb"


def tab_to(page: Page, there: Locator) -> None:
    passed = []
    for _ in range(10):
        page.keyboard.press("Tab")
        if there.evaluate("one => one === document.activeElement"):
            return
        passed.append(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
    raise AssertionError("Tab does not come there, but to:\n" + "\n".join(passed))


def test_pictures_are_told_and_knobs_are_turned(tmp_path: Path, page: Page) -> None:
    checkout = copy_of_checkout(tmp_path / "clone")
    shots = Path(os.environ.get("ASYNCLAB_TEST_SCREENSHOTS") or tmp_path / "screenshots")
    name = lesson(checkout)
    with running_lab(checkout) as address:
        notebook = Notebook.open(page, address, checkout, name, shots)
        expect(page.get_by_role("img", name="A stored dot.")).to_be_visible()

        cell = notebook.cell("knobs.turn")
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        expect(cell.get_by_role("img", name="A line up to 1.")).to_be_visible()

        handle = cell.locator(".noUi-handle")
        expect(handle).to_be_visible()
        page.keyboard.press("Escape")
        tab_to(page, handle)
        for end in (2, 3):  # the focus is still there after the picture was drawn anew
            expect(handle).to_be_focused()
            assert handle.evaluate("knob => getComputedStyle(knob).outlineStyle") == "solid", "one sees which it is"
            page.keyboard.press("ArrowRight")
            expect(cell.get_by_role("img", name=f"A line up to {end}.")).to_be_visible()
            expect(cell.locator("[role=status]")).to_have_text("done")
        notebook.shoot("lesson-knobs")

        for button in ("Run again", "Stop"):  # neither loses the focus when it is pressed
            tab_to(page, cell.get_by_role("button", name=button))
            page.keyboard.press("Space")
            expect(cell.locator("[role=status]")).to_have_text("done")
            expect(cell.get_by_role("button", name=button)).to_be_focused()
