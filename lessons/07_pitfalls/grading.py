"""How CityService is graded: a probe for each of the eight faults, in a process and with a service of its own.

The probes (probes.py) run in the child beside the answer and say what became of each call. What decides is counted
where the answer can't reach: requests by the site's ledger, tasks and connections that are left by the child's end,
holds of the loop from outside. No time is judged. Each probe also looks at what was returned, so that a service which
does nothing has nothing right.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from asynclab.grader import Ask, Bench, Demand, Enough, Judgement, Mistake, Ran, Task
from asynclab.grader import symptoms as s
from asynclab.grader.compare import shown
from asynclab.measure import POOL, PoolSpec, Raised
from asynclab.measure.evidence import Evidence, Limits
from asynclab.services import Visit, database

PROBES = Path(__file__).with_name("probes.py").read_text(encoding="utf-8")

Check = Callable[[Ran], Mapping[str, Any]]
Probing = Coroutine[Any, Any, Evidence]
Probe = Callable[..., Probing]
Found = tuple[Demand, list[Mistake | None]]  # what one probe shows

POOL_SIZE = 3
LIMIT, CALLERS, EACH = 4, 3, 12  # of the fan-out: three refreshes of twelve at once
SAME = 8  # callers of one city
PATIENCE = 2.0  # seconds that a cancelled refresh, or a city while the pool is empty, may take


class CityService(Task):
    """Eight faults, eight probes, a point each; none needs another to be mended."""

    name = "07_pitfalls.CityService"
    function = "CityService"
    parameters = ("base", "pool", "limit", "max_age")
    kind = "class"
    children = 8

    LOOP = Ask("loop", "Nothing that the service does holds the event loop.", "free while it waits")
    MOST = Ask("limit", "At most `limit` requests are in flight, whoever calls, and more than one.", f"2 to {LIMIT}")
    LEFT = Ask("left", "When close() has returned, nothing of the service's is left.", "no task, no open session")
    ERRORS = Ask("errors", "When a city can't be loaded, refresh raises.", "raises")
    CANCEL = Ask("cancel", "Cancelling a refresh ends it, and the caller sees that it was cancelled.", "cancelled")
    ONCE = Ask("once", "Several who ask for the same city at once cause one request.", "1 request")
    BACK = Ask("pool", "Whatever goes wrong, the connection goes back to the pool.", "none kept")
    DRAIN = Ask("close", "close() waits for what was begun, and the callers get their cities.", "all of them")
    asks = (LOOP, MOST, LEFT, ERRORS, CANCEL, ONCE, BACK, DRAIN)

    async def collect(self, bench: Bench) -> None:
        async with _register() as register:
            pool = PoolSpec(register, max_size=POOL_SIZE)

            async def probe(name: str, visit: Visit, *args: Any, run: str = "", say: str, **more: Any) -> Evidence:
                base = visit.url("/").rstrip("/")
                return await bench.run(
                    run or name, base, POOL, *args, visit=visit, pool=pool, driver=PROBES, function=name,
                    limits=Limits(seconds=15), say=say, **more,
                )  # fmt: skip

            visit = await bench.visit(rules={"/": {"latency": 0.8}})
            (number,) = _numbers(visit, 1)
            main = await probe("holding", visit, number, run="main", check=_told(visit, [number] * 3), essential=True,
                               say="start, a city, close")  # fmt: skip
            if not _works(main):
                raise Enough("main")
            ways = (self._crowd, self._leaving, self._failing, self._cancelling, self._together, self._erring,
                    self._closing)  # fmt: skip
            # The inputs one after the other, so that they can be drawn again; the runs beside each other, since all
            # that counts in them is counted.
            await _few_at_once([await each(bench, probe) for each in ways])

    async def _crowd(self, bench: Bench, probe: Probe) -> Probing:
        visit = await bench.visit(latency=0.2, rules={"/": {"latency": 0.0}})
        numbers = _numbers(visit, CALLERS * EACH)
        groups = [numbers[start : start + EACH] for start in range(0, len(numbers), EACH)]
        wanted = [group[0] for group in groups]
        return probe("crowd", visit, LIMIT, groups, check=_told(visit, wanted), say="three refreshes at once")

    async def _leaving(self, bench: Bench, probe: Probe) -> Probing:
        visit = await bench.visit()
        (number,) = _numbers(visit, 1)
        return probe("leaving", visit, number, check=_told(visit, [number]), say="what close() leaves behind")

    async def _failing(self, bench: Bench, probe: Probe) -> Probing:
        visit = await bench.visit(latency=0.02)
        numbers = _numbers(visit, 6)
        broken = numbers[bench.random.randrange(6)]
        visit.set(rules={f"/api/city/{broken}": {"failures": 1.0, "failure": "500", "failure_times": 10**6}})
        return probe("failing", visit, numbers, check=_told(visit, []), say="a city that can't be loaded")

    async def _cancelling(self, bench: Bench, probe: Probe) -> Probing:
        visit = await bench.visit(latency=6.0, rules={"/": {"latency": 0.0}})
        numbers = _numbers(visit, 5)
        return probe("cancelling", visit, numbers, 0.4, PATIENCE, check=_told(visit, []), say="cancelling a refresh")

    async def _together(self, bench: Bench, probe: Probe) -> Probing:
        visit = await bench.visit(latency=0.25, rules={"/": {"latency": 0.0}})
        (number,) = _numbers(visit, 1)
        return probe("together", visit, number, SAME, check=_told(visit, [number] * SAME), say="the same city, wanted "
                    "by several")  # fmt: skip

    async def _erring(self, bench: Bench, probe: Probe) -> Probing:
        visit = await bench.visit()
        (number,) = _numbers(visit, 1)
        unknown = [2_000_000_000 + bench.random.randrange(10**6) for _ in range(POOL_SIZE)]
        return probe("erring", visit, unknown, number, PATIENCE, check=_told(visit, [number]),
                    say="cities that are not in the register")  # fmt: skip

    async def _closing(self, bench: Bench, probe: Probe) -> Probing:
        visit = await bench.visit(latency=0.8, rules={"/": {"latency": 0.0}})
        numbers = _numbers(visit, 6)
        return probe(
            "closing", visit, numbers, 0.3, check=_told(visit, numbers), say="closing while cities are under way"
        )

    # ---------------------------------------------------------------- what it shows

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        runs = list(evidence.values())
        main = evidence["main"]
        if never := s.never_awaited(*runs):
            return Judgement(self.unmeasured(), (never,))
        if main.outcome == "returned" and not _works(main):
            return Judgement(self.unmeasured("not measured: it doesn't do its work"), (_wrong_work(main),))
        found = [
            self._loop(runs),
            self._most(evidence.get("crowd")),
            self._left(evidence.get("leaving")),
            self._errors(evidence.get("failing")),
            self._cancel(evidence.get("cancelling")),
            self._once(evidence.get("together")),
            self._back(evidence.get("erring")),
            self._drain(evidence.get("closing")),
        ]
        held = found[0][1] != [None]
        mistakes = [mistake for _, each in found for mistake in each if mistake]
        if held:  # with the loop held, requests follow each other by themselves
            mistakes = [mistake for mistake in mistakes if mistake.code != "sequential-awaits"]
        return Judgement(tuple(demand for demand, _ in found), tuple(dict.fromkeys(mistakes)))

    def _loop(self, runs: list[Evidence]) -> Found:
        main = runs[0]
        held = next((m for m in (s.holds_the_loop([run], []) for run in runs) if m), None) or _stood_still(main)
        if main.outcome != "returned":
            return self.LOOP.unmeasured(), [held]
        longest = max(run.longest_hold for run in runs)
        return self.LOOP.result(held is None, f"held for {1000 * longest:.0f} ms at most"), [held]

    def _most(self, run: Evidence | None) -> Found:
        if run is None:
            return self.MOST.unmeasured(), []
        peak = s.peak(run)
        if wrong := _wrong(run, counts_wanted=[EACH] * CALLERS):
            return self.MOST.result(False, f"{peak} at most; {wrong.seen}"), [wrong]
        asked, pages = len(_loads(run)), CALLERS * EACH
        if asked != pages:
            seen = f"Three refreshes of {EACH} cities, then a look at three of them: {asked} requests, not {pages}."
            return self.MOST.result(False, f"{asked} requests for {pages} cities"), [Mistake("wrong-result", seen)]
        return self.MOST.result(2 <= peak <= LIMIT, f"{peak} at most"), [_over_limit(run, peak), s.sequential(run)]

    def _left(self, run: Evidence | None) -> Found:
        if run is None:
            return self.LEFT.unmeasured(), []
        if wrong := _wrong(run):
            return self.LEFT.result(False, wrong.seen), [wrong]
        left, unclosed = s.still_running(run), s.session_not_closed(run)
        told = [s.plural(len(left), "task") + " still running"] if left else []
        told += ["an open session"] if unclosed else []
        return self.LEFT.result(not told, " and ".join(told) or "nothing"), [_left_task(run), unclosed]

    def _errors(self, run: Evidence | None) -> Found:
        if run is None:
            return self.ERRORS.unmeasured(), []
        how, told = _outcome(run, "refresh")
        if how == "raised":
            return self.ERRORS.result(True, f"raised {told.partition(':')[0]}"), []
        if how == "returned":
            lost = run.lost_exceptions or s.clue([run], "returns_exceptions")
            seen = f"One of 6 cities answered 500, and refresh returned {told} as if nothing had been."
            code = "lost-exception" if lost else "swallowed-exception"
            mistake = Mistake(code, seen, s.clue([run], "returns_exceptions") if lost else None)
            return self.ERRORS.result(False, f"it returned {told}"), [mistake]
        return self.ERRORS.result(False, how), [_crash(run) or _hangs("A refresh with a city that fails", how)]

    def _cancel(self, run: Evidence | None) -> Found:
        if run is None:
            return self.CANCEL.unmeasured(), []
        how, told = _outcome(run, "refresh")
        if run.facts.get("early") or not _loads(run):
            seen = "A refresh of 5 cities of 6 s each was over after 0.4 s."
            return self.CANCEL.result(False, f"it {how} before it was cancelled"), [
                _crash(run) or Mistake("wrong-result", seen)
            ]
        if how in ("cancelled", "raised"):
            return self.CANCEL.result(how == "cancelled", how if how == "cancelled" else f"raised {told}"), [
                None if how == "cancelled" else Mistake("swallowed-cancel", f"Cancelled, refresh raised {told}.")
            ]
        seen = f"A refresh was cancelled while 5 requests were under way, and returned {told} as if nothing had been."
        if how == "hangs":
            seen = f"A refresh was cancelled and still ran {PATIENCE:.0f} s later."
        done = "it returned" if how == "returned" else "it went on"
        return self.CANCEL.result(False, done), [_crash(run) or Mistake("swallowed-cancel", seen)]

    def _once(self, run: Evidence | None) -> Found:
        if run is None:
            return self.ONCE.unmeasured(), []
        asked = len(_loads(run))
        if wrong := _wrong(run):
            return self.ONCE.result(False, wrong.seen), [wrong]
        mistake = None
        if asked > 1:
            seen = f"{SAME} callers asked for the same city at the same time, and it was loaded {asked} times."
            mistake = Mistake("race", seen)
        return self.ONCE.result(asked == 1, s.plural(asked, "request")), [mistake]

    def _back(self, run: Evidence | None) -> Found:
        if run is None:
            return self.BACK.unmeasured(), []
        kept = sum(left.what == "connection" for left in run.left)
        errors = run.facts.get("errors", [])
        if kept or any(how == "hangs" for how, *_ in errors):
            seen = (
                f"{len(errors)} cities that the register lacks were asked for, and "
                f"{s.plural(kept, 'connection')} of {POOL_SIZE} did not come back to the pool."
            )
            if run.facts["cities"] == ["hangs"]:
                seen += " The next city waited for one in vain."
            return self.BACK.result(False, f"{kept} of {POOL_SIZE} kept"), [Mistake("leaked-connections", seen)]
        if crash := _crash(run):
            return self.BACK.result(False, crash.seen), [crash]
        for how, text, lookup in errors:
            if not lookup:
                seen = f"A city that the register lacks should raise LookupError; the call {how} {text}."
                code = "swallowed-exception" if how == "returned" else "wrong-result"
                return self.BACK.result(False, f"none kept, but it {how} {text}"), [Mistake(code, seen)]
        if wrong := _wrong(run):
            return self.BACK.result(False, wrong.seen), [wrong]
        return self.BACK.result(True, "none kept"), []

    def _drain(self, run: Evidence | None) -> Found:
        if run is None:
            return self.DRAIN.unmeasured(), []
        if crash := _crash(run):
            return self.DRAIN.result(False, crash.seen), [crash]
        cities = run.facts["cities"]
        right, late = cities.count("right"), run.facts["late"]
        how, told = _outcome(run, "close")
        measured = f"{right} of {len(cities)} cities came"
        if right == len(cities) and not late and how == "returned":
            return self.DRAIN.result(True, measured), []
        if how != "returned":
            what = _hangs("close()", how) if how != "raised" else Mistake("wrong-result", f"close() raised {told}.")
            return self.DRAIN.result(False, f"{measured}, close(): {how}"), [what]
        seen = f"{len(cities)} cities were under way when close() was called: {right} came"
        others = [each for each in cities if each != "right"]
        seen += f"; one that didn't {others[0]}." if others else f", but {late} only after it had returned."
        return self.DRAIN.result(False, measured), [Mistake("not-drained", seen)]


AT_ONCE = 3  # probes


async def _few_at_once(probes: list[Probing]) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(probing: Probing) -> None:
        async with places:
            await probing

    try:
        async with asyncio.TaskGroup() as group:
            for probing in probes:
                group.create_task(one(probing))
    except* Enough as ended:
        raise Enough(str(ended.exceptions[0])) from None


# ---------------------------------------------------------------- what became of the calls, as plain facts


def _told(visit: Visit, wanted: list[int]) -> Check:
    """The probe's outcomes as words; a city that is right is "right"."""

    def check(ran: Ran) -> Mapping[str, Any]:
        value = ran.value
        if ran.evidence.outcome != "returned" or not isinstance(value, dict):
            return {}
        facts: dict[str, Any] = {name: value[name] for name in ("early", "late") if name in value}
        cities = value.get("cities", [])
        facts["cities"] = [_city(each, visit, number) for each, number in zip(cities, wanted, strict=False)]
        facts["counts"] = [_words(each) for each in value.get("counts", [])]
        facts["errors"] = [[*_words(each), _is_lookup_error(each)] for each in value.get("errors", [])]
        facts |= {name: _words(value[name]) for name in ("refresh", "close") if name in value}
        return facts

    return check


def _words(outcome: Any) -> list[str]:
    how, value = outcome
    return [how, "" if how in ("cancelled", "hangs") else shown(value)]


def _is_lookup_error(outcome: Any) -> bool:
    return isinstance(outcome[1], Raised) and "LookupError" in outcome[1].bases


def _city(outcome: Any, visit: Visit, number: int) -> str:
    how, value = outcome
    if how != "returned":
        return f"{how} {shown(value).rstrip('.')}" if how == "raised" else str(how)
    page = json.loads(visit.expected(visit.url(f"/api/city/{number}")))
    wanted = {key: page[key] for key in ("id", "name", "country", "population", "token")}
    if type(value) is dict and all(value.get(key) == one for key, one in wanted.items()):
        return "right"
    return f"returned {shown(value)}"


def _numbers(visit: Visit, count: int) -> list[int]:
    return [int(url.rpartition("/")[2]) for url in visit.pages(count, json=True)]


@asynccontextmanager
async def _register() -> Any:
    """A database of this grading's own, dropped at its end."""
    made = await asyncio.to_thread(database.fresh)
    try:
        yield made
    finally:
        await asyncio.to_thread(made.close)


# ---------------------------------------------------------------- looks at one run


def _loads(run: Evidence) -> list[Any]:
    return [request for request in run.ledger.requests if request.path.startswith("/api/city/")]


def _outcome(run: Evidence, name: str) -> tuple[str, str]:
    how, told = run.facts.get(name, ("was not called", ""))
    return how, told


def _works(main: Evidence) -> bool:
    """Whether the ordinary life went well: the city, kept, loaded anew, closed."""
    facts = main.facts
    return (
        main.outcome == "returned"
        and facts["cities"] == ["right"] * 3
        and facts["counts"] == [["returned", "1"]]
        and facts["close"][0] == "returned"
        and len(_loads(main)) == 2
    )


def _wrong_work(main: Evidence) -> Mistake:
    facts = main.facts
    if wrong := _wrong(main, counts_wanted=[1]):
        return wrong
    if facts["close"][0] != "returned":
        return _hangs("close()", facts["close"][0], facts["close"][1])
    seen = f"A city, the same city again, and a refresh of it cause 2 requests; there were {len(_loads(main))}."
    return Mistake("wrong-result", seen)


def _wrong(run: Evidence, counts_wanted: list[int] | None = None) -> Mistake | None:
    """A call of the probe's that didn't give what it should."""
    if crash := _crash(run):
        return crash
    for each in run.facts["cities"]:
        if each == "hangs":
            return _hangs("city()", each)
        if each != "right":
            return Mistake("wrong-result", f"city() {each} where it should return the city.")
    for (how, told), wanted in zip(run.facts["counts"], counts_wanted or [], strict=False):
        if how == "hangs":
            return _hangs("refresh()", how)
        if (how, told) != ("returned", str(wanted)):
            return Mistake("wrong-result", f"refresh() of {wanted} {how} {told} where it should return {wanted}.")
    return None


def _hangs(what: str, how: str, told: str = "") -> Mistake:
    if how == "hangs":
        return Mistake("never-finishes", f"{what} was not over after several seconds.")
    return Mistake("wrong-result", f"{what} {how} {told}".rstrip() + ".")


def _crash(run: Evidence) -> Mistake | None:
    """The probe itself came to nothing: the constructor or start() raised."""
    if run.outcome == "returned" and run.facts.keys() >= {"cities"}:
        return None
    error = run.error
    told = f"{error.type}: {error.message}" if error else run.outcome
    return Mistake("wrong-result", f"The service could not be used: {told}.", error.line if error else None)


def _stood_still(main: Evidence) -> Mistake | None:
    """The loop stood still for as long as the site took to answer start().

    On a very busy machine the one look at the thread may come while it still prepares its request, and not asleep.
    """
    for request in main.ledger.requests:
        begin, end = request.start - main.go, request.end - main.go
        for hold in main.holds:
            beside = min(end, hold.start + hold.seconds) - max(begin, hold.start)
            if request.path == "/" and beside > 0.75 * (end - begin) and (hold.cpu or 0.0) < 0.35:
                seen = (
                    f"The site took {1000 * (end - begin):.0f} ms to answer start(), and the event loop stood still "
                    f"for {1000 * hold.seconds:.0f} ms: nothing else could run."
                )
                return Mistake("blocks-the-loop", seen, hold.place.line if hold.place else None)
    return None


def _over_limit(run: Evidence, peak: int) -> Mistake | None:
    """More in flight than the limit: without end, a limit for each call, or a little."""
    if peak <= LIMIT:
        return None
    seen = (
        f"{CALLERS} refreshes of {EACH} at once: {peak} requests were in flight at one moment; the limit was {LIMIT}."
    )
    each = s.clue([run], "semaphore_per_item")
    if each and peak > CALLERS * LIMIT:
        return Mistake("limit-per-call", seen + f" Each load makes a limit of its own, at line {each}.", each)
    if peak > CALLERS * LIMIT:
        return Mistake("unbounded-concurrency", seen)
    if peak >= 2 * LIMIT:  # on a busy machine not all of the three are seen at their full number
        return Mistake("limit-per-call", seen + " Each refresh has a limit of its own.", each)
    return Mistake("limit-exceeded", seen)


def _left_task(run: Evidence) -> Mistake | None:
    left = s.still_running(run)
    if not left:
        return None
    place = left[0].place
    where = f", at line {place.line} (`{place.text}`)" if place else ""
    line = s.clue([run], "task_nobody_holds")
    if line:
        seen = f"After close() {s.plural(len(left), 'task')} of the service's ran on{where}: nobody had kept it."
        return Mistake("lost-task", seen, line)
    seen = f"After close() {s.plural(len(left), 'task')} of the service's ran on{where}."
    return Mistake("leaked-tasks", seen, place.line if place else None)


TASKS = [CityService()]
