"""What each notebook must hold by its lesson's sources: cells, ids and metadata, without outputs.

Ids come from a cell's content (an answer cell's from its task), so that a build changes nothing that its author
did not change, and `update` finds an answer cell again whatever the learner wrote in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from asynclab.course import Cell, Lesson, Page, lessons, solution_of, stub_of
from asynclab.keeping import exercise

KINDS = ("notebooks", "exercises", "solutions")  # the three folders that are built

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    # No version: it would change with every author's Python.
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


def compose(lesson: Page, kind: str) -> NotebookNode:
    """The notebook of `kind` (one of `lesson.kinds`) that a lesson or a page gives, not yet executed."""
    if kind == "notebooks":
        return _notebook(lesson, kind, ((cell, cell.source) for cell in lesson.cells))
    if not isinstance(lesson, Lesson):
        raise ValueError(f"{lesson.name} is no lesson and gives no {kind}")
    shown = [c for c in lesson.exercise_cells if "hint" not in c.metadata]
    if kind == "solutions":
        return _notebook(lesson, kind, ((c, _graded(c, solution_of(c)) if c.task else c.source) for c in shown))
    shown = [c for c in shown if "discussion" not in c.metadata]
    return _notebook(lesson, kind, ((c, _graded(c, stub_of(c)) if c.task else c.source) for c in shown))


def sources(notebook: NotebookNode) -> list[tuple[str, str, str]]:
    """What makes two notebooks the same to a reader: each cell's kind, id and source."""
    return [(cell.cell_type, cell.get("id", ""), cell.source) for cell in notebook.cells]


def is_as_built(notebook: NotebookNode) -> bool:
    """Whether nobody changed a cell since the notebook was built, by whatever version of the course."""
    return exercise.is_as_built(notebook)


def is_saved_by_hand(notebook: NotebookNode) -> bool:
    """Whether somebody worked in it: JupyterLab's save names the kernel's version, a changed cell its digest."""
    return "version" in notebook.metadata.get("language_info", {}) or not is_as_built(notebook)


def dumps(notebook: NotebookNode) -> str:
    """The notebook's one spelling on disk: sorted keys, one space of indentation, a newline at the end."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def _graded(cell: Cell, source: str) -> str:
    return f"%%grade {cell.task}\n{source}".rstrip("\n")


def _notebook(lesson: Page, kind: str, cells: Iterable[tuple[Cell, str]]) -> NotebookNode:
    made = []
    taken: set[str] = set()
    for cell, source in cells:
        make = new_code_cell if cell.kind == "code" else new_markdown_cell
        made.append(make(source=source, metadata=dict(cell.metadata), id=_id(cell, source, taken)))
    notebook = new_notebook(cells=made, metadata=nbformat.from_dict(METADATA), nbformat_minor=5)
    notebook.metadata["asynclab"] = {"lesson": lesson.name, "kind": kind, "sources": exercise.digest(made)}
    if any("%map" in cell.source.splitlines() for cell in made):
        notebook.metadata["asynclab"]["map"] = _of_the_map(lesson)
    return notebook


def _of_the_map(lesson: Page) -> str:
    """What the map's stored output rests on: a lesson that is added makes the page that shows the map stale."""
    told = [
        (x.name, x.title, x.about, x.minutes + x.exercise_minutes, x.tasks) for x in lessons(lesson.folder.parents[1])
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def _id(cell: Cell, source: str, taken: set[str]) -> str:
    wanted = cell.task.partition(".")[2] if cell.task else hashlib.sha256(source.encode()).hexdigest()[:12]
    number = 1
    name = wanted
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    taken.add(name)
    return name
