"""A data folder and services of the tests' own; other users of them as processes of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from asynclab.paths import CHECKOUT
from asynclab.services import lease, sockets
from asynclab.services.keeper import FOLDER, LINGER, SOCKET

GONE_SECONDS = LINGER + 10


@pytest.fixture(scope="session")
def kept_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One data folder for all tests that don't need a fresh one: its cluster is made once."""
    folder = tmp_path_factory.mktemp("kept")
    yield folder
    lease.release(folder)
    assert wait_until_gone(folder)
    shutil.rmtree(folder)


@pytest.fixture
def kept(kept_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The services in a data folder that other tests have used before. The embedded PostgreSQL."""
    return use(kept_folder, monkeypatch)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The services in an empty data folder; nothing of them may be left when the test is over."""
    folder = use(tmp_path / "data", monkeypatch)
    yield folder
    lease.release()
    for process in processes_of(folder):  # without waiting until it has lingered
        with contextlib.suppress(psutil.Error):
            if "asynclab.services.keeper" in process.cmdline():
                process.terminate()
    assert wait_until_gone(folder), f"left behind: {processes_of(folder)}"
    shutil.rmtree(folder)  # pytest keeps folders for days, and each cluster takes 70 MB


def use(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setenv("ASYNCLAB_DATA", str(folder))
    # The machine's own PostgreSQL would hide that the embedded one fails.
    monkeypatch.setenv("ASYNCLAB_POSTGRES", "embedded")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return folder


def user(code: str, folder: Path, **options: Any) -> subprocess.Popen[str]:
    """Another user of the services: a Python process that runs this code."""
    environment = {**os.environ, "ASYNCLAB_DATA": str(folder), "PYTHONPATH": str(CHECKOUT)}
    environment.update(options.pop("environment", {}))
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=environment,
        **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": "/", **options},
    )


def run(code: str, folder: Path, seconds: float = 60, **options: Any) -> str:
    """What the code prints; it must end well."""
    process = user(code, folder, stderr=subprocess.PIPE, **options)
    said, complaints = process.communicate(timeout=seconds)
    assert process.returncode == 0, complaints
    return said.strip()


def processes_of(folder: Path) -> list[psutil.Process]:
    """The services' processes of a data folder, found by what they were told and where they work."""
    mark = str(folder.resolve())
    found = []
    keepers = set()
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            if "asynclab.services.keeper" in command and str(folder) in command:
                keepers.add(process.pid)
                found.append(process)
            elif any(word.startswith(mark) for word in command) or process.cwd().startswith(mark):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    for keeper in keepers:
        try:
            found += [p for p in psutil.Process(keeper).children(recursive=True) if p not in found]
        except psutil.Error:
            continue
    return found


def wait_until_gone(folder: Path) -> bool:
    """Whether keeper, site and PostgreSQL end, and the keeper's socket with them."""
    gone = wait_for(lambda: not processes_of(folder), GONE_SECONDS)
    return gone and not (folder / FOLDER / SOCKET).exists()


def wait_for(holds: Callable[[], object], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def nobody_listens(folder: Path) -> bool:
    try:
        sockets.connect(folder / FOLDER, SOCKET, timeout=1).close()
    except OSError:
        return True
    return False


def end_user(process: subprocess.Popen[str]) -> None:
    """Lets a user that waits for its standard input end."""
    process.communicate(timeout=30)
