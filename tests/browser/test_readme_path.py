"""The README's path, walked in JupyterLab: open the lab, run lesson 04, answer wrong, see why, answer right, pass.

ASYNCLAB_TEST_SCREENSHOTS=FOLDER keeps what the walk looked like; otherwise it lies in the test's temporary folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, expect

from asynclab import course
from asynclab.grader.catalogue import MISTAKES
from tests.browser.jupyterlab import FRONT, RUN_SECONDS, Notebook, chromium_page, copy_of_checkout, running_lab

expect.set_options(timeout=60_000)  # a busy machine is no failure

TASK = "04_aiohttp.fetch_pages"
WRONG = "session-per-request"  # quick to run, and to tell apart

pytestmark = pytest.mark.browser


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_of_checkout(tmp_path / "a clone, ünïcode")


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    return Path(os.environ.get("ASYNCLAB_TEST_SCREENSHOTS") or tmp_path / "screenshots")


@pytest.fixture
def page(shots: Path) -> Iterator[Page]:
    with chromium_page() as page:
        yield page
        shots.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=shots / "last.png")  # where it stood, if it failed


def wrong_answer() -> course.Answer:
    return next(a for a in course.answers(TASK) if a.mistakes[:1] == (WRONG,))


def test_the_readmes_path(checkout: Path, page: Page, shots: Path) -> None:
    with running_lab(checkout) as address:
        page.goto(address)
        expect(page.get_by_role("tab", name="00_start_here.ipynb")).to_be_visible()
        expect(page.get_by_role("heading", name="Start here").first).to_be_visible()

        lesson = Notebook.open(page, address, checkout, "notebooks/04_aiohttp.ipynb", shots)
        lesson.shoot("1-start")
        ran = lesson.run_all()
        outputs = [output for cell in ran["cells"] for output in cell.get("outputs", [])]
        assert not [output for output in outputs if output["output_type"] == "error"]
        assert any("image/png" in output.get("data", {}) for output in outputs)
        expect(page.locator(f"{FRONT} .widget-slider").first).to_be_attached()
        lesson.shoot("2-lesson")

        exercise = Notebook.open(page, address, checkout, "exercises/04_aiohttp.ipynb", shots)
        exercise.cell("%load_ext asynclab").locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        exercise.wait_for_idle()

        untouched = exercise.cell(TASK)
        untouched.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        expect(untouched.locator(".asynclab-card").last).to_contain_text("ot attempted", timeout=RUN_SECONDS * 1e3)

        wrong = exercise.type_and_run(TASK, f"%%grade {TASK}\n{wrong_answer().source}")
        card = wrong.locator(".asynclab-card").last
        expect(card).to_contain_text(MISTAKES[WRONG].name, timeout=RUN_SECONDS * 1e3)
        expect(card).to_contain_text(WRONG)
        expect(card).not_to_contain_text("Passed")
        card.scroll_into_view_if_needed()
        exercise.shoot("3-wrong")

        right = exercise.type_and_run(TASK, f"%%grade {TASK}\n{course.solution(TASK)}")
        card = right.locator(".asynclab-card").last
        expect(card).to_contain_text("assed", timeout=RUN_SECONDS * 1e3)
        expect(card).not_to_contain_text(WRONG)
        card.scroll_into_view_if_needed()
        exercise.shoot("4-right")

        assert page.locator(".Toastify__toast").count() == 0, "no news, no warnings that a learner can't act on"
        assert page.locator(".jp-Dialog").count() == 0
        assert course.answer_cells(exercise.path) is not None
        exercise.saved()
        assert course.answer_cells(exercise.path)[TASK].strip() == course.solution(TASK).strip(), "typed as it stands"
