"""Locks that living processes hold on files: a running lab, its services, a set-up. They end with their holders."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asynclab.problems import Problem

LAB = "lab.lock"  # in the data folder: every running lab shares it, `clean` wants it alone


@contextmanager
def in_use(data: Path) -> Iterator[None]:
    """While a lab runs with this data folder. Raises Problem while its things are being removed."""
    descriptor = os.open(data / LAB, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _take(descriptor, fcntl.LOCK_SH):
            raise Problem(
                "The lab's things are being removed at this moment (python3 -m asynclab clean).",
                "Start the lab again when that has ended.",
            )
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether a living process holds a lock on this file, which is not made when absent."""
    with alone(path) as taken:
        return not taken


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Hold the lock alone; False when others do. A file that isn't there, or can't be locked, counts as free."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        yield True
        return
    try:
        yield _take(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)


def _take(descriptor: int, how: int) -> bool:
    with contextlib.suppress(OSError):  # a file system without locks
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
