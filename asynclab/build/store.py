"""Which notebooks are stale, and writing them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from asynclab.build.clean import clean, complaints, unsolved
from asynclab.build.compose import compose, dumps, is_as_built, sources
from asynclab.build.execute import Cost, execute
from asynclab.course import Page
from asynclab.keeping import files
from asynclab.paths import CHECKOUT
from asynclab.problems import Problem

REBUILD = "Run python3 -m asynclab build, and commit what it wrote."


@dataclass(frozen=True)
class Built:
    """One notebook that was written."""

    path: Path
    cost: Cost
    size: int  # bytes on the disk
    kept: Path | None = None  # the copy of a changed exercise whose place was taken


def path_of(lesson: Page, kind: str, checkout: Path = CHECKOUT) -> Path:
    return checkout / kind / f"{lesson.name}.ipynb"


def wrong_with(text: str, lesson: Page, kind: str) -> str | None:
    """What is wrong with a stored notebook, in a sentence; None when it is what its lesson gives, run in order."""
    stored = parsed(text)
    if stored is None:
        return f"it is no notebook. {REBUILD}"
    if difference := _difference(compose(lesson, kind), stored):
        return f"{difference} {REBUILD}"
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in code]
    if kind == "exercises":
        if any(counts) or any(cell.outputs for cell in code):
            return f"an exercise is stored without outputs, and this one has some. {REBUILD}"
    elif counts != list(range(1, len(code) + 1)):
        return f"it was not executed in order: its cells are numbered {counts}. {REBUILD}"
    if found := complaints(stored) + (unsolved(stored) if kind == "solutions" else []):
        return f"{found[0]} {REBUILD}"
    return None


def stale(lesson: Page, checkout: Path = CHECKOUT) -> list[str]:
    """The kinds of this lesson's notebooks that a build has to write."""
    return [kind for kind in lesson.kinds if current(lesson, kind, checkout, git=kind == "exercises") is None]


def current(lesson: Page, kind: str, checkout: Path = CHECKOUT, git: bool = True) -> str | None:
    """The stored notebook as the course gives it: the file, or where somebody worked in that, what git has of it.

    None when neither is what the lesson gives. Tests look at this one: a learner who runs a lesson or answers an
    exercise changes the file, and that fails no test.
    """
    path = path_of(lesson, kind, checkout)
    candidates: list[Callable[[Path], str | None]]
    candidates = [_read, lambda path: committed_text(path, checkout)] if git else [_read]
    for candidate in candidates:
        text = candidate(path)
        if text is not None and wrong_with(text, lesson, kind) is None:
            return text
    return None


def committed_text(path: Path, checkout: Path = CHECKOUT) -> str | None:
    """A file as git's index has it (what is committed, or about to be); None outside a git checkout."""
    try:
        shown = subprocess.run(
            ["git", "show", f":./{path.relative_to(checkout).as_posix()}"],
            cwd=checkout, capture_output=True, timeout=30, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return shown.stdout.decode("utf-8", "replace")


def committed_names(kind: str, checkout: Path = CHECKOUT) -> list[str]:
    """The notebooks of a folder that git knows; none outside a git checkout."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--", f"{kind}/*.ipynb"],
            cwd=checkout, capture_output=True, timeout=30, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return []
    return [Path(name).name for name in listed.stdout.decode("utf-8", "replace").split("\0") if name]


def build(
    lesson: Page, kind: str, checkout: Path = CHECKOUT, on_cell: Callable[[int], None] = lambda number: None
) -> Built:
    """Composes, executes (exercises apart) and writes one notebook.

    Raises Problem, and leaves the file as it was, when a cell raises or an output is not fit to be stored.
    """
    path = path_of(lesson, kind, checkout)
    path.parent.mkdir(exist_ok=True)
    notebook = compose(lesson, kind)
    cost = Cost(0.0, 0)
    if kind != "exercises":
        try:
            cost = execute(notebook, path.parent, on_cell)
        except Problem as problem:
            raise Problem(f"{_shown(path)}: {problem.what}", problem.todo, 1) from problem
        clean(notebook)
        if found := complaints(notebook) + (unsolved(notebook) if kind == "solutions" else []):
            raise Problem(f"{_shown(path)} was not stored:", "\n".join(f"  {c}" for c in found), 1)
    kept = _keep_changed(path) if kind == "exercises" else None
    text = dumps(notebook)
    temporary = path.with_suffix(".ipynb.new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)  # never half a notebook, whatever ends the build
    return Built(path, cost, len(text.encode()), kept)


def parsed(text: str) -> NotebookNode | None:
    try:
        return nbformat.reads(text, as_version=4)
    except (ValueError, KeyError, AttributeError, TypeError, nbformat.ValidationError):
        return None


def _difference(expected: NotebookNode, stored: NotebookNode) -> str | None:
    """The first way in which a stored notebook's cells are not the expected ones, in a sentence."""
    pairs = zip(sources(expected), sources(stored), strict=False)
    for number, (wanted, found) in enumerate(pairs, 1):
        if wanted != found:
            what = "has another source" if wanted[2] != found[2] else "has another kind or id"
            return f"cell {number} {what} than its lesson gives."
    if len(expected.cells) != len(stored.cells):
        return f"it has {len(stored.cells)} cells and its lesson gives {len(expected.cells)}."
    for number, (cell, other) in enumerate(zip(expected.cells, stored.cells, strict=True), 1):
        if cell.metadata != other.metadata:
            return f"cell {number} has other metadata than its lesson gives."
    if expected.metadata != stored.metadata:
        return "its metadata is not what the build writes."
    return None


def _keep_changed(path: Path) -> Path | None:
    """Keeps an exercise that somebody worked in beside its place, as `reset` does: a build takes nobody's answers."""
    text = _read(path)
    stored = parsed(text) if text is not None else None
    if text is None or (stored is not None and is_as_built(stored)):
        return None
    return files.keep(path)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
