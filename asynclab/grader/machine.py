"""What a record says of where and by what it was made: the machine, and the versions of grader and data."""

from __future__ import annotations

import asyncio
import hashlib
import os
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

from asynclab.paths import CHECKOUT

IDEAL = 0.05  # seconds that a calibrating round waits


def facts() -> dict[str, Any]:
    """The machine in a few plain facts, and how quiet it was (`noise`, see there)."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cpu": _cpu_model(),
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "load": round(os.getloadavg()[0], 2),
        "noise": noise(),
    }


def noise(steps: int = 20) -> float:
    """How much longer short stretches of computing take than the quickest of them: 1.0 on a quiet machine.

    The 90th percentile of `steps` stretches of about 0.3 ms each over their minimum; 6 ms in all. It judges
    nothing: it tells a reader of the record later how much company the measured run had.
    """
    taken = []
    for _ in range(steps):
        start = time.perf_counter()
        sum(range(20_000))
        taken.append(time.perf_counter() - start)
    taken.sort()
    return round(taken[int(0.9 * (len(taken) - 1))] / taken[0], 2)


BUSY = 5.0
"""A reference that takes so many times its ideal: the machine can't tell quick answers from slow ones."""


@dataclass(frozen=True)
class Calibration:
    """How much company measuring has on this machine, now. 1.0 is none.

    `share`: how many times longer computing takes than it would with a processor of its own. `waits`: the same
    for rounds of requests that only wait, which is what gradings time; `worst` is the slowest round's.
    """

    share: float
    waits: float
    worst: float

    @property
    def too_busy(self) -> bool:
        """By the line at which the grader itself says `inconclusive`."""
        return self.worst > BUSY


def calibrate(seconds: float = 1.0) -> Calibration:
    """Measures it, half of the time computing, half of it waiting. Standard library only.

    Two processors measured 1.0, 1.1 and 1.2 quiet, 4.9, 1.5 and 2.0 beside four busy loops, under which verdicts
    still come out right (tests/bench/judgement.py).
    """
    began, computed = time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds / 2:
        sum(range(20_000))
    share = (time.perf_counter() - began) / (time.process_time() - computed)
    rounds = sorted(asyncio.run(_waiting(seconds / 2)))
    return Calibration(round(max(1.0, share), 2), round(median(rounds), 2), round(rounds[-1], 2))


async def _waiting(seconds: float) -> list[float]:
    """Rounds of 24 waits at once, each with some computing after it: how many times their ideal they took."""

    async def wait() -> None:
        await asyncio.sleep(IDEAL)
        sum(range(20_000))

    rounds: list[float] = []
    until = time.perf_counter() + seconds
    while not rounds or time.perf_counter() < until:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(24):
                group.create_task(wait())
        rounds.append((time.perf_counter() - began) / IDEAL)
    return rounds


@lru_cache
def grader_version(grading: Path | None = None) -> str:
    """A hash over everything that judges: the grader, the measuring and the task's grading.py."""
    package = CHECKOUT / "asynclab"
    files = sorted([*(package / "grader").rglob("*.py"), *(package / "measure").rglob("*.py")])
    return _hash([*files, *([grading] if grading else [])])[:16]


@lru_cache
def data_sha256() -> str:
    """A hash over data/, from which the site's pages and the database are made."""
    return _hash(sorted(path for path in (CHECKOUT / "data").rglob("*") if path.is_file()))


def _hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        name = path.relative_to(CHECKOUT).as_posix() if path.is_relative_to(CHECKOUT) else path.name
        digest.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # macOS has no /proc
    return platform.processor() or platform.machine()
