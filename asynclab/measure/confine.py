"""What the kernel is asked for on the child's side, through ctypes: it runs on Python 3.11 too."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int = 0) -> None:
    """prctl(2). Raises OSError."""
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def become_subreaper() -> None:
    """Makes orphans of this process its children, those that double-forked into sessions of their own too."""
    if sys.platform == "linux":
        prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int) -> None:
    """Ends this process when its parent ends."""
    if sys.platform == "linux":
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def enter(plan: dict[str, Any]) -> None:
    """Enters the plan's protection; returns in the process that becomes the tender."""


def drop(plan: dict[str, Any]) -> None:
    """Gives up what the answer must not have."""
    if sys.platform == "linux":
        prctl(_PR_SET_NO_NEW_PRIVS, 1)
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")


def fill_in_pages() -> None:
    """Maps the pages of the libraries in, so that code run for the first time is no growth of memory."""


def end_descendants() -> None:
    """Kills all descendants of this process (or, as a namespace's first process, everybody else)."""
    if os.getpid() == 1:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return
    # Stopped first and killed then: a process that forks without end can't outrun this.
    deadline = time.monotonic() + 5
    stopped: set[int] = set()
    while time.monotonic() < deadline:
        found = set(descendants(os.getpid()))
        _signal(found - stopped, signal.SIGSTOP)
        fresh, stopped = found - stopped, stopped | found
        if not found:
            return
        if fresh:
            continue
        _signal(found, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        time.sleep(0.001)


def _signal(pids: set[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


def descendants(root: int) -> list[int]:
    """The pids of all processes below `root`, from /proc."""
    parents: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    parents[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue
    found: list[int] = []
    below = {root}
    while below:
        below = {pid for pid, parent in parents.items() if parent in below}
        found += below
    return found
