"""Makes a notebook's outputs fit to be stored, or says why they are not."""

from __future__ import annotations

import getpass
import os
import re
import socket
import sys
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from asynclab.course import graded_task
from asynclab.paths import CHECKOUT

WIDGET = "application/vnd.jupyter.widget-view+json"

# A path of whatever machine: tests run on another than the one that built.
_ANY_PATH = re.compile(r"(?<![\w.:/])/(?:home|root|Users|tmp|work|private|var|mnt|opt|srv|builds?)/[\w.~-]+")


def clean(notebook: NotebookNode) -> None:
    """Takes out of an executed notebook what would differ for no reason or could not be shown again."""
    count = 0
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # timestamps
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        outputs: list[NotebookNode] = []
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
            if output.output_type in ("execute_result", "display_data"):
                keep_what_needs_no_kernel(output.data)
                output.metadata = {k: v for k, v in output.metadata.items() if k in output.data}
                if not output.data:
                    continue
            previous = outputs[-1] if outputs else None
            if previous and output.output_type == previous.output_type == "stream" and output.name == previous.name:
                previous.text += output.text  # the kernel flushes when it likes
                continue
            outputs.append(output)
        cell.outputs = outputs


def complaints(notebook: NotebookNode) -> list[str]:
    """Why an executed notebook must not be stored: a sentence each, with the cell it is about."""
    found = []
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code":
            continue
        at = f"cell {number} ({cell.source.strip().splitlines()[0][:60]!r})"
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"{at} raised {output.ename}: {output.evalue}; catch it in the cell and print it.")
            if output.output_type == "stream" and output.name == "stderr":
                found.append(f"{at} wrote on standard error: {output.text.strip()[:200]!r}; mend what it warns of.")
            for text in _texts(output):
                if path := path_in(text):
                    found.append(f"{at} shows a path of the machine: {path}; print its name alone.")
                    break
    return found


def unsolved(notebook: NotebookNode) -> list[str]:
    """Which answers of an executed solution were not passed: a sentence each. A card's first line tells."""
    found = []
    for cell in notebook.cells:
        task = graded_task(cell.source) if cell.cell_type == "code" else None
        if task is None:
            continue
        lines = [line for output in cell.outputs for text in _texts(output) for line in text.splitlines()]
        if not any(line.startswith(f"{task}: passed") for line in lines):
            told = next((line for line in lines if line.startswith(f"{task}: ")), f"{task}: no verdict")
            found.append(f"the course's own answer did not pass ({told}); mend it or its grading, or build it again "
                         "when the machine is less busy.")  # fmt: skip
    return found


def path_in(text: str) -> str | None:
    """The first path in `text` that belongs to a machine rather than to the course."""
    for own in _own_paths():
        if own in text:
            return own
    match = _ANY_PATH.search(text)
    return match.group() if match else None


def _own_paths() -> list[str]:
    """Folders of this machine that no output may name; short ones (/root) are left to the pattern."""
    candidates = [str(CHECKOUT), str(Path.home()), sys.prefix, os.environ.get("ASYNCLAB_DATA", "")]
    own = [path for path in candidates if len(path) > len("/root/")]
    return own + [f"{getpass.getuser()}@{socket.gethostname()}"]


def keep_what_needs_no_kernel(data: dict[str, Any]) -> None:
    """A widget without its kernel shows an error box; its plain fallback beside it is what is stored."""
    if data.pop(WIDGET, None) is not None and not data.get("text/html"):
        data.pop("text/plain", None)  # "interactive(children=(IntSlider(…" says nothing to a reader


def _texts(output: NotebookNode) -> list[str]:
    if output.output_type == "stream":
        return [output.text]
    data = output.get("data", {})
    return [str(value) for kind, value in data.items() if not kind.startswith("image/") or kind.endswith("+xml")]
