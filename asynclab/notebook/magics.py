"""The magics: ``%%grade TASK``, ``%hint TASK``, ``%solution TASK``, ``%progress``, ``%map``."""

from __future__ import annotations

import ast
import difflib
import json
import re
from typing import Any

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from IPython.display import display

from asynclab import course, progress
from asynclab.grader import card, text, wording
from asynclab.grader.verdict import Record
from asynclab.notebook import overview, supervise
from asynclab.notebook.living import LivingMap
from asynclab.notebook.show import Bar, Prose, Shown, note
from asynclab.paths import data_folder
from asynclab.problems import Problem

NAMES = (("cell", "grade"), ("line", "hint"), ("line", "solution"), ("line", "progress"), ("line", "map"))


@magics_class
class LabMagics(Magics):
    """The magics of one kernel."""

    last_task = ""  # what a bare %hint means
    living: LivingMap | None = None  # the map that is kept up to date

    @no_var_expand
    @cell_magic
    def grade(self, line: str, cell: str) -> None:
        """``%%grade TASK``: grade the code below as the answer to a task, and define it here."""
        task = self._task(line, "%%grade")
        if not cell.strip():
            raise Problem(
                f"There is nothing below %%grade {task} to be graded.",
                f"Write the function {task.partition('.')[2]} there, in the same cell.",
            )
        self.last_task = task
        # The %%grade line is kept as an empty one, so that line numbers are those of the cell.
        source = "\n" + cell
        bar = Bar(task)
        try:
            record, printed = supervise.grade(task, source, bar.update)
        except KeyboardInterrupt:
            raise Problem("Stopped: nothing was graded, no attempt counted.", "Run the cell to begin anew.") from None
        finally:
            bar.close()
        self._show(record, printed, source)
        if not any(run.outcome == "not_loaded" for run in record.evidence.values()):
            self._define(source)

    @no_var_expand
    @line_magic
    def hint(self, line: str) -> None:
        """``%hint TASK``: the task's next hint; after the last, all of them."""
        task = self._task(line, "%hint")
        hints = course.hints(task)
        if not hints:
            display(note(f"There are no hints for {task}."))
            return
        seen_all = progress.of(task).hints >= len(hints)
        number = progress.show_hint(task, len(hints))
        for index in range(len(hints)) if seen_all else [number - 1]:
            display(Prose(f"**Hint {index + 1} of {len(hints)}**\n\n{hints[index]}"))
        self._tell_notices()

    @no_var_expand
    @line_magic
    def solution(self, line: str) -> None:
        """``%solution TASK``: the course's answer, once you passed or honestly tried three times."""
        task = self._task(line, "%solution")
        now = progress.of(task)
        if now.solution_open:
            parts = [f"**The course's answer to {task}**", f"```python\n{course.solution(task).strip()}\n```"]
            display(Prose("\n\n".join([*parts, course.discussion(task)]).strip()))
        else:
            left = now.attempts_left
            display(note(
                f"The solution of {task} opens when you pass, or after {left} more attempt{'' if left == 1 else 's'} "
                f"with different answers ({now.attempts} of {progress.ATTEMPTS} so far). `%hint {task}` helps at once."
            ))  # fmt: skip
        self._tell_notices()

    @line_magic
    def progress(self, line: str) -> None:
        """``%progress``: what is passed, points and attempts."""
        lessons = progress.summary()
        display(Shown(overview.html(lessons, overview.link_here()), overview.table(lessons)))
        self._tell_notices()

    @line_magic
    def map(self, line: str) -> None:
        """``%map``: the lessons, what is passed of each, and where to go on; it stays up to date by itself."""
        if self.living:
            self.living.end()
        self.living = LivingMap()
        self._tell_notices()

    # ------------------------------------------------------------ helpers

    def _task(self, line: str, magic: str) -> str:
        """The task that a magic's line names. Raises Problem when it names none."""
        words = line.split()
        if not words and self.last_task and magic != "%%grade":
            return self.last_task
        known = course.tasks()
        if len(words) != 1:
            raise Problem(f"{magic} is followed by the name of one task.", f"The tasks are: {', '.join(known)}.")
        if words[0] in known:
            return words[0]
        # Often only the lesson's half of the name is missing or wrong.
        endings = {task.partition(".")[2]: task for task in known}
        near = difflib.get_close_matches(words[0], known, n=3) or [
            endings[ending] for ending in difflib.get_close_matches(words[0].rpartition(".")[2], endings, n=3)
        ]
        todo = f"Did you mean {' or '.join(near)}?" if near else f"The tasks are: {', '.join(known)}."
        raise Problem(f"There is no task {words[0]}.", todo)

    def _show(self, record: Record, printed: dict[str, Any], source: str) -> None:
        """The outcome in a line that two runs share, then the card with what was measured."""
        kept, now = "", None
        try:
            kept = _keep(record, printed)
            now = progress.take(record)
        except Problem as problem:
            display(note(f"{problem.what} {problem.todo}"))
        except OSError as error:
            display(note(f"The record can't be kept in {data_folder()} ({error.strerror})."))
        help = None
        if now:
            hints = len(course.hints(record.task))
            help = wording.Help(hints, now.hints, now.attempts_left, now.solution_open)
        display(Shown(card.sentence_html(record), wording.sentence(record)))
        shown = {"source": source, "help": help, "kept": kept}
        display(Shown(card.html(record, **shown), "Report card of " + text.text(record, **shown)))  # type: ignore[arg-type]
        self._tell_notices()

    def _tell_notices(self) -> None:
        for said in progress.notices():
            display(note(said))

    def _define(self, source: str) -> None:
        """Defines the answer in the notebook, so that it can be tried on small input.

        What stands under ``if __name__ == "__main__":`` is left out: the grader doesn't run it either, and in a
        notebook it would start (``asyncio.run``, say) where nobody asked for it.
        """
        assert self.shell is not None
        name = self.shell.compile.cache(source, raw_code=source)
        tree = ast.parse(source, name)
        tree.body = [node for node in tree.body if not _is_main_guard(node)]
        exec(compile(tree, name, "exec", dont_inherit=True), self.shell.user_ns)


def _is_main_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("__name__ == '__main__'", "'__main__' == __name__")


def _keep(record: Record, printed: dict[str, Any]) -> str:
    """Stores the record in the data folder; its name there."""
    folder = data_folder() / "records"
    folder.mkdir(mode=0o700, exist_ok=True)
    moment = re.sub(r"\D", "", record.graded_at[:19])
    path = folder / f"{record.task}-{moment}-{record.answer_sha256[:8]}.json"
    path.write_text(json.dumps(printed, ensure_ascii=False) + "\n", encoding="utf-8")
    return f"records/{path.name}"
