"""An exercise as a file: which answers are in it, and carrying them into another version.

Notebooks are read as plain JSON, and written as the build writes them, so that what isn't touched stays the same
byte by byte. Standard library only.
"""

from __future__ import annotations

import ast
import hashlib
import json
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from asynclab.course import graded_task, without_magic


class Unreadable(ValueError):
    """A file that is no notebook: half written, say, or edited as text."""


def read(data: bytes) -> dict[str, Any]:
    """A notebook's content. Raises Unreadable."""
    try:
        content = json.loads(data)
        cells = content["cells"]
        if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
            raise TypeError
        for cell in cells:
            if not isinstance(source_of(cell), str):
                raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreadable from error
    return dict(content)


def write(content: Mapping[str, Any]) -> bytes:
    """As `asynclab.build.compose.dumps` spells a notebook."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": "))
    return (text.rstrip("\n") + "\n").encode("utf-8", "surrogatepass")


def source_of(cell: Mapping[str, Any]) -> str:
    """A cell's source, which a file may hold line by line."""
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else source


def digest(cells: Iterable[Mapping[str, Any]]) -> str:
    """Of each cell's kind, id and source; stored in a built notebook, it tells one that a person changed."""
    sources = [(cell.get("cell_type", ""), cell.get("id", ""), source_of(cell)) for cell in cells]
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()[:16]


def is_as_built(content: Mapping[str, Any]) -> bool:
    """Whether nobody changed a cell since it was built, by whatever version of the course; outputs don't count."""
    metadata = content.get("metadata")
    stored = metadata.get("asynclab") if isinstance(metadata, dict) else None
    return isinstance(stored, dict) and stored.get("sources") == digest(content["cells"])


def answers(content: Mapping[str, Any]) -> dict[str, list[str]]:
    """Every cell with a ``%%grade`` line, task to sources (that line included), from top to bottom."""
    found: dict[str, list[str]] = {}
    for cell in content["cells"]:
        if cell.get("cell_type") == "code" and (task := graded_task(source_of(cell))):
            found.setdefault(task, []).append(source_of(cell))
    return found


def answered(content: Mapping[str, Any], stubs: Mapping[str, Iterable[str]] | None = None) -> dict[str, str]:
    """The learner's own answers, task to cell source: what is neither a stub nor says nothing yet.

    `stubs` are the cells as they were given to the learner, `answers` of the notebook then. Of several cells for a task
    the lowest that holds an answer counts.
    """
    stubs, found = stubs or {}, {}
    for task, sources in answers(content).items():
        known = {_plain(stub) for stub in stubs.get(task, ())}
        # A note alone is work, too.
        own = [s for s in sources if _plain(s) not in known and ("#" in s or not says_nothing(s))]
        if own:
            found[task] = own[-1]
    return found


@dataclass(frozen=True)
class Carried:
    """A new version with the learner's answers in it, and what there is to say about that."""

    content: dict[str, Any]
    tasks: tuple[str, ...]  # whose answers were carried over
    changed: tuple[str, ...]  # of these, those whose stub is another now
    gone: tuple[str, ...]  # answered, and no longer asked for

    @property
    def data(self) -> bytes:
        return write(self.content)


def carry(old: Mapping[str, Any], given: Mapping[str, Any] | None, new: Mapping[str, Any]) -> Carried:
    """`new` with the answers of `old`, of which `given` was the version before the learner changed it.

    Where a task's stub is not the one that was answered, the new one is shown in a cell above the answer.
    """
    before = answers(given) if given else {}
    own = answered(old, before)
    cells: list[dict[str, Any]] = []
    carried, changed = [], []
    for cell in new["cells"]:
        task = graded_task(source_of(cell)) if cell.get("cell_type") == "code" else None
        if task in own and task not in carried:
            assert task is not None
            carried.append(task)
            stub = source_of(cell)
            if task in before and _plain(stub) not in map(_plain, before[task]) and _plain(stub) != _plain(own[task]):
                changed.append(task)
                cells.append(_notice(task, stub))
            cell = {**cell, "source": own[task].splitlines(keepends=True)}
        cells.append(dict(cell))
    gone = tuple(task for task in own if task not in carried)
    return Carried({**new, "cells": cells}, tuple(carried), tuple(changed), gone)


def says_nothing(source: str) -> bool:
    """Whether an answer cell holds no answer yet: no code, or functions that hold a docstring and ``...``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(without_magic(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False  # whatever it is, somebody wrote it
    return all(_is_nothing(node) for node in tree.body)


def _is_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return all(_is_nothing(each) for each in node.body)
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _notice(task: str, stub: str) -> dict[str, Any]:
    text = (
        "**The course has changed this task since you answered it.** Your answer stands below as it was; "
        f"what is given now is\n\n```python\n{without_magic(stub).strip()}\n```"
    )
    name = f"changed-{task.partition('.')[2] or 'task'}"
    return {"cell_type": "markdown", "id": name[:64], "metadata": {}, "source": text.splitlines(keepends=True)}


def _plain(source: str) -> str:
    """What makes two answers the same: line ends and space at their ends don't count."""
    return "\n".join(line.rstrip() for line in without_magic(source).strip().splitlines())
