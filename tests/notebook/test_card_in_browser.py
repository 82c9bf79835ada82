"""The card in Chromium: contrast in both themes, nothing cut off at 200% zoom, and what a screen reader is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from asynclab.grader import card, wording
from asynclab.grader.wording import Help
from tests.browser.looks import LOWEST_CONTRAST, THEMES
from tests.notebook import records

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


def opened(browser: Browser, name: str, theme: str, width: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 700})
    html = card.html(records.RECORDS[name], source=records.SOURCE, help=Help(3, 1, 2), kept="records/x.json")
    page.set_content(
        f'<!doctype html><meta charset="utf-8"><body data-jp-theme-light="{theme}" '
        f'style="{THEMES[theme]}; font-size: 14px">{html}</body>'
    )
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    return page


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", records.RECORDS)
def test_every_text_has_a_contrast_of_4_5(browser: Browser, name: str, theme: str) -> None:
    page = opened(browser, name, theme, 900)
    contrast, text = page.evaluate(LOWEST_CONTRAST)
    page.close()
    assert contrast >= 4.5, f"{contrast:.2f}: {text}"


@pytest.mark.parametrize("name", records.RECORDS)
def test_nothing_is_cut_off_at_200_percent(browser: Browser, name: str) -> None:
    page = opened(browser, name, "true", 450)  # 900 pixels at 200%
    section = "document.querySelector('section')"
    assert page.evaluate(f"{section}.scrollWidth <= {section}.clientWidth + 1")
    assert page.evaluate("document.documentElement.scrollWidth <= 450")
    pictures = page.evaluate("[...document.images].map(each => [each.naturalWidth, each.complete])")
    assert all(width > 0 and complete for width, complete in pictures)
    page.close()


def test_a_screen_reader_is_told_the_same(browser: Browser) -> None:
    page = opened(browser, "failed", "true", 900)
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    told: dict[str, list[str]] = {}
    for node in tree["nodes"]:
        if not node.get("ignored"):
            told.setdefault(_value(node, "role"), []).append(_value(node, "name").strip())
    page.close()
    assert told["region"] == [f"Report card: {wording.sentence(records.FAILED)}"]
    assert told["heading"][0].startswith("Failed 4 of 7 points")
    assert told["table"] == ["What was asked and what was measured"]
    assert told["columnheader"] == ["Demand", "Limit", "Measured", "Met?"]
    assert len(told["rowheader"]) == 7 and told["cell"].count("not met") == 3 and told["cell"].count("met") == 4
    assert all("requests in" in alt for alt in told["image"]) and len(told["image"]) == 2


def _value(node: dict[str, Any], key: str) -> str:
    return str(node.get(key, {}).get("value", ""))
