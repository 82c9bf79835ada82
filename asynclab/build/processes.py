"""Who still uses a data folder. A folder is removed after its last user, and a test run leaves nobody behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil


def users_of(folder: Path) -> list[psutil.Process]:
    """The processes, other than this one and those it came from, that were started for a data folder.

    Told by ASYNCLAB_DATA in their environment, or by the folder in their command line: PostgreSQL as another
    user shows no environment, and everything below `folder` counts, so that one folder can hold many.
    """
    me = psutil.Process()
    ours = {me.pid, *(parent.pid for parent in me.parents())}
    return [process for process in psutil.process_iter() if process.pid not in ours and _uses(process, str(folder))]


def wait_for_none(folder: Path, seconds: float) -> list[psutil.Process]:
    """Waits until nobody uses the folder; those who still do after `seconds`."""
    deadline = time.monotonic() + seconds
    while (left := users_of(folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def end(processes: list[psutil.Process]) -> None:
    """Ends them for good."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            pass
    psutil.wait_procs(processes, timeout=5)


def described(process: psutil.Process) -> str:
    """A process in a line, for a message."""
    try:
        return f"{process.pid}: {' '.join(process.cmdline())[:160] or process.name()}"
    except psutil.Error:
        return f"{process.pid}: (ended)"


def _uses(process: psutil.Process, folder: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if any(_within(part, folder) for argument in process.cmdline() for part in (argument, _value(argument))):
            return True
        return _within(process.environ().get("ASYNCLAB_DATA", ""), folder)
    except (psutil.Error, OSError):
        return False


def _value(argument: str) -> str:
    """Of `--option=value` or `unix_socket_directories=value`, the value."""
    return argument.partition("=")[2]


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)
