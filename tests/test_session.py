"""The test session's own promises (conftest.py): its data folder, its options, and that it leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import psutil
import pytest

from asynclab.paths import CHECKOUT, data_folder
from tests.setup.labs import MARK, marked, until

NOTEBOOK = "notebooks/00_start_here.ipynb"


def session(test: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A session of its own over one small test file. It lies elsewhere, so the root's conftest is named if nothing of
    the course's own is asked for."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "test_small.py"
        file.write_text(f"import os, subprocess, sys\nimport pytest\n{test}")
        named = [] if NOTEBOOK in arguments else ["-p", "conftest"]
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-c", "pyproject.toml", *named, "-q", "-rs", "--color=no", *arguments,
             str(file)],
            cwd=CHECKOUT, capture_output=True, text=True, timeout=300,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), **env},
        )  # fmt: skip


def test_the_data_folder_is_the_sessions_own() -> None:
    folder = data_folder()
    assert folder.is_relative_to(Path(tempfile.gettempdir()).resolve())
    assert folder != CHECKOUT / ".asynclab"
    assert len(str(folder)) < 60, "sockets lie in it, and their paths may have 107 bytes"


def test_it_is_removed_at_the_end(tmp_path: Path) -> None:
    note = tmp_path / "note"
    done = session(
        "from asynclab.paths import data_folder\n"
        f"def test_it():\n    open({str(note)!r}, 'w').write(str(data_folder()))\n",
        ASYNCLAB_DATA=str(tmp_path / "mine"),
    )
    assert done.returncode == 0, done.stdout
    assert not Path(note.read_text()).parent.exists()
    assert not (tmp_path / "mine").exists(), "the caller's own data folder is left alone"


@pytest.mark.slow
def test_a_process_left_behind_fails_the_session_and_is_ended(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    done = session(
        "def test_it():\n"
        "    left = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'], start_new_session=True,\n"
        "                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        f"    open({str(note)!r}, 'w').write(str(left.pid))\n"
    )
    assert done.returncode == 1, done.stdout
    assert "PROCESSES LEFT BEHIND" in done.stdout and f"{note.read_text()}: " in done.stdout
    left = int(note.read_text())
    assert not psutil.pid_exists(left) or psutil.Process(left).status() == psutil.STATUS_ZOMBIE


def test_markers_and_options() -> None:
    test = (
        "@pytest.mark.slow\ndef test_slow():\n    pass\n"
        "@pytest.mark.browser\ndef test_browser():\n    pass\n"
        "def test_plain():\n    pass\n"
    )
    done = session(test, ASYNCLAB_TEST_CHROMIUM="")
    assert "1 passed, 2 skipped" in done.stdout
    assert "slow: run with --all" in done.stdout
    assert "BROWSER TESTS SKIPPED (1)" in done.stdout and "Install it with" in done.stdout
    done = session(test, "--all", ASYNCLAB_TEST_CHROMIUM=sys.executable)
    assert "3 passed" in done.stdout and "BROWSER" not in done.stdout


@pytest.mark.slow
def test_measured_tests_are_left_out_beside_others() -> None:
    done = session("@pytest.mark.measured\ndef test_it():\n    pass\ndef test_other():\n    pass\n", "-n", "2")
    assert "1 passed" in done.stdout and "MEASURED TESTS LEFT OUT" in done.stdout


@pytest.mark.slow
def test_notebooks_run_beside_the_tests_and_before_what_is_measured() -> None:
    test = "@pytest.mark.measured\ndef test_measured():\n    pass\ndef test_plain():\n    pass\n"
    done = session(test, "-vv", NOTEBOOK)
    assert done.returncode == 0, done.stdout
    first, *cells, last = (line for line in done.stdout.splitlines() if " PASSED" in line)
    assert "test_plain" in first and "test_measured" in last, done.stdout
    assert "Cell 0 " in cells[0] and all("::Cell " in cell for cell in cells) and len(set(cells)) > 5, done.stdout


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_session_that_is_told_to_end_closes_what_it_has_open(name: str, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    done = session(
        "import os, pathlib, pytest, signal\n"
        "@pytest.fixture\ndef open_thing():\n    yield\n"
        f"    pathlib.Path({str(closed)!r}).touch()\n"
        f"def test_it(open_thing):\n    os.kill(os.getpid(), signal.{name})\n    import time\n    time.sleep(20)\n"
    )
    assert done.returncode == pytest.ExitCode.INTERRUPTED and closed.exists(), done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_the_notebooks_beside_end_with_the_session(name: str, tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    test = f"import signal, time\ndef test_it():\n    time.sleep(5)\n    os.kill(os.getpid(), signal.{name})\n"
    done = session(test, NOTEBOOK, TMPDIR=str(tmp_path), **{MARK: mark})
    assert done.returncode == (pytest.ExitCode.INTERRUPTED if name == "SIGINT" else -signal.SIGKILL), done.stdout
    assert until(lambda: not marked(mark), 60) is not None, marked(mark)
