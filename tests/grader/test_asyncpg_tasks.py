"""The tasks of lesson 05 judged on made-up evidence: each mistake named alone, each near miss let pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from asynclab.grader.judging import decide
from asynclab.grader.task import find_task
from asynclab.measure.evidence import MIB, Evidence, Hold, Left, Place, Raised
from tests.grader import evidence as made

REPORTS, LOAD, TRANSFER, EXPORT = (
    find_task(f"05_asyncpg.{name}") for name in ("reports", "load", "transfer", "export")
)
assert REPORTS and LOAD and TRANSFER and EXPORT
Runs = dict[str, Evidence]
RAISED = Raised("asyncpg.exceptions.RaiseError", "not today", ("RaiseError", "PostgresError", "Exception"), 9)
BACK = {"pool": {"held_after": 0}}
CANCELLED = made.run("cancelled", wall=0.42, cancelled_after=0.4, facts={**BACK, "size": 5, "loaded": 0, "earlier": 25})
TASK = Left("task", "one", Place(9, "one", "..."))
COPYING = ("<answer>:9 lines", "asyncio/tasks.py:507 wait_for", "asyncpg/connection.py:1279 _copy_in")


def codes(task: Any, runs: Runs) -> tuple[str, list[str]]:
    decision = decide(task, runs)
    return decision.verdict, [mistake.code for mistake in decision.judgement.mistakes]


def edited(runs: Runs, name: str, **more: Any) -> Runs:
    return {**runs, name: replace(runs[name], **more)}


def told(runs: Runs, name: str, **facts: Any) -> Runs:
    return edited(runs, name, facts={**runs[name].facts, **facts})


# ---------------------------------------------------------------- reports


def reported(**more: Any) -> Runs:
    """A right answer: 25 reports through five connections."""
    right = {"right": True, "kind": "dict", "count": 25, "expected": 25, "size": 5, "essential": True, **BACK}
    plain = {
        "main": made.run(wall=0.6, facts=right, ledger=made.ledger(25, 5)),
        "main.reference": made.run(wall=0.6, facts={"right": True}, ledger=made.ledger(25, 5)),
        "errors": made.run("raised", error=RAISED, facts={"size": 5, **BACK}, ledger=made.ledger(6, 5)),
        "cancel": CANCELLED,
    }
    return {**plain, **more}


def test_right_reports_pass() -> None:
    assert codes(REPORTS, reported()) == ("passed", [])


def test_one_connection_fewer_is_too_few() -> None:
    few = edited(reported(), "main", ledger=made.ledger(25, 4))
    assert codes(REPORTS, few) == ("failed", ["too-little-concurrency"])


def test_in_turn_and_in_line_are_told_apart() -> None:
    alone = edited(reported(), "main", ledger=made.ledger(25, 1), wall=2.6)
    assert codes(REPORTS, alone) == ("failed", ["sequential-awaits"])
    assert codes(REPORTS, told(alone, "main", clues={"locks": ["turn"]})) == ("failed", ["shared-connection"])


def test_a_connection_a_query() -> None:
    fresh = edited(reported(), "main", ledger=made.ledger(25, 5, fresh=True))
    assert codes(REPORTS, fresh) == ("failed", ["connection-per-query"])


def test_a_connection_that_a_running_task_still_has_is_not_kept() -> None:
    held = {"size": 5, "pool": {"held_after": 1}}
    kept = edited(reported(), "errors", facts=held)
    assert codes(REPORTS, kept) == ("failed", ["leaked-connections"])
    assert codes(REPORTS, edited(kept, "errors", left=(TASK,))) == ("passed", [])  # gather's siblings


@pytest.mark.parametrize(
    ("lines", "done", "code"), [((9,), 5, "leaked-connections"), ((9, 12), 3, "deadlock"), ((9,), 0, "deadlock")]
)
def test_stuck_at_acquire(lines: tuple[int, ...], done: int, code: str) -> None:
    places = tuple(Place(line, "one", "async with pool.acquire() as connection:") for line in lines)
    stuck = made.run(
        "timed_out", wall=9.0, facts={"size": 5}, stuck_at=places, ledger=made.ledger(done, 5) if done else made.of([])
    )
    assert codes(REPORTS, {"main": stuck}) == ("timed_out", [code])


def test_two_tasks_on_one_connection() -> None:
    said = Raised(
        "asyncpg.exceptions._base.InterfaceError", "cannot perform operation: another operation is in progress"
    )
    group = Raised("ExceptionGroup", "unhandled errors (1 sub-exception)", inner=(said,))
    crashed = made.run("raised", error=group, facts={"size": 5, "essential": True})
    assert codes(REPORTS, {"main": crashed}) == ("crashed", ["shared-connection"])


def test_passed_over() -> None:
    over = edited(reported(), "errors", outcome="returned", error=None)
    assert codes(REPORTS, over) == ("failed", ["swallowed-exception"])


# ---------------------------------------------------------------- load


def loaded(**more: Any) -> Runs:
    """A right answer: quick, flat, all or nothing."""
    right = {"right": True, "earlier": 25, "loaded": 6003, "expected": 6003, "wrong": 0, "got": "6003", **BACK}
    undone = {"earlier": 25, "loaded": 0, **BACK}
    plain = {
        "main": made.run(wall=0.2, facts={**right, "essential": True}),
        "main.reference": made.run(wall=0.05, facts={"right": True}),
        "many": made.run(wall=2.0, facts={**right, "loaded": 100_007, "expected": 100_007}, peak_memory=2 * MIB),
        "bad": made.run("raised", error=RAISED, facts=undone),
        "broken": made.run("raised", error=RAISED, facts=undone),
        "cancel": CANCELLED,
    }
    return {**plain, **more}


def test_right_loads_pass() -> None:
    assert codes(LOAD, loaded()) == ("passed", [])


def test_row_by_row() -> None:
    once = edited(loaded(), "main", wall=1.3)
    assert codes(LOAD, once)[0] == "inconclusive"  # measured again before it is believed
    slow = {f"main{n}": once["main"] for n in ("", ".2", ".3")}
    beside = {f"main{n}.reference": once["main.reference"] for n in ("", ".2", ".3")}
    assert codes(LOAD, {**once, **slow, **beside}) == ("failed", ["row-by-row"])


@pytest.mark.parametrize(
    ("held", "verdict", "found"),
    [
        (Hold(0.01, 5.99, stack=COPYING), "passed", []),
        (Hold(0.01, 5.99, stack=("<answer>:9 load", "measure/child.py:474 call")), "timed_out", ["swallowed-cancel"]),
        (Hold(0.01, 0.3, stack=COPYING), "timed_out", ["swallowed-cancel"]),
    ],
)
def test_a_cancel_that_a_copy_gave_no_turn(held: Hold, verdict: str, found: list[str]) -> None:
    facts = {"earlier": 25, "loaded": 0, **BACK}
    cancel = made.run("timed_out", wall=6.0, cancelled_after=0.5, facts=facts, holds=(held,), longest_hold=held.seconds)
    assert codes(LOAD, {**loaded(), "cancel": cancel}) == (verdict, found)
    late = replace(cancel, outcome="cancelled")
    assert codes(LOAD, {**loaded(), "cancel": late})[1] == found
    assert codes(LOAD, told({**loaded(), "cancel": late}, "cancel", loaded=2000)) == ("failed", ["not-atomic", *found])


def test_half_a_load_kept() -> None:
    assert codes(LOAD, told(loaded(), "bad", loaded=2000)) == ("failed", ["not-atomic"])
    assert codes(LOAD, told(loaded(), "cancel", loaded=2000)) == ("failed", ["not-atomic"])
    assert codes(LOAD, told(loaded(), "bad", earlier=0)) == ("failed", ["not-atomic"])


def test_all_rows_in_memory() -> None:
    assert codes(LOAD, edited(loaded(), "many", peak_memory=23 * MIB))[1] == ["everything-in-memory"]


# ---------------------------------------------------------------- transfer


def moved(**more: Any) -> Runs:
    """A right answer: five changes of accounts at once."""
    right = {
        "right": True,
        "wrong": 0,
        "lost": 0,
        "credited": 0,
        "counted": True,
        "got": "70",
        "expected": 70,
        "refused": 8,
    }
    cut = replace(CANCELLED, facts={"lost": 0, **BACK})
    plain = {
        "main": made.run(wall=0.7, facts={**right, **BACK, "essential": True}, ledger=made.ledger(140, 5)),
        "main.reference": made.run(wall=0.7, facts={"right": True}, ledger=made.ledger(140, 5)),
        "cancel": cut,
        "cancel.2": cut,
    }
    return {**plain, **more}


def test_right_moves_pass() -> None:
    assert codes(TRANSFER, moved()) == ("passed", [])


def test_a_race_is_wrong_only_where_moves_meet() -> None:
    raced = told(moved(), "main", right=False, wrong=7, lost=-3)
    calm = made.run(facts={"right": True, "counted": True, **BACK})
    assert codes(TRANSFER, {**raced, "calm": calm}) == ("failed", ["race"])
    credited = made.run(facts={"right": False, "credited": 4, **BACK})
    assert codes(TRANSFER, {**raced, "calm": credited}) == ("failed", ["not-atomic"])


def test_half_a_move() -> None:
    assert codes(TRANSFER, told(moved(), "cancel.2", lost=-4)) == ("failed", ["not-atomic"])


def test_a_deadlock_that_reaches_the_caller() -> None:
    said = Raised(
        "asyncpg.exceptions.DeadlockDetectedError", "deadlock detected", ("DeadlockDetectedError", "Exception"), 12
    )
    stuck = made.run("raised", error=said, facts={"essential": True})
    assert codes(TRANSFER, {"main": stuck}) == ("crashed", ["deadlock"])


def test_one_at_a_time() -> None:
    alone = edited(moved(), "main", ledger=made.ledger(140, 1))
    assert codes(TRANSFER, alone) == ("failed", ["sequential-awaits"])
    together = told(alone, "main", clues={"gathers": 3, "acquire_per_item": 5})
    assert codes(TRANSFER, together) == ("failed", ["too-little-concurrency"])


# ---------------------------------------------------------------- export


def exported(**more: Any) -> Runs:
    """A right answer: batches through a cursor."""
    right = {
        "right": True,
        "whole": 20_007,
        "extra": 0,
        "no_tuples": 0,
        "example": "",
        "expected": 20_007,
        "got": "20007",
    }
    plain = {
        "main": made.run(wall=0.4, facts={**right, **BACK, "essential": True}),
        "many": made.run(wall=1.6, facts={**right, **BACK, "essential": True}, peak_memory=MIB),
        "main.reference": made.run(wall=0.4, facts={"right": True}),
        "cancel": CANCELLED,
        "awaited": made.run(facts={**right, **BACK}),
    }
    return {**plain, **more}


def test_right_exports_pass() -> None:
    assert codes(EXPORT, exported()) == ("passed", [])


def test_a_row_a_trip() -> None:
    slow = {f"main{n}": replace(exported()["main"], wall=2.0) for n in ("", ".2", ".3")}
    beside = {f"main{n}.reference": exported()["main.reference"] for n in ("", ".2", ".3")}
    assert codes(EXPORT, exported(**slow, **beside)) == ("failed", ["row-by-row"])


def test_write_not_awaited() -> None:
    warned = edited(exported(), "awaited", warnings=("coroutine 'Writer.write_async' was never awaited",))
    assert codes(EXPORT, told(warned, "awaited", right=False, whole=0)) == ("failed", ["never-awaited"])


def test_the_table_in_memory() -> None:
    assert codes(EXPORT, edited(exported(), "many", peak_memory=9 * MIB)) == ("failed", ["everything-in-memory"])
