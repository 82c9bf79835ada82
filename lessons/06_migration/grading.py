"""How the task of lesson 06 is graded: one program, against its blocking and its threaded version.

Both stand in the exercise, and are run from there: the blocking one on a sample, scaled to the pages of the
answer's run, the one with 500 threads for its memory alone. What the ledger and the table can count is counted.
Computing that holds the loop is told in pages' worth, by the CPU that a page's computing takes on this machine.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from asynclab import course
from asynclab.grader import Ask, Bench, Demand, Enough, Judgement, Mistake, Ran, Task, compare
from asynclab.grader import demands as d
from asynclab.grader import symptoms as s
from asynclab.grader.judging import reference_rounds, rounds
from asynclab.measure import DSN, FOLDER, POOL, PoolSpec, in_folder
from asynclab.measure.evidence import Evidence, Limits
from asynclab.services import FreshDatabase, Visit

PATIENCE = 1.0  # seconds that a cancelled call may take to be over; what it was at would take much longer

TABLE = """
CREATE TABLE IF NOT EXISTS daylight (
    id integer PRIMARY KEY, name text, sun float8, twilight float8, night float8, token text
);
TRUNCATE daylight
"""

# Around the blocking program: how much CPU its computing takes, apart from all the rest.
TIMED = """
import time

import answer


def timed_report(urls, dsn, folder):
    describe, spent = answer.describe, []

    def timed(page):
        began = time.thread_time()
        try:
            return describe(page)
        finally:
            spent.append(time.thread_time() - began)

    answer.describe = timed
    return {"totals": answer.blocking_report(urls, dsn, folder), "computing": sum(spent) / len(spent)}
"""


# Around its version with threads: on a busy machine the first pages are back before the last thread has begun, and
# idle threads take what is left. Here all 500 begin together, each with a page of its own.
TOGETHER = """
import threading

import answer


def together(urls, dsn, folder, threads):
    gate = threading.Barrier(threads)

    class Together(answer.ThreadPoolExecutor):
        def map(self, function, items):
            def begin(item):
                gate.wait()
                return function(item)

            return super().map(begin, items)

    answer.ThreadPoolExecutor = Together
    return answer.threaded_report(urls, dsn, folder, threads)
"""


class BuildReport(Task):
    """Two dozen pages first, which tell the slow from the quick; then 400; then 500 in flight together."""

    name = "06_migration.build_report"
    function = "build_report"
    parameters = ("urls", "pool", "folder", "limit")
    children = 7

    TOTALS = Ask("result", "The totals are the program's, the cities in the order of the urls.", "the same")
    ROWS = Ask("rows", "The rows in the table are the program's.", "the same")
    FILES = Ask("files", "The files are the program's.", "the same, byte for byte")
    TIME = Ask("time", "It is at least ten times faster than the blocking program.", "at least 10 times")
    MEMORY = Ask(
        "memory",
        "With 500 pages in flight it takes far less memory than 500 threads do.",
        "at most 40% of the version with 500 threads",
    )
    AT_MOST = Ask("limit", "Never more than `limit` requests are in flight.", "at most the limit")
    ONCE = Ask("once", "Each page is asked for once.", "1 request a page")
    LOOP = Ask(
        "loop",
        "The event loop is never blocked, and computing doesn't hold it for long.",
        "far from all pages' computing in one piece",
    )
    ERRORS = Ask("errors", "A page that answers with an error status makes the call raise.", "raises")
    CANCEL = Ask("cancel", "Cancelling the call from outside ends it, and all that it started.", "at once")
    LEFT = Ask("left", "When it is over, nothing is left behind.", "no task, no open session, no connection")
    asks = (TOTALS, ROWS, FILES, TIME, MEMORY, AT_MOST, ONCE, LOOP, ERRORS, CANCEL, LEFT)

    # Whoever holds one of the pool's connections while a page is waited for has five in flight: half of what it takes.
    POOL_SIZE = 5
    LATENCY, SPREAD = 0.25, 0.3
    FIRST, COUNT, LIMIT, SAMPLE = 24, 400, 60, 6
    FASTER = 10.0
    DOUBTFUL = 8.0, 12.5  # times faster: between them it is measured again
    # Pages' worth of computing in one piece. Right answers: what has come in at once, 10 to 60, and were a whole
    # limit of pages there together, all that a page costs included, 160. All of it at the end: 400 and more.
    PIECE, PIECE_DOUBTFUL = 200, (100, 320)  # and between these it is measured again
    # 24 to 31% measured, quiet and busy; the spread keeps all from coming back in one moment, and from being worked on
    # together, which takes memory that the waiting doesn't.
    CROWD, CROWD_LATENCY, CROWD_SPREAD, CROWD_MOST = 500, 1.5, 0.6, 0.40
    CROWD_DOUBTFUL = 0.37, 0.44

    async def collect(self, bench: Bench) -> None:
        database = await bench.database()
        where = {"before": _emptied(database), "folder": True, "pool": PoolSpec(database, self.POOL_SIZE)}
        visit = await bench.visit(latency=self.LATENCY, spread=self.SPREAD)
        urls = visit.pages(self.COUNT, json=True)
        few = urls[: self.FIRST]
        first = await bench.run(
            "first", few, POOL, in_folder("reports/new"), self.LIMIT, visit=visit, essential=True,
            check=_done(visit, few, database, "reports/new"), limits=Limits(seconds=10), say="two dozen pages", **where,
        )  # fmt: skip
        if not first.ledger.requests or first.facts.get("coroutines"):
            raise Enough("first")
        if first.facts.get("short"):
            await bench.run(
                "in turn", few[:12], POOL, FOLDER, 1, visit=visit, check=_done(visit, few[:12], database),
                limits=Limits(seconds=12), say="the same, one at a time", **where,
            )  # fmt: skip
        sample = urls[: self.SAMPLE]
        await bench.beside(
            "blocking", program(), "timed_report", sample, DSN, FOLDER, visit=visit, driver=TIMED, in_loop=False,
            check=_sampled(visit, sample), limits=Limits(seconds=60), say="the blocking program, on a sample", **where,
        )  # fmt: skip
        evidence = bench.evidence
        if self._many_at_once(evidence):
            await bench.run(
                "main", urls, POOL, FOLDER, self.LIMIT, visit=visit, essential=True,
                check=_done(visit, urls, database), limits=Limits(seconds=25), say="four hundred pages", **where,
            )  # fmt: skip
            if self._doubtful(evidence):
                await bench.reference("main")
        if self._fit_for_a_crowd(evidence):
            await self._crowd(bench, database, where)
        await self._errors(bench, where)
        if not _blocked(first):
            slow = await bench.visit(latency=4.0)
            await bench.cancel(
                "cancel", slow.pages(60, json=True), POOL, FOLDER, self.LIMIT, visit=slow, after=0.4,
                patience=PATIENCE, limits=Limits(seconds=10), say="cancelling it half way", **where,
            )  # fmt: skip

    async def _crowd(self, bench: Bench, database: FreshDatabase, where: dict[str, Any]) -> None:
        """Five hundred pages together, long enough for all of them to be in flight; and 500 threads beside them."""
        knobs = {"latency": self.CROWD_LATENCY, "spread": self.CROWD_SPREAD}
        visit = await bench.visit(**knobs)
        urls = visit.pages(self.CROWD, json=True)
        # Of both only the memory counts, so they may wait side by side.
        other, another = await bench.visit(**knobs), await bench.database()
        theirs = {**where, "before": _emptied(another), "pool": PoolSpec(another, self.POOL_SIZE)}
        threads = asyncio.create_task(
            bench.beside(
                "threads",
                program(),
                "together",
                other.pages(self.CROWD, json=True),
                DSN,
                FOLDER,
                self.CROWD,
                visit=other,
                driver=TOGETHER,
                in_loop=False,
                check=_counted(self.CROWD),
                limits=Limits(seconds=60),
                say="the version with 500 threads",
                **theirs,
            )  # fmt: skip
        )
        try:
            await bench.run(
                "crowd", urls, POOL, FOLDER, self.CROWD, visit=visit, limits=Limits(seconds=60),
                essential=True, check=_done(visit, urls, database, computed=False), say="five hundred in flight",
                **where,
            )  # fmt: skip
            await threads
        finally:
            threads.cancel()
            await asyncio.wait([threads])
        low, high = self.CROWD_DOUBTFUL
        if low < (_memory(bench.evidence) or 0) < high:
            await bench.reference("crowd")

    async def _errors(self, bench: Bench, where: dict[str, Any]) -> None:
        visit = await bench.visit(latency=0.02)
        urls = visit.pages(30, json=True)
        broken = bench.random.randrange(5, 25)
        visit.set(rules={visit.path(urls[broken]): {"failures": 1.0, "failure": "404", "failure_times": 10**6}})
        await bench.run(
            "errors", urls, POOL, FOLDER, 10, visit=visit, limits=Limits(seconds=12),
            say="a page that isn't there", **where,
        )  # fmt: skip

    # ---------------------------------------------------------------- figures

    def _many_at_once(self, evidence: Mapping[str, Evidence]) -> bool:
        """Whether the first pages leave it open that it is ten times faster: else nothing larger is tried."""
        first = evidence["first"]
        if first.outcome != "returned" or "blocking.reference" not in evidence:
            return False
        return first.ledger.peak_in_flight >= self.FIRST / 2 or self._faster(evidence, "first") >= self.FASTER

    def _fit_for_a_crowd(self, evidence: Mapping[str, Evidence]) -> bool:
        """Whether five hundred pages together wouldn't take a minute."""
        main = evidence.get("main")
        enough = main is not None and main.ledger.peak_in_flight >= self.LIMIT / 2
        return enough and self._many_at_once(evidence) and self._faster(evidence) >= self.FASTER / 2

    def _faster(self, evidence: Mapping[str, Evidence], name: str = "main", suffix: str = "") -> float:
        """How many times faster than the blocking program: 0 where nothing was measured."""
        runs = reference_rounds(evidence, name) if suffix else rounds(evidence, name)
        blocking = evidence.get("blocking.reference")
        if not runs or blocking is None:
            return 0.0
        pages = self.COUNT if name == "main" else self.FIRST
        return pages * blocking.wall / self.SAMPLE / max(median(run.wall for run in runs), 1e-3)

    def _piece(self, evidence: Mapping[str, Evidence]) -> tuple[float, Evidence | None]:
        """The longest piece of computing in the loop, in pages' worth: of the round in which it was shortest."""
        blocking = evidence.get("blocking.reference")
        runs = [run for run in rounds(evidence, "main") if run.outcome == "returned"]
        if not runs or blocking is None:
            return 0.0, None
        page = max(1e-5, blocking.facts["computing"])
        return min(((_computing(run) / page, run) for run in runs), key=lambda pair: pair[0])

    def _doubtful(self, evidence: Mapping[str, Evidence]) -> bool:
        low, high = self.DOUBTFUL
        return low < self._faster(evidence) < high or self._piece_doubtful(evidence)

    def _piece_doubtful(self, evidence: Mapping[str, Evidence]) -> bool:
        low, high = self.PIECE_DOUBTFUL
        return low < self._piece(evidence)[0] < high

    # ---------------------------------------------------------------- judging

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        first, main, crowd = evidence["first"], evidence.get("main"), evidence.get("crowd")
        errors, cancel = evidence.get("errors"), s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        mistakes = self._mistakes(evidence)
        codes = {mistake.code for mistake in mistakes}
        done = [run for run in (first, main, crowd) if run and run.outcome == "returned"]
        demands = (
            _met_by_all(self.TOTALS, done, "totals", "totals_told"),
            _met_by_all(self.ROWS, done, "rows_right", "rows_told"),
            _met_by_all(self.FILES, done, "files_right", "files_told"),
            self._time(evidence, codes),
            self._memory(evidence),
            d.at_most_in_flight(self.AT_MOST, main or first, self.LIMIT),
            self._once(done),
            self._loop(evidence, codes),
            d.raises(self.ERRORS, errors),
            d.cancel_ends_it(self.CANCEL, cancel, PATIENCE),
            self._left([*done, *(run for run in (errors, cancel) if run)]),
        )
        return Judgement(demands, tuple(mistakes))

    def _time(self, evidence: Mapping[str, Evidence], codes: set[str]) -> Demand:
        name = "main" if "main" in evidence else "first"
        faster, runs = self._faster(evidence, name), rounds(evidence, name)
        if not faster or runs[0].outcome != "returned":
            return self.TIME.unmeasured()
        met = name == "main" and faster >= self.FASTER
        blocking = evidence["blocking.reference"].wall / self.SAMPLE
        took = median(run.wall for run in runs)
        pages = self.COUNT if name == "main" else self.FIRST
        measured = (
            f"{faster:.1f} times: {pages} pages in {took:.2f} s, at {1000 * blocking:.0f} ms a page by the program"
        )
        if name != "main" or codes & EXPLAINED:
            return self.TIME.result(met, measured)
        low, high = self.DOUBTFUL
        near = low < faster < high and len(runs) < d.MOST_ROUNDS
        # Where the course's own solution isn't quick either, it is the machine.
        beside = self._faster(evidence, "main", "reference")
        return self.TIME.result(met, measured, near or (not met and 0 < beside < high))

    def _memory(self, evidence: Mapping[str, Evidence]) -> Demand:
        crowd, share = evidence.get("crowd"), _memory(evidence)
        if crowd is None or share is None:
            tried, asked = ("main", self.LIMIT) if "main" in evidence else ("first", self.FIRST)
            peak = evidence[tried].ledger.peak_in_flight
            few = peak < asked / 2
            return self.MEMORY.unmeasured(f"not tried: {peak} of {asked} in flight" if few else "not measured")
        runs, threads = rounds(evidence, "crowd"), evidence["threads.reference"]
        took = median(run.peak_memory for run in runs)
        low, high = self.CROWD_DOUBTFUL
        measured = f"{100 * share:.0f}%: {s.mib(took)} against {s.mib(threads.peak_memory)}"
        near = low < share < high and len(runs) < d.MOST_ROUNDS
        return self.MEMORY.result(share <= self.CROWD_MOST, measured, near)

    def _once(self, runs: list[Evidence]) -> Demand:
        asked = [run for run in runs if run.ledger.requests]
        if not asked:
            return self.ONCE.unmeasured("no request")
        most = max(max(run.ledger.attempts.values()) for run in asked)
        return self.ONCE.result(most == 1, f"at most {s.plural(most, 'request')} each")

    def _loop(self, evidence: Mapping[str, Evidence], codes: set[str]) -> Demand:
        first, main = evidence["first"], evidence.get("main")
        runs = [run for run in (first, main) if run and run.outcome == "returned"]
        if not runs:
            return self.LOOP.unmeasured()
        longest = max(run.longest_hold for run in runs)
        pages, _ = self._piece(evidence)
        told = f"held for {1000 * longest:.0f} ms at most"
        if pages:
            told += f", as much as {min(pages, self.COUNT):.0f} of {self.COUNT} pages take"
        guilty = codes & {"blocks-the-loop", "cpu-burst"}
        near = (
            self._piece_doubtful(evidence) and len(rounds(evidence, "main")) < d.MOST_ROUNDS and guilty <= {"cpu-burst"}
        )
        return self.LOOP.result(not guilty, told, near)

    def _left(self, runs: list[Evidence]) -> Demand:
        demand = d.nothing_left(self.LEFT, runs)
        kept = max((_kept(run) for run in runs), default=0)
        if not kept:
            return demand
        told = f"{s.plural(kept, 'connection')} of the pool's not given back"
        return self.LEFT.result(False, told if demand.met else f"{demand.measured} and {told}")

    # ---------------------------------------------------------------- mistakes

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        first, main, crowd = evidence["first"], evidence.get("main"), evidence.get("crowd")
        errors, cancel = evidence.get("errors"), s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        runs = [run for run in (first, main, crowd, errors, cancel) if run]
        done = [run for run in (first, main, crowd) if run]
        if never := s.never_awaited(first):
            return [never]
        if s.nothing_asked(first) and not s.left_tasks(first):
            return [Mistake("wrong-result", "It returned without a single request to the site.")]
        if stuck := next((m for run in runs if (m := self._out_of_connections(run) or s.deadlocked(run))), None):
            return [stuck]
        if shared := next((m for m in map(s.shared_connection, runs) if m), None):
            return [shared]
        held = s.blocking_def(first, self.function, self.LATENCY) or _blocked(main) or _blocked(first)
        threads = None if held else self._threads(evidence)
        alone = None if held else s.sequential(first)
        over = next((m for run in (main, first) if run and (m := s.over_limit(run, self.LIMIT))), None)
        # Where all come back together because nothing limits them, what holds the loop is that.
        burst = None if held or threads or over else self._burst(evidence)
        found: list[Mistake | None] = [held, threads, alone, burst, None if held or alone else over]
        if not (held or threads or alone):
            found += [self._too_few(evidence), self._sessions(evidence)]
        lost = next((m for m in map(_lost_task, done) if m), None)
        found += [next((m for m in map(s.asked_again, done) if m), None)]
        found += [lost or self._differs(evidence), None if lost else _passed_over(errors)]
        if not (held or threads):
            found += [s.swallowed_cancel(cancel, PATIENCE)]
        found += [s.session_not_closed(*runs), None if lost else s.leaked_tasks(*done, *([cancel] if cancel else []))]
        found += [next((m for m in map(_not_given_back, runs) if m), None)]
        named = [mistake for mistake in found if mistake]
        if not named and (share := _memory(evidence) or 0) > self.CROWD_MOST:
            named = [self._in_memory(evidence, share)]
        return named

    def _out_of_connections(self, run: Evidence) -> Mistake | None:
        """At the limit everyone waited for a connection, and no request was on its way any more."""
        waiting = [place for place in run.stuck_at if "acquire(" in place.text or "pool." in place.text]
        if run.outcome != "timed_out" or not waiting:
            return None
        stopped = max((request.end for request in run.ledger.requests), default=run.go) - run.go
        if run.wall - stopped < 1.0:
            return None
        place, rows = waiting[0], run.facts.get("rows", 0)
        seen = (
            f"After {run.wall:.0f} s those that were left waited for a connection at `{place.text}` "
            f"(line {place.line}), and nobody gave one back: {rows} rows had been stored, the pool has "
            f"{self.POOL_SIZE} connections."
        )
        code = "leaked-connections" if rows >= self.POOL_SIZE else "deadlock"
        return Mistake(code, seen, place.line)

    def _threads(self, evidence: Mapping[str, Evidence]) -> Mistake | None:
        """The waiting was done by threads. Those that only compute, or write files, are nobody's harm."""
        run = evidence.get("main") or evidence["first"]
        clues = run.facts.get("clues", {})
        if not clues.get("blocking_client") and run.threads_started < self.LIMIT:
            return None
        threads, share = s.threads_instead(run), _memory(evidence)
        if threads and share is not None:
            crowd, beside = evidence["crowd"], evidence["threads.reference"]
            seen = (
                f"{threads.seen} With {self.CROWD} pages {crowd.threads_started} threads took "
                f"{s.mib(crowd.peak_memory)}, {100 * share:.0f}% of the {s.mib(beside.peak_memory)} of the version "
                "with 500 threads."
            )
            met = share <= self.CROWD_MOST and self._faster(evidence) >= self.FASTER
            return None if met else Mistake(threads.code, seen, threads.line)
        return threads

    def _burst(self, evidence: Mapping[str, Evidence]) -> Mistake | None:
        pages, run = self._piece(evidence)
        if run is None or pages < self.PIECE:
            return None
        hold = max(run.holds, key=_computed)
        where = f" at line {hold.place.line} (`{hold.place.text}`)" if hold.place else ""
        seen = (
            f"For {1000 * hold.seconds:.0f} ms computing held the event loop in one piece{where}: as much as "
            f"{min(pages, self.COUNT):.0f} of {self.COUNT} pages take. Nothing else could run."
        )
        return Mistake("cpu-burst", seen, hold.place.line if hold.place else None)

    def _too_few(self, evidence: Mapping[str, Evidence]) -> Mistake | None:
        first, main = evidence["first"], evidence.get("main")
        runs = [run for run in (first, main) if run and run.outcome == "returned"]
        if not runs or self._faster(evidence) >= self.FASTER or (main and main.outcome != "returned"):
            return None
        most = max(run.ledger.peak_in_flight for run in runs)
        could = self.LIMIT if main else self.FIRST
        if not 1 < most < could / 2:
            return None
        seen = f"Never more than {most} requests were in flight; there was work for {could}."
        if most == self.POOL_SIZE:
            seen += f" The pool has {most} connections: each request held one while it waited for its page."
        return Mistake("too-little-concurrency", seen)

    def _sessions(self, evidence: Mapping[str, Evidence]) -> Mistake | None:
        """Many more connections than were in flight; named only where memory or time shows it."""
        main = evidence.get("main")
        slow = main is not None and self._faster(evidence) < self.FASTER
        if main is None or not (slow or (_memory(evidence) or 0) > self.CROWD_MOST):
            return None
        if main.ledger.connections <= 3 * self.LIMIT or s.peak(main) > self.LIMIT:
            return None
        seen = f"{len(main.ledger)} requests came on {main.ledger.connections} connections: hardly one was used again."
        if crowd := evidence.get("crowd"):
            seen += f" {self.CROWD} in flight took {s.mib(crowd.peak_memory)}."
        return Mistake("session-per-request", seen, s.clue([main], "session_per_item"))

    def _in_memory(self, evidence: Mapping[str, Evidence], share: float) -> Mistake:
        crowd, threads = evidence["crowd"], evidence["threads.reference"]
        seen = (
            f"With {self.CROWD} pages in flight memory rose by {s.mib(crowd.peak_memory)}, {100 * share:.0f}% of the "
            f"{s.mib(threads.peak_memory)} that 500 threads take."
        )
        if crowd.processes_started:
            seen += f" {s.plural(crowd.processes_started, 'process')} were started, each with memory of its own."
        return Mistake("everything-in-memory", seen)

    def _differs(self, evidence: Mapping[str, Evidence]) -> Mistake | None:
        """Totals, rows or files that are not the program's: raced for, out of order, or plainly other ones."""
        done = [evidence[name] for name in ("first", "main", "crowd") if name in evidence]
        run = next((run for run in done if not run.facts.get("right", True)), None)
        if run is None:
            return None
        facts = run.facts
        stored = facts["rows_right"] and facts["files_right"]
        in_turn = evidence.get("in turn")
        if facts.get("short") and stored and in_turn and in_turn.facts.get("right"):
            seen = (
                f"All rows and files are right, but the totals lost some: {facts['totals_told']}. With one page at a "
                "time they come out right: between reading a total and writing it back others did the same."
            )
            return Mistake("race", seen)
        if facts.get("permuted") and stored:
            return Mistake("results-out-of-order", "The cities are all there, in another order than that of the urls.")
        told = [facts[f"{each}_told"] for each in ("totals", "rows", "files") if not facts[_RIGHT[each]]]
        return Mistake("wrong-result", "; ".join(told) + ".")


EXPLAINED = {"sequential-awaits", "blocks-the-loop", "too-little-concurrency", "threads-instead"}
_RIGHT = {"totals": "totals", "rows": "rows_right", "files": "files_right"}


# ---------------------------------------------------------------- figures of a run


def _computed(hold: Any) -> float:
    """Seconds of CPU in a hold. One too short to have been looked at counts as nothing."""
    return hold.seconds * (hold.cpu or 0.0)


def _computing(run: Evidence) -> float:
    return max(map(_computed, run.holds), default=0.0)


def _memory(evidence: Mapping[str, Evidence]) -> float | None:
    """Peak memory as a share of the 500-thread version's."""
    runs, threads = rounds(evidence, "crowd"), evidence.get("threads.reference")
    if threads is None or not runs or any(run.outcome != "returned" for run in runs):
        return None
    return median(run.peak_memory for run in runs) / max(1, threads.peak_memory)


def _kept(run: Evidence) -> int:
    """Connections of the pool's that were not given back."""
    return sum(left.what == "connection" for left in run.left)


# ---------------------------------------------------------------- demands


def _met_by_all(ask: Ask, runs: list[Evidence], fact: str, told: str) -> Demand:
    runs = [run for run in runs if fact in run.facts]
    if not runs:
        return ask.unmeasured()
    worst = next((run for run in runs if not run.facts[fact]), None)
    return ask.result(worst is None, (worst or runs[-1]).facts[told])


# ---------------------------------------------------------------- mistakes


def _blocked(run: Evidence | None) -> Mistake | None:
    """A call that waits held the loop for a good part of the run.

    Small files are written with plain calls in right answers, and where threads compute, the loop waits for its
    turn among them: on a machine with company that came to 10% of a run. A blocking client comes to nearly all of it.
    """
    if run is None:
        return None
    return s.holds_the_loop([run], [], most=max(s.HOLD, run.wall * (0.5 if run.threads_started else 0.25)))


def _lost_task(run: Evidence) -> Mistake | None:
    """It returned while what it had started was still on its way, and so without the results."""
    return s.lost_task(run, f": {run.facts.get('rows_told')}, {run.facts.get('files_told')}")


def _passed_over(run: Evidence | None) -> Mistake | None:
    """A page that failed, and the call returned all the same."""
    if run is None or run.outcome != "returned" or all(request.status < 400 for request in run.ledger.requests):
        return None
    if run.lost_exceptions:
        return Mistake(
            "lost-exception",
            f"A request failed, its task's exception was never looked at: {run.lost_exceptions[0][:160]}",
        )
    seen = "One url answered with an error status, and the call returned as if nothing had been."
    return Mistake("swallowed-exception", seen)


def _not_given_back(run: Evidence) -> Mistake | None:
    kept = _kept(run)
    if not kept:
        return None
    when = {"returned": "had returned", "cancelled": "was cancelled"}.get(run.outcome, "had raised")
    return Mistake(
        "leaked-connections", f"After the call {when}, {s.plural(kept, 'connection')} had not been given back."
    )


# ---------------------------------------------------------------- the programs of the exercise, and what they make


@cache
def program() -> str:
    """The program as it stands in the exercise, and its version with threads: a module's text."""
    cells = course.lesson("06_migration").exercise_cells
    return "\n\n".join(c.source for c in cells if c.kind == "code" and c.source.startswith("# The program, "))


@cache
def _describe() -> Callable[[dict[str, Any]], tuple[tuple[Any, ...], str]]:
    """The program's own `describe`; its first cell needs nothing that is dear to import."""
    cells = course.lesson("06_migration").exercise_cells
    first = next(c.source for c in cells if c.source.startswith("# The program, 1"))
    names: dict[str, Any] = {}
    exec(compile(first, "<the program>", "exec", dont_inherit=True), names)
    describe: Callable[[dict[str, Any]], tuple[tuple[Any, ...], str]] = names["describe"]
    return describe


def _totals(pages: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "pages": len(pages),
        "population": sum(page["population"] for page in pages),
        "cities": [page["name"] for page in pages],
    }


# ---------------------------------------------------------------- checks: what came back, as plain facts


def _emptied(database: FreshDatabase) -> Callable[[], None]:
    def empty() -> None:
        _ask(database, TABLE)

    return empty


def _ask(database: FreshDatabase, statement: str, rows: bool = False) -> list[tuple[Any, ...]]:
    """As the answer's own role, never as the owner: the table is the answer's to do with as it likes."""
    import psycopg2

    connection = psycopg2.connect(database.dsn, options="-c statement_timeout=10000 -c lock_timeout=5000")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchmany(2000) if rows else []
    finally:
        connection.close()


def _done(
    visit: Visit, urls: list[str], database: FreshDatabase, folder: str = "", computed: bool = True
) -> Callable[[Ran], Mapping[str, Any]]:
    """Totals, rows and files of a run. Without `computed` what takes a millisecond a page is not looked at."""

    @cache
    def made() -> tuple[dict[str, Any], dict[int, tuple[Any, ...]], dict[str, bytes]]:
        pages = [json.loads(visit.expected(url)) for url in urls]
        if not computed:
            rows = {page["id"]: (page["id"], page["name"], page["token"]) for page in pages}
            return _totals(pages), rows, {f"{page['id']}.txt": page["token"].encode() for page in pages}
        described = [_describe()(page) for page in pages]
        return (
            _totals(pages),
            {row[0]: row for row, _ in described},
            {f"{row[0]}.txt": text.encode() for row, text in described},
        )

    def check(ran: Ran) -> Mapping[str, Any]:
        totals, rows, files = made()
        columns = "*" if computed else "id, name, token"
        stored = _ask(database, f"SELECT {columns} FROM daylight", rows=True)
        if ran.evidence.outcome != "returned" or ran.folder is None:
            return {"rows": len(stored)}
        facts = {**_totals_facts(ran.value, totals), **_rows_facts(stored, rows)}
        facts |= _files_facts(ran.folder / folder, files, computed)
        return {**facts, "right": facts["totals"] and facts["rows_right"] and facts["files_right"]}

    return check


def _totals_facts(value: Any, totals: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(value, dict):
        kind, got = compare.kind(value), compare.shown(value)
        return {"totals": False, "kind": kind, "got": got, "totals_told": f"no dict but {got}"}
    cities = compare.sequence(value.get("cities"), totals["cities"])
    wrong = [key for key in totals if key not in value or not compare.same(value[key], totals[key])]
    extra = [key for key in value if key not in totals]
    population = value.get("population")
    numbers = [value.get(key) for key in ("pages", "population")]
    told = f"{totals['pages']} pages"
    if extra:
        told = f"keys that are not the program's: {', '.join(map(compare.shown, extra[:3]))}"
    elif "pages" in wrong or "population" in wrong:
        told = (
            f"{compare.shown(value.get('pages'))} pages and a population of {compare.shown(population)}, "
            f"where it is {totals['pages']} and {totals['population']}"
        )
    elif wrong:
        told = f"{cities.get('wrong', 'all')} of {totals['pages']} cities wrong or in another's place"
    return {
        "totals": not wrong and not extra,
        "totals_told": told,
        "kind": "dict",
        "coroutines": sum(compare.kind(each) == "coroutine" for each in value.values()),
        "permuted": wrong == ["cities"] and bool(cities.get("permuted")),
        "short": all(type(n) is int for n in numbers)
        and (numbers[0] < totals["pages"] or numbers[1] < totals["population"]),
    }


def _rows_facts(stored: list[tuple[Any, ...]], rows: dict[int, tuple[Any, ...]]) -> dict[str, Any]:
    right = sum(rows.get(row[0]) == row for row in stored)
    told = f"{right} of {len(rows)} rows right"
    if len(stored) != right:
        told += f", {len(stored) - right} others"
    return {"rows": len(stored), "rows_right": right == len(rows) == len(stored), "rows_told": told}


def _files_facts(folder: Path, files: dict[str, bytes], whole: bool) -> dict[str, Any]:
    right = 0
    for name, content in files.items():
        found = compare.content(folder / name, 100_000)
        right += found is not None and (found == content if whole else content in found)
    others = sum(path.name not in files for path in _listed(folder))
    told = f"{right} of {len(files)} files right" + (f", {others} others" if others else "")
    return {"files_right": right == len(files) and not others, "files_told": told}


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())[:5000]
    except OSError:
        return []


def _sampled(visit: Visit, urls: list[str]) -> Callable[[Ran], Mapping[str, Any]]:
    def check(ran: Ran) -> Mapping[str, Any]:
        value = ran.value if isinstance(ran.value, dict) else {}
        pages = [json.loads(visit.expected(url)) for url in urls]
        return {"right": value.get("totals") == _totals(pages), "computing": value.get("computing", 0.0)}

    return check


def _counted(pages: int) -> Callable[[Ran], Mapping[str, Any]]:
    def check(ran: Ran) -> Mapping[str, Any]:
        return {"right": isinstance(ran.value, dict) and ran.value.get("pages") == pages}

    return check


TASKS = [BuildReport()]
