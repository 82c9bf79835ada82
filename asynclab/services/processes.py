"""Processes that end with the one that started them, and descriptors as many as there may be."""

from __future__ import annotations

import asyncio
import ctypes
import os
import resource
import signal
import sys
import time
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int, number: int) -> None:
    """This process gets signal `number` when `parent` ends (Linux); at once if it has already.

    Strictly, when the *thread* ends that started it: start such processes from the main thread.
    """
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def raise_descriptors() -> int:
    """Raises the limit on open descriptors as far as it goes, and says where it is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else 65536
    for limit in (wanted, 65536, 10240):  # macOS says infinity and takes 10240
        try:
            if limit > soft:
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            break
        except (ValueError, OSError):
            continue
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


async def until(holds: Callable[[], bool], seconds: float) -> bool:
    """Waits until something that nobody announces holds; False when it didn't in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.01)
    return True
