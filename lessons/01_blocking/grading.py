"""How the two tasks of lesson 01 are graded.

`waiting_share` is handed work whose every stretch the supervisor orders, so it knows how much of it was waiting.
`fetch_with_threads` is counted by the site's ledger: how many requests were in flight, and on how many connections.
Time is judged beside the reference only, and threads by their number.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

from asynclab.grader import Ask, Bench, Demand, Enough, Judgement, Mistake, Ran, Task, compare
from asynclab.grader import demands as d
from asynclab.grader import symptoms as s
from asynclab.grader.judging import reference_rounds, rounds
from asynclab.measure import WORK, WorkStep
from asynclab.measure.evidence import Evidence, Limits
from asynclab.services import Visit

Check = Callable[[Ran], Mapping[str, Any]]
Plan = Sequence[WorkStep]

# ---------------------------------------------------------------- waiting_share

NEAR_TRUTH = 0.1  # how far from the truth a share may be
DOUBT = 0.1  # a share that is no farther than this beyond it is measured again
WIDE = 0.6  # so wide a span tells little, and is measured again; beside four busy loops it is about a half
TOO_WIDE = 0.85  # and so wide a one nothing: the machine is too busy


class WaitingShare(Task):
    """Five kinds of work, each in a process of its own: only computing, only waiting, and three of both.

    On a machine with company computing takes longer than its CPU time: the thread waits for a processor. Whether
    that counts as waiting is a matter of taste, so the truth is a span: from what the supervisor let it wait, to
    whatever was not computing.
    """

    name = "01_blocking.waiting_share"
    function = "waiting_share"
    parameters = ("work",)
    kind = "function"
    children = 5

    ONCE = Ask("once", "work() is called once.", "1 call")
    NUMBER = Ask("number", "It returns a number from 0 to 1.", "a number from 0 to 1")
    COMPUTING = Ask("computing", "Work that only computes has a share near 0.", f"within {NEAR_TRUTH} of the truth")
    WAITING = Ask("waiting", "Work that only waits has a share near 1.", f"within {NEAR_TRUTH} of the truth")
    SLEEP = Ask("both, sleeping", "Computing between sleeps: the share of the sleeps.", COMPUTING.limit)
    SOCKET = Ask("both, a socket", "Computing between waits for a socket: the share of the waits.", COMPUTING.limit)
    LOCK = Ask("both, a lock", "Computing between waits for a lock: the share of the waits.", COMPUTING.limit)
    asks = (ONCE, NUMBER, COMPUTING, WAITING, SLEEP, SOCKET, LOCK)

    SECONDS = 0.4  # of each work: far enough from a second that seconds don't pass for a share
    RUNS = ("sleep", "socket", "lock", "waiting", "computing")  # both kinds first: most mistakes show there

    async def collect(self, bench: Bench) -> None:
        # The shares of the three are far from each other and from a half, which a wrong answer might give by chance.
        shares = [0.3, 0.62, 0.78]
        bench.random.shuffle(shares)
        plans = {
            how: _mixed(bench.random, how, share + bench.random.uniform(-0.03, 0.03), self.SECONDS)
            for how, share in zip(("sleep", "socket", "lock"), shares, strict=True)
        }
        waits = [WorkStep(how, self.SECONDS / 3) for how in ("sleep", "socket", "lock")]
        plans["waiting"] = bench.random.sample(waits, 3)
        plans["computing"] = [WorkStep("compute", self.SECONDS)]
        say = {"waiting": "work that only waits", "computing": "work that only computes"}
        for name in self.RUNS:
            run = await self._once(bench, name, plans[name], say.get(name, f"computing, and waiting ({name})"))
            if s.never_awaited(run) or run.awaited_coroutine or not run.facts.get("calls"):
                raise Enough(name)
            for number in (2, 3):
                if not (0 < _off(run) <= DOUBT or _span(run) > WIDE):
                    break
                run = await self._once(bench, f"{name}.{number}", plans[name], "once more, to be sure")

    async def _once(self, bench: Bench, name: str, plan: Plan, say: str) -> Evidence:
        computing = sum(step.seconds for step in plan if step.how == "compute")
        return await bench.run(
            name, WORK, work=[plan], check=_share(computing), essential=True, limits=Limits(seconds=15), say=say
        )

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        best = {name: min(runs, key=_telling) for name in self.RUNS if (runs := rounds(evidence, name))}
        seen = [run for run in best.values() if run.outcome == "returned"]
        calls = max((run.facts.get("calls", 0) for run in seen), default=0)
        numbers = [run.facts["share"] for run in seen]
        plain = all(isinstance(number, float) and -NEAR_TRUTH <= number <= 1 + NEAR_TRUTH for number in numbers)
        asks = (self.COMPUTING, self.WAITING, self.SLEEP, self.SOCKET, self.LOCK)
        names = ("computing", "waiting", "sleep", "socket", "lock")
        demands = (
            self.ONCE.result(calls == 1, s.plural(calls, "call")) if seen else self.ONCE.unmeasured(),
            self.NUMBER.result(plain, _numbers(seen)) if seen else self.NUMBER.unmeasured(),
            *(self._near(ask, best.get(name)) for ask, name in zip(asks, names, strict=True)),
        )
        return Judgement(demands, tuple(self._mistakes(best, seen, calls)))

    def _near(self, ask: Ask, run: Evidence | None) -> Demand:
        if run is None or run.outcome != "returned" or not run.facts.get("calls"):
            return ask.unmeasured("not measured" if run is None else "work was not called")
        share = run.facts["share"]
        shown = f"{share:.2f}" if isinstance(share, float) else run.facts["got"]
        right = _off(run) == 0
        too_busy = right and _span(run) > TOO_WIDE
        return ask.result(right and not too_busy, f"{shown}; the truth is {_truth(run)}", near=too_busy)

    def _mistakes(self, best: Mapping[str, Evidence], seen: Sequence[Evidence], calls: int) -> list[Mistake]:
        if not seen:
            return []
        first = seen[0]
        if first.awaited_coroutine or s.never_awaited(first):
            said = "waiting_share(work) gave a coroutine: an `async def` runs nothing until somebody awaits it."
            return [Mistake("never-awaited", f"{said} Asked for is a plain function.")]
        if not calls:
            if isinstance(first.facts["share"], float):
                return [Mistake("learnt-by-heart", f"It returned {first.facts['got']} without calling work().")]
            return [Mistake("wrong-result", f"It never called work(), and returned {first.facts['got']}.")]
        if calls > 1:
            took = sum(each["wall"] for each in first.facts["work"])
            told = f"work() was called {calls} times, which took {took:.1f} s; each call of it may have its price."
            return [Mistake("called-twice", told)]
        if all(_off(run) == 0 for run in seen):
            return []
        return [_wrong_clock(best) or _wrong_share(best, seen)]


def _wrong_clock(best: Mapping[str, Evidence]) -> Mistake | None:
    """The same end of the scale whatever the work did: one of the two clocks doesn't tell what it is read for."""
    shares = [run.facts["share"] for run in best.values()]
    if len(shares) < len(WaitingShare.RUNS) or not all(isinstance(share, float) for share in shares):
        return None
    line = s.clue(best.values(), "reads_clock")
    if len(set(shares)) == 1 and line is None:
        return None  # a constant: no clock at all
    # Two clocks of CPU time differ by chance where next to none is used: that run tells nothing of them.
    working = [run.facts["share"] for name, run in best.items() if name != "waiting"]
    if max(map(abs, working)) < 0.05:
        truth = f"{_truth(best['sleep'])}, {_truth(best['socket'])} and {_truth(best['lock'])}"
        told = f"Work that waited for {truth} of its time got shares of at most {max(working):.2f}"
        return Mistake("wrong-clock", f"{told}: both clocks tell the same.", line)
    computing = best["computing"]
    # On a busy machine all shares may be more than a half: then a rounded one is 1 each time, too.
    rounded = set(shares) == {1.0} and s.clue(best.values(), "rounds")
    if max(abs(1 - share) for share in shares) < 0.05 and not rounded:
        told = f"Work that waited for {_truth(computing)} of its time got {computing.facts['share']:.2f}"
        told += f", and no share was below {min(shares):.2f}: the clock for computing stood still."
        return Mistake("wrong-clock", f"{told} It is another thread's or another process's.", line)
    return None


def _wrong_share(best: Mapping[str, Evidence], seen: Sequence[Evidence]) -> Mistake:
    shares = [run.facts["share"] for run in seen]
    if not all(isinstance(share, float) for share in shares):
        run = next(run for run in seen if not isinstance(run.facts["share"], float))
        return Mistake("wrong-result", f"It returned {run.facts['got']}, and no number.")
    run = max(seen, key=_off)
    told = f"It returned {run.facts['share']:.2f} where the work waited for {_truth(run)} of its time"
    if all(_off(each, each.facts["share"] / 100) == 0 for each in seen) and max(shares) > 1 + NEAR_TRUTH:
        return Mistake("wrong-result", f"{told}: that is a percentage; asked for is a share from 0 to 1.")
    if all(_off(each, 1 - each.facts["share"]) == 0 for each in seen):
        return Mistake("wrong-result", f"{told}: that is the share in which it computed.")
    if len(shares) > 1 and len(set(shares)) == 1:
        return Mistake("wrong-result", f"{told}: the same number whatever the work did.")
    if all(abs(each.facts["share"] - each.facts["waited"]) < 0.1 for each in seen):
        return Mistake("wrong-result", f"{told}: those are the seconds, and not their share of the whole.")
    right = [name for name, each in best.items() if _off(each) == 0]
    if right:
        told += f" ({run.facts['plan']}); right were the runs: {', '.join(right)}"
    return Mistake("wrong-result", told + ".")


def _mixed(draw: random.Random, how: str, share: float, seconds: float) -> list[WorkStep]:
    """Three waits with computing before, between and after them; `share` of it all is waiting."""
    waits, computing = _parts(draw, 3, share * seconds), _parts(draw, 4, (1 - share) * seconds)
    steps = [WorkStep("compute", computing[0])]
    for wait, compute in zip(waits, computing[1:], strict=True):
        steps += [WorkStep(how, wait), WorkStep("compute", compute)]
    return steps


def _parts(draw: random.Random, count: int, total: float) -> list[float]:
    weights = [draw.uniform(1, 2) for _ in range(count)]
    return [total * weight / sum(weights) for weight in weights]


def _share(computing: float) -> Check:
    """What was returned, and the span in which the truth lies: `computing` seconds of CPU were ordered."""

    def check(ran: Ran) -> Mapping[str, Any]:
        if ran.evidence.outcome != "returned":
            return {}
        book = ran.evidence.facts.get("work", [])
        facts = {
            "share": _number(ran.value),
            "got": compare.shown(ran.value),
            "kind": compare.kind(ran.value),
            "calls": ran.evidence.facts.get("work_calls", 0),
            "plan": f"{computing:.2f} s of computing",
        }
        if book and book[0]["wall"] > 0:
            low = book[0]["waited"] / book[0]["wall"]
            high = max(low, 1 - computing / book[0]["wall"])
            facts |= {"low": min(low, 1.0), "high": min(high, 1.0), "waited": book[0]["waited"]}
        return facts

    return check


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _off(run: Evidence, share: float | None = None) -> float:
    """How far beyond what is allowed a share is; 0 when it is right."""
    given = run.facts.get("share") if share is None else share
    if not isinstance(given, float) or "low" not in run.facts:
        return math.inf
    return max(0.0, run.facts["low"] - NEAR_TRUTH - given, given - run.facts["high"] - NEAR_TRUTH)


def _span(run: Evidence) -> float:
    """How far apart the two ends of the truth are: near 0 on a quiet machine."""
    return float(run.facts.get("high", 0.0) - run.facts.get("low", 0.0))


def _telling(run: Evidence) -> tuple[bool, float]:
    return _span(run) > WIDE, _off(run)


def _truth(run: Evidence) -> str:
    low, high = f"{run.facts['low']:.2f}", f"{run.facts['high']:.2f}"
    return low if run.facts["high"] - run.facts["low"] < 0.03 else f"{low} to {high}"


def _numbers(seen: Sequence[Evidence]) -> str:
    shares = [run.facts["share"] for run in seen]
    if any(share is None for share in shares):
        return next(run.facts["got"] for run in seen if run.facts["share"] is None)
    return f"{min(shares):.2f} to {max(shares):.2f}"


# ---------------------------------------------------------------- fetch_with_threads


class FetchWithThreads(Task):
    """Six pages a worker, whose latencies differ, beside the reference; then one of some pages isn't there."""

    name = "01_blocking.fetch_with_threads"
    function = "fetch_with_threads"
    parameters = ("urls", "workers")
    kind = "function"
    children = 3

    PAGES = Ask("result", "Every page's bytes come back, in the order of the urls.", "all right, in order")
    ONCE = Ask("once", "Each page is asked for once.", "1 request a page")
    TIME = Ask("time", "The pages are waited for together.", f"at most {d.TIME_LINE:.0f} times the reference")
    PLACES = Ask("in flight", "`workers` requests are in flight while there is work, and never more.", "the workers")
    THREADS = Ask("threads", "A few threads do it all: no more than `workers`.", "workers, and a pool's few helpers")
    CONNECTIONS = Ask("connections", "Connections are used again.", "at most 3 a worker")
    ERRORS = Ask("errors", "A page that answers with an error status makes the call raise.", "raises")
    asks = (PAGES, ONCE, TIME, PLACES, THREADS, CONNECTIONS, ERRORS)

    WORKERS = (9, 11)  # none that somebody might have written by chance
    PAGES_EACH = 6
    LATENCY, SPREAD = 0.1, 0.4
    IN_USE = 0.5  # of the reference's share: refilled at once it is 1.0, in chunks 0.75, half of the workers 0.5
    HELPERS = 4  # multiprocessing.pool.ThreadPool starts three threads of its own
    FRESH = 3  # connections a worker: a plain Session shared by ten threads opens 1 to 2, one a page would be 6

    async def collect(self, bench: Bench) -> None:
        workers = bench.random.choice(self.WORKERS)
        visit = await bench.visit(latency=self.LATENCY, spread=self.SPREAD)
        urls = visit.pages(workers * self.PAGES_EACH)
        check = _pages(visit, urls)
        main = await bench.run(
            "main", urls, workers, visit=visit, check=lambda ran: {**check(ran), "workers": workers}, reference=True,
            essential=True, limits=Limits(seconds=40), say="pages that take their time, beside the reference",
        )  # fmt: skip
        if main.outcome != "returned" or not main.ledger.requests or main.awaited_coroutine:
            raise Enough("main")
        await self._errors(bench)

    async def _errors(self, bench: Bench) -> None:
        visit = await bench.visit(latency=0.02)
        urls = visit.pages(24)
        broken = bench.random.randrange(8, 16)
        visit.set(rules={visit.path(urls[broken]): {"failures": 1.0, "failure": "404", "failure_times": 10**6}})
        await bench.run(
            "errors", urls, 4, visit=visit, check=_broken(visit, urls, broken), limits=Limits(seconds=15),
            say="a page that isn't there",
        )  # fmt: skip

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, errors = evidence["main"], evidence.get("errors")
        mistakes = self._mistakes(evidence)
        codes = {mistake.code for mistake in mistakes}
        connections, asked = main.ledger.connections, len(main.ledger)
        most = self.FRESH * _workers(main)
        demands = (
            self._right(main),
            self._asked_once(main),
            d.together(self.TIME, evidence, "main", self.LATENCY * self.PAGES_EACH, bool(codes)),
            self._places(evidence, bool(codes)),
            self._threads(main),
            self.CONNECTIONS.result(0 < connections <= most, f"{connections} for {asked} requests"),
            self._raises(errors),
        )
        return Judgement(demands, tuple(mistakes))

    # --- demands

    def _right(self, main: Evidence) -> Demand:
        facts = main.facts
        if "right" not in facts:
            return self.PAGES.unmeasured()
        if facts["right"]:
            return self.PAGES.result(True, f"{facts['count']} right pages")
        if "wrong" not in facts:
            return self.PAGES.result(False, f"no list: {facts['got']}")
        return self.PAGES.result(False, f"{facts['wrong']} of {facts['expected']} wrong or in the wrong place")

    def _asked_once(self, main: Evidence) -> Demand:
        if not main.ledger.requests:
            return self.ONCE.unmeasured("no request")
        most = max(main.ledger.attempts.values())
        return self.ONCE.result(most == 1, f"at most {s.plural(most, 'request')} each")

    def _places(self, evidence: Mapping[str, Evidence], explained: bool) -> Demand:
        if not evidence["main"].ledger.requests:
            return self.PLACES.unmeasured("no request")
        workers, most, wanted, share = self._in_use(evidence)
        met = wanted <= most <= workers and share >= self.IN_USE
        near = not explained and most <= workers and self._doubtful(evidence, most, wanted, share)
        told = f"{most} at most, of {workers}; on average {100 * share:.0f}% of the reference's"
        return self.PLACES.result(met, told, near)

    def _in_use(self, evidence: Mapping[str, Evidence]) -> tuple[int, int, int, float]:
        """Workers; the most in flight; what is asked of it; the places in use as a share of the reference's.

        A machine that is very busy may not let even the reference have all its workers at it at one moment.
        """
        runs, beside = rounds(evidence, "main"), reference_rounds(evidence, "main")
        workers = _workers(runs[0])
        most = max(map(s.peak, runs))
        wanted = min([workers, *(max(map(s.peak, beside), default=workers),)])
        used = [s.occupancy(run, workers) for run in runs]
        others = [s.occupancy(run, workers) or 1.0 for run in beside]
        shares = [one / other for one, other in zip(used, others, strict=False)]
        return workers, most, wanted, median(shares) if shares else median(used)

    def _doubtful(self, evidence: Mapping[str, Evidence], most: int, wanted: int, share: float) -> bool:
        near = most == wanted - 1 or abs(share - self.IN_USE) < 0.12
        return near and len(rounds(evidence, "main")) < d.MOST_ROUNDS

    def _threads(self, main: Evidence) -> Demand:
        if main.outcome != "returned":
            return self.THREADS.unmeasured()
        workers = _workers(main)
        met = 0 < main.threads_started <= workers + self.HELPERS and not main.processes_started
        told = f"{s.plural(main.threads_started, 'thread')} for {workers} workers"
        if main.processes_started:
            told += f", and {main.processes_started} processes"
        return self.THREADS.result(met, told)

    def _raises(self, errors: Evidence | None) -> Demand:
        if errors is None or errors.outcome not in ("raised", "returned"):
            return self.ERRORS.unmeasured()
        if errors.error:
            return self.ERRORS.result(True, f"raised {errors.error.type.rpartition('.')[2]}")
        return self.ERRORS.result(False, "it returned as if nothing had been")

    # --- mistakes

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        main, errors = evidence["main"], evidence.get("errors")
        if main.outcome == "returned" and (main.awaited_coroutine or s.never_awaited(main)):
            said = "The call gave a coroutine: an `async def` runs nothing until somebody awaits it."
            return [Mistake("never-awaited", f"{said} Asked for is a plain function.")]
        if made_up := s.made_up(main, len(main.ledger)):
            return [made_up]
        if main.outcome not in ("returned", "timed_out"):
            return []
        alone, threads = _one_at_a_time(main), self._too_many_threads(main)
        found = [threads, alone]
        if not (alone or threads):
            found += [self._over(evidence), self._other_tool(main), self._too_few(evidence)]
        twice = s.asked_again(main)
        found += [twice, None if threads or twice else self._fresh(main)]
        unfinished = _unfinished(main)
        found += [unfinished or s.wrong_list(main)]
        if not unfinished:
            lost = errors.lost_exceptions[:1] if errors else ()
            more = f" The exception ended its thread, and nobody looked: {lost[0][:120]}" if lost else ""
            found += [s.error_passed_over(errors, "page", more)]
        return [mistake for mistake in found if mistake]

    def _too_many_threads(self, main: Evidence) -> Mistake | None:
        workers, started, pages = _workers(main), main.threads_started, len(main.ledger.attempts)
        if started <= 2 * workers + self.HELPERS:
            return None
        seen = f"{started} threads were started for {pages} pages; {workers} workers can do them all."
        peak = s.peak(main)
        seen += f" {peak} requests were in flight at one moment." if peak > workers else ""
        return Mistake("thread-per-item", seen, s.clue([main], "given_to_threads"))

    def _over(self, evidence: Mapping[str, Evidence]) -> Mistake | None:
        main = evidence["main"]
        workers, most = _workers(main), s.peak(main)
        if most <= workers:
            return None
        seen = f"{most} requests were in flight at one moment; there should be {workers} workers."
        return Mistake("limit-exceeded", seen, s.clue([main], "given_to_threads"))

    def _other_tool(self, main: Evidence) -> Mistake | None:
        most, started, processes = s.peak(main), main.threads_started, main.processes_started
        if most < 2 or (started >= 2 and not processes):
            return None
        what = f"{processes} processes and {started} threads" if processes else s.plural(started, "thread")
        seen = f"{most} requests were in flight at one moment, and what was started is {what}: no pool of threads."
        return Mistake("tool-not-allowed", seen)

    def _too_few(self, evidence: Mapping[str, Evidence]) -> Mistake | None:
        main = evidence["main"]
        workers, most, wanted, share = self._in_use(evidence)
        if most > workers or len(main.ledger.attempts) < workers * self.PAGES_EACH:
            return None
        if most >= wanted and share >= self.IN_USE:
            return None
        if self._doubtful(evidence, most, wanted, share):
            return None
        if most < wanted:
            seen = f"Never more than {most} requests were in flight; {workers} workers were asked for."
            return Mistake("too-little-concurrency", seen, s.clue([main], "given_to_threads"))
        seen = f"On average {100 * share:.0f}% of the places were in use that the reference used beside it."
        return Mistake("too-little-concurrency", seen)

    def _fresh(self, main: Evidence) -> Mistake | None:
        """Far more connections than workers: they were not used again."""
        connections, count, workers = main.ledger.connections, len(main.ledger), _workers(main)
        if connections <= self.FRESH * workers:
            return None
        seen = f"{count} requests came on {connections} connections; {workers} workers need about as many as they are."
        return Mistake("connection-per-request", seen, s.clue([main], "session_per_item"))


def _workers(run: Evidence) -> int:
    return int(run.facts.get("workers", FetchWithThreads.WORKERS[0]))


def _pages(visit: Visit, urls: list[str]) -> Check:
    def check(ran: Ran) -> Mapping[str, Any]:
        if ran.evidence.outcome != "returned":
            return {}
        return compare.sequence(ran.value, [visit.expected(url) for url in urls])

    return check


def _broken(visit: Visit, urls: list[str], place: int) -> Check:
    def check(ran: Ran) -> Mapping[str, Any]:
        if ran.evidence.outcome != "returned":
            return {}
        return compare.error_kept(ran.value, place, {visit.expected(url) for url in urls})

    return check


def _one_at_a_time(run: Evidence) -> Mistake | None:
    count, started = len(run.ledger), run.threads_started
    if count < 4 or s.peak(run) != 1:
        return None
    seen = f"{count} requests, never more than 1 in flight: each one waited for the one before."
    if started > 1:
        seen += f" {started} threads were started, and they stood in line."
    return Mistake("one-at-a-time", seen)


def _unfinished(run: Evidence) -> Mistake | None:
    """It returned while its threads were still at it."""
    if run.outcome != "returned" or run.facts.get("right", True):
        return None
    end = run.go + run.wall
    late = sum(request.given_up or not request.status or request.start > end for request in run.ledger.requests)
    late += max(0, run.facts["expected"] - len(run.ledger.attempts))
    if not late or run.facts.get("permuted"):
        return None
    seen = f"It returned after {run.wall:.2f} s, while the answers of {s.plural(late, 'request')} were still to come."
    return Mistake("wrong-result", f"{seen} {run.facts.get('wrong', 'Some')} of its results are not there.")


TASKS = [WaitingShare(), FetchWithThreads()]
