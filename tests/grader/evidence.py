"""Made-up evidence for the judging: ledgers of a given shape, runs of a given outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from asynclab.measure.evidence import Evidence
from asynclab.services.ledger import Ledger, Request

GO = 1000.0


def request(path: str, start: float, seconds: float = 0.1, **more: Any) -> Request:
    plain = Request(path, 0, GO + start, GO + start + seconds, 200, 900, 1, False, seconds)
    return replace(plain, **more)


def ledger(count: int, at_once: int, seconds: float = 0.1, fresh: bool = False) -> Ledger:
    """`count` requests, never more than `at_once` in flight, each place refilled at once.

    `fresh`: each on a connection of its own.
    """
    free = [0.001 * place / at_once for place in range(at_once)]
    found = []
    for number in range(count):
        place = min(range(at_once), key=free.__getitem__)
        found.append(request(f"/city/{number}", free[place], seconds, connection=number if fresh else place))
        free[place] += seconds + 0.0005
    return Ledger(tuple(sorted(found, key=lambda each: each.start)))


def of(requests: Iterable[Request]) -> Ledger:
    return Ledger(tuple(sorted(requests, key=lambda each: each.start)))


def run(outcome: str = "returned", **more: Any) -> Evidence:
    """A run of a quiet machine: nothing left, the loop never held for long."""
    plain = Evidence(outcome, wall=0.2, cpu=0.05, longest_hold=0.01, heartbeats=40, go=GO)
    return replace(plain, **more)
