"""A fresh exercise, and an old one back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from asynclab.keeping import exercise, files, reset
from asynclab.paths import CHECKOUT
from asynclab.problems import Problem
from tests.keeping import notebooks
from tests.keeping.notebooks import LESSON, NAME, ONE, TWO
from tests.setup.labs import run


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one lesson, whose exercise is answered."""
    shutil.copytree(LESSON.folder, tmp_path / "lessons" / LESSON.name)
    (tmp_path / "exercises").mkdir()
    (tmp_path / NAME).write_bytes(exercise.write(notebooks.mine(ONE)))
    return tmp_path


@pytest.mark.parametrize("name", [LESSON.name, LESSON.number, NAME, f"{LESSON.name}.ipynb"])
def test_a_fresh_one_comes_and_the_old_one_stays(checkout: Path, name: str) -> None:
    before = (checkout / NAME).read_bytes()
    said = reset.reset(name, checkout)
    assert (checkout / NAME).read_bytes() == reset.fresh(LESSON)
    (kept,) = files.kept(checkout / NAME)
    assert kept.path.read_bytes() == before and kept.path.name in said[1]
    assert "already" in reset.reset(name, checkout)[0] and len(files.kept(checkout / NAME)) == 1


def test_there_and_back_again(checkout: Path) -> None:
    first = (checkout / NAME).read_bytes()
    reset.reset(LESSON.name, checkout)
    reset.restore(LESSON.name, checkout)
    assert (checkout / NAME).read_bytes() == first
    second = exercise.write(notebooks.mine(ONE, TWO))
    (checkout / NAME).write_bytes(second)
    reset.reset(LESSON.name, checkout)
    told = reset.listed(LESSON.name, checkout)
    # The fresh one that gave way to the first was kept, too; it is in the list, and holds no answer.
    assert sorted(each.tasks or () for each in told) == [(), (ONE,), (ONE, TWO)]
    old = next(each.kept for each in told if each.tasks == (ONE,))
    reset.restore(old.path.name, checkout)
    assert (checkout / NAME).read_bytes() == first
    assert {each.kept.path.read_bytes() for each in told} >= {first, second}
    for each in told:
        assert each.kept.path.name in reset.line(each)


def test_the_newest_that_differs_is_restored(checkout: Path) -> None:
    for moment, text in ((1_700_000_000, "old"), (1_700_000_100, "new")):
        (checkout / NAME).write_bytes(
            exercise.write(notebooks.answered(notebooks.given(), **{ONE.partition(".")[2]: text}))
        )
        os.utime(checkout / NAME, (moment, moment))
        files.keep(checkout / NAME)
    reset.restore(LESSON.number, checkout)
    assert notebooks.sources(checkout / NAME)[ONE].endswith("old"), "the newest kept one is what lies there"


def test_a_torn_or_missing_exercise_is_put_back(checkout: Path) -> None:
    (checkout / NAME).write_bytes(b"{ half a notebo")
    reset.reset(LESSON.name, checkout)
    (told,) = reset.listed(None, checkout)
    assert told.tasks is None and "can't be read" in reset.line(told)
    assert told.kept.path.read_bytes() == b"{ half a notebo"
    (checkout / NAME).unlink()
    reset.reset(LESSON.name, checkout)
    assert (checkout / NAME).read_bytes() == reset.fresh(LESSON)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (LESSON.name[:-1], f"Did you mean {LESSON.name}"),
        ("nonsense", f"The exercises are: {LESSON.name}"),
        (TWO, f"reset {LESSON.name}"),
    ],
)
def test_what_is_no_exercise_is_told(checkout: Path, name: str, says: str) -> None:
    with pytest.raises(Problem, match=says):
        reset.reset(name, checkout)


def test_nothing_kept_is_told(checkout: Path) -> None:
    assert reset.listed(None, checkout) == []
    with pytest.raises(Problem, match="No older version"):
        reset.restore(LESSON.name, checkout)
    with pytest.raises(Problem, match="no kept version"):
        reset.restore(f"{LESSON.name}.kept-2020-01-01_00-00-00.ipynb", checkout)


def test_a_full_disk_leaves_the_answered_one(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (checkout / NAME).read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device", "there")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Problem, match="No space left on device"):
        reset.reset(LESSON.name, checkout)
    assert (checkout / NAME).read_bytes() == before and os.listdir(checkout / "exercises") == [Path(NAME).name]


def test_the_command() -> None:
    assert run("reset", "--list").returncode == 0
    done = run("reset", "nonsense", cwd=CHECKOUT)
    assert done.returncode == 2 and "There is no exercise nonsense." in done.stderr
