"""The map, the progress, the instructor's page and the cheat sheet in Chromium: contrast, zoom, structure, keyboard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from asynclab import progress
from asynclab.build import sheet
from asynclab.grader import page as instructors
from asynclab.grader.record import to_json
from asynclab.notebook import overview
from asynclab.paths import CHECKOUT
from asynclab.progress import LessonProgress
from tests.browser.looks import HEADINGS, LOWEST_CONTRAST, THEMES
from tests.notebook import records

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


def lessons(passed: int) -> list[LessonProgress]:
    """The course with its first lessons passed, the next begun."""
    made = []
    for number, lesson in enumerate(progress.summary()):
        done = {"attempts": 1, "passed_at": "2026-01-01" if number < passed else ""} if number <= passed else {}
        made.append(replace(lesson, tasks=tuple(replace(task, **done) for task in lesson.tasks)))  # type: ignore[arg-type]
    return made


def grades() -> str:
    learners = ("Ada Lovelace", "maria-del-carmen.fernandez@example.org")
    tasks = [task.task for lesson in progress.summary() for task in lesson.tasks]
    kinds = list(records.RECORDS.values())
    rows = [
        (learner, to_json(replace(kinds[(number + shift) % len(kinds)], task=task)))
        for shift, learner in enumerate(learners)
        for number, task in enumerate(tasks)
    ]
    return instructors.html(rows, 1, "bubblewrap")


def cheat_sheet() -> str:
    return sheet.html((CHECKOUT / sheet.SOURCE).read_text("utf-8"))


PAGES = {"grades": grades, "cheat sheet": cheat_sheet}
LINK = overview.link_from(CHECKOUT / "notebooks")


def opened(browser: Browser, html: str, scheme: str, width: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 700}, color_scheme=scheme)  # type: ignore[arg-type]
    page.set_content(html)
    return page


def in_notebook(html: str, theme: str) -> str:
    return (
        f'<!doctype html><meta charset="utf-8"><style>a {{ color: var(--jp-content-link-color) }}</style>'
        f'<body data-jp-theme-light="{theme}" style="{THEMES[theme]}; font-size: 14px">{html}</body>'
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_reads_in_both_schemes_and_at_200_percent(browser: Browser, name: str, scheme: str) -> None:
    page = opened(browser, PAGES[name](), scheme, 400)  # a small window, or 800 pixels at 200%
    contrast, text = page.evaluate(LOWEST_CONTRAST)
    width = page.evaluate("document.documentElement.scrollWidth")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] > 127")
    page.close()
    assert contrast >= 4.5, f"{contrast:.2f}: {text}"
    assert width <= 400, "the page is wider than its window"
    assert light is (scheme == "light")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_its_language_and_headings_in_order(browser: Browser, name: str) -> None:
    page = opened(browser, PAGES[name](), "light", 900)
    levels = page.evaluate(HEADINGS)
    assert page.evaluate("document.documentElement.lang") == "en" and page.title()
    assert page.locator("main").count() == 1
    page.close()
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(now - before <= 1 for before, now in zip(levels, levels[1:], strict=False))


def test_the_grades_are_scrolled_by_keyboard_and_keep_the_names_in_sight(browser: Browser) -> None:
    page = opened(browser, grades(), "light", 700)
    page.keyboard.press("Tab")
    box = page.get_by_role("region", name="Who passed what")
    assert box.evaluate("box => box === document.activeElement && getComputedStyle(box).outlineStyle === 'solid'")
    before = box.locator("th[scope=row]").first.bounding_box()
    page.keyboard.press("End")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.scroll').scrollLeft > 100")
    after = box.locator("th[scope=row]").first.bounding_box()
    names = page.locator(".matrix [scope=row]").evaluate_all(
        "each => each.map(one => one.scrollWidth > one.clientWidth)"
    )
    page.close()
    assert before and after and abs(before["x"] - after["x"]) <= 2
    assert not any(names)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("passed", [0, 3, 99])
def test_the_map_and_the_progress_read_in_both_themes(browser: Browser, passed: int, theme: str) -> None:
    for face in (overview.map_html, overview.html):
        page = opened(browser, in_notebook(face(lessons(passed), LINK), theme), "light", 620)
        contrast, text = page.evaluate(LOWEST_CONTRAST)
        assert contrast >= 4.5, f"{contrast:.2f}: {text}"
        assert page.evaluate("document.documentElement.scrollWidth") <= 620
        page.keyboard.press("Tab")  # every link is reached, and named by more than "exercise"
        assert page.evaluate("document.activeElement.tagName") == "A"
        names = page.get_by_role("link").evaluate_all("all => all.map(one => one.ariaLabel || one.textContent)")
        assert "exercise" not in names
        page.close()
