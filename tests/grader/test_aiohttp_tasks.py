"""The three tasks of lesson 04 judged on made-up evidence: each mistake named alone, each near miss let pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from asynclab.grader.judging import decide
from asynclab.grader.task import find_task
from asynclab.measure.evidence import MIB, Evidence, Left, Place, Raised
from asynclab.services.ledger import Ledger
from tests.grader import evidence as made

FETCH, DOWNLOAD, CRAWL = (find_task(f"04_aiohttp.{name}") for name in ("fetch_pages", "download", "crawl"))
assert FETCH and DOWNLOAD and CRAWL
Runs = dict[str, Evidence]
RAISED = Raised("aiohttp.ClientResponseError", "404", ("ClientResponseError", "Exception"), 9)


def codes(task: Any, runs: Runs) -> tuple[str, list[str]]:
    decision = decide(task, runs)
    return decision.verdict, [mistake.code for mistake in decision.judgement.mistakes]


def edited(runs: Runs, name: str, **more: Any) -> Runs:
    return {**runs, name: replace(runs[name], **more)}


# ---------------------------------------------------------------- fetch_pages


def fetched(**more: Any) -> Runs:
    """A right answer: sixty together, a thousand through a hundred connections."""
    right = {"right": True, "kind": "list", "count": 60, "expected": 60, "wrong": 0, "essential": True}
    failing = made.of([made.request(f"/{i}", 0, 0.02, status=404 if i == 7 else 200) for i in range(30)])
    asked = made.of([made.request(f"/{i}", 0.01, 0.39, given_up=True, connection=i) for i in range(60)])
    plain = {
        "main": made.run(facts=right, ledger=made.ledger(60, 60)),
        "main.reference": made.run(facts={"right": True}, ledger=made.ledger(60, 60)),
        "thousand": made.run(wall=1.2, facts={**right, "count": 1000}, ledger=made.ledger(1000, 100)),
        "errors": made.run("raised", error=RAISED, ledger=failing),
        "cancel": made.run("cancelled", wall=0.42, cancelled_after=0.4, ledger=asked),
    }
    return {**plain, **more}


PASSED_OVER: dict[str, Any] = {"outcome": "returned", "error": None}
FLOOD = made.run("cancelled", wall=2.5, cancelled_after=2.5, ledger=made.ledger(1000, 1000, 8.0))
FLOOD_OF_100 = made.run("cancelled", wall=2.5, cancelled_after=2.5, ledger=made.ledger(100, 100, 8.0))


def test_right_pages_pass() -> None:
    assert codes(FETCH, fetched()) == ("passed", [])


@pytest.mark.parametrize("at_once", [50, 55])
def test_fifty_are_enough(at_once: int) -> None:
    few = fetched(main=replace(fetched()["main"], ledger=made.ledger(60, at_once)))
    few["thousand"] = replace(few["thousand"], ledger=made.ledger(1000, at_once), wall=2.2)
    assert codes(FETCH, few) == ("passed", [])


def test_three_hundred_are_not_too_many() -> None:
    many = edited(fetched(), "thousand", ledger=made.ledger(1000, 300))
    assert codes(FETCH, many) == ("passed", [])


def test_threads_beside_the_requests_are_nobodys_harm() -> None:
    assert codes(FETCH, edited(fetched(), "main", threads_started=6)) == ("passed", [])


def without_more(**main: Any) -> Runs:
    runs = edited(fetched(), "main", **main)
    del runs["thousand"]
    return runs


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (without_more(wall=6.3, ledger=made.ledger(60, 1)), ["sequential-awaits"]),
        (without_more(wall=0.8, ledger=made.ledger(60, 10)), ["too-little-concurrency"]),
        (
            without_more(wall=1.3, ledger=made.ledger(60, 6), threads_started=6, facts={
                **fetched()["main"].facts, "clues": {"given_to_threads": 4}}),
            ["threads-instead", "too-little-concurrency"],
        ),
        (edited(fetched(flood=FLOOD), "thousand", ledger=made.ledger(1000, 1000)), ["unbounded-concurrency"]),
        (
            edited(fetched(flood=FLOOD_OF_100), "thousand", ledger=made.ledger(1000, 100, fresh=True)),
            ["session-per-request"],
        ),
        (
            edited(fetched(flood=FLOOD_OF_100), "thousand", ledger=made.ledger(1000, 100, fresh=True), facts={
                **fetched()["thousand"].facts, "clues": {"force_close": 3}}),
            ["connection-per-request"],
        ),
        (edited(fetched(), "errors", **PASSED_OVER, facts={"error_kept": True}), ["status-not-checked"]),
        (edited(fetched(), "errors", **PASSED_OVER, facts={"error_kept": False}), ["swallowed-exception"]),
        (edited(fetched(), "errors", **PASSED_OVER, lost_exceptions=("ClientResponseError: 404",)), ["lost-exception"]),
        (edited(fetched(), "cancel", outcome="returned"), ["swallowed-cancel"]),
        (edited(fetched(), "main", warnings=("Unclosed client session",)), ["session-not-closed"]),
        (edited(fetched(), "main", left=(Left("task", "report", Place(7)),)), ["leaked-tasks"]),
        (edited(fetched(), "errors", warnings=("Unclosed client session",)), ["session-not-closed"]),
    ],
)  # fmt: skip
def test_wrong_pages(runs: Runs, expected: list[str]) -> None:
    assert codes(FETCH, runs) == ("failed", expected)


def test_pages_without_a_request_are_made_up() -> None:
    facts = {**fetched()["main"].facts, "right": False, "wrong": 60}
    runs = {"main": made.run(facts=facts), "main.reference": fetched()["main.reference"]}
    assert codes(FETCH, runs) == ("failed", ["learnt-by-heart"])


def test_an_answer_of_coroutines() -> None:
    facts = {**fetched()["main"].facts, "right": False, "coroutines": 60}
    runs = {"main": made.run(facts=facts), "main.reference": fetched()["main.reference"]}
    assert codes(FETCH, runs) == ("failed", ["never-awaited"])


def test_a_slow_start_beside_a_slow_reference_passes() -> None:
    slow = edited(fetched(), "thousand", wall=4.0, longest_hold=0.5)
    slow["thousand.reference"] = made.run(wall=3.6, longest_hold=0.45, facts={"right": True})
    assert codes(FETCH, slow) == ("passed", [])


# ---------------------------------------------------------------- download


WHOLE = made.ledger(12, 4, 0.3)


def downloaded(**more: Any) -> Runs:
    right = {"right": True, "kind": "dict", "count": 12, "expected": 12, "files_whole": 12, "essential": True}
    return {
        "main": made.run(facts=right, ledger=made.ledger(12, 4, 0.3), peak_memory=4 * MIB, wall=1.0),
        "main.reference": made.run(facts=right, ledger=made.ledger(12, 4, 0.3), wall=1.0),
        "busy": made.run(facts={**right, "asked_to_wait": ["/0", "/1"]}, ledger=tried(), wall=1.2),
        "gives_up": made.run("raised", error=RAISED, facts={"path": "/x", "error_kept": False}, ledger=refused(3, 503)),
        "missing": made.run("raised", error=RAISED, facts={"path": "/x", "error_kept": False}, ledger=refused(1, 404)),
        "cancel": made.run("cancelled", wall=0.72, cancelled_after=0.7, facts={"half": []}, ledger=WHOLE),
        **more,
    }  # fmt: skip


def tried(asked: float = 1.0, free: float = 0.1) -> Ledger:
    """Eight files, each refused once; the first two say when to come again."""
    found = []
    for number in range(8):
        at = number // 4 * 0.06
        wait = asked if number < 2 else free
        found.append(made.request(f"/{number}", at, 0.02, status=503, connection=number % 4))
        found.append(made.request(f"/{number}", at + 0.02 + wait, 0.02, attempt=2, connection=number % 4))
    return made.of(found)


def at_once_when_there_is_a_place() -> Ledger:
    """Each is tried again as soon as one of the four places is free: a queue, no wait."""
    found = []
    for number in range(8):
        at, wait = number // 4 * 0.021, 1.0 if number < 2 else 0.021 if number in (4, 5) else 0.042
        found.append(made.request(f"/{number}", at, 0.02, status=503, connection=number % 4))
        found.append(made.request(f"/{number}", at + wait, 0.02, attempt=2, connection=number % 4))
    return made.of(found)


def refused(tries: int, status: int) -> Ledger:
    again = [made.request("/x", 0.2 * n, 0.02, status=status, attempt=n + 1) for n in range(tries)]
    return made.of([*again, made.request("/a", 0), made.request("/b", 0)])


def test_a_right_download_passes() -> None:
    assert codes(DOWNLOAD, downloaded()) == ("passed", [])


def test_a_patient_download_passes() -> None:
    assert codes(DOWNLOAD, edited(downloaded(), "busy", ledger=tried(2.0, 1.0))) == ("passed", [])


def chunks() -> Ledger:
    return made.of(
        made.request(f"/{g}-{i}", g * 1.02, 1.0 if i == 2 else 0.25, connection=i) for g in range(3) for i in range(4)
    )


def again() -> Ledger:
    """Every body twice, one after the other in its own place."""
    pairs = [replace(r, path=f"/{n // 8 * 4 + n % 4}") for n, r in enumerate(made.ledger(24, 4, 0.3).requests)]
    return made.of(pairs)


def test_connections_that_the_client_closes_early_are_in_flight_all_the_same() -> None:
    closing = [replace(r, given_up=n % 2 == 0) for n, r in enumerate(WHOLE.requests)]
    assert codes(DOWNLOAD, edited(downloaded(), "main", ledger=made.of(closing))) == ("passed", [])


def test_places_left_empty_by_a_busy_machine_are_nobodys_mistake() -> None:
    slow = made.of(
        [replace(r, start=r.start + n // 4 * 0.2, end=r.end + n // 4 * 0.2) for n, r in enumerate(WHOLE.requests)]
    )
    runs = edited(edited(downloaded(), "main", ledger=slow), "main.reference", ledger=slow)
    assert codes(DOWNLOAD, runs) == ("passed", [])
    assert codes(DOWNLOAD, edited(downloaded(), "main", ledger=slow))[0] != "passed"


HALF = {"half": [["ab12.bin", 1000, 9000]]}


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("main", {"ledger": made.ledger(12, 1, 0.3)}, ["sequential-awaits"]),
        ("main", {"ledger": made.ledger(12, 2, 0.3)}, ["too-little-concurrency"]),
        ("main", {"ledger": again()}, ["fetched-twice"]),
        ("main", {"warnings": ("coroutine 'f' was never awaited",)}, ["never-awaited"]),
        ("main", {"ledger": made.ledger(12, 5, 0.3)}, ["limit-exceeded"]),
        ("main", {"ledger": made.ledger(12, 12, 0.3)}, ["unbounded-concurrency"]),
        ("main", {"ledger": chunks(), "wall": 3.1}, ["chunked-gather"]),
        ("main", {"ledger": made.ledger(12, 4, 0.3, fresh=True)}, ["session-per-request"]),
        ("main", {"peak_memory": 30 * MIB}, ["whole-body-in-memory"]),
        ("main", {"peak_memory": 125 * MIB}, ["everything-in-memory"]),
        ("busy", {"ledger": tried(0.1, 0.1)}, ["retry-after-ignored"]),
        ("busy", {"ledger": tried(1.0, 0.001)}, ["no-backoff"]),
        ("busy", {"ledger": at_once_when_there_is_a_place()}, ["no-backoff"]),
        ("gives_up", {"ledger": refused(4, 503)}, ["too-many-retries"]),
        ("missing", {"ledger": refused(3, 404)}, ["retried-for-nothing"]),
        ("missing", {"outcome": "returned", "facts": {"path": "/x", "error_kept": True}}, ["status-not-checked"]),
        ("gives_up", {"outcome": "returned"}, ["swallowed-exception"]),
        ("cancel", {"facts": HALF}, ["half-file-left"]),
        ("cancel", {"outcome": "returned"}, ["swallowed-cancel"]),
    ],
)
def test_wrong_downloads(name: str, change: dict[str, Any], expected: list[str]) -> None:
    verdict, found = codes(DOWNLOAD, edited(downloaded(), name, **change))
    assert found == expected and verdict == "failed"


def test_no_retry_at_all() -> None:
    once = made.of([made.request(f"/{n}", 0.06 * (n // 4), 0.02, status=503, connection=n % 4) for n in range(8)])
    busy = made.run("raised", error=RAISED, ledger=once, facts={"asked_to_wait": ["/0"]})
    runs = downloaded(busy=busy, gives_up=replace(downloaded()["gives_up"], ledger=refused(1, 503)))
    assert codes(DOWNLOAD, runs) == ("failed", ["no-retry"])


def test_for_ever_is_timed_out_with_its_mistake() -> None:
    runs = downloaded()
    runs["gives_up"] = replace(runs["gives_up"], outcome="timed_out", error=None, ledger=refused(40, 503))
    for name in ("missing", "cancel"):
        del runs[name]
    assert codes(DOWNLOAD, runs) == ("timed_out", ["too-many-retries"])


# ---------------------------------------------------------------- crawl


def crawled(**more: Any) -> Runs:
    facts = {"right": True, "kind": "set", "count": 100, "expected": 100, "missing": 0, "extra": 0, "essential": True}
    failing = made.of([made.request("/", 0), made.request("/city/1", 0.2, status=500)])
    return {
        "main": made.run(facts=facts, ledger=made.ledger(100, 8, 0.08), wall=1.1),
        "main.reference": made.run(facts=facts, ledger=made.ledger(100, 8, 0.08), wall=1.1),
        "errors": made.run("raised", error=RAISED, ledger=failing),
        "cancel": made.run("cancelled", wall=0.62, cancelled_after=0.6, ledger=made.ledger(9, 8, 0.5)),
        **more,
    }


def test_a_right_crawl_passes() -> None:
    assert codes(CRAWL, crawled()) == ("passed", [])


def test_level_by_level_passes() -> None:
    """Places stand empty at the end of each level, and that is no mistake while levels are wide."""
    first = made.ledger(40, 8, 0.1).requests
    later = [
        replace(r, path=f"/b{r.path}", start=r.start + 0.65, end=r.end + 0.65) for r in made.ledger(60, 8, 0.1).requests
    ]
    assert codes(CRAWL, edited(crawled(), "main", ledger=made.of([*first, *later]))) == ("passed", [])


def test_wrong_crawls() -> None:
    twice = [replace(r, path="/city/1") if r.path == "/city/2" else r for r in crawled()["main"].ledger.requests]
    for change, expected in (
        ({"ledger": made.of(twice)}, "fetched-twice"),
        ({"ledger": made.ledger(100, 9, 0.08)}, "limit-exceeded"),
        ({"ledger": made.ledger(100, 4, 0.08)}, "too-little-concurrency"),
        (
            {"facts": {**crawled()["main"].facts, "right": False, "extra": 3, "fragments": 3, "example": "x"}},
            "wrong-result",
        ),
    ):
        assert codes(CRAWL, edited(crawled(), "main", **change)) == ("failed", [expected])
