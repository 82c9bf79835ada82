"""`doctor`: what it says of good and bad machines, before and after set-up, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asynclab.bootstrap import check_environment, check_machine
from asynclab.bootstrap.environment import Environment
from asynclab.bootstrap.finding import OK, PROBLEM, WARNING, Finding, ok, problem, warning
from asynclab.bootstrap.packages import compare
from asynclab.commands import doctor
from asynclab.grader.demands import BUSY
from asynclab.grader.machine import Calibration, calibrate
from asynclab.paths import CHECKOUT
from tests.setup import tiny
from tests.setup.labs import command, run, until

GB = 1024**3
NAMES = ["system", "Python", "environment", "packages", "processors", "memory", "disk", "ports", "git", "quiet"]
IN_TRIAL = ["site", "PostgreSQL", "protection", "grading", "Chromium"]


def by_name(said: str) -> dict[str, dict[str, Any]]:
    found = json.loads(said)
    states = {each["name"]: each["state"] for each in found["findings"]}
    assert found["ready"] == (states["environment"] == OK and PROBLEM not in states.values())
    for each in found["findings"]:
        assert each["state"] in (OK, WARNING, PROBLEM) and each["seen"]
        assert each["state"] == OK or each["todo"], f"{each['name']} says nothing of what to do"
    return {each["name"]: each for each in found["findings"]}


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if "__pycache__" not in path.parts}


def bare(course: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """With a Python that has nothing, and an index that nobody answers at."""
    settings = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PYTHONPATH": "",
                "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": "", "ASYNCLAB_READY": "", **variables}  # fmt: skip
    return command([tiny.bare_python(), "-m", "asynclab", "doctor", *options], course, **settings)


def test_on_a_bare_python(clone: Callable[[str], Path], tmp_path: Path) -> None:
    """Nothing is set up: it says so, and what stands in the way; nothing is installed or left."""
    course, data = clone("bare"), tmp_path / "data"
    before = files(course)
    done = bare(course, "--json", ASYNCLAB_DATA=str(data))
    found = by_name(done.stdout)
    assert list(found) == NAMES and done.stderr == ""
    assert found["environment"]["seen"] == "not made yet" and found["environment"]["state"] == WARNING
    assert "asynclab lab" in found["environment"]["todo"]
    assert found["packages"]["state"] == PROBLEM and "can't be reached" in found["packages"]["seen"]
    assert done.returncode == 1
    assert files(course) == before and not data.exists()

    (course / "wheels").mkdir()
    (course / "wheels/tiny-1.0-py3-none-any.whl").touch()
    done = bare(course, ASYNCLAB_DATA=str(data))
    lines = done.stdout.splitlines()
    assert any(line.split()[:2] == ["ok", "packages"] and "wheels in" in line for line in lines), done.stdout
    stopped = [line for line in lines if line.startswith("problem")]
    assert done.returncode == bool(stopped)
    if not stopped:
        assert lines[-1] == "Nothing stands in the way of the first start: python3 -m asynclab lab"


def test_in_an_environment_that_has_all(tmp_path: Path) -> None:
    """This one. --quick starts nothing."""
    done = run("doctor", "--quick", "--json", ASYNCLAB_DATA=str(tmp_path / "data"))
    found = by_name(done.stdout)
    assert list(found) == NAMES
    assert found["environment"]["state"] == OK and found["packages"]["facts"]["wanted"] > 50
    assert done.returncode == any(each["state"] == PROBLEM for each in found.values())
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
def test_the_trial_works_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    done = run("doctor", "--json", ASYNCLAB_DATA=str(tmp_path / "data"), TMPDIR=str(tmp_path / "tmp"))
    found = by_name(done.stdout)
    assert list(found) == [*NAMES, *IN_TRIAL]
    assert found["site"]["state"] == OK and found["PostgreSQL"]["state"] == OK
    assert found["PostgreSQL"]["facts"]["found"] and found["PostgreSQL"]["facts"]["version"]
    assert found["grading"]["facts"]["verdict"] in ("passed", "inconclusive")
    assert files(tmp_path) == {"tmp"}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle_it_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "tmp").mkdir()
    variables = {**os.environ, "TMPDIR": str(tmp_path / "tmp"), "ASYNCLAB_DATA": str(tmp_path / "data")}
    with subprocess.Popen(
        [sys.executable, "-m", "asynclab", "doctor"], cwd=CHECKOUT, env=variables, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert until(lambda: list((tmp_path / "tmp").glob("*/services/keeper.lock")), 60) is not None
        time.sleep(0.3)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode in (130, 143) and "Traceback" not in said
    assert files(tmp_path) == {"tmp"}


def test_a_trial_that_breaks_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment whose Python can't start it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'ImportError: no such thing'; exit 1\n")
    python.chmod(0o755)
    (found,) = doctor.trial(python, lambda what: None)
    assert found.state == PROBLEM and "ImportError: no such thing" in found.seen and found.todo
    assert files(tmp_path) == {"python"}


# ---------------------------------------------------------------- the machine


def test_quiet_is_by_the_graders_own_line() -> None:
    def state(share: float, waits: float, worst: float) -> str:
        return check_machine.quiet(Calibration(share, waits, worst)).state

    assert state(1.0, 1.1, 1.2) == OK
    assert state(4.9, 1.2, 1.3) == WARNING and state(1.0, 1.7, 2.0) == WARNING
    assert state(1.0, 2.0, BUSY + 0.1) == PROBLEM and state(9.0, 2.0, BUSY - 0.1) == WARNING


def test_calibrating_tells_company() -> None:
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        beside = calibrate(0.6)
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
    assert beside.share > 1.4 and 1.0 <= beside.waits <= beside.worst


@pytest.mark.parametrize(
    ("total", "free", "state"),
    [(8, 5, OK), (8, None, OK), (3.8, 2, OK), (3, 2, WARNING), (8, 0.4, WARNING), (0.9, 0.8, PROBLEM)],
)
def test_memory(monkeypatch: pytest.MonkeyPatch, total: float, free: float | None, state: str) -> None:
    bytes_free = None if free is None else int(free * GB)
    monkeypatch.setattr(check_machine, "_memory", lambda: (int(total * GB), bytes_free))
    found = check_machine.memory()
    assert (found.state, found.facts) == (state, {"total": int(total * GB), "available": bytes_free})


@pytest.mark.parametrize(
    ("free", "made", "state"), [(5, False, OK), (0.5, False, PROBLEM), (0.5, True, OK), (0.1, True, PROBLEM)]
)
def test_disk(monkeypatch: pytest.MonkeyPatch, free: float, made: bool, state: str) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, int(free * GB)))
    assert check_machine.disk(Path(sys.executable) if made else None).state == state


def test_a_data_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASYNCLAB_DATA", str(tmp_path / "not/there/yet"))
    assert check_machine.disk(Path(sys.executable)).state == OK
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    found = check_machine.disk(Path(sys.executable))
    assert found.state == PROBLEM and "--data" in found.todo and str(tmp_path) in found.seen


def test_ports_and_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert check_machine.ports().state == OK
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    found = check_machine.ports()
    assert found.state == WARNING and "NO_PROXY=127.0.0.1" in found.todo
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    assert check_machine.ports().state == OK
    monkeypatch.setattr(check_machine.resource, "getrlimit", lambda which: (256, 1024))
    assert check_machine.ports().state == WARNING


def test_loopback_that_is_down() -> None:
    look = "from asynclab.bootstrap import check_machine as m; f = m.ports(); print(f.state, f.todo)"
    done = subprocess.run(
        [*tiny.OFFLINE, sys.executable, "-c", look], capture_output=True, text=True, check=False, cwd=CHECKOUT
    )
    if done.returncode != 0:
        pytest.skip("this machine gives no namespace without a network")
    assert done.stdout.startswith("problem Let connections on the loopback device through")


def test_python_processors_git_and_system(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_machine.python(None).state == OK
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert check_machine.python(None).state == WARNING
    monkeypatch.setattr(check_machine.platform, "python_implementation", lambda: "PyPy")
    assert check_machine.python(None).state == PROBLEM
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0}, raising=False)
    assert check_machine.processors().state == WARNING
    monkeypatch.setenv("PATH", "/nowhere")
    assert check_machine.git().state == WARNING
    assert check_machine.system().state == OK
    monkeypatch.setattr(sys, "platform", "darwin")
    assert check_machine.system().state == WARNING


# ---------------------------------------------------------------- the environment


def test_an_environment_that_is_not_whole(tmp_path: Path) -> None:
    """Each way in which it is not, by name."""
    own = Environment(tmp_path / ".venv")
    said = check_environment._unfinished
    assert said(own) == "not made yet"
    packages = own.site_packages
    (packages / "tiny-1.0.dist-info").mkdir(parents=True)
    assert said(own) == "begun, and not finished"
    own.python.parent.mkdir()
    own.python.symlink_to(sys.executable)
    (packages / "asynclab-checkout.pth").touch()
    own.write_stamp(CHECKOUT / "requirements.txt")
    (packages / "tiny-1.0.dist-info").rmdir()
    assert said(own) == "packages are gone from it: tiny-1.0"
    own.python.unlink()
    assert said(own) == "the Python that it was made from is gone"
    (tmp_path / "requirements.txt").write_text("tiny==2.0\n")
    own.write_stamp(tmp_path / "requirements.txt")
    assert said(own) == "made for other requirements than this version's of the course"


def test_packages_against_requirements(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(
        "# a comment\npytest==0.1\nNot_There==1 ; python_version >= '3'\nother==1 ; os_name == 'x'\n"
    )
    found = compare(requirements)
    assert found["wanted"] == 2 and found["missing"] == ["not-there==1"]
    assert found["other"] == [["pytest", "0.1", pytest.__version__]]


def test_an_environment_of_the_courses_own_that_was_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Environment(tmp_path / ".venv")
    info = own.site_packages / "tiny-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "RECORD").write_text("tiny/a.py,,5\n")
    found = check_environment._packages(Path(sys.executable), exactly=True, own=own)
    assert found.state == PROBLEM and "tiny-1.0" in found.seen and "clean --environment" in found.todo
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no such library' >&2; exit 1\n")
    broken.chmod(0o755)
    found = check_environment._packages(broken, exactly=True, own=own)
    assert found.state == PROBLEM and "no such library" in found.seen


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("jupyterlab (9)\nAvailable versions: 9, {version}, 1.0", None),
        ("Available versions: 9, {version}1", "has no jupyterlab {version}"),
        ("WARNING: Retrying … Failed to establish a new connection\nAvailable versions: 9", "can't be reached"),
        ("ERROR: CERTIFICATE_VERIFY_FAILED", "certificate is not trusted"),
        ("timed out", "can't be reached"),
    ],
)
def test_what_the_index_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, seen: str | None) -> None:
    _, version = check_environment._largest(CHECKOUT / "requirements.txt")
    monkeypatch.setattr(check_environment, "_ask", lambda command: said.format(version=version))
    monkeypatch.setattr(check_environment.wheels, "folder", lambda checkout: None)
    found = check_environment._source(Environment(tmp_path / ".venv"))
    assert (
        found.state == (OK if seen is None else PROBLEM) and (seen or "answers").format(version=version) in found.seen
    )


# ---------------------------------------------------------------- how it is said


def test_lines_and_closing() -> None:
    assert doctor.line(ok("disk", "5 GB free")) == "ok       disk         5 GB free"
    assert doctor.line(warning("git", "not found", "Install it.")).splitlines() == [
        "warning  git          not found",
        "                      -> Install it.",
    ]
    made, quiet, bad = ok("environment", "x"), warning("quiet", "x", "y"), problem("disk", "x", "y")
    closing: dict[str, list[Finding]] = {
        "Ready for the course.": [made],
        "Ready for the course, with 1 warning.": [made, quiet],
        "Not ready: 2 problems to mend first.": [made, bad, bad, quiet],
        "Nothing stands in the way of the first start: python3 -m asynclab lab": [warning("environment", "x", "y")],
    }
    for words, found in closing.items():
        assert doctor.closing(found) == words
