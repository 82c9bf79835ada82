"""Answers and records in one file, and that file in the hands of `grade FOLDER`."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from asynclab import course, progress
from asynclab.grader.roster import handed_in
from asynclab.keeping import exercise
from asynclab.keeping.pack import CONTENTS, learner, pack
from asynclab.keeping.reset import fresh, place_of
from asynclab.paths import CHECKOUT
from asynclab.problems import Problem
from tests.keeping import notebooks
from tests.keeping.notebooks import LESSON, NAME, ONE, TWO
from tests.notebook import records
from tests.setup.labs import run


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one lesson, whose exercise is answered, and a data folder with a record."""
    monkeypatch.setenv("ASYNCLAB_DATA", str(tmp_path / "data"))
    shutil.copytree(LESSON.folder, tmp_path / "lessons" / LESSON.name)
    (tmp_path / "exercises").mkdir()
    (tmp_path / NAME).write_bytes(exercise.write(notebooks.mine(ONE)))
    (tmp_path / "data" / "records").mkdir(parents=True)
    (tmp_path / "data" / "records" / f"{ONE}-20250101000000-abcd.json").write_text("{}\n")
    progress.take(replace(records.PASSED, task=ONE))
    (tmp_path / "class").mkdir()
    return tmp_path


def test_everything_is_in_it_byte_by_byte(checkout: Path) -> None:
    packed = pack("Ada Lovelace", checkout / "class", checkout)
    assert packed.path == checkout / "class" / "Ada Lovelace.zip" and packed.size == packed.path.stat().st_size
    assert [task for task, there in packed.answers.items() if there] == [ONE]
    assert set(packed.answers) == set(LESSON.tasks) and packed.passed == {ONE} and packed.records == 1
    with zipfile.ZipFile(packed.path) as archive:
        assert archive.testzip() is None
        assert archive.read(NAME) == (checkout / NAME).read_bytes()
        assert archive.read("progress.json") == (checkout / "data" / "progress.json").read_bytes()
        assert json.loads(archive.read(CONTENTS))["learner"] == "Ada Lovelace"
        assert any(name.startswith("records/") for name in archive.namelist())


def test_grade_takes_it_as_one_learners_submission(checkout: Path) -> None:
    pack("Ada Lovelace", checkout / "class", checkout)
    (checkout / NAME).write_bytes(exercise.write(notebooks.mine(ONE, TWO)))
    pack("bo", checkout / "class" / "bo.zip", checkout)
    found = handed_in(checkout / "class", None, checkout / "scratch")
    assert {each.learner for each in found} == {"Ada Lovelace", "bo"} and not any(each.problem for each in found)
    texts = {(each.learner, each.task.name): each.text for each in found if each.task}
    assert texts["Ada Lovelace", ONE] == texts["bo", ONE] == f"{notebooks.MINE}# {ONE}\n"
    assert texts["bo", TWO] == f"{notebooks.MINE}# {TWO}\n"
    assert texts["Ada Lovelace", TWO].strip() == course.stub(TWO).strip(), "listed as not attempted"


def test_packing_again_replaces_its_own_file_and_no_other(checkout: Path) -> None:
    target = checkout / "class" / "ada.zip"
    pack("ada", target, checkout)
    (checkout / NAME).write_bytes(exercise.write(notebooks.mine(TWO)))
    assert pack("ada", target, checkout).answers[TWO]
    target.write_bytes(b"a picture, say")
    with pytest.raises(Problem, match="wasn't made by pack"):
        pack("ada", target, checkout)
    assert target.read_bytes() == b"a picture, say"


def test_kept_versions_are_not_handed_in(checkout: Path) -> None:
    kept = (checkout / NAME).with_name(f"{LESSON.name}.kept-2025-01-01_00-00-00.ipynb")
    kept.write_bytes(exercise.write(notebooks.mine(TWO)))
    packed = pack("ada", checkout / "class", checkout)
    with zipfile.ZipFile(packed.path) as archive:
        assert not any("kept" in name for name in archive.namelist())


def test_a_torn_exercise_is_told_and_still_in_it(checkout: Path) -> None:
    other = "99_other"
    shutil.copytree(LESSON.folder, checkout / "lessons" / other)
    text = (checkout / "lessons" / other / "exercise.md").read_text().replace(LESSON.name, other)
    (checkout / "lessons" / other / "exercise.md").write_text(text)
    (checkout / "exercises" / f"{other}.ipynb").write_text("{")
    packed = pack("ada", checkout / "class", checkout)
    assert len(packed.said) == 1 and f"{other}.ipynb" in packed.said[0]
    with zipfile.ZipFile(packed.path) as archive:
        assert archive.read(f"exercises/{other}.ipynb") == b"{"


def test_nothing_to_hand_in_and_nowhere_to_put_it(checkout: Path) -> None:
    with pytest.raises(Problem, match="There is no folder"):
        pack("ada", checkout / "nowhere" / "ada.zip", checkout)
    (checkout / NAME).write_bytes(exercise.write(notebooks.given()))
    with pytest.raises(Problem, match="nothing to hand in"):
        pack("ada", checkout / "class", checkout)
    assert not list((checkout / "class").iterdir())


@pytest.mark.parametrize(
    ("name", "plain"),
    [("Ada", "Ada"), ("../../etc/x", "etc x"), ("a:b|c", "a b c"), ("Zoë 李", "Zoë 李"), (".hidden", "hidden")],
)
def test_a_name_is_a_files_name(name: str, plain: str) -> None:
    assert learner(name) == plain


@pytest.mark.parametrize("name", ["", "...", "//", "x" * 300])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(Problem, match="can't be the name of a file"):
        learner(name)


def test_the_command_with_nothing_answered(tmp_path: Path) -> None:
    done = run("pack", "--name", "ada", "--to", str(tmp_path / "nowhere" / "x.zip"), ASYNCLAB_DATA=str(tmp_path / "d"))
    assert done.returncode == 2 and "There is no folder" in done.stderr


@pytest.mark.slow
@pytest.mark.measured
def test_packed_and_graded_for_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two learners, right and not yet answered, from the pack to the gradebook."""
    monkeypatch.setenv("ASYNCLAB_DATA", str(tmp_path / "data"))
    lesson = course.lessons()[0]
    task = lesson.tasks[0]
    shutil.copytree(lesson.folder, tmp_path / "lessons" / lesson.name)
    (tmp_path / "exercises").mkdir()
    (tmp_path / "class").mkdir()
    given = exercise.read(fresh(lesson))
    for name, text in (("ada", course.solution(task)), ("bo", "async def other():\n    return 1\n")):
        content = notebooks.answered(given, **{task.partition(".")[2]: text})
        place_of(lesson, tmp_path).write_bytes(exercise.write(content))
        pack(name, tmp_path / "class", tmp_path)
    done = run("grade", str(tmp_path / "class"), "--allow-rlimits", "--csv", str(tmp_path / "grades.csv"), cwd=CHECKOUT)
    assert done.returncode == 1, done.stderr
    with (tmp_path / "grades.csv").open() as table:
        rows = {(row["learner"], row["task"]): row["verdict"] for row in csv.DictReader(table)}
    assert rows == {("ada", task): "passed", ("bo", task): "not_attempted"}
