"""What measuring costs: the start of a child, a whole empty run, and being watched.

    python -m tests.bench.measure [--json FILE] [--rounds N]

For each protection that works here: the first run (cold: the warm server or the program starts with it), the
median of the next ones, and of runs whose child was started ahead; where a run's time goes. For watching: the
supervisor's CPU while an answer sleeps, the child's CPU for its heartbeat, and computing with and without it.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

from asynclab.measure import MIB, Children, Protection, Run, Source, protections
from asynclab.measure.supervisor import discard
from tests.bench.figures import entry

ROUNDS = 10
EMPTY = Source("async def answer():\n    return 1\n")
SLEEPS = Source("import asyncio\nasync def answer(seconds):\n    await asyncio.sleep(seconds)\n")
STEPS = Source(
    """
import asyncio, time
async def answer(steps):
    began = time.process_time()
    for _ in range(steps):
        await asyncio.sleep(0)
    return time.process_time() - began
"""
)
MEMORY = Source("def answer(size):\n    return len(bytearray(b'x') * size)\n")


def measure(rounds: int = ROUNDS) -> dict[str, Any]:
    """All figures; seconds unless named otherwise."""
    figures: dict[str, Any] = {"run_of_nothing": {}}
    for protection in protections():
        figures["run_of_nothing"][protection.name] = asyncio.run(_turnaround(protection, rounds))
    figures["watching"] = asyncio.run(_watching(max(3, rounds // 2)))
    return figures


async def _turnaround(protection: Protection, rounds: int) -> dict[str, float]:
    async with Children(protection, network=False) as children:
        cold = await _timed(children, EMPTY)
        warm = [await _timed(children, EMPTY) for _ in range(rounds)]
        ahead = []
        for _ in range(rounds):
            await children.prepare(1)
            ahead.append(await _timed(children, EMPTY))
        began = time.perf_counter()
        for _ in range(rounds):
            await children.prepare(1)
            discard(children._ahead.pop())
        start = (time.perf_counter() - began) / rounds
        sizes = [(await children.run(MEMORY, Run("answer", [50 * MIB]))).peak_memory for _ in range(3)]
    return {
        "cold": round(cold, 4),
        "warm": round(statistics.median(warm), 4),
        "child started ahead": round(statistics.median(ahead), 4),
        "start and end of a child": round(start, 4),
        "50 MiB measured as MiB": round(statistics.median(sizes) / MIB, 2),
    }


async def _watching(rounds: int) -> dict[str, float]:
    async with Children("rlimits", network=False) as children:
        await children.run(EMPTY, Run("answer"))
        seconds = 2.0
        ours = time.process_time()
        idle = await children.run(SLEEPS, Run("answer", [seconds]))
        watched = (time.process_time() - ours) / seconds
        quiet = await children.run(SLEEPS, Run("answer", [seconds], heartbeat=False))
        steps: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(rounds):
            for heartbeat in (True, False):
                run = Run("answer", [20_000], heartbeat=heartbeat)
                steps[heartbeat].append((await children.run(STEPS, run)).value)
        ratio = statistics.median(steps[True]) / statistics.median(steps[False])
        return {
            "supervisor's CPU a second of a run": round(watched, 4),
            "child's CPU a second of heartbeats": round((idle.cpu - quiet.cpu) / seconds, 4),
            "20,000 steps with heartbeat against without": round(ratio, 3),
        }


async def _timed(children: Children, source: Source) -> float:
    began = time.perf_counter()
    evidence = await children.run(source, Run("answer"))
    took = time.perf_counter() - began
    assert evidence.outcome == "returned", evidence
    return took


if __name__ == "__main__":
    entry("measure", measure, __doc__)
