"""The cheat sheet: its page to print is made of its text, is one page of A4, and its figures are the libraries'."""

from __future__ import annotations

import asyncio
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import asyncpg
import pytest

from asynclab.build import sheet
from asynclab.paths import CHECKOUT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TEXT = (CHECKOUT / sheet.SOURCE).read_text("utf-8")
A4 = (595, 842)  # points


def test_the_page_is_what_the_text_gives() -> None:
    assert sheet.is_current(), f"{sheet.PAGE} is stale. Run python3 -m asynclab build, and commit what it wrote."


def test_a_changed_text_makes_the_page_stale(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / sheet.SOURCE).write_text("# A title\n\nText with `code` & <signs>.\n", "utf-8")
    assert not sheet.is_current(tmp_path)
    page = sheet.write(tmp_path).read_text("utf-8")
    assert "<title>A title</title>" in page and "<code>code</code> &amp;" in page
    assert sheet.is_current(tmp_path)
    (tmp_path / sheet.SOURCE).write_text("# Another title\n\nText.\n", "utf-8")
    assert not sheet.is_current(tmp_path)
    with pytest.raises(ValueError, match="title"):
        sheet.html("no title")


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = (CHECKOUT / sheet.PAGE).read_text("utf-8")
    assert not re.search(r"https?:|src=|@import|url\(|<script", page)


def test_the_figures_are_those_of_the_libraries_that_are_installed() -> None:
    async def of_the_session() -> tuple[int, float | None]:
        async with aiohttp.ClientSession() as session:
            assert session.connector is not None
            return session.connector.limit, session.timeout.total

    limit, total = asyncio.run(of_the_session())
    assert f"connector lets {limit} through at once" in TEXT
    assert f"total timeout is {total:.0f} s" in TEXT
    pool = inspect.signature(asyncpg.create_pool).parameters
    assert f"{pool['max_size'].default} connections unless you say" in TEXT
    assert pool["min_size"].default == pool["max_size"].default, "so a smaller max_size needs a min_size as well"


def test_it_says_when_not_to_use_async() -> None:
    section = TEXT.split("## When not to use async at all")[1].split("\n## ")[0]
    assert len(re.findall(r"^- ", section, re.MULTILINE)) >= 6


@pytest.mark.browser
def test_it_prints_on_one_page_of_a4(browser: Browser) -> None:
    page = browser.new_page()
    page.goto((CHECKOUT / sheet.PAGE).as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 733, "height": 1062})  # what A4 leaves within the margins
    cut = page.evaluate(
        "() => [...document.querySelectorAll('td, th, code, li, h2')].filter(e => e.scrollWidth > e.clientWidth"
        " + 1 && getComputedStyle(e).display !== 'inline' || e.getBoundingClientRect().right > 733.5)"
        ".map(e => e.textContent)"
    )
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1, "it no longer fits: shorten the text"
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", printed)
    assert box and [round(float(side)) for side in box.groups()] == list(A4)
    assert not cut, f"cut off at the side: {cut}"
