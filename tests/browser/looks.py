"""A page's looks in Chromium: a browser to look with, and what is measured there: contrast, the order of headings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# JupyterLab 4.6's own values of the variables that the card uses.
THEMES = {
    "true": "--jp-ui-font-color1: rgba(0,0,0,.87); --jp-ui-font-color2: rgba(0,0,0,.54); --jp-border-color1: #bdbdbd;"
    "--jp-border-color2: #e0e0e0; --jp-content-link-color: #1565c0; background: #fff; color: rgba(0,0,0,.87)",
    "false": "--jp-ui-font-color1: #fff; --jp-ui-font-color2: rgba(255,255,255,.7); --jp-border-color1: #616161;"
    "--jp-border-color2: #424242; --jp-content-link-color: #64b5f6; background: #111; color: #fff",
}

# Of every text: the contrast of its colour with what lies behind it, as WCAG 2 reckons it.
LOWEST_CONTRAST = """() => {
  const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1] }
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1)
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= .03928 ? v / 12.92
    : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b }
  let lowest = [99, ""]
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim(), element = walk.currentNode.parentElement
    if (!text || element.tagName === "STYLE" || !element.getClientRects().length) continue
    const behind = []
    for (let e = element; e; e = e.parentElement) behind.unshift(parse(getComputedStyle(e).backgroundColor))
    const ground = behind.reduce((under, top) => over(top, under), [255, 255, 255, 1])
    const ink = parse(getComputedStyle(element).color)
    for (let e = element; e; e = e.parentElement) ink[3] *= Number(getComputedStyle(e).opacity)
    const a = light(over(ink, ground)), b = light(ground)
    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05)
    if (contrast < lowest[0]) lowest = [contrast, text]
  }
  return lowest
}"""

# The levels of the headings, in the page's order.
HEADINGS = "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(each => Number(each.tagName[1]))"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for pages that need no lab (conftest.py skips tests marked `browser` where there is none)."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield started
        started.close()
