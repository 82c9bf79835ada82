"""The guard: starts a command, and ends all that came of it when its own starter is gone.

``python -m asynclab.lab.guard RUNTIME_FOLDER LOG COMMAND …``; its starter holds the other end of its
standard input. When that closes, whether because the starter ended well or by kill -9, or on SIGTERM,
the command gets a SIGTERM and some seconds to end by itself; then every process that descends from it is
killed, and the runtime folder removed. Descendants are found even when their parents are gone and
when they made sessions of their own, as kernels do: on Linux orphans become the guard's children.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import time
from types import FrameType

import psutil

GRACE = 6.0  # seconds for JupyterLab to end its kernels and itself
TICK = 0.1
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
NOW = b"!"  # on standard input: don't wait for the command to end by itself


def main(arguments: list[str]) -> int:
    runtime, log, *command = arguments
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ask)
    with open(log, "ab") as output:
        if stat.S_ISREG(os.fstat(output.fileno()).st_mode):  # as root, /dev/null would be closed to everybody else
            os.fchmod(output.fileno(), 0o600)
        child = start(command, output.fileno())
    status = None
    try:
        while status is None and not asked and _starter_lives(TICK):
            status = _reap(child)
        if status is None:
            status = _end(child)
    finally:
        sweep()
        shutil.rmtree(runtime, ignore_errors=True)
    return status if status >= 0 else 128 - status


def start(command: list[str], output: int) -> int:
    """Start the command in a session of its own: the terminal's signals are the starter's business."""
    guard = os.getpid()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=lambda: _end_with(guard),
    )
    # Reaped with everybody else's orphans, by pid, and not by Popen.
    process.returncode = 0
    return process.pid


def _end_with(parent: int) -> None:
    """In the child: should the guard itself be killed, JupyterLab is told to end by the kernel."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _prctl(what: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(what, value, 0, 0, 0)


def _starter_lives(seconds: float) -> bool:
    """Wait, and say whether the starter still holds our standard input."""
    with contextlib.suppress(InterruptedError):
        if select.select([0], [], [], seconds)[0]:
            return False
    return True


def _reap(child: int) -> int | None:
    """Take the ended processes off the system's table; the child's status when it is among them."""
    status = None
    while True:
        try:
            pid, how = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 0 if status is None else status
        if pid == 0:
            return status
        if pid == child:
            status = os.waitstatus_to_exitcode(how)


def _end(child: int) -> int:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)
    until = time.monotonic() + GRACE
    while time.monotonic() < until:
        status = _reap(child)
        if status is not None:
            return 0  # it was told to end
        if select.select([0], [], [], TICK)[0] and os.read(0, 1) == NOW:
            break
        time.sleep(TICK / 2)  # a closed standard input makes select return at once
    return 0


def sweep() -> None:
    """Kill what is left below this process, the services' keeper excepted: others may be using it."""
    me = psutil.Process()
    until = time.monotonic() + GRACE
    while time.monotonic() < until:
        left = [process for child in me.children() for process in _tree(child)]
        if not left:
            return
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        _reap(0)
        time.sleep(TICK / 5)


def _tree(process: psutil.Process) -> list[psutil.Process]:
    """A process and its descendants, without those that belong to the services."""
    try:
        if process.status() == psutil.STATUS_ZOMBIE or _is_service(process.cmdline()):
            return []
        return [process, *(found for child in process.children() for found in _tree(child))]
    except psutil.Error:
        return []


def _is_service(command: list[str]) -> bool:
    """The services stop by themselves, a moment after their last user (asynclab.services)."""
    return any(word.startswith("asynclab.services") for word in command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
