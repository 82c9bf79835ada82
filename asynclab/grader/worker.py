"""A grader that stays: reads answers as JSON lines, prints a record for each. Made by `asynclab.grader.folder`.

It keeps its children warm and the services up from one answer to the next, which is most of what a grading costs
beyond the answer's own time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys

from asynclab.grader.grading import grade
from asynclab.grader.protection import named
from asynclab.grader.record import to_line
from asynclab.measure import Children


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--protection", required=True)
    parser.add_argument("--cores", default="", help="the processors that it and all that it starts may use: 0,1")
    args = parser.parse_args()
    if args.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, [int(core) for core in args.cores.split(",")])
    # What is printed by accident must not be read as a record.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        asyncio.run(serve(args.protection, out))
    except KeyboardInterrupt:
        return 130
    return 0


async def serve(protection: str, out) -> None:  # type: ignore[no-untyped-def]
    """One answer after the other: nothing is measured beside anything else of this worker's."""
    async with Children(protection) as children:
        await children.prepare(2)
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            record = await grade(asked["task"], asked["source"], protection=named(protection), children=children)
            print(to_line(record), file=out, flush=True)
            await children.prepare(2)


if __name__ == "__main__":
    sys.exit(main())
