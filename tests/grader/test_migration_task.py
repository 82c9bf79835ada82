"""The task of lesson 06 judged on made-up evidence: each mistake named alone, each near miss let pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from asynclab.grader.judging import decide
from asynclab.grader.task import find_task
from asynclab.measure.evidence import MIB, Evidence, Hold, Left, Place, Raised
from tests.grader import evidence as made

TASK = find_task("06_migration.build_report")
assert TASK
Runs = dict[str, Evidence]
RIGHT: dict[str, Any] = {
    "right": True, "totals": True, "totals_told": "24 pages", "rows": 24, "rows_right": True, "rows_told": "24 of 24",
    "files_right": True, "files_told": "24 of 24", "short": False, "permuted": False, "coroutines": 0,
}  # fmt: skip


def report(**more: Evidence) -> Runs:
    """A right answer: 50 times faster than the program, in 28% of the threads' memory."""
    essential = {**RIGHT, "essential": True}
    asked = made.of([made.request(f"/{i}", 0.01, 0.39, given_up=True, connection=i) for i in range(60)])
    failing = made.of([made.request(f"/{i}", 0, 0.02, status=404 if i == 7 else 200) for i in range(30)])
    raised = Raised("aiohttp.ClientResponseError", "404", ("ClientResponseError", "Exception"), 9)
    plain = {
        "first": made.run(wall=0.35, facts=essential, ledger=made.ledger(24, 24, 0.3)),
        "blocking.reference": made.run(wall=1.53, facts={"right": True, "computing": 0.001}),
        "main": made.run(wall=1.9, facts=essential, ledger=made.ledger(400, 60, 0.25)),
        "crowd": made.run(wall=2.7, peak_memory=8 * MIB, facts=essential, ledger=made.ledger(500, 500, 1.5)),
        "threads.reference": made.run(wall=3.0, peak_memory=30 * MIB, facts={"right": True}),
        "errors": made.run("raised", error=raised, ledger=failing),
        "cancel": made.run("cancelled", wall=0.42, cancelled_after=0.4, ledger=asked),
    }
    return {**plain, **more}


def codes(runs: Runs) -> tuple[str, list[str]]:
    assert TASK
    decision = decide(TASK, runs)
    return decision.verdict, [mistake.code for mistake in decision.judgement.mistakes]


def edited(name: str, **more: Any) -> Runs:
    runs = report()
    return {**runs, name: replace(runs[name], **more)}


def other_facts(name: str, **facts: Any) -> Runs:
    return edited(name, facts={**report()[name].facts, "right": False, **facts})


def test_a_right_report_passes() -> None:
    assert codes(report()) == ("passed", [])


@pytest.mark.parametrize("cpu, pages", [(1.0, 150), (1.0, 90), (0.2, 400)])
def test_pages_that_came_together_are_no_burst(cpu: float, pages: int) -> None:
    """A hold counts by what was computed in it; near the line it is measured again, and passes."""
    hold = Hold(0.5, pages / 1000, Place(9, "one"), asleep=False, cpu=cpu)
    assert codes(edited("main", holds=(hold,), longest_hold=hold.seconds))[1] == []


def test_all_the_computing_in_one_piece_is_a_burst() -> None:
    hold = Hold(1.5, 0.41, Place(9, "build_report", "row, text = describe(page)"), asleep=False, cpu=0.98)
    assert codes(edited("main", holds=(hold,), longest_hold=0.41)) == ("failed", ["cpu-burst"])


@pytest.mark.parametrize("slept, threads, found", [(1.9, 0, ["blocks-the-loop"]), (0.4, 6, []), (0.3, 0, [])])
def test_only_a_call_that_waits_for_long_blocks(slept: float, threads: int, found: list[str]) -> None:
    hold = Hold(0.1, slept, Place(9, "one", "requests.get(url)"), asleep=True, cpu=0.05)
    assert codes(edited("main", holds=(hold,), threads_started=threads))[1] == found


@pytest.mark.parametrize(
    "peak, verdict, found",
    [(8, "passed", []), (11, "passed", []), (15, "failed", ["everything-in-memory"])],
)
def test_memory_is_a_share_of_the_threads(peak: int, verdict: str, found: list[str]) -> None:
    assert codes(edited("crowd", peak_memory=peak * MIB)) == (verdict, found)


def test_ten_times_is_asked_for() -> None:
    """Slow without a count that says why: still no pass; and one after the other is named."""
    slow = report(main=replace(report()["main"], wall=14.0))
    assert codes(slow)[0] == "failed"
    alone = {k: v for k, v in report().items() if k not in ("main", "crowd", "threads.reference")}
    alone["first"] = replace(alone["first"], wall=6.2, ledger=made.ledger(24, 1, 0.25))
    assert codes(alone) == ("failed", ["sequential-awaits"])
    held = {**alone, "first": replace(alone["first"], wall=1.3, ledger=made.ledger(24, 5, 0.25))}
    assert codes(held) == ("failed", ["too-little-concurrency"])


@pytest.mark.parametrize(
    "at_once, found",
    [(60, []), (30, []), (61, ["limit-exceeded"]), (400, ["unbounded-concurrency"])],
)
def test_the_limit(at_once: int, found: list[str]) -> None:
    assert codes(edited("main", ledger=made.ledger(400, at_once, 0.25)))[1] == found


def test_a_race_is_one_only_where_it_comes_out_right_in_turn() -> None:
    short = other_facts("first", totals=False, short=True, totals_told="24 pages and a population of 7")
    assert codes({**short, "in turn": made.run(facts=RIGHT)}) == ("failed", ["race"])
    wrong = made.run(facts={**RIGHT, "right": False, "totals": False})
    assert codes({**short, "in turn": wrong}) == ("failed", ["wrong-result"])


def test_order_rows_and_connections() -> None:
    order = other_facts("main", totals=False, permuted=True, totals_told="380 of 400 cities")
    assert codes(order) == ("failed", ["results-out-of-order"])
    rows = other_facts("main", rows_right=False, rows_told="399 of 400 rows right")
    assert codes(rows) == ("failed", ["wrong-result"])
    kept = edited("errors", left=(Left("connection", "acquired from the pool"),))
    assert codes(kept) == ("failed", ["leaked-connections"])
    swallowed = edited("errors", outcome="returned", error=None)
    assert codes(swallowed) == ("failed", ["swallowed-exception"])


def test_nobody_gives_a_connection_back() -> None:
    stuck = made.run(
        "timed_out", wall=10.0, stuck_at=(Place(44, "one", "connection = await pool.acquire()"),),
        facts={"rows": 5, "essential": True}, ledger=made.ledger(24, 24, 0.3),
    )  # fmt: skip
    assert codes({"first": stuck}) == ("timed_out", ["leaked-connections"])
    assert codes({"first": replace(stuck, facts={"rows": 0})}) == ("timed_out", ["deadlock"])
