"""What is passed so far, lesson by lesson: as text, and as a table for a notebook."""

from __future__ import annotations

from html import escape

from asynclab.progress import LessonProgress, TaskProgress


def table(lessons: list[LessonProgress]) -> str:
    """As text, a line a task."""
    if not lessons:
        return "There are no lessons yet.\n"
    lines = []
    for lesson in lessons:
        lines.append(lesson.title)
        lines += [_line(task) for task in lesson.tasks] or ["    (no graded tasks)"]
    return "\n".join([*lines, "", total(lessons)]) + "\n"


def html(lessons: list[LessonProgress]) -> str:
    """As a table that reads in both themes and with a screen reader."""
    bodies = []
    for lesson in lessons:
        bodies.append(
            f'<tbody>\n<tr><th colspan="5" scope="rowgroup" style="text-align:left;padding-top:.8em">'
            f"{escape(lesson.title)}</th></tr>"
        )
        bodies += [_row(task) for task in lesson.tasks]
        bodies.append("</tbody>")
    columns = ("Task", "Passed", "Points", "Attempts", "Hints")
    heads = "".join(f'<th scope="col" style="text-align:left">{column}</th>' for column in columns)
    return (
        '<table class="asynclab-progress">\n<caption style="text-align:left">'
        f"{escape(total(lessons))}</caption>\n<thead><tr>{heads}</tr></thead>\n" + "\n".join(bodies) + "\n</table>"
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
    passed = "✓ passed" if task.passed else "not yet" if task.attempts else "–"
    points = f"{task.points} of {task.max_points}" if task.max_points else "no points"
    name = task.task + (" (stretch)" if task.stretch else "")
    return name, passed, points, str(task.attempts), str(task.hints)


def _line(task: TaskProgress) -> str:
    name, passed, points, attempts, hints = _cells(task)
    tried = f"{attempts} attempt{'' if attempts == '1' else 's'}" if task.attempts else ""
    shown = f"{hints} hint{'' if hints == '1' else 's'}" if task.hints else ""
    return f"    {name:<38} {passed:<9} {points:<11} {', '.join(filter(None, (tried, shown)))}".rstrip()


def _row(task: TaskProgress) -> str:
    name, *cells = _cells(task)
    others = "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in cells)
    head = f'<th scope="row" style="text-align:left;font-weight:normal"><code>{escape(name)}</code></th>'
    return f"<tr>{head}{others}</tr>"
