"""Exercises as a learner leaves them, and as a newer course has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from asynclab import course
from asynclab.course import graded_task
from asynclab.keeping import exercise
from asynclab.keeping.reset import fresh

LESSON = next(lesson for lesson in course.lessons() if len(lesson.tasks) > 1)  # whichever it is
NAME = f"exercises/{LESSON.name}.ipynb"
ONE, TWO = LESSON.tasks[:2]
MINE = "import asyncio\n\n\nasync def mine():  # ünïcode 🐍\n    return 'my own bytes'\n"


def given() -> dict[str, Any]:
    """The exercise as the course gives it."""
    return exercise.read(fresh(LESSON))


STUBS = exercise.answers(given())


def answered(content: dict[str, Any], **by_task: str) -> dict[str, Any]:
    """As a learner saves it in JupyterLab: answers by the task's second name, outputs, the kernel's version."""
    cells = []
    for number, cell in enumerate(content["cells"], 1):
        cell = dict(cell)
        if cell["cell_type"] == "code":
            cell |= {"execution_count": number, "outputs": [stream(f"output {number}\n")]}
            task = graded_task(exercise.source_of(cell)) or ""
            if (text := by_task.get(task.partition(".")[2])) is not None:
                cell["source"] = f"%%grade {task}\n{text}".splitlines(keepends=True)
        cells.append(cell)
    metadata = json.loads(json.dumps(content["metadata"]))
    metadata["language_info"]["version"] = "3.11.7"
    return {**content, "cells": cells, "metadata": metadata}


def mine(*tasks: str) -> dict[str, Any]:
    """The exercise with an answer of the learner's own to these tasks."""
    return answered(given(), **{task.partition(".")[2]: MINE + f"# {task}\n" for task in tasks})


def newer(content: dict[str, Any], stub: str = "", without: str = "") -> dict[str, Any]:
    """What an author's build makes of it: a cell more, perhaps another stub for a task, perhaps a task less."""
    cells: list[dict[str, Any]] = [markdown("news", "A newer course.")]
    for cell in content["cells"]:
        task = graded_task(exercise.source_of(cell)) if cell["cell_type"] == "code" else None
        if task and task == without:
            continue
        if task and task == stub:
            cell = {**cell, "source": exercise.source_of(cell) + "\n\n\ndef more():\n    ..."}
        cells.append(cell)
    metadata = {
        **content["metadata"],
        "asynclab": {**content["metadata"]["asynclab"], "sources": exercise.digest(cells)},
    }
    return {**content, "cells": cells, "metadata": metadata}


def markdown(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": [text]}


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": [text]}


def sources(path: Path) -> dict[str, str]:
    """Task to answer cell, its %%grade line included."""
    return {task: found[-1] for task, found in exercise.answers(exercise.read(path.read_bytes())).items()}
