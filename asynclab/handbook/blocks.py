"""The generated blocks of INSTRUCTORS.md and README.md, between markers, and keeping them right.

<!-- begin minutes: written by python3 -m asynclab build -->
…
<!-- end minutes -->
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from asynclab import course
from asynclab.handbook import figures, stumbles
from asynclab.handbook.timetable import DAY, THREE_HOURS, Format, parts, rows, timetable
from asynclab.paths import CHECKOUT
from asynclab.problems import Problem

PAGES = ("INSTRUCTORS.md", "README.md")
_BLOCK = re.compile(r"<!-- begin ([\w-]+):[^\n]*-->\n.*?<!-- end \1 -->", re.S)


def minutes() -> str:
    """Every lesson with its minutes."""
    lines = ["| lesson | lesson, min | exercise, min | stretch task, min |", "|---|---:|---:|---:|"]
    total = dict.fromkeys(("lesson", "exercise", "stretch"), 0)
    for lesson in course.lessons():
        of_kind = {part.kind: part.minutes for part in parts(lesson)}
        for kind in total:
            total[kind] += of_kind.get(kind, 0)
        cells = " | ".join(str(of_kind.get(kind, "")) for kind in total)
        lines.append(f"| [{lesson.title}](notebooks/{lesson.name}.ipynb) | {cells} |")
    lines.append("| **all** | " + " | ".join(f"**{minutes}**" for minutes in total.values()) + " |")
    return "\n".join(lines)


def schedule(format: Format) -> str:
    """A timetable, and what is left for afterwards."""
    table = timetable(format, course.lessons())
    lines = ["| begins | min | what |", "|---|---:|---|"]
    lines += [f"| {clock} | {minutes} | {what} |" for clock, minutes, what in rows(table)]
    if table.afterwards:
        left = "; ".join(f"{part.says} ({part.minutes} min)" for part in table.afterwards)
        lines += ["", f"For afterwards: {left}."]
    return "\n".join(lines)


def mistakes() -> str:
    """Where people stumble, task by task."""
    lines: list[str] = []
    for lesson in course.lessons():
        lines += [f"### {lesson.title}", ""]
        for task, found in stumbles.of_lesson(lesson).items():
            lines += [f"`{task.partition('.')[2]}`", ""]
            for stumble in found:
                where = stumble.explained
                link = f" ([{where.heading}](notebooks/{where.lesson}.ipynb))" if where else ""
                lines.append(f"- **{stumble.name}**{link}. {stumble.answers[0]}")
            lines.append("")
    return "\n".join(lines).rstrip()


BLOCKS: dict[str, Callable[[], str]] = {
    "minutes": minutes,
    "three-hours": lambda: schedule(THREE_HOURS),
    "day": lambda: schedule(DAY),
    "mistakes": mistakes,
    "hub-figures": figures.table,
}


def renewed(text: str) -> str:
    """A page's text with every block as it should be. Raises Problem where a block is unknown or left open."""
    begun = re.findall(r"<!-- begin ([\w-]+):", text)
    if unknown := [name for name in begun if name not in BLOCKS]:
        raise Problem(f"There is no block {unknown[0]}.", f"The blocks are: {', '.join(BLOCKS)}.")
    if len(begun) != len(_BLOCK.findall(text)):
        raise Problem("A generated block is begun and never ended.", "Close each with <!-- end NAME -->.")
    return _BLOCK.sub(lambda match: block(match[1]), text)


def block(name: str) -> str:
    return f"<!-- begin {name}: written by python3 -m asynclab build -->\n{BLOCKS[name]()}\n<!-- end {name} -->"


def stale(checkout: Path = CHECKOUT) -> list[Path]:
    """The pages that differ from what the course gives."""
    return [page for page in _pages(checkout) if renewed(page.read_text("utf-8")) != page.read_text("utf-8")]


def write(checkout: Path = CHECKOUT) -> list[Path]:
    """Writes the pages that differ; those that were written."""
    written = stale(checkout)
    for page in written:
        text = renewed(page.read_text("utf-8"))
        draft = page.with_suffix(".md.new")
        draft.write_text(text, "utf-8")
        draft.replace(page)
    return written


def _pages(checkout: Path) -> list[Path]:
    return [checkout / name for name in PAGES if (checkout / name).is_file()]
