"""Progress: what counts, two writers at once, kill -9 at any moment, a torn file."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from asynclab import course, progress
from asynclab.grader.verdict import Record
from asynclab.measure.evidence import Evidence
from asynclab.notebook import overview
from asynclab.paths import CHECKOUT
from asynclab.problems import Problem
from asynclab.progress import LessonProgress, TaskProgress
from tests.notebook import records

TASK = records.PASSED.task


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASYNCLAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def answer(number: int, verdict: str = "failed", **more: Any) -> Record:
    return replace(records.RECORDS[verdict], task=TASK, answer_sha256=f"{number:064d}", **more)


def test_attempts_are_distinct_answers() -> None:
    for number in (1, 1, 2, 1):
        now = progress.take(answer(number))
    assert (now.attempts, now.attempts_left, now.solution_open) == (2, 1, False)
    assert progress.take(answer(3)).solution_open


@pytest.mark.parametrize("verdict", ["not_attempted", "inconclusive", "grader_error", "syntax"])
def test_what_costs_no_attempt(verdict: str) -> None:
    now = progress.take(answer(1, verdict))
    assert now.attempts == 0 and now.points == 0 and not now.passed


@pytest.mark.parametrize("verdict", ["failed", "crashed", "timed_out", "out_of_memory", "too_much_output", "passed"])
def test_what_is_an_attempt(verdict: str) -> None:
    assert progress.take(answer(1, verdict)).attempts == 1


def test_an_indentation_error_is_a_syntax_error_and_a_name_error_is_not() -> None:
    for number, (error, attempts) in enumerate(
        [(("IndentationError", "SyntaxError", "Exception"), 0), (("NameError", "Exception"), 1)]
    ):
        raised = replace(records.SYNTAX, type=error[0], bases=error)
        record = answer(number, "syntax", evidence={"main": Evidence("not_loaded", error=raised)})
        assert progress.take(record).attempts == attempts


def test_the_best_points_and_the_first_pass_are_kept() -> None:
    progress.take(answer(1, "passed", graded_at="2025-01-01T00:00:00+00:00"))
    now = progress.take(answer(2, "failed", graded_at="2025-02-02T00:00:00+00:00"))
    progress.take(answer(1, "passed", graded_at="2025-03-03T00:00:00+00:00"))
    assert now.passed and now.points == 7 and now.solution_open
    assert progress.of(TASK).passed_at == "2025-01-01T00:00:00+00:00"


def test_hints_count_up_to_the_last() -> None:
    assert [progress.show_hint(TASK, 3) for _ in range(5)] == [1, 2, 3, 3, 3]
    assert progress.of(TASK).hints == 3 and progress.of("another.task").hints == 0


WRITER = """
import sys
from dataclasses import replace
sys.path.insert(0, {checkout!r})
from asynclab import progress
from tests.notebook import records
number = int(sys.argv[1])
while True:
    number += 1
    progress.take(replace(records.FAILED, answer_sha256=str(number)))
    print(number, flush=True)
    if len(sys.argv) > 2 and number >= int(sys.argv[2]):
        break
"""


def writer(first: int, *last: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER.format(checkout=str(CHECKOUT)), str(first), *map(str, last)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_two_notebooks_write_at_once_and_nothing_is_lost() -> None:
    both = [writer(0, 40), writer(1000, 1040)]
    for each in both:
        out, _ = each.communicate(timeout=60)
        assert each.returncode == 0 and len(out.split()) == 40
    assert progress.of(TASK).attempts == 80


def test_kill_9_while_writing_loses_nothing_that_was_told(data: Path) -> None:
    chance, told = random.Random(5), 0
    for round in range(12):
        each = writer(1000 * round)
        assert each.stdout and each.stdout.readline()
        time.sleep(chance.uniform(0, 0.03))
        each.send_signal(signal.SIGKILL)
        rest = each.stdout.read()  # communicate() would pass over what readline has read ahead
        each.wait(20)
        told += 1 + sum(line.endswith("\n") for line in rest.splitlines(keepends=True))
        for file in (data / "progress.json", data / "progress.copy.json"):
            json.loads(file.read_bytes())
        # What was told is there; of each writer one more may be that was killed before it could tell.
        assert told <= progress.of(TASK).attempts <= told + round + 1
    assert progress.notices() == []
    assert sorted(path.name for path in data.iterdir() if path.suffix != ".new") == [
        "progress.copy.json", "progress.json", "progress.lock",
    ]  # fmt: skip


@pytest.mark.parametrize("torn", [b"", b'{"format": 1, "tas', b"[]", b'{"tasks": {"a": 3}}', b"\xff\xfe\x00"])
def test_a_torn_file_is_mended_from_its_copy_and_said(torn: bytes, data: Path) -> None:
    progress.take(answer(1, "passed"))
    (data / "progress.json").write_bytes(torn)
    assert progress.of(TASK).passed
    assert "its copy was used" in progress.notices()[0] and not progress.notices()
    assert (data / "progress.torn.json").read_bytes() == torn
    assert progress.take(answer(2)).attempts == 2 and not progress.notices()


def test_with_both_files_torn_it_begins_anew_and_says_so(data: Path) -> None:
    progress.take(answer(1, "passed"))
    for name in ("progress.json", "progress.copy.json"):
        (data / name).write_bytes(b"{")
    assert not progress.of(TASK).passed
    assert "begun anew" in progress.notices()[0]


def test_a_full_disk_keeps_the_old_file_and_is_told_in_a_sentence(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress.take(answer(1))
    before = (data / "progress.json").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Problem, match="No space left on device"):
        progress.take(answer(2))
    assert (data / "progress.json").read_bytes() == before


def test_a_lock_that_is_never_given_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LOCK_SECONDS", 0.2)
    with progress._lock(), pytest.raises(Problem, match="another process|Another process"):
        progress.take(answer(1))


# ---------------------------------------------------------------- the overview


def test_summary_names_every_task_of_the_course() -> None:
    progress.take(answer(1, "passed"))
    lessons = progress.summary()
    assert [task.task for lesson in lessons for task in lesson.tasks] == course.tasks()
    plain, html = overview.table(lessons), overview.html(lessons, overview.link_here())
    for task in course.tasks():
        assert task in plain and task in html
    assert "1 of " in overview.total(lessons)
    row = next(line for line in plain.splitlines() if TASK in line)
    assert "✓ passed" in row and "7 of " in row and "1 attempt" in row


def test_the_command_prints_it() -> None:
    progress.take(answer(1, "passed"))
    done = subprocess.run(
        [sys.executable, "-m", "asynclab", "progress", "--json"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    rows = {row["task"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert rows[TASK]["passed"] and rows[TASK]["attempts"] == 1
    assert set(rows) == set(course.tasks())


# ---------------------------------------------------------------- the map


def lesson(name: str, *tasks: TaskProgress, **more: Any) -> LessonProgress:
    return LessonProgress(name, f"{name} Title", tasks, f"{name} Title", **more)


def task(name: str, passed: bool = False, **more: Any) -> TaskProgress:
    return TaskProgress(name, passed_at="2025-01-01" if passed else "", max_points=5, **more)


@pytest.mark.parametrize(
    ("lessons", "onward", "says"),
    [
        ([], None, "All tasks are passed"),
        ([lesson("01", task("01.a")), lesson("02", task("02.a"))], "01", "Begin with 01 Title"),
        ([lesson("01", task("01.a", True)), lesson("02", task("02.a"))], "02", "Go on with 02 Title"),
        ([lesson("01", task("01.a")), lesson("02", task("02.a", True)), lesson("03", task("03.a"))], "03", "03 Title"),
        ([lesson("01", task("01.a")), lesson("02", task("02.a", True))], "01", "Go on with 01 Title"),
        ([lesson("01", task("01.a", attempts=1)), lesson("02", task("02.a"))], "01", "what is left there: a."),
        ([lesson("01", task("01.a", hints=1)), lesson("02", task("02.a", attempts=1))], "02", "exercises/02.ipynb"),
        ([lesson("01", task("01.a", True), task("01.b", stretch=True))], None, "Stretch tasks are left in 01 Title."),
        ([lesson("01", task("01.a", True), task("01.b", True, stretch=True))], None, "the stretch tasks too"),
        ([lesson("01"), lesson("02", task("02.a"))], "02", "Begin with 02 Title"),
    ],
)
def test_where_to_go_on(lessons: list[LessonProgress], onward: str | None, says: str) -> None:
    found = progress.next_lesson(lessons)
    assert (found.name if found else None) == onward
    assert says in overview.go_on(lessons)


def test_the_map_names_every_lesson_and_links_to_what_is_there() -> None:
    progress.take(answer(1, "passed"))
    lessons = progress.summary()
    plain = overview.map_text(lessons)
    html = overview.map_html(lessons, overview.link_from(CHECKOUT / "exercises"))
    for each in lessons:
        assert each.short_title in plain and f'href="../notebooks/{each.name}.ipynb"' in html
        assert f'href="{each.name}.ipynb"' in html
    assert overview.total(lessons) in plain and overview.total(lessons) in html
    assert overview.go_on(lessons) in plain and overview.go_on(lessons) in overview.table(lessons)
    assert "href" not in overview.map_html(lessons, overview.link_from(Path("/"))), "no path of this machine"


def test_points_of_a_task_that_asks_for_less_now(data: Path) -> None:
    progress.take(answer(1, "passed"))
    content = json.loads((data / "progress.json").read_text())
    content["tasks"][TASK]["points"] = 99
    content["tasks"]["99_gone.task"] = {"points": 7, "passed_at": "2025-01-01"}
    (data / "progress.json").write_text(json.dumps(content))
    known = {task.task: task for each in progress.summary() for task in each.tasks}
    assert known[TASK].points == known[TASK].max_points and "99_gone.task" not in known
    progress.take(answer(2))
    assert "99_gone.task" in json.loads((data / "progress.json").read_text())["tasks"], "kept, whatever the course is"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(data: Path) -> None:
    progress.take(answer(1))
    (data / "progress.json").chmod(0)
    assert progress.of(TASK).attempts == 0 and "can't be read" in progress.notices()[0]
