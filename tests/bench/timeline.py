"""What it costs to watch a loop: the time of a step with a timeline open against a bare one.

    python tests/bench/timeline.py [--json FILE]

Bare and watched alternate, so that a busy machine disturbs both; the medians of the ratios are told.
Aim: at most 1.6 times a bare step.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from asynclab import timeline

AIM = 1.6
STEPS = 60_000
ROUNDS = 9


async def _alone() -> None:
    for _ in range(STEPS):
        await asyncio.sleep(0)


async def _hundred_tasks() -> None:
    async def one() -> None:
        for _ in range(STEPS // 100):
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for _ in range(100):
            group.create_task(one())


async def _seconds(work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def measure() -> dict[str, float]:
    """Ratios and microseconds a step, by kind of work."""
    figures = {}
    for name, work in {"one task": _alone, "a hundred tasks": _hundred_tasks}.items():
        bare, ratios = [], []
        for _ in range(ROUNDS):
            bare.append(await _seconds(work))
            with timeline():
                watched = await _seconds(work)
            ratios.append(watched / bare[-1])
        figures[f"{name}: bare, us a step"] = round(statistics.median(bare) / STEPS * 1e6, 3)
        figures[f"{name}: watched, times a bare step"] = round(statistics.median(ratios), 3)
    return figures


def main() -> None:
    """Prints the figures, and stores them where told."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    figures = asyncio.run(measure())
    for name, value in figures.items():
        print(f"{name:<44} {value}")
    within = all(value <= AIM for name, value in figures.items() if "times" in name)
    print(f"{'within the aim of 1.6':<44} {within}")
    if args.json:
        result = {"python": platform.python_version(), "aim": AIM, "within": within, "figures": figures}
        args.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
