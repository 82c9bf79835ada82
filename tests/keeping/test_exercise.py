"""Answers found in an exercise, and carried into another version of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from asynclab import course
from asynclab.build.compose import compose, dumps, is_as_built
from asynclab.keeping import exercise, files
from asynclab.paths import CHECKOUT
from tests.keeping import notebooks
from tests.keeping.notebooks import MINE, ONE, STUBS, TWO


@pytest.mark.parametrize("lesson", course.lessons(), ids=lambda lesson: lesson.name)
def test_reading_and_writing_changes_no_byte(lesson: course.Lesson) -> None:
    for kind in ("exercises", "notebooks"):
        notebook = compose(lesson, kind)
        data = dumps(notebook).encode()
        content = exercise.read(data)
        assert exercise.write(content) == data
        assert exercise.is_as_built(content) and is_as_built(notebook)
        content["cells"][0]["source"] = "changed"
        assert not exercise.is_as_built(content)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"cells": 1}', b'{"cells": [1]}', b'{"cells": [{"source": [1]}]}']
)
def test_what_is_no_notebook(data: bytes) -> None:
    with pytest.raises(exercise.Unreadable):
        exercise.read(data)


def test_a_stub_is_no_answer_and_a_note_is() -> None:
    given = notebooks.given()
    assert exercise.answered(given, STUBS) == {}
    assert exercise.says_nothing('%%grade a.b\nimport asyncio\nasync def b():\n    """Do."""\n    ...')
    assert exercise.answered(notebooks.mine(TWO), STUBS) == {TWO: f"%%grade {TWO}\n{MINE}# {TWO}\n"}
    noted = notebooks.answered(given, **{ONE.partition(".")[2]: "# first think, then write\n"})
    assert list(exercise.answered(noted, STUBS)) == [ONE]


def test_of_several_cells_the_lowest_with_an_answer_counts() -> None:
    content = notebooks.mine(ONE)
    stub = next(c for c in notebooks.given()["cells"] if exercise.source_of(c).startswith(f"%%grade {ONE}"))
    another = {**stub, "id": "another", "source": [f"\n  %%grade {ONE}\n", "x = 1"]}
    content["cells"] += [another, stub]
    assert exercise.answered(content, STUBS)[ONE].endswith("x = 1")


def test_answers_are_carried_byte_by_byte_and_nothing_else_is_touched() -> None:
    new = notebooks.newer(notebooks.given())
    carried = exercise.carry(notebooks.mine(TWO), notebooks.given(), new)
    assert (carried.tasks, carried.changed, carried.gone) == ((TWO,), (), ())
    assert exercise.answered(carried.content, STUBS) == exercise.answered(notebooks.mine(TWO), STUBS)
    others = [(a, b) for a, b in zip(carried.content["cells"], new["cells"], strict=True) if a != b]
    assert [b["id"] for _, b in others] == [TWO.partition(".")[2]]
    nbformat.validate(nbformat.reads(carried.data.decode(), as_version=4))


def test_a_changed_task_is_shown_above_the_answer_once() -> None:
    newer = notebooks.newer(notebooks.given(), stub=ONE)
    carried = exercise.carry(notebooks.mine(ONE, TWO), notebooks.given(), newer)
    assert carried.changed == (ONE,)
    notice = next(c for c in carried.content["cells"] if exercise.source_of(c).startswith("**The course has changed"))
    assert "def more()" in exercise.source_of(notice)
    nbformat.validate(nbformat.reads(carried.data.decode(), as_version=4))
    # The next update starts from the course's own version: the notice goes.
    again = exercise.carry(exercise.read(carried.data), newer, notebooks.newer(newer))
    assert again.tasks == (ONE, TWO) and again.changed == ()
    assert not any("has changed this task" in exercise.source_of(cell) for cell in again.content["cells"])


def test_an_untouched_stub_gives_way_to_the_new_one() -> None:
    carried = exercise.carry(notebooks.mine(TWO), notebooks.given(), notebooks.newer(notebooks.given(), stub=ONE))
    text = next(s for t, (s,) in exercise.answers(carried.content).items() if t == ONE)
    assert "def more()" in text and carried.tasks == (TWO,)


def test_a_task_that_is_gone_is_told() -> None:
    carried = exercise.carry(notebooks.mine(ONE), notebooks.given(), notebooks.newer(notebooks.given(), without=ONE))
    assert (carried.tasks, carried.gone) == ((), (ONE,))


# ---------------------------------------------------------------- files


def test_a_version_is_kept_under_the_date_it_was_saved_on_and_once(tmp_path: Path) -> None:
    place = tmp_path / "04_x.ipynb"
    place.write_bytes(b"one")
    os.utime(place, (1_700_000_000, 1_700_000_000))
    first = files.keep(place)
    assert first == files.keep(place) and first.read_bytes() == b"one" and place.read_bytes() == b"one"
    assert first.stat().st_mtime == 1_700_000_000
    place.write_bytes(b"two")
    os.utime(place, (1_700_000_000, 1_700_000_000))
    second = files.keep(place)
    assert second.name == first.name.replace(".ipynb", "-2.ipynb")
    assert [each.path for each in files.kept(place)] == [second, first]
    assert time.mktime(files.kept(place)[0].saved.timetuple()) == 1_700_000_000


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "a.ipynb"
    place.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write(place, b"new")
    assert place.read_bytes() == b"old" and list(tmp_path.iterdir()) == [place]


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {checkout!r})
from asynclab.keeping import files
print("begun", flush=True)
number = 0
while True:
    number += 1
    files.write(Path(sys.argv[1]), str(number % 10).encode() * 1_000_000)
"""


def test_kill_9_in_the_middle_of_a_write_leaves_a_whole_file(tmp_path: Path) -> None:
    place = tmp_path / "a.ipynb"
    place.write_bytes(b"0" * 1_000_000)
    for round in range(6):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER.format(checkout=str(CHECKOUT)), str(place)], stdout=subprocess.PIPE
        )
        assert writer.stdout and writer.stdout.readline()
        time.sleep(0.003 * round)
        writer.send_signal(signal.SIGKILL)
        writer.communicate(timeout=20)
        data = place.read_bytes()
        assert len(data) == 1_000_000 and len(set(data)) == 1
    files.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [place]


def test_the_digest_is_the_stored_notebooks_own() -> None:
    """Of the files that git has, too: an `update` must know them as built."""
    for path in sorted(CHECKOUT.glob("solutions/*.ipynb")):
        content = json.loads(path.read_bytes())
        if "version" not in content["metadata"]["language_info"]:
            assert exercise.is_as_built(content), path.name
