"""One measured run of a setting, and what is to be said about it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from asynclab.measure import MIB, Evidence, Limits, measure
from asynclab.playground import ways
from asynclab.playground.setting import Setting
from asynclab.plots import percentile
from asynclab.problems import Problem
from asynclab.services import Ledger, Request, database, site

SECONDS = 20.0  # after these no further request is sent
LIMITS = Limits(seconds=SECONDS + 40.0, memory=512 * MIB)
PROGRAMS: dict[tuple[str, str], Callable[..., Any]] = {
    ("pages", "in turn"): ways.pages_in_turn,
    ("pages", "threads"): ways.pages_by_threads,
    ("pages", "coroutines"): ways.pages_by_coroutines,
    ("queries", "in turn"): ways.queries_in_turn,
    ("queries", "threads"): ways.queries_by_threads,
    ("queries", "coroutines"): ways.queries_by_coroutines,
}


@dataclass(frozen=True)
class Trial:
    """A setting and the evidence of its run. `took` are seconds a request, from its turn to its answer."""

    setting: Setting
    evidence: Evidence
    took: tuple[float, ...]
    troubles: tuple[tuple[str, int], ...]  # what went wrong and how often, the commonest first

    @property
    def failed(self) -> int:
        return sum(count for _, count in self.troubles)

    @property
    def remark(self) -> str:
        """What a reader must know to read the figures, in a sentence each; nothing when all went well."""
        said = []
        if self.evidence.outcome != "returned":
            said.append(_ended(self.evidence))
        elif len(self.took) < self.setting.requests:
            said.append(
                f"{len(self.took):,} of {self.setting.requests:,} had their turn in the {SECONDS:.0f} s of a run. "
                "Fewer requests, or more at once, come to their end."
            )
        if self.troubles:
            what, count = self.troubles[0]
            most = "" if count == self.failed else f", {count:,} of them"
            said.append(f"{self.failed:,} failed{most} with {what}.")
        return " ".join(said)

    def figures(self) -> dict[str, Any]:
        """The column of the table."""
        seen = self.evidence
        return {
            "asked": str(self.setting),
            "time, s": seen.wall,
            "floor, s": float(self.setting.floor),
            "CPU, s": seen.cpu,
            "memory, MB": seen.peak_memory / MIB,
            "in flight": seen.ledger.peak_in_flight,
            "connections": seen.ledger.connections,
            "answered": len(self.took) - self.failed if self.took else None,
            "failed": self.failed,
            "median, ms": percentile(self.took, 50) * 1e3 if self.took else None,
            "p99, ms": percentile(self.took, 99) * 1e3 if self.took else None,
        }


async def run(setting: Setting) -> Trial:
    """Measures a setting in a process of its own. Cancelling ends that process. Raises Problem."""
    return await (_pages(setting) if setting.what == "pages" else _queries(setting))


async def _pages(setting: Setting) -> Trial:
    knobs: dict[str, Any] = {"latency": setting.latency, "spread": setting.spread, "failures": setting.failures}
    if setting.body:
        knobs["body"] = setting.body
    visit = await asyncio.to_thread(lambda: site.visit(**knobs))
    try:
        urls = visit.bodies(setting.requests) if setting.body else visit.pages(setting.requests)
        program = PROGRAMS["pages", setting.way]
        seen = await measure(program, urls, setting.at_once, SECONDS, visit=visit, limits=LIMITS)
    finally:
        await asyncio.to_thread(visit.close)
    return _trial(setting, seen)


async def _queries(setting: Setting) -> Trial:
    draw = random.Random()
    queries = [
        [
            setting.latency * (1 + setting.spread * draw.uniform(-1, 1)),
            draw.random() < setting.failures,
            setting.body or 1,
        ]
        for _ in range(setting.requests)
    ]
    dsn = await asyncio.to_thread(lambda: database.dsn)
    program = PROGRAMS["queries", setting.way]
    seen = await measure(program, dsn, queries, setting.at_once, setting.pool, SECONDS, limits=LIMITS)
    if seen.outcome == "returned":
        seen = replace(seen, ledger=_ledger(seen.value, setting))
    return _trial(setting, seen)


def _trial(setting: Setting, seen: Evidence) -> Trial:
    if seen.outcome in ("raised", "not_loaded", "no_function", "unreadable"):
        said = f"{seen.error.type}: {seen.error.message}" if seen.error else seen.outcome
        raise Problem(f"The playground's program failed ({said}).", "Run it again; if it happens again, report it.")
    rows: Sequence[Sequence[Any]] = seen.value if seen.outcome == "returned" else []
    troubles = Counter(row[4] for row in rows if row[4])
    took = tuple(row[2] - row[0] for row in rows)
    return Trial(setting, replace(seen, value=None), took, tuple(troubles.most_common()))


def _ledger(rows: Sequence[Sequence[Any]], setting: Setting) -> Ledger:
    """The queries as a ledger, so that they are drawn as requests to the site are; the client's own clock."""
    numbers = {pid: number for number, pid in enumerate(dict.fromkeys(row[3] for row in rows if row[3]))}
    sent = sorted((row for row in rows if row[3] is not None), key=lambda row: row[1])
    return Ledger(
        tuple(
            Request(
                path=f"/query/{number}",
                connection=numbers[pid],
                start=begun,
                end=ended,
                status=500 if trouble else 200,
                sent=0 if trouble else setting.body,
                attempt=1,
                given_up=False,
                latency=setting.latency,
            )
            for number, (_, begun, ended, pid, trouble) in enumerate(sent)
        )
    )


def _ended(seen: Evidence) -> str:
    """What ended a run before its time, in a sentence and what to do."""
    if seen.outcome == "out_of_memory":
        return (
            f"Ended: it took more than {LIMITS.memory // MIB} MB, the playground's limit. "
            "Fewer at once, or smaller bodies, fit."
        )
    if seen.outcome == "timed_out":
        return f"Ended after {LIMITS.seconds:.0f} s. Fewer requests, or more at once, come to their end."
    if seen.outcome == "too_many_processes":
        return "Ended: the machine allows no more threads. Use fewer at once."
    return f"The run ended without a result ({seen.outcome.replace('_', ' ')}). Run it again."
