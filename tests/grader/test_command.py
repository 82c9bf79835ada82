"""`grade` as its users call it: a notebook, a file, JSON alone on standard output, exit status, replay, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from asynclab import course
from asynclab.paths import CHECKOUT
from asynclab.services import hold_lease

RIGHT = course.solution("00_start_here.greet")
WRONG = RIGHT.replace("Hello", "Goodbye")

pytestmark = pytest.mark.measured


@pytest.fixture(autouse=True, scope="module")
def services() -> None:
    hold_lease()


def grade(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "asynclab", "grade", *map(str, arguments)]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=120)


def notebook(path: Path, **answers: str) -> Path:
    cells = [
        {"cell_type": "code", "source": f"%%grade 00_start_here.{name}\n{text}", "metadata": {}, "outputs": []}
        for name, text in answers.items()
    ]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_a_file_with_its_task(tmp_path: Path) -> None:
    path = tmp_path / "answer.py"
    path.write_text(RIGHT)
    done = grade("--task", "00_start_here.greet", "--json", "--progress", path)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    record = json.loads(line)
    assert record["verdict"] == "passed" and record["task"] == "00_start_here.greet"
    told = [json.loads(each) for each in done.stderr.splitlines()]
    assert told and all({"say", "done", "of"} <= each.keys() and each["done"] < each["of"] for each in told)


def test_a_record_judges_again_to_the_same_verdict(tmp_path: Path) -> None:
    answer, kept = tmp_path / "answer.py", tmp_path / "record.json"
    answer.write_text(WRONG)
    done = grade("--task", "00_start_here.greet", "--json", "--seed", "7", answer)
    assert done.returncode == 1
    kept.write_text(done.stdout)
    again = grade("--replay", kept)
    assert again.returncode == 0 and "as recorded" in again.stdout
    forged = json.loads(done.stdout) | {"verdict": "passed", "mistakes": [], "seen": []}
    kept.write_text(json.dumps(forged))
    caught = grade("--replay", kept)
    assert caught.returncode == 1 and "judged again failed" in caught.stdout


def test_a_notebook_in_words(tmp_path: Path) -> None:
    done = grade(notebook(tmp_path / "00.ipynb", greet=course.stub("00_start_here.greet")))
    assert done.returncode == 1 and "not attempted" in done.stdout.lower() and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.ipynb"], "nowhere.ipynb"),
        (["--task", "00_start_here.great", "README.md"], "great"),
        (["README.md"], "neither a notebook nor a .py file"),
        (["--replay", "pyproject.toml"], "no records"),
        ([], "nothing to grade"),
    ],
)
def test_bad_input_exits_2_with_two_sentences(arguments: list[str], said: str) -> None:
    done = grade(*arguments)
    assert done.returncode == 2 and not done.stdout
    assert said in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_with_nothing_left(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "answer.py"
    path.write_text("import asyncio\nasync def greet(name):\n    await asyncio.sleep(3600)\n")
    command = [sys.executable, "-m", "asynclab", "grade", "--task", "00_start_here.greet", "--progress", str(path)]
    process = subprocess.Popen(command, cwd=CHECKOUT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr and process.stderr.readline()  # the first run has begun
    time.sleep(0.5)
    started = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, number)
    assert process.wait(10) not in (0, 1)
    gone, alive = psutil.wait_procs(started, timeout=5)
    left = [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]
    assert started and not left, left
