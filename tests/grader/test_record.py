"""A record goes through JSON and comes back as it was, small enough to keep, and judges to the same verdict."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from asynclab.grader.record import (
    LEDGER_ROWS,
    evidence_from_json,
    evidence_to_json,
    from_json,
    settled,
    thinned,
    to_json,
    to_line,
)
from asynclab.grader.replay import read_records, replay
from asynclab.grader.verdict import Record
from asynclab.measure.evidence import MIB, Evidence, Hold, Left, Place, Raised
from asynclab.problems import Problem
from tests.grader import evidence as made

PLACE = Place(7, "fetch", "await session.get(url)")
FULL = made.run(
    error=Raised("ValueError", "no", ("ValueError", "Exception"), 3, "line 3", (Raised("KeyError", "'a'"),)),
    found=("a", "b"),
    memory=((0.1, 5 * MIB), (0.2, 7 * MIB)),
    held_at=PLACE,
    stuck_at=(PLACE, Place(9)),
    holds=(Hold(0.123456789, 0.2, PLACE, True, 0.01, ("a.py:1 f",)), Hold(0.5, 0.1)),
    left=(Left("task", "Task-3", PLACE, 0.25), Left("thread", "pool")),
    warnings=("coroutine 'f' was never awaited",),
    lost_exceptions=("ValueError: no",),
    output="hello",
    ledger=made.ledger(40, 7),
    cancelled_after=0.4,
    facts={"right": True, "kinds": {"str": 3}},
    value=[1, "a", None],
)


def record(evidence: dict[str, Evidence], **more: object) -> Record:
    plain = Record(
        task="00_start_here.greet", verdict="passed", points=0, max_points=0, mistakes=(), demands=(),
        evidence=evidence, note="", protection="rlimits", machine={"cores": 2}, answer_sha256="a", grader_version="g",
        seed=1, measured_again=0, graded_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def test_evidence_comes_back_as_it_was() -> None:
    kept = settled(FULL)
    assert kept.ledger.requests[0].path == FULL.ledger.requests[0].path
    assert kept.ledger.peak_in_flight == FULL.ledger.peak_in_flight == 7
    for one, other in zip(kept.ledger.requests, FULL.ledger.requests, strict=True):
        assert one.start == pytest.approx(other.start, abs=2e-6) and one.connection == other.connection
    assert replace(kept, ledger=FULL.ledger, holds=FULL.holds) == FULL
    assert kept.holds[0] == replace(FULL.holds[0], start=0.12346)


def test_settled_evidence_doesnt_change_any_more() -> None:
    once = settled(FULL)
    assert settled(once) == once


def test_a_run_without_anything_is_a_line() -> None:
    assert evidence_from_json(evidence_to_json(Evidence("died"))) == Evidence("died")
    assert len(json.dumps(evidence_to_json(Evidence("died")))) < 500


def test_records_stay_small() -> None:
    long = made.run(
        ledger=made.ledger(1000, 100),
        memory=tuple((i / 1000, i * 1000) for i in range(5000)),
        output="x" * 100_000,
        value=list(range(100_000)),
        warnings=("w" * 10_000,) * 500,
    )
    line = to_line(record({"main": long, "main.reference": long}))
    assert len(line) < 600_000
    flood = settled(made.run(ledger=made.ledger(LEDGER_ROWS + 500, 100)))
    assert len(flood.ledger) == LEDGER_ROWS and flood.facts["requests_not_kept"] == 500


def test_thinning_keeps_the_peak() -> None:
    samples = tuple((i / 10, 999 if i == 777 else i % 50) for i in range(3000))
    kept = thinned(samples, 200)
    assert len(kept) <= 200 and max(size for _, size in kept) == 999


def test_what_json_cant_hold_is_made_plain() -> None:
    odd = made.run(wall=math.inf, value={1: {2, 3}}, longest_hold=math.nan)
    data = json.loads(to_line(record({"main": odd})))
    assert data["evidence"]["main"]["wall"] == 0.0 and isinstance(data["evidence"]["main"]["value"], str)


def test_the_contract_of_the_record() -> None:
    data = to_json(record({"main": FULL}))
    wanted = {
        "task", "verdict", "points", "max_points", "mistakes", "demands", "evidence", "protection", "machine",
        "answer_sha256", "grader_version", "seed", "data_sha256",
    }  # fmt: skip
    assert wanted <= data.keys()
    assert from_json(json.loads(json.dumps(data))).evidence["main"] == settled(FULL)


@pytest.mark.parametrize("data", [{}, {"verdict": "passed"}, {"verdict": "perfect", "task": "x"}, {"verdict": []}])
def test_what_is_no_record_is_said(data: dict[str, object]) -> None:
    with pytest.raises(Problem):
        from_json(data)


def test_a_forged_pass_is_judged_by_its_evidence(tmp_path: Path) -> None:
    forged = record({"main": made.run("no_function", facts={"untouched": "stub"})})
    path = tmp_path / "record.json"
    path.write_text(to_line(forged) + "\n")
    (read,) = read_records(path)
    replayed = replay(read)
    assert replayed.judged.verdict == "not_attempted" and not replayed.same
    path.write_text("nothing of ours")
    with pytest.raises(Problem):
        read_records(path)
