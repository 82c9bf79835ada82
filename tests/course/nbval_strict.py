"""The notebooks as tests: nbval, cell by cell, made strict for outputs that are measured anew at each run.

Which notebooks: those that the lessons and pages give, and of them the version that the course gives. Where a learner
has run a lesson or answered an exercise, that is git's version (`asynclab.build.store.current`), not theirs. Other
files in those folders are nobody's tests.

How outputs are compared, all of them, cell by cell:

- text (streams, `text/plain`, errors) word by word, after tests/course/nbval_sanitize.cfg has masked what is measured:
  decimals, figures with a unit, ports, visits. Whole numbers without a unit are compared, and so is every word:
  "at least 10 times: True".
- of a report card its first line (task, verdict), each demand, met or not, and each mistake are compared.
- pictures and cards (`image/*`, `text/html`) must be there, as many and in the same places; their content is not
  compared: their `text/plain` beside them is.
- what a cell cleared or updated counts as it ended, as a reader sees it.

Tags for authors, sparingly, each where a comment in the cell says why: `nbval-ignore-output` (runs, not compared),
`nbval-skip` (not run). `raises-exception` is not for stored notebooks: the build refuses errors; catch and print them.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from asynclab import course
from asynclab.build import store
from asynclab.build.clean import keep_what_needs_no_kernel
from asynclab.build.compose import KINDS, compose, dumps
from asynclab.build.execute import LINGER_SECONDS, kernel_environment
from asynclab.build.processes import end, wait_for_none
from asynclab.paths import CHECKOUT

CARD = "Report card of "  # how its text/plain begins
CARD_LINES = re.compile(r"^(?:Report card of .*|\[met\] .*|\[NOT MET\] .*|\* .*)$", re.MULTILINE)


def collected(node: pytest.Collector, parent: pytest.Collector) -> pytest.Collector | None:
    """What is collected in the place of a node: of a notebook our own kind of node, or nothing if it isn't ours."""
    if not isinstance(node, IPyNbFile) or isinstance(node, StrictNotebook):
        return node
    path = node.path
    if path.parent.parent != CHECKOUT or path.parent.name not in KINDS:
        return None
    if not any(path.stem == each.name and path.parent.name in each.kinds for each in course.notebooks()):
        return None
    return StrictNotebook.from_parent(parent, path=path)


class StrictNotebook(IPyNbFile):
    """A notebook whose kernel has a data folder of its own, as it had when the notebook was built."""

    world: Path | None = None

    def collect(self) -> Iterable[pytest.Item]:
        lesson, kind = course.notebook(self.path.stem), self.path.parent.name
        # Stale ones fail in test_notebooks.py, with what to do; here they run as they would be built.
        text = store.current(lesson, kind) or dumps(compose(lesson, kind))
        self.nb = nbformat.reads(text, as_version=4)
        self.nb_cells = [cell for cell in self.nb.cells if cell.cell_type == "code"]
        real_read, nbformat.read = nbformat.read, lambda *args, **kwargs: self.nb  # what IPyNbFile.collect calls
        try:
            cells = list(super().collect())
        finally:
            nbformat.read = real_read
        for cell in cells:
            strict = StrictCell.from_parent(
                self, name=cell.name, cell_num=cell.cell_num, cell=cell.cell, options=cell.options
            )
            strict.add_marker(pytest.mark.measured)
            yield strict

    def setup(self) -> None:
        self.world = Path(tempfile.mkdtemp(prefix="nb-", dir=_session_folder())).resolve()
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(kernel_environment(self.world))
        try:
            super().setup()
        finally:
            os.environ.clear()
            os.environ.update(before)

    def teardown(self) -> None:
        super().teardown()
        if self.world is not None:
            # The next notebook measures: this one's services should be gone by then.
            end(wait_for_none(self.world, LINGER_SECONDS))
            shutil.rmtree(self.world, ignore_errors=True)

    def get_sanitize_files(self) -> list[str]:
        return [str(self.config.rootpath / "tests" / "course" / "nbval_sanitize.cfg")]

    def get_kernel_message(self, timeout: float | None = None, stream: str = "iopub") -> Any:
        """Reads on past what clears or updates an output, and does it: nbval would compare what was shown first."""
        while True:
            message = super().get_kernel_message(timeout, stream)
            kind, content = message["msg_type"], message["content"]
            if kind == "clear_output":
                self.screen.clear(content.get("wait", False))
            elif kind == "update_display_data":
                self.screen.update(content)
            else:
                if kind in ("display_data", "execute_result", "stream", "error"):
                    self.screen.shows(content)
                return message

    screen: Screen


class Screen:
    """What is to be seen of a cell's output while it runs."""

    def __init__(self, outputs: list[Any]) -> None:
        self.outputs = outputs  # nbval's own list: it adds to it, we take away
        self.displays: dict[str, int] = {}
        self.to_clear = False

    def clear(self, wait: bool) -> None:
        if wait:
            self.to_clear = True
        else:
            self.outputs.clear()
            self.displays.clear()

    def shows(self, content: dict[str, Any]) -> None:
        """Before nbval appends it."""
        if self.to_clear:
            self.clear(wait=False)
            self.to_clear = False
        if display := content.get("transient", {}).get("display_id"):
            self.displays[display] = len(self.outputs)

    def update(self, content: dict[str, Any]) -> None:
        place = self.displays.get(content["transient"]["display_id"])
        if place is not None:
            self.outputs[place]["data"] = nbformat.from_dict(content["data"])


class StrictCell(IPyNbCell):
    """A cell whose outputs are compared as the module's docstring says."""

    @property
    def test_outputs(self) -> list[Any] | None:
        return self._test_outputs

    @test_outputs.setter
    def test_outputs(self, outputs: list[Any] | None) -> None:
        # nbval sets it to the list it then fills, just before it reads the first message.
        self._test_outputs = outputs
        if outputs is not None:
            self.parent.screen = Screen(outputs)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
        said = str(super().repr_failure(excinfo))
        if "outputs differ" not in str(excinfo.value):
            return said
        lesson = self.parent.path.stem
        return (
            f"{said}\nThe stored output is marked +, that of this run -. Where what runs now is right, store it: "
            f"python3 -m asynclab build --force {lesson}\nWhere it differs at each run, CONTRIBUTING.md says how to "
            "print what is measured."
        )

    def compare_outputs(self, test: list[Any], ref: list[Any], skip_compare: Any = None) -> bool:
        return bool(super().compare_outputs(comparable(test), comparable(ref), skip_compare))

    def sanitize(self, s: Any) -> Any:
        if isinstance(s, str) and s.startswith(CARD):
            s = "\n".join(CARD_LINES.findall(s))  # the rest is measured, and wrapped by its length
        return super().sanitize(s)


def comparable(outputs: list[Any]) -> list[Any]:
    """Outputs with what can't be compared replaced by the fact that it is there."""
    made = []
    for output in outputs:
        output = nbformat.from_dict({**output})
        if output.output_type in ("display_data", "execute_result"):
            data = dict(output.data)
            keep_what_needs_no_kernel(data)
            if not data:
                continue
            shown = {kind for kind in data if kind == "text/html" or kind.startswith("image/")}
            # nbval leaves out image/png and image/jpeg; under a name of our own their presence counts.
            output.data = {kind: value for kind, value in data.items() if kind not in shown}
            output.data |= {f"shows {kind}": "yes" for kind in sorted(shown)}
        made.append(output)
    return made


def _session_folder() -> Path:
    """The session's own folder, which is removed at its end (conftest.py)."""
    return Path(os.environ["ASYNCLAB_DATA"]).parent
