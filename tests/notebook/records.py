"""Made-up records, one for every verdict: what the faces are tested on."""

from __future__ import annotations

import random
from dataclasses import replace

from asynclab.grader.verdict import VERDICTS, Demand, Mistake, Record
from asynclab.measure.evidence import MIB, Evidence, Left, Place, Raised
from asynclab.services.ledger import Ledger, Request

SOURCE = """import aiohttp


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        pages = []
        for url in urls:
            async with session.get(url) as response:
                pages.append(await response.text())  # <b>one</b> after the other
        return pages
"""


def ledger(count: int, at_once: int, latency: float = 0.08, errors: int = 0, go: float = 1000.0) -> Ledger:
    """What `count` requests leave, `at_once` of them in flight at a time."""
    chance = random.Random(count)
    free = [go + 0.002] * at_once
    requests = []
    for number in range(count):
        slot = min(range(at_once), key=free.__getitem__)
        start, length = free[slot] + 0.0002, latency * chance.uniform(0.9, 1.1)
        free[slot] = start + length
        status = 503 if number < errors else 200
        requests.append(Request(f"/city/{number}", slot, start, start + length, status, 9000, 1, False, latency))
    return Ledger(tuple(sorted(requests, key=lambda request: request.start)))


def evidence(count: int = 1000, at_once: int = 100, outcome: str = "returned", **more: object) -> Evidence:
    seen = ledger(count, at_once)
    return Evidence(outcome, ledger=seen, go=1000.0, wall=seen.duration + 0.01, **more)  # type: ignore[arg-type]


DEMANDS = (
    Demand("pages", "Every page, decoded, in the order of urls.", "1000 right pages", "1000 right pages", True),
    Demand("time", "It takes no longer than waiting together must.", "at most 3 times the reference",
           "1.1 times (0.94 s against 0.86 s)", True),
    Demand("in flight", "At least 50 requests and at most 300 are in flight together.", "50 to 300", "100", True),
    Demand("connections", "Connections are used again.", "at most 300", "100", True),
    Demand("status", "An error status is raised.", "an exception for a 404", "aiohttp.ClientResponseError", True),
    Demand("closed", "The session is closed.", "none left open", "none", True),
    Demand("cancelling", "Cancelling it ends it, and its requests with it.", "within 1 s", "0.01 s", True),
)  # fmt: skip

PASSED = Record(
    task="04_aiohttp.fetch_pages", verdict="passed", points=7, max_points=7, mistakes=(), demands=DEMANDS,
    evidence={"main": evidence(), "main.reference": evidence(at_once=110)}, note="", protection="bubblewrap",
    machine={"cores": 2}, answer_sha256="ab" * 32, grader_version="1", seed=7, measured_again=0,
    graded_at="2025-01-02T03:04:05+00:00", seconds=3.4,
)  # fmt: skip


def failed_demands(*names: str, measured: str = "no") -> tuple[Demand, ...]:
    return tuple(replace(d, met=False, measured=measured) if d.name in names else d for d in DEMANDS)


FAILED = replace(
    PASSED, verdict="failed", points=4, measured_again=1,
    demands=tuple({
        "time": replace(DEMANDS[1], met=False, measured="95.1 times (81.8 s against 0.86 s)"),
        "in flight": replace(DEMANDS[2], met=False, measured="1"),
        "status": replace(DEMANDS[4], met=False, measured="no exception: the error page was returned"),
    }.get(demand.name, demand) for demand in DEMANDS),
    mistakes=(
        Mistake("sequential-awaits", "1000 requests, never more than 1 in flight: each waited for the one before.", 8),
        Mistake("status-not-checked", "A page answered 404, and its error page came back as if it were the page.", 9),
    ),
    evidence={"main": evidence(at_once=1), "main.reference": evidence()},
)  # fmt: skip

SYNTAX = Raised("SyntaxError", "expected ':'", ("SyntaxError", "Exception"), 4, "async def fetch_pages(urls)")
RAISED = Raised(
    "aiohttp.ClientConnectorError", "Cannot connect to host <127.0.0.1> & more", ("ClientError", "OSError"), 8,
    'File "<answer>", line 8, in fetch_pages\n    async with session.get(url) as response:\n'
    "aiohttp.ClientConnectorError: Cannot connect to host <127.0.0.1> & more",
)  # fmt: skip

RECORDS: dict[str, Record] = {
    "passed": PASSED,
    "failed": FAILED,
    "not_attempted": replace(
        PASSED, verdict="not_attempted", points=0, demands=(), evidence={},
        note="The function `fetch_page` was found; the task asks for `fetch_pages`.",
    ),
    "crashed": replace(
        PASSED, verdict="crashed", points=0,
        demands=tuple(replace(d, met=False, measured="not measured") for d in DEMANDS),
        evidence={"main": evidence(3, 1, "raised", error=RAISED), "main.reference": evidence()},
    ),
    "timed_out": replace(
        PASSED, verdict="timed_out", points=0, demands=failed_demands("time", measured="not measured"),
        mistakes=(Mistake("never-finishes", "After 30 s it was still waiting, with no request in flight.", 8),),
        evidence={"main": replace(evidence(12, 1, "timed_out"), wall=30.0, stuck_at=(
            Place(8, "fetch_pages", "async with session.get(url) as response:"),
            Place(12, "worker", "await queue.join()")))},
    ),
    "out_of_memory": replace(
        PASSED, task="04_aiohttp.download", verdict="out_of_memory", points=0,
        demands=(Demand("memory", "Memory stays flat.", "at most 30 MiB", "1024 MiB", False),),
        mistakes=(Mistake("whole-body-in-memory", "Memory grew by 1024 MiB while 20 bodies of 60 MiB came in.", 9),),
        evidence={
            "main": evidence(20, 10, "out_of_memory", peak_memory=1024 * MIB,
                             memory=tuple((i * 0.02, i * 25 * MIB) for i in range(41))),
            "main.reference": evidence(20, 10, peak_memory=9 * MIB,
                                       memory=tuple((i * 0.02, 9 * MIB) for i in range(41))),
        },
    ),
    "too_much_output": replace(PASSED, verdict="too_much_output", points=0, demands=(), evidence={
        "main": evidence(2, 1, "too_much_output", output="x" * 100)}),
    "inconclusive": replace(PASSED, verdict="inconclusive", points=6, measured_again=3,
                            demands=failed_demands("time", measured="2.1 to 4.0 times")),
    "grader_error": replace(PASSED, verdict="grader_error", points=0, demands=(), evidence={},
                            note="The site did not answer."),
    "syntax": replace(PASSED, verdict="crashed", points=0, demands=(),
                      evidence={"main": Evidence("not_loaded", error=SYNTAX)}),
    "left": replace(FAILED, mistakes=(Mistake("leaked-tasks", "2 tasks were still running.", 5),), evidence={
        "main": evidence(5, 5, left=(Left("task", "Task-3", Place(5, "f", "asyncio.create_task(<f>())")),))}),
}  # fmt: skip

assert set(VERDICTS) <= set(RECORDS)

# What a hostile or careless answer could put into a record: nothing of it may reach the page as markup.
NASTY = "</section><script>alert(\"x\")</script><img src=x onerror='alert(1)'>&amp;\x1b[31m\u202e"


def nasty() -> Record:
    """A record in which every text that can come from the learner is hostile."""
    error = Raised(NASTY, NASTY, (NASTY,), 1, NASTY)
    place = Place(1, NASTY, NASTY)
    run = evidence(3, 1, "raised", error=error, held_at=place, stuck_at=(place,), warnings=(NASTY,), output=NASTY)
    return replace(
        FAILED, verdict="crashed", task=NASTY, note=NASTY, protection=NASTY,
        mistakes=(Mistake("sequential-awaits", NASTY, 1), Mistake(NASTY, NASTY, 99)),
        demands=(Demand(NASTY, NASTY, NASTY, NASTY, False),), evidence={"main": run, "main.reference": run},
    )  # fmt: skip
