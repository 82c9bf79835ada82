"""What is passed so far: the map of the lessons, and every task lesson by lesson; as text and for a notebook."""

from __future__ import annotations

import os
from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import quote

from asynclab.paths import CHECKOUT
from asynclab.progress import LessonProgress, TaskProgress, next_lesson

LEFT = 'style="text-align:left"'
MARKS = {"done": "✓ done", "begun": "… begun", "": "not begun"}

Link = Callable[[str], str | None]
"""A file of the checkout ("exercises/04_aiohttp.ipynb") to an address that works where it is shown; None for none."""


def link_from(folder: Path) -> Link:
    """Addresses as seen from a notebook in `folder`."""

    def link(name: str) -> str | None:
        if not folder.resolve().is_relative_to(CHECKOUT) or not (CHECKOUT / name).is_file():
            return None  # a copy somewhere else: a path of this machine would help nobody
        return quote(Path(os.path.relpath(CHECKOUT / name, folder.resolve())).as_posix())

    return link


def link_here() -> Link:
    """Addresses as seen from the notebook whose kernel this is: JupyterLab starts it in the notebook's folder."""
    return link_from(Path.cwd())


# ---------------------------------------------------------------- the map: a line a lesson


def map_text(lessons: list[LessonProgress]) -> str:
    """As text, a line a lesson."""
    if not lessons:
        return "There are no lessons yet.\n"
    lines = [
        f"    {each.short_title:<24} {MARKS[_state(each)]:<9} {_tasks(each):<14} {_points(each)}" for each in lessons
    ]
    return "\n".join([*(line.rstrip() for line in lines), "", total(lessons), go_on(lessons)]) + "\n"


def map_html(lessons: list[LessonProgress], link: Link) -> str:
    """As a table with a link to each lesson and each exercise, and where to go on above it."""
    onward = next_lesson(lessons)
    rows = []
    for each in lessons:
        state = _state(each)
        here = ' style="font-weight:bold"' if each is onward else ""
        name = _anchor(each.short_title, link(f"notebooks/{each.name}.ipynb"))
        about = f'<br><span style="opacity:.8;font-weight:normal">{escape(each.about)}</span>' if each.about else ""
        exercise = _anchor("exercise", link(f"exercises/{each.name}.ipynb"), f"exercise of {each.short_title}")
        cells = (exercise, escape(_tasks(each)), escape(_points(each)), escape(MARKS[state]))
        rows.append(
            f'<tr{here}><th scope="row" style="text-align:left;min-width:9em">{name}{about}</th>'
            + "".join(f"<td {LEFT}>{cell}</td>" for cell in cells)
            + "</tr>"
        )
    columns = ("Lesson", "Exercise", "Passed", "Points", "State")
    heads = "".join(f'<th scope="col" {LEFT}>{column}</th>' for column in columns)
    return (
        f'<div class="asynclab-map"><p>{_onward(lessons, link)}</p>\n<table>\n'
        f'<caption style="text-align:left;caption-side:bottom;padding-top:.6em">{escape(total(lessons))}</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table></div>"
    )


def go_on(lessons: list[LessonProgress]) -> str:
    """Where to go on, in a sentence."""
    return _onward(lessons, lambda name: None, plain=True)


def _onward(lessons: list[LessonProgress], link: Link, plain: bool = False) -> str:
    onward = next_lesson(lessons)
    if onward is None:
        left = [each for each in lessons if any(not task.passed for task in each.tasks)]
        if not left:
            return "All tasks are passed, the stretch tasks too."
        exercises = [_anchor(each.short_title, link(f"exercises/{each.name}.ipynb")) for each in left]
        return f"All tasks are passed. Stretch tasks are left in {_listed(exercises)}."
    tasks = [task.task.partition(".")[2] for task in onward.asked if not task.passed]
    if onward.begun:
        where = f"exercises/{onward.name}.ipynb"
        what, rest = f"the exercise of {onward.short_title}", f"; what is left there: {_listed(tasks)}."
        verb = "Go on with "
    else:
        where = f"notebooks/{onward.name}.ipynb"
        what, rest = (
            onward.short_title,
            f", about {onward.minutes} minutes with its exercise." if onward.minutes else ".",
        )
        verb = "Go on with " if any(each.begun for each in lessons) else "Begin with "
    if plain:
        return f"{verb}{what} ({where}){rest}"
    return f"{verb}{_anchor(what, link(where))}{escape(rest)}"


def _state(lesson: LessonProgress) -> str:
    if lesson.asked and lesson.done:
        return "done"
    return "begun" if lesson.begun else ""


def _tasks(lesson: LessonProgress) -> str:
    """ "2 of 3", stretch tasks apart: "2 of 2 + 1"."""
    stretch = sum(task.passed for task in lesson.tasks if task.stretch)
    said = f"{sum(task.passed for task in lesson.asked)} of {len(lesson.asked)}"
    return said + (f" + {stretch} stretch" if stretch else "")


def _points(lesson: LessonProgress) -> str:
    most = sum(task.max_points for task in lesson.asked)
    return f"{sum(task.points for task in lesson.asked)} of {most} points" if most else "no points"


def _anchor(text: str, address: str | None, label: str = "") -> str:
    if address is None:
        return escape(text)
    named = f' aria-label="{escape(label, quote=True)}"' if label else ""
    return f'<a href="{escape(address, quote=True)}"{named}>{escape(text)}</a>'


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# ---------------------------------------------------------------- every task


def table(lessons: list[LessonProgress]) -> str:
    """As text, a line a task."""
    if not lessons:
        return "There are no lessons yet.\n"
    lines = []
    for lesson in lessons:
        lines.append(lesson.title)
        lines += [_line(task) for task in lesson.tasks] or ["    (no graded tasks)"]
    return "\n".join([*lines, "", total(lessons), go_on(lessons)]) + "\n"


def html(lessons: list[LessonProgress], link: Link) -> str:
    """As a table that reads in both themes and with a screen reader."""
    bodies = []
    for lesson in lessons:
        bodies.append(
            '<tbody>\n<tr><th colspan="5" scope="rowgroup" style="text-align:left;padding-top:.8em">'
            f"{_anchor(lesson.title, link(f'notebooks/{lesson.name}.ipynb'))}</th></tr>"
        )
        bodies += [_row(task, link(f"exercises/{lesson.name}.ipynb")) for task in lesson.tasks]
        bodies.append("</tbody>")
    columns = ("Task", "Passed", "Points", "Attempts", "Hints")
    heads = "".join(f'<th scope="col" {LEFT}>{column}</th>' for column in columns)
    return (
        '<table class="asynclab-progress">\n<caption style="text-align:left;padding-bottom:.8em">'
        f"{escape(total(lessons))} {_onward(lessons, link)}</caption>\n<thead><tr>{heads}</tr></thead>\n"
        + "\n".join(bodies)
        + "\n</table>"
    )


def total(lessons: list[LessonProgress]) -> str:
    """ "2 of 18 tasks passed, 12 of 110 points; 1 of 5 stretch tasks"."""
    tasks = [task for lesson in lessons for task in lesson.tasks]
    asked, stretch = [t for t in tasks if not t.stretch], [t for t in tasks if t.stretch]
    said = f"{sum(t.passed for t in asked)} of {len(asked)} tasks passed"
    said += f", {sum(t.points for t in asked)} of {sum(t.max_points for t in asked)} points"
    if stretch:
        said += f"; {sum(t.passed for t in stretch)} of {len(stretch)} stretch tasks"
    return said + "."


def _cells(task: TaskProgress) -> tuple[str, str, str, str, str]:
    passed = "✓ passed" if task.passed else "not yet" if task.attempts else "not tried"
    points = f"{task.points} of {task.max_points}" if task.max_points else "no points"
    name = task.task + (" (stretch)" if task.stretch else "")
    return name, passed, points, str(task.attempts), str(task.hints)


def _line(task: TaskProgress) -> str:
    name, passed, points, attempts, hints = _cells(task)
    tried = f"{attempts} attempt{'' if attempts == '1' else 's'}" if task.attempts else ""
    shown = f"{hints} hint{'' if hints == '1' else 's'}" if task.hints else ""
    return f"    {name:<38} {passed:<9} {points:<11} {', '.join(filter(None, (tried, shown)))}".rstrip()


def _row(task: TaskProgress, address: str | None) -> str:
    _, *cells = _cells(task)
    others = "".join(f"<td {LEFT}>{escape(cell)}</td>" for cell in cells)
    stretch = " (stretch)" if task.stretch else ""
    name = f"<code>{_anchor(task.task, address)}</code>{stretch}"
    head = f'<th scope="row" style="text-align:left;font-weight:normal">{name}</th>'
    return f"<tr>{head}{others}</tr>"
