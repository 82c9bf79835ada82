"""The start page in JupyterLab: the map is up to date when it opens, follows, and its links lead where they say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, expect

from asynclab import course
from tests.browser.jupyterlab import FRONT, Notebook, chromium_page, copy_of_checkout, running_lab

expect.set_options(timeout=60_000)  # a busy machine is no failure

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FIRST, SECOND = course.lessons()[:2]
PASS = """
import sys
from dataclasses import replace
from asynclab import progress
from tests.notebook import records
for task in sys.argv[1:]:
    progress.take(replace(records.PASSED, task=task))
"""


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium_page() as page:
        yield page


def passed(checkout: Path, *tasks: str) -> None:
    """As a grading in another notebook notes it."""
    subprocess.run([sys.executable, "-c", PASS, *tasks], cwd=checkout, check=True, timeout=60)


def test_the_map(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNCLAB_DATA", str(tmp_path / "data"))
    checkout = copy_of_checkout(tmp_path / "a clone, ünïcode")
    monkeypatch.setenv("PYTHONPATH", str(checkout))
    shots = Path(os.environ.get("ASYNCLAB_TEST_SCREENSHOTS") or tmp_path / "screenshots")
    passed(checkout, *FIRST.tasks)
    with running_lab(checkout) as address:
        start = Notebook.open(page, address, checkout, "notebooks/00_start_here.ipynb", shots)
        there = page.locator(f"{FRONT} .asynclab-map")
        # Nothing was run: this is what the page is opened with.
        expect(there).to_contain_text(f"Go on with {SECOND.short_title}")
        expect(there.locator("tr", has_text=FIRST.short_title)).to_contain_text("✓ done")
        there.scroll_into_view_if_needed()
        start.shoot("map-1-opened")
        untouched = start.path.read_bytes()
        assert b"Begin with" in untouched and b"Go on with" not in untouched, "the file stays as it was"

        cell = start.cell("%map")
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        start.wait_for_idle()
        expect(there).to_have_count(1)
        passed(checkout, SECOND.tasks[0])
        expect(there).to_contain_text(f"the exercise of {SECOND.short_title}")
        expect(there.locator("tr", has_text=SECOND.short_title)).to_contain_text("… begun")
        start.shoot("map-2-follows")

        for link, name in (
            (there.get_by_role("link", name=SECOND.short_title, exact=True), f"notebooks/{SECOND.name}.ipynb"),
            (there.get_by_role("link", name=f"exercise of {SECOND.short_title}"), f"exercises/{SECOND.name}.ipynb"),
        ):
            page.locator('.lm-TabBar-tab[title*="notebooks/00_start_here.ipynb"]').first.click()
            link.last.click()
            expect(page.locator(f'.lm-TabBar-tab.lm-mod-current[title*="{name}"]')).to_be_visible()
        back = page.locator(f"{FRONT} .jp-RenderedMarkdown a", has_text=SECOND.title.split(" ", 1)[1].split(":")[0])
        back.first.click()
        expect(page.locator(f'.lm-TabBar-tab.lm-mod-current[title*="notebooks/{SECOND.name}.ipynb"]')).to_be_visible()
        start.shoot("map-3-lesson")
