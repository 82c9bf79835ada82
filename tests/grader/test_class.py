"""A class's submissions: found wherever they lie, taken with care, graded once each, listed for the gradebook."""

from __future__ import annotations

import csv
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from asynclab.grader import folder as class_of
from asynclab.grader import machine, page
from asynclab.grader.folder import Graded, already, harmless, machine_slots, write
from asynclab.grader.roster import HandedIn, handed_in
from asynclab.grader.submission import sha256
from asynclab.grader.task import find_task, grading_file
from asynclab.problems import Problem

GREET = find_task("00_start_here.greet")
assert GREET
GRADING = grading_file(GREET.name)
RIGHT = "import asyncio\nasync def greet(name):\n    await asyncio.sleep(0.1)\n    return f'Hello, {name}!'\n"


def notebook(**answers: str) -> str:
    cells = [
        {"cell_type": "code", "source": f"%%grade {task.replace('__', '.')}\n{text}"} for task, text in answers.items()
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def by_learner(found: list[HandedIn]) -> dict[str, HandedIn]:
    assert len({each.learner for each in found}) == len(found)
    return {each.learner: each for each in found}


def test_files_folders_and_archives(tmp_path: Path) -> None:
    handed = tmp_path / "handed in"
    (handed / "Bo Ek" / "week 1").mkdir(parents=True)
    (handed / "ada.py").write_text(RIGHT)
    (handed / "Bo Ek" / "week 1" / "00.ipynb").write_text(notebook(**{"00_start_here__greet": RIGHT}))
    with zipfile.ZipFile(handed / "cy.zip", "w") as archive:
        archive.writestr("greet.py", RIGHT)
    (handed / "dee.ipynb").write_text("{")
    (handed / "eva").mkdir()
    (handed / ".hidden.py").write_text(RIGHT)
    (handed / "fox.txt").write_text("no answer")
    found = by_learner(handed_in(handed, "00_start_here.greet", tmp_path / "scratch"))
    assert set(found) == {"ada", "Bo Ek", "cy", "dee", "eva"}
    assert all(found[who].text == RIGHT and not found[who].problem for who in ("ada", "Bo Ek", "cy"))
    assert found["dee"].problem and found["eva"].problem


def test_without_a_task_notebooks_tell_theirs(tmp_path: Path) -> None:
    cells = {"00_start_here__greet": RIGHT, "04_aiohttp__crawl": "x = 1\n", "99_other__task": "x = 1\n"}
    (tmp_path / "ada.ipynb").write_text(notebook(**cells))
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "greet.py").write_text(RIGHT)
    found = handed_in(tmp_path, None, tmp_path / "scratch")
    names = [(each.learner, each.task.name) for each in found if each.task]
    assert names == [("ada", "00_start_here.greet"), ("ada", "04_aiohttp.crawl"), ("bob", "00_start_here.greet")]


def test_an_archive_of_all(tmp_path: Path) -> None:
    path = tmp_path / "all.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("class/ada/greet.py", "class/bob/greet.py", "../outside.py", "/absolute/greet.py"):
            member = tarfile.TarInfo(name)
            member.size = len(RIGHT)
            archive.addfile(member, io.BytesIO(RIGHT.encode()))
        link = tarfile.TarInfo("class/eve/greet.py")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    scratch = tmp_path / "scratch"
    handed_in(path, "00_start_here.greet", scratch)
    assert not (tmp_path / "outside.py").exists() and not Path("/absolute").exists()
    assert not list(scratch.rglob("eve"))
    assert {each.parent.name for each in scratch.rglob("greet.py")} >= {"ada", "bob"}


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asynclab.grader.roster.MOST_BYTES", 10_000)
    handed = tmp_path / "handed"
    handed.mkdir()
    with zipfile.ZipFile(handed / "eve.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("greet.py", " " * 1_000_000)
    (handed / "ada.py").write_text(RIGHT)
    found = by_learner(handed_in(handed, "00_start_here.greet", tmp_path / "scratch"))
    assert "more than submissions" in found["eve"].problem and not found["ada"].problem
    (handed / "eve.zip").write_bytes(b"PK no archive")
    found = by_learner(handed_in(handed, "00_start_here.greet", tmp_path / "scratch2"))
    assert found["eve"].problem


def graded(learner: str, verdict: str, *mistakes: str, **more: object) -> Graded:
    record = {
        "task": "00_start_here.greet", "verdict": verdict, "points": 0, "max_points": 0, "mistakes": list(mistakes),
        "note": "", "answer_sha256": sha256(RIGHT), "grader_version": machine.grader_version(GRADING),
    }  # fmt: skip
    return Graded(learner, {**record, **more}, f"{learner}.py")


def test_what_comes_out(tmp_path: Path) -> None:
    table = tmp_path / "grades.csv"
    rows = [graded("ada", "passed"), graded("=1+1", "failed", "never-awaited", "lost-task"), graded("<b>", "crashed")]
    write(table, rows, [], [[0, 1]], "bubblewrap")
    with table.open(newline="") as file:
        read = list(csv.DictReader(file))
    assert list(read[0]) == ["learner", "task", "verdict", "points", "max_points", "mistakes"]
    assert [row["learner"] for row in read] == ["ada", "'=1+1", "<b>"]
    assert read[1]["mistakes"] == "never-awaited lost-task"
    assert len(table.with_suffix(".jsonl").read_text().splitlines()) == 3
    html = table.with_suffix(".html").read_text()
    assert "&lt;b&gt;" in html and "<b>" not in html and "never-awaited" in html and "one at a time" in html


def test_an_interrupted_class_goes_on(tmp_path: Path) -> None:
    kept = tmp_path / "grades.jsonl"
    other = graded("bob", "passed", answer_sha256="another answer")
    lines = [
        graded("ada", "passed"),
        other,
        graded("cy", "grader_error"),
        graded("dee", "passed", grader_version="old"),
    ]
    kept.write_text("".join(each.line() + "\n" for each in lines) + graded("eve", "passed").line()[:40])
    entries = [HandedIn(who, GREET, RIGHT, tmp_path) for who in ("ada", "bob", "cy", "dee", "eve")]
    assert set(already(kept, entries)) == {("ada", "00_start_here.greet")}
    assert already(tmp_path / "none.jsonl", entries) == {}


def test_nothing_shares_a_processor() -> None:
    slots = machine_slots()
    used = [core for slot in slots for core in slot]
    assert slots and len(used) == len(set(used))
    assert len(slots) == 1 or all(len(slot) >= 2 for slot in slots)


def test_names_that_are_no_formulas() -> None:
    assert harmless("Ada") == "Ada" and harmless("@sum") == "'@sum"


def test_others_work_needs_more_than_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import argparse

    monkeypatch.setattr(class_of, "named", lambda name: "rlimits")
    (tmp_path / "ada.py").write_text(RIGHT)
    args = argparse.Namespace(target=tmp_path, task="00_start_here.greet", csv=tmp_path / "g.csv", protection=None)
    args.allow_rlimits = False
    with pytest.raises(Problem) as caught:
        class_of.grade_folder(args)
    assert "--allow-rlimits" in caught.value.todo and not (tmp_path / "g.csv").exists()


def test_a_page_without_anything_odd() -> None:
    html = page.html([("ada", graded("ada", "passed").record)], at_once=2, protection="bubblewrap")
    assert "2 at once" in html and "What the grader has to say" not in html
