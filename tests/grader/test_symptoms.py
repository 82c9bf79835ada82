"""Mistakes are told apart by evidence: each detector with what it must see and the near miss it must let pass."""

from __future__ import annotations

import pytest

from asynclab.grader import symptoms as s
from asynclab.measure.evidence import MIB, Hold, Left, Place
from tests.grader import evidence as made

LINE = Place(8, "fetch", "requests.get(url)")
QUIET = made.run(longest_hold=0.03)


def code(mistake: object) -> str | None:
    return getattr(mistake, "code", None)


# ---------------------------------------------------------------- coroutines and tasks


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (made.run(warnings=("coroutine 'sleep' was never awaited",)), "never-awaited"),
        (made.run(facts={"coroutines": 3}), "never-awaited"),
        (made.run(facts={"kind": "coroutine"}), "never-awaited"),
        (made.run(warnings=("Unclosed client session",)), None),
        (made.run(facts={"kind": "list", "coroutines": 0}), None),
    ],
)
def test_never_awaited(run: object, expected: str | None) -> None:
    assert code(s.never_awaited(run)) == expected  # type: ignore[arg-type]


def test_leaked_tasks_but_not_idle_pool_threads() -> None:
    leak = s.leaked_tasks(made.run(), made.run(left=(Left("task", "Task-2", LINE), Left("task", "Task-3"))))
    assert code(leak) == "leaked-tasks" and leak and leak.line == 8 and "2 tasks were" in leak.seen
    assert s.leaked_tasks(made.run(left=(Left("thread", "asyncio_0"), Left("connection", "127.0.0.1")))) is None
    # A task that was told to end and came to its end a moment later.
    assert s.leaked_tasks(made.run(left=(Left("task", "Task-2", LINE, 0.01),))) is None
    assert s.leaked_tasks(made.run(left=(Left("task", "Task-2", LINE, 0.6),))) is not None


def cancelled(outcome: str = "cancelled", wall: float = 0.45, *later: float, **more: object) -> object:
    first = [made.request(f"/a{i}", 0.01, 0.4, given_up=True) for i in range(5)]
    again = [made.request(f"/a{i}", 0.4 + after, 0.1) for i, after in enumerate(later)]
    return made.run(outcome, wall=wall, cancelled_after=0.4, ledger=made.of([*first, *again]), **more)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (cancelled(), None),
        (cancelled("raised", 0.6), None),
        (cancelled("returned", 0.45), "swallowed-cancel"),
        (cancelled("cancelled", 4.4), "swallowed-cancel"),
        (cancelled("cancelled", 1.1, 0.7, 0.7), "swallowed-cancel"),
        # A request that was on its way to the socket when the cancel came may still arrive.
        (cancelled("cancelled", 0.5, 0.02), None),
        (cancelled("timed_out", 9.0), "swallowed-cancel"),
        (made.run(), None),
        (None, None),
    ],
)
def test_swallowed_cancel(run: object, expected: str | None) -> None:
    assert code(s.swallowed_cancel(run, 1.0)) == expected  # type: ignore[arg-type]


def test_session_not_closed() -> None:
    assert code(s.session_not_closed(made.run(warnings=("Unclosed client session",)))) == "session-not-closed"
    assert s.session_not_closed(made.run(warnings=("unclosed file <x>",))) is None


# ---------------------------------------------------------------- the loop


def test_a_call_that_sleeps_blocks_the_loop() -> None:
    run = made.run(wall=3.0, longest_hold=1.5, holds=(Hold(0.1, 1.5, LINE, True), Hold(1.7, 1.0, LINE, True)))
    mistake = s.holds_the_loop([run], [QUIET])
    assert code(mistake) == "blocks-the-loop" and mistake
    assert mistake.line == 8 and "2500 of 3000 ms" in mistake.seen and "requests.get(url)" in mistake.seen


def test_a_thread_that_was_awake_when_looked_at_but_hardly_computed_was_blocked() -> None:
    run = made.run(wall=5.6, cpu=0.24, longest_hold=5.5, holds=(Hold(0.1, 5.5, LINE, False, 0.04),))
    assert code(s.holds_the_loop([run], [QUIET])) == "blocks-the-loop"


def test_computing_is_a_cpu_burst() -> None:
    run = made.run(cpu=1.6, longest_hold=1.5, held_at=LINE, holds=(Hold(0.1, 1.5, LINE, False, 0.98),))
    assert code(s.holds_the_loop([run], [QUIET])) == "cpu-burst"


@pytest.mark.parametrize(
    ("run", "reference"),
    [
        # Starting a thousand requests beside four busy loops: right, and the reference needs as long.
        (made.run(cpu=0.4, longest_hold=0.5, holds=(Hold(0, 0.5, LINE, False),)), made.run(longest_hold=0.35)),
        # Many short sleeps of a plain file.write.
        (made.run(longest_hold=0.03, holds=(Hold(0, 0.03, LINE, True),) * 4), QUIET),
        # The machine gave it no processor: neither slept nor computed.
        (made.run(cpu=0.05, longest_hold=0.9, holds=(Hold(0, 0.9, LINE, False),)), QUIET),
        # It slept, and not in a line of the answer's.
        (made.run(cpu=0.05, longest_hold=0.9, holds=(Hold(0, 0.9, None, True),)), QUIET),
    ],
)
def test_holds_that_are_no_mistake(run: object, reference: object) -> None:
    assert s.holds_the_loop([run], [reference]) is None  # type: ignore[list-item]


def test_without_a_reference_only_a_sleeping_thread_tells() -> None:
    computing = made.run(cpu=1.0, longest_hold=0.4, holds=(Hold(0, 0.4, LINE, False, 0.05),))
    assert s.holds_the_loop([computing], []) is None
    sleeping = made.run(cpu=0.1, longest_hold=0.4, holds=(Hold(0, 0.4, LINE, True, 0.01),))
    assert code(s.holds_the_loop([sleeping], [])) == "blocks-the-loop"


def test_a_hold_that_doesnt_come_back_is_noise() -> None:
    once = made.run(cpu=1.6, longest_hold=1.5, holds=(Hold(0.1, 1.5, LINE, False),))
    assert s.holds_the_loop([once, QUIET], [QUIET, QUIET]) is None


# ---------------------------------------------------------------- how many at once


def test_sequential() -> None:
    mistake = s.sequential(made.run(ledger=made.ledger(24, 1)))
    assert mistake and mistake.seen == "24 requests, never more than 1 in flight: each one waited for the one before."
    assert s.sequential(made.run(ledger=made.ledger(24, 2))) is None
    assert s.sequential(made.run(ledger=made.ledger(2, 1))) is None


def test_threads_by_their_number() -> None:
    assert code(s.threads_instead(made.run(threads_started=6, ledger=made.ledger(24, 6)))) == "threads-instead"
    # aiofiles and to_thread start threads beside requests that the loop makes.
    assert s.threads_instead(made.run(threads_started=6, ledger=made.ledger(60, 60))) is None
    assert s.threads_instead(made.run(threads_started=0, ledger=made.ledger(24, 6))) is None


def test_limits_told_apart() -> None:
    def over(at_once: int, **more: object) -> str | None:
        return code(s.over_limit(made.run(ledger=made.ledger(24, at_once), **more), 8))

    assert over(8) is None
    assert over(9) == "limit-exceeded"
    assert over(24) == "unbounded-concurrency"
    assert over(24, facts={"clues": {"semaphore_per_item": 4}}) == "limit-per-call"
    assert over(9, facts={"clues": {"semaphore_per_item": 4}}) == "limit-exceeded"


def test_what_the_client_gave_up_is_not_in_flight() -> None:
    requests = [made.request("/a", 0, 0.2, given_up=True), made.request("/b", 0.1, 0.1)]
    assert s.peak(made.run(ledger=made.of(requests))) == 1


def chunked(limit: int, groups: int) -> object:
    requests = [
        made.request(f"/{g}-{i}", g * 1.05, 1.0 if i == 0 else 0.25) for g in range(groups) for i in range(limit)
    ]
    return made.run(ledger=made.of(requests))


def test_chunks_are_seen_in_the_ledger() -> None:
    run = chunked(4, 3)
    assert s.in_chunks(run, 4) and s.occupancy(run, 4) < 0.55  # type: ignore[arg-type]
    steady = made.run(ledger=made.ledger(40, 4))
    assert not s.in_chunks(steady, 4) and s.occupancy(steady, 4) > 0.95
    half = made.run(ledger=made.ledger(40, 2))
    assert s.occupancy(half, 4) == pytest.approx(0.5, abs=0.03)


def test_occupancy_of_nothing() -> None:
    assert s.occupancy(made.run(), 4) == 0.0
    assert s.occupancy(made.run(ledger=made.ledger(1, 1)), 4) == 0.0


# ---------------------------------------------------------------- the rest


def test_asked_again() -> None:
    twice = made.of([made.request("/a", 0), made.request("/a", 0.2, attempt=2), made.request("/b", 0)])
    mistake = s.asked_again(made.run(ledger=twice))
    assert mistake and "3 requests for 2 pages" in mistake.seen and "/a 2 times" in mistake.seen
    assert s.asked_again(made.run(ledger=made.ledger(9, 3))) is None


def test_gaps_between_tries() -> None:
    busy = made.request("/a", 0, 0.1, status=503)
    tries = made.of([busy, made.request("/a", 0.3, 0.1), made.request("/a", 0.4), made.request("/b", 0.05)])
    ((begin, end),) = s.gaps(made.run(ledger=tries), "/a")
    assert end - begin == pytest.approx(0.2)


def test_a_pause_counts_where_a_place_was_free() -> None:
    others = [made.request(f"/{n}", 0.1, 0.05, connection=n) for n in range(2)]
    run = made.run(ledger=made.of([*others, made.request("/c", 0.12, 0.1, connection=2)]))

    def free(begin: float, end: float, limit: int) -> float:
        return s.with_a_place(run, (made.GO + begin, made.GO + end), limit)

    assert free(0.0, 0.3, 3) == pytest.approx(0.27)  # full from 0.12 to 0.15
    assert free(0.13, 0.14, 3) == pytest.approx(0)
    assert free(0.13, 0.3, 4) == pytest.approx(0.17)


def test_bodies_in_memory() -> None:
    def kept(size: int) -> str | None:
        return code(s.body_in_memory(made.run(peak_memory=size * MIB), 16 * MIB, 120 * MIB))

    assert kept(8) is None and kept(16) is None
    assert kept(40) == "whole-body-in-memory" and kept(125) == "everything-in-memory"


WAITS = Place(5, "f", "async with slots:")


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ((WAITS, Place(9, "main", "await asyncio.gather(*tasks)")), "deadlock"),
        ((WAITS, Place(9, "main", "await asyncio.sleep(0.1)")), None),
        ((Place(5, "f", "await queue.get()"), Place(9, "main", "await queue.join()")), None),
        ((Place(5, "f", "async with session.get(url) as response:"),), None),
    ],
)
def test_deadlock(places: tuple[Place, ...], expected: str | None) -> None:
    facts = {"clues": {"locks": ["slots"]}}
    run = made.run("timed_out", wall=9.0, stuck_at=places, facts=facts, ledger=made.ledger(8, 4))
    assert code(s.deadlocked(run)) == expected


def test_a_lock_that_is_waited_for_while_requests_run_is_no_deadlock() -> None:
    facts = {"clues": {"locks": ["slots"]}}
    busy = made.run("timed_out", wall=9.0, stuck_at=(WAITS,), facts=facts, ledger=made.ledger(95, 1))
    assert s.deadlocked(busy) is None


def facts(**more: object) -> dict[str, object]:
    plain = {"right": False, "kind": "list", "count": 5, "expected": 5, "wrong": 2, "permuted": False, "first_wrong": 1}
    return {**plain, "got": "x", **more}


@pytest.mark.parametrize(
    ("found", "expected", "said"),
    [
        (facts(permuted=True), "results-out-of-order", "All 5 pages came"),
        (facts(), "wrong-result", "2 of 5"),
        (facts(count=4), "wrong-result", "asked for were 5"),
        (facts(kind="NoneType", got="None"), "wrong-result", "returned nothing"),
        ({"right": True}, None, ""),
        ({}, None, ""),
    ],
)
def test_wrong_lists(found: dict[str, object], expected: str | None, said: str) -> None:
    mistake = s.wrong_list(made.run(facts=found))
    assert code(mistake) == expected and (mistake is None or said in mistake.seen)
