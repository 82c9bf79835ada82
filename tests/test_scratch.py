"""Folders for a moment's work: gone with their process, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from asynclab import scratch

HOLD = "from asynclab import scratch; import time; print(scratch.make(), flush=True); time.sleep(60)"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASYNCLAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_folder_is_removed_with_what_is_in_it(data: Path) -> None:
    with scratch.folder() as folder:
        assert folder.parent == data / "run"
        assert folder.stat().st_mode & 0o777 == 0o700
        locked = folder / "locked"
        locked.mkdir()
        (locked / "file").write_text("x")
        locked.chmod(0)
    assert not folder.exists()


def test_a_killed_process_folder_goes_and_a_living_one_stays(data: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        with scratch.folder() as ours:
            scratch.sweep()
            assert left.is_dir() and ours.is_dir()
            process.send_signal(signal.SIGKILL)
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet taken leave of
            scratch.sweep()
            assert not left.exists() and ours.is_dir()
