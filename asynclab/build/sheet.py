"""The cheat sheet: docs/cheat-sheet.md is the text; this makes the page to print of it.

One A4 page, in two columns; a test has Chromium print it and counts the pages.
"""

from __future__ import annotations

from pathlib import Path

from asynclab.paths import CHECKOUT

SOURCE = Path("docs/cheat-sheet.md")
PAGE = Path("docs/cheat-sheet.html")

STYLE = """\
@page { size: A4; margin: 8mm }
:root { color-scheme: light }
body { font: 7.95pt/1.28 "DejaVu Sans", "Noto Sans", "Segoe UI", Verdana, sans-serif; color: #111; background: #fff;
  max-width: 194mm; margin: 0 auto }
main { columns: 2; column-gap: 5mm }
h1 { font-size: 12.5pt; margin: 0 0 1mm; column-span: all; border-bottom: 0.6mm solid #0072b2 }
h2 { font-size: 9.2pt; margin: 1.9mm 0 0.7mm; color: #00507d; break-after: avoid }
p { margin: 0.7mm 0 }
h1 + p { column-span: all; margin: 1mm 0 0 }
ul { margin: 0; padding-left: 4mm }
li { margin: 0.35mm 0; break-inside: avoid }
table { border-collapse: collapse; width: 100%; break-inside: avoid }
td:first-child:nth-last-child(2) { width: 34% }
td:first-child:nth-last-child(3) { width: 20% }
td:nth-child(2):nth-last-child(2) { width: 46% }
th { text-align: left; font-weight: 600; border-bottom: 0.3mm solid #0072b2; padding: 0.2mm 1mm }
td { border-bottom: 0.15mm solid #bbb; padding: 0.45mm 1mm; vertical-align: top; overflow-wrap: anywhere }
tr { break-inside: avoid }
code { font: 7.2pt "DejaVu Sans Mono", "Noto Sans Mono", Menlo, Consolas, monospace; background: #f0f3f5 }
@media screen { :root { color-scheme: light dark }
  body { font-size: 1rem; line-height: 1.5; max-width: 72em; padding: 1.5em clamp(1em, 3vw, 3em) 3em }
  main { columns: 26em; column-gap: 3em } code { font-size: .9em; overflow-wrap: anywhere }
  h1 { font-size: 1.8em; line-height: 1.25; padding-bottom: .2em } h1 + p { margin: .8em 0 .4em; max-width: 60em }
  h2 { font-size: 1.3em; margin: 1.4em 0 .4em } h1 + p + h2 { margin-top: .6em } p { margin: .5em 0 }
  ul { padding-left: 1.2em } li { margin: .3em 0 } table + ul { margin-top: .8em } th, td { padding: .4em .5em } }
@media screen and (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #181818 } h2 { color: #7cc4f0 }
  h1, th { border-color: #56b4e9 } td { border-color: #555 } code { background: #2b3035 } }
"""


def html(markdown: str) -> str:
    """The page to print of the sheet's Markdown. Raises ValueError when it has no title."""
    # Imported here: the command line's other commands start without nbconvert.
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    title, found, _ = markdown.removeprefix("# ").partition("\n")
    if not markdown.startswith("# ") or not found:
        raise ValueError("the cheat sheet begins with its title")
    body = MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(markdown)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<!-- Made of {SOURCE.name} by python3 -m asynclab build: edit that. -->\n"
        f"<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body.strip()}\n</main>\n</body>\n</html>\n"
    )


def is_current(checkout: Path = CHECKOUT) -> bool:
    """Whether the page is what its text gives; so it is where there is no text."""
    if not (checkout / SOURCE).exists():
        return True
    try:
        return (checkout / PAGE).read_text("utf-8") == html((checkout / SOURCE).read_text("utf-8"))
    except FileNotFoundError:
        return False


def write(checkout: Path = CHECKOUT) -> Path:
    """Makes the page."""
    path = checkout / PAGE
    path.write_text(html((checkout / SOURCE).read_text("utf-8")), "utf-8")
    return path
