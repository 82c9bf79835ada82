"""What the learner has tried, passed and been shown, kept in the data folder as one small JSON file.

Several notebooks and a terminal may write at once, and any of them may be killed at any moment: every change is
read, made and written under a lock, into a new file that takes the old one's place only when it is whole on the
disk. A second copy is kept; when the file can't be read all the same, the copy is used and `notices` says so.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asynclab import course
from asynclab.grader.verdict import FREE_VERDICTS, Record
from asynclab.paths import data_folder
from asynclab.problems import Problem

ATTEMPTS = 3  # honest ones, until the solution opens
LOCK_SECONDS = 10.0

_notices: list[str] = []


@dataclass(frozen=True)
class TaskProgress:
    """One task as far as the learner has come."""

    task: str
    attempts: int = 0  # different answers that were honestly tried
    points: int = 0  # of the best attempt
    max_points: int = 0
    passed_at: str = ""  # ISO 8601, UTC; empty until it is passed
    hints: int = 0  # shown so far
    stretch: bool = False

    @property
    def passed(self) -> bool:
        return bool(self.passed_at)

    @property
    def attempts_left(self) -> int:
        """How many more honest attempts open the solution."""
        return 0 if self.passed else max(0, ATTEMPTS - self.attempts)

    @property
    def solution_open(self) -> bool:
        return self.attempts_left == 0


@dataclass(frozen=True)
class LessonProgress:
    """One lesson with its tasks."""

    name: str
    title: str
    tasks: tuple[TaskProgress, ...]
    short_title: str = ""
    about: str = ""  # in a line
    minutes: int = 0  # in a workshop, lesson and exercise

    @property
    def asked(self) -> tuple[TaskProgress, ...]:
        """The tasks that count: stretch tasks are left out."""
        return tuple(task for task in self.tasks if not task.stretch)

    @property
    def done(self) -> bool:
        return all(task.passed for task in self.asked)

    @property
    def begun(self) -> bool:
        return any(task.attempts or task.passed or task.hints for task in self.tasks)


def take(record: Record) -> TaskProgress:
    """Notes a grading (an `asynclab.grader.verdict.Record`); the task's progress afterwards.

    An answer that was tried before is no new attempt, so taking a record twice changes nothing. Raises Problem
    when the data folder can't be written.
    """
    with _changing() as tasks:
        entry = tasks.setdefault(record.task, {})
        entry["max_points"] = record.max_points
        if is_honest(record):
            entry.setdefault("attempts", {})[record.answer_sha256] = record.verdict
            entry["points"] = max(entry.get("points", 0), record.points)
        if record.verdict == "passed":
            entry.setdefault("passed_at", record.graded_at or _now())
    return of(record.task)


def is_honest(record: Record) -> bool:
    """Whether a grading counts as an attempt: free verdicts don't, nor does what Python couldn't even read."""
    if record.verdict in FREE_VERDICTS:
        return False
    errors = [run.error for run in record.evidence.values() if run.outcome == "not_loaded" and run.error]
    return not (record.verdict == "crashed" and any("SyntaxError" in (e.type, *e.bases) for e in errors))


def show_hint(task: str, of_all: int) -> int:
    """Notes that one hint more is shown, of `of_all`; its number, from 1."""
    with _changing() as tasks:
        entry = tasks.setdefault(task, {})
        entry["hints"] = min(of_all, entry.get("hints", 0) + 1)
        return int(entry["hints"])


def of(task: str) -> TaskProgress:
    """One task's progress; `max_points` is 0 until it was graded once."""
    return _progress(task, _tasks().get(task, {}))


def summary() -> list[LessonProgress]:
    """All lessons with all their tasks, tried or not."""
    from asynclab.grader.task import find_task  # imports every lesson's grading, which the other calls don't need

    def asked(task: str) -> TaskProgress:
        known, so_far = find_task(task), _progress(task, tasks.get(task, {}))
        if known is None:
            return so_far
        # A newer course may ask for less than was reached before.
        points = min(so_far.points, known.max_points)
        return replace(so_far, points=points, max_points=known.max_points, stretch=known.stretch)

    tasks = _tasks()
    return [
        LessonProgress(
            each.name, each.title, tuple(asked(task) for task in each.tasks), each.short_title, each.about,
            each.minutes + each.exercise_minutes,
        )
        for each in course.lessons()
    ]  # fmt: skip


def next_lesson(lessons: list[LessonProgress]) -> LessonProgress | None:
    """Where to go on: the last that is begun and not done; else what comes after the last that is done; else the
    first that isn't. None when all are done."""
    left = [each for each in lessons if not each.done]
    begun = [each for each in left if each.begun]
    if begun:
        return begun[-1]
    names = [each.name for each in lessons if each.done and each.asked]
    after = [each for each in left if names and each.name > names[-1]]
    return next(iter(after or left), None)


def notices() -> list[str]:
    """What there is to say about the file itself (that it was mended, say); each is told once."""
    told, _notices[:] = list(_notices), []
    return told


def path() -> Path:
    """Where it is kept."""
    return data_folder() / "progress.json"


# ---------------------------------------------------------------- the file


@contextmanager
def _changing() -> Iterator[dict[str, Any]]:
    """The tasks' entries under the lock; written when the block ends well."""
    try:
        with _lock():
            tasks = _read()
            yield tasks
            _write(tasks)
    except OSError as error:
        raise Problem(
            f"Your progress can't be kept in {path().parent} ({error.strerror}).",
            "Make room on the disk, or name another folder in ASYNCLAB_DATA.",
        ) from error


@contextmanager
def _lock() -> Iterator[None]:
    with open(path().with_name("progress.lock"), "a") as file:
        until = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:  # its holder is stopped or hangs; the kernel frees it when it ends
                    raise Problem(
                        "Another process has been holding your progress file for too long.",
                        f"End it (`fuser {file.name}` names it) and try again.",
                    ) from None
                time.sleep(0.01)
        yield  # closing the file gives the lock back


def _tasks() -> dict[str, Any]:
    """For reading: no lock is needed, since a file is only ever replaced by a whole one."""
    try:
        return _parsed(path().read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        with _changing() as tasks:  # mends it
            return tasks
    except OSError as error:
        _notices.append(f"Your progress can't be read in {path()} ({error.strerror}): nothing of it is shown.")
        return {}


def _read() -> dict[str, Any]:
    """The entries, under the lock; from the copy where the file is torn."""
    try:
        return _parsed(path().read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        torn = path().with_name("progress.torn.json")
        os.replace(path(), torn)
    try:
        tasks = _parsed(_copy().read_bytes())
        _notices.append(f"Your progress file was damaged; its copy was used. The damaged one is kept as {torn.name}.")
    except (OSError, ValueError):
        tasks = {}
        _notices.append(f"Your progress file was damaged and is begun anew. The damaged one is kept as {torn.name}.")
    return tasks


def _write(tasks: dict[str, Any]) -> None:
    text = json.dumps({"format": 1, "tasks": tasks}, indent=1, sort_keys=True) + "\n"
    for target in (path(), _copy()):
        new = target.with_suffix(".new")  # one name is enough, under the lock; one left by a kill is overwritten
        with open(new, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, target)


def _copy() -> Path:
    return path().with_name("progress.copy.json")


def _parsed(data: bytes) -> dict[str, Any]:
    """The entries in a file. Raises ValueError when it isn't whole."""
    found = json.loads(data)
    tasks = found.get("tasks") if isinstance(found, dict) else None
    if not isinstance(tasks, dict) or not all(isinstance(entry, dict) for entry in tasks.values()):
        raise ValueError("not a progress file")
    return tasks


def _progress(task: str, entry: dict[str, Any]) -> TaskProgress:
    return TaskProgress(
        task=task,
        attempts=len(entry.get("attempts", ())),
        points=entry.get("points", 0),
        max_points=entry.get("max_points", 0),
        passed_at=entry.get("passed_at", ""),
        hints=entry.get("hints", 0),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
