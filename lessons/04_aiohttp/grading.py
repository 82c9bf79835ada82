"""How the three tasks of lesson 04 are graded.

Whatever the ledger can count is counted: in flight, connections, tries, the gaps between them. Time is judged
beside the reference only where nothing can be counted. Latencies are long enough for the counts to mean the
same on a busy machine, where sending a hundred requests takes a tenth of a second and more.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from asynclab.grader import Ask, Bench, Demand, Enough, Judgement, Mistake, Ran, Task, compare
from asynclab.grader import demands as d
from asynclab.grader import symptoms as s
from asynclab.grader.judging import reference_rounds, rounds
from asynclab.measure import in_folder
from asynclab.measure.evidence import MIB, Evidence, Limits
from asynclab.services import Visit, pages
from asynclab.services.world import world_of

Check = Callable[[Ran], Mapping[str, Any]]

PATIENCE = 1.0  # seconds that a cancelled call may take to be over; what it was at would take much longer
CANCEL = Ask("cancel", "Cancelling the call from outside ends it, and all that it started.", "at once")
LEFT = Ask("left", "When it is over, nothing is left behind.", "no task, no open session")
LOOP = Ask("loop", "The event loop is never blocked.", "free while the answer waits")


# ---------------------------------------------------------------- fetch_pages

LEAST, MOST = 50, 500  # requests in flight: what is asked for, and where "some hundreds" ends


class FetchPages(Task):
    """Sixty pages whose latencies differ, beside the reference; then a thousand of one latency, as the task says.

    The sixty tell the slow from the quick in seconds, where a thousand one after the other would take minutes.
    """

    name = "04_aiohttp.fetch_pages"
    function = "fetch_pages"
    parameters = ("urls",)
    children = 5

    PAGES = Ask("result", "Every page comes back as text, in the order of the urls.", "all right, in order")
    ONCE = Ask("once", "Each page is asked for once.", "1 request a page")
    TIME = Ask("time", "The pages are waited for together.", f"at most {d.TIME_LINE:.0f} times the reference")
    FLIGHT = Ask("in flight", "Enough requests at once, and not too many.", f"{LEAST} to {MOST} in flight")
    CONNECTIONS = Ask(
        "connections", "One session for all: its connections are used again.", f"at most {MOST} for 1000 pages"
    )
    ERRORS = Ask("errors", "A page that answers with an error status makes the call raise.", "raises")
    asks = (PAGES, ONCE, TIME, FLIGHT, CONNECTIONS, LOOP, ERRORS, CANCEL, LEFT)

    COUNT, LATENCY, SPREAD = 60, 0.1, 0.4
    MANY, MANY_LATENCY = 1000, 0.1

    async def collect(self, bench: Bench) -> None:
        visit = await bench.visit(latency=self.LATENCY, spread=self.SPREAD)
        urls = visit.pages(self.COUNT)
        main = await bench.run(
            "main", urls, visit=visit, check=_pages(visit, urls), reference=True, essential=True,
            limits=Limits(seconds=25), say="sixty pages, beside the reference",
        )  # fmt: skip
        if main.outcome != "returned" or not main.ledger.requests or main.facts.get("coroutines"):
            return
        reference = bench.evidence["main.reference"]
        if main.facts["right"] and main.wall < 4 * reference.wall and main.ledger.peak_in_flight >= LEAST / 4:
            await self._thousand(bench)
        await self._errors(bench)
        if not s.holds_the_loop([main], [reference]):
            slow = await bench.visit(latency=4.0)
            await bench.cancel(
                "cancel", slow.pages(self.COUNT), visit=slow, after=0.4, patience=PATIENCE,
                limits=Limits(seconds=12), say="cancelling it half way",
            )  # fmt: skip

    async def _thousand(self, bench: Bench) -> None:
        visit = await bench.visit(latency=self.MANY_LATENCY)
        urls = visit.pages(self.MANY)
        check = _pages(visit, urls)
        run = await bench.run(
            "thousand",
            urls,
            visit=visit,
            check=check,
            essential=True,
            limits=Limits(seconds=20),
            say="a thousand pages",
        )
        if run.longest_hold > 2 * s.HOLD or run.wall > 3.0:
            await bench.reference("thousand")
        if run.ledger.connections > MOST:
            # So many connections: all at once, or a new one for each? Pages slow enough to be in flight together tell.
            flood = await bench.visit(latency=8.0)
            await bench.run(
                "flood", flood.pages(self.MANY), visit=flood, cancel_after=2.5,
                limits=Limits(seconds=20), say="how many at once",
            )  # fmt: skip

    async def _errors(self, bench: Bench) -> None:
        visit = await bench.visit(latency=0.02)
        urls = visit.pages(30)
        broken = bench.random.randrange(5, 25)
        visit.set(rules={visit.path(urls[broken]): {"failures": 1.0, "failure": "404", "failure_times": 10**6}})
        await bench.run(
            "errors",
            urls,
            visit=visit,
            check=_broken_page(visit, urls, broken),
            limits=Limits(seconds=15),
            say="a page that isn't there",
        )

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, thousand = evidence["main"], evidence.get("thousand")
        errors, cancel = evidence.get("errors"), s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        mistakes = self._mistakes(evidence)
        codes = {mistake.code for mistake in mistakes}
        lists = [run for run in (main, thousand) if run and "right" in run.facts]
        explained = bool(
            codes & {"sequential-awaits", "blocks-the-loop", "too-little-concurrency", "threads-instead", "cpu-burst"}
        )
        demands = (
            d.right_list(self.PAGES, lists, "right pages"),
            _asked_once(self.ONCE, [run for run in (main, thousand) if run]),
            d.together(self.TIME, evidence, "main", self.LATENCY * (1 + self.SPREAD), explained),
            self._in_flight(evidence, mistakes),
            self._connections(main, thousand, codes),
            _free_loop(codes, [run for run in (main, thousand) if run], evidence),
            d.raises(self.ERRORS, errors),
            d.cancel_ends_it(CANCEL, cancel, PATIENCE),
            d.nothing_left(LEFT, [main, thousand, errors, cancel]),
        )
        return Judgement(demands, tuple(mistakes))

    def _in_flight(self, evidence: Mapping[str, Evidence], mistakes: list[Mistake]) -> Demand:
        main = [run.ledger.peak_in_flight for run in rounds(evidence, "main")]
        thousand, flood = evidence.get("thousand"), evidence.get("flood")
        peak = max([*main, s.peak(thousand) if thousand else 0, flood.ledger.peak_in_flight if flood else 0])
        near = LEAST - 10 <= peak < LEAST and len(main) < d.MOST_ROUNDS and not mistakes
        return self.FLIGHT.result(LEAST <= peak <= MOST, f"{peak} at most", near)

    def _connections(self, main: Evidence, thousand: Evidence | None, codes: set[str]) -> Demand:
        if not thousand:
            return self.CONNECTIONS.unmeasured(
                f"{main.ledger.connections} for {len(main.ledger)} pages; not tried with 1000"
            )
        connections = thousand.ledger.connections
        return self.CONNECTIONS.result(0 < connections <= MOST, f"{connections} for {len(thousand.ledger)} requests")

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        main, thousand = evidence["main"], evidence.get("thousand")
        errors, cancel = evidence.get("errors"), s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        runs = [run for run in (main, thousand, errors, cancel) if run]
        lists = [run for run in (main, thousand) if run]
        never = s.never_awaited(main)
        if never:
            return [never]
        if made_up := s.made_up(main, len(main.ledger)):
            return [made_up]
        if stuck := next((m for m in map(s.deadlocked, runs) if m), None):
            return [stuck]
        held = (
            s.blocking_def(main, self.function, self.LATENCY)
            or s.holds_the_loop(rounds(evidence, "main"), reference_rounds(evidence, "main"))
            or s.holds_the_loop(rounds(evidence, "thousand"), reference_rounds(evidence, "thousand"))
        )
        threads = (
            s.threads_instead(main) if main.ledger.peak_in_flight > 6 or s.clue([main], "given_to_threads") else None
        )
        if threads and held and held.code == "cpu-burst":
            held = None  # many threads keep the loop's own from its turn: that is what is wrong with them
        alone = s.sequential(main)
        found = [held, threads, alone if not held else None]
        if not (held or alone):
            found += [self._too_little(evidence, threads), *self._too_many(evidence)]
        found += [next((m for m in map(s.asked_again, lists) if m), None)]
        lost = next((m for m in map(_lost_task, lists) if m), None)
        found += [lost or next((m for m in (s.wrong_list(run) for run in lists) if m), None)]
        if not lost:
            found += [_error_passed_over(errors)]
        if not (held or threads):
            found += [s.swallowed_cancel(cancel, PATIENCE)]
        found += [s.session_not_closed(*runs)]
        if not lost:
            found += [s.leaked_tasks(*(run for run in (main, thousand, cancel) if run))]
        return [mistake for mistake in found if mistake]

    def _too_little(self, evidence: Mapping[str, Evidence], threads: Mistake | None) -> Mistake | None:
        runs = rounds(evidence, "main")
        peak = max(run.ledger.peak_in_flight for run in (*runs, *rounds(evidence, "thousand")))
        # Hundred threads may need longer to start than the pages take to come: that is no small pool.
        if (
            runs[0].outcome == "raised"
            or peak >= LEAST
            or peak < 1
            or (threads and max(run.threads_started for run in runs) >= LEAST)
        ):
            return None
        if len(runs[0].ledger.attempts) < self.COUNT - 1 or (LEAST - 10 <= peak and len(runs) < d.MOST_ROUNDS):
            return None
        return Mistake(
            "too-little-concurrency",
            f"Never more than {peak} of {self.COUNT} requests were in flight; at least {LEAST} are asked for.",
        )

    def _too_many(self, evidence: Mapping[str, Evidence]) -> list[Mistake | None]:
        thousand, flood = evidence.get("thousand"), evidence.get("flood")
        if not thousand or thousand.ledger.connections <= MOST:
            return []
        count, connections = len(thousand.ledger), thousand.ledger.connections
        at_once = flood.ledger.peak_in_flight if flood else s.peak(thousand)
        unbounded = None
        if at_once > MOST:
            seen = f"{at_once} requests were in flight at one moment: nothing limits how many there are."
            unbounded = Mistake("unbounded-concurrency", seen)
        fresh = f"{count} requests came on {connections} connections"
        each = s.clue([thousand], "session_per_item")
        closed = s.clue([thousand], "force_close")
        if each or (not unbounded and not closed):
            return [Mistake("session-per-request", f"{fresh}: hardly one was used again.", each), unbounded]
        if closed:
            return [
                Mistake("connection-per-request", f"{fresh}: each was closed after its request.", closed),
                unbounded,
            ]
        return [unbounded]


# ---------------------------------------------------------------- download


class Download(Task):
    """Twelve large bodies in each of whose fours one takes four times as long; then failures of each kind."""

    name = "04_aiohttp.download"
    function = "download"
    parameters = ("urls", "folder", "limit")
    children = 6

    FILES = Ask("result", "Every body is in its file, whole, and the dict tells its size.", "all right")
    MEMORY = Ask("memory", "Memory stays flat while large bodies come in.", "at most 16 MiB above the start")
    MOST_AT_ONCE = Ask("limit", "Never more than `limit` requests are in flight.", "at most the limit")
    PLACES = Ask(
        "places",
        "As many as `limit` are in flight while there is work.",
        "at least 70% of the places that the reference uses",
    )
    CONNECTIONS = Ask("connections", "One session for all: its connections are used again.", "at most twice the limit")
    AGAIN = Ask("retry", "A 503 is tried again; the third one raises.", "3 tries at most")
    WAITS = Ask("wait", "It waits between tries, at least as long as Retry-After says.", "Retry-After, else a moment")
    ERRORS = Ask("errors", "Another error status raises and is not tried again.", "raises after 1 try")
    HALF = Ask("half files", "A file that isn't complete doesn't stay under its final name.", "none")
    ONCE = Ask("once", "Each body is asked for once, unless it was refused.", "1 request a body")
    asks = (FILES, ONCE, MEMORY, MOST_AT_ONCE, PLACES, CONNECTIONS, AGAIN, WAITS, ERRORS, HALF, LOOP, CANCEL, LEFT)

    LIMIT, COUNT, BODY = 4, 12, 10 * MIB
    MEMORY_LINE = 16 * MIB  # streamed it is 2 to 8; with bodies read whole four are on their way at a time
    SHORT, LONG = 0.25, 1.0  # seconds that a body takes
    RETRY_AFTER = 1
    AT_ONCE = 0.01  # a place free for less between tries is no wait; the smallest of several, so noise can't widen it
    SHORT_GAP = 0.06  # only a gap as short as that may be one: on a busy machine others may hold places for longer
    IN_USE = 0.7  # a place refilled at once: 0.93 to 1.0; in chunks 0.44; half the limit 0.5

    async def collect(self, bench: Bench) -> None:
        await self._large(bench)
        await self._busy(bench)
        await self._gone(bench, "gives_up", "503", "a server that stays busy")
        await self._gone(bench, "missing", "404", "a file that isn't there")
        main = bench.evidence["main"]
        if not s.holds_the_loop([main], [bench.evidence["main.reference"]]):
            await self._cancelled(bench)

    async def _large(self, bench: Bench) -> None:
        size = self.BODY + bench.random.randrange(1, 60_000)  # no multiple of anybody's piece
        visit = await bench.visit(latency=0.02, body=size, pace=size / self.SHORT)
        urls = visit.bodies(self.COUNT)
        slow = [start + bench.random.randrange(self.LIMIT) for start in range(0, self.COUNT, self.LIMIT)]
        visit.set(rules={visit.path(urls[i]): {"pace": size / self.LONG} for i in slow})
        main = await bench.run(
            "main", urls, in_folder("downloads/new"), self.LIMIT, visit=visit, folder=True, reference=True,
            check=_files(visit, urls, "downloads/new"), essential=True, limits=Limits(seconds=40, disk=400 * MIB),
            say="twelve large files, beside the reference",
        )  # fmt: skip
        if main.outcome != "returned" or not main.ledger.requests or main.facts.get("coroutines"):
            raise Enough("main")

    async def _busy(self, bench: Bench) -> None:
        """Every first try is answered with 503; two of eight say when to come again, two are busy twice."""
        visit = await bench.visit(latency=0.02, body=50_001, failures=1.0, failure="503")
        urls = visit.bodies(8)
        order = bench.random.sample(range(8), 8)
        rules = {visit.path(urls[i]): {"retry_after": self.RETRY_AFTER} for i in order[:2]}
        rules |= {visit.path(urls[i]): {"failure_times": 2} for i in order[2:4]}
        visit.set(rules=rules)
        asked = [visit.path(urls[i]) for i in order[:2]]
        files = _files(visit, urls, "busy")
        await bench.run(
            "busy", urls, in_folder("busy", as_path=True), self.LIMIT, visit=visit, folder=True,
            check=lambda ran: {**files(ran), "asked_to_wait": asked}, limits=Limits(seconds=15),
            say="a server that answers 503",
        )  # fmt: skip

    async def _gone(self, bench: Bench, name: str, status: str, say: str) -> None:
        visit = await bench.visit(latency=0.02, body=20_001)
        urls = visit.bodies(5)
        broken = bench.random.randrange(1, 4)
        path = visit.path(urls[broken])
        visit.set(rules={path: {"failures": 1.0, "failure": status, "failure_times": 10**6}})
        await bench.run(
            name, urls, in_folder("gone"), self.LIMIT, visit=visit, folder=True, limits=Limits(seconds=10),
            check=_broken_file(urls[broken], path, "gone"), say=say,
        )  # fmt: skip

    async def _cancelled(self, bench: Bench) -> None:
        size = 900_001
        visit = await bench.visit(body=size, pace=size / 4)
        urls = visit.bodies(6)
        await bench.cancel(
            "cancel", urls, in_folder("cut"), self.LIMIT, visit=visit, folder=True, check=_half_files(size, "cut"),
            after=0.7, patience=PATIENCE, limits=Limits(seconds=16), say="cancelling it half way",
        )  # fmt: skip

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, busy, cancel = (
            evidence["main"],
            evidence.get("busy"),
            s.cancelled_run(rounds(evidence, "cancel"), PATIENCE),
        )
        gives_up, missing = evidence.get("gives_up"), evidence.get("missing")
        mistakes = self._mistakes(evidence)
        codes = {mistake.code for mistake in mistakes}
        limited = [run for run in (main, busy) if run]
        connections = main.ledger.connections
        demands = (
            _right_files(self.FILES, main),
            _asked_once(self.ONCE, [main]),
            d.flat_memory(self.MEMORY, main, self.MEMORY_LINE),
            d.at_most_in_flight(self.MOST_AT_ONCE, max(limited, key=s.peak), self.LIMIT),
            _places(self.PLACES, evidence, self.LIMIT, self.IN_USE, bool(codes - FEW)),
            self.CONNECTIONS.result(
                0 < connections <= 2 * self.LIMIT, f"{connections} for {len(main.ledger)} requests"
            ),
            self._again(busy, gives_up),
            self._waits(busy),
            self._raises_at_once(missing),
            self._half(cancel),
            _free_loop(codes, [run for run in (main, busy) if run], evidence),
            d.cancel_ends_it(CANCEL, cancel, PATIENCE),
            d.nothing_left(LEFT, [main, busy, gives_up, missing, cancel]),
        )
        return Judgement(demands, tuple(mistakes))

    def _again(self, busy: Evidence | None, gives_up: Evidence | None) -> Demand:
        if busy is None or gives_up is None:
            return self.AGAIN.unmeasured()
        tries = max(gives_up.ledger.attempts.values(), default=0)
        met = (
            busy.outcome == "returned"
            and bool(busy.facts.get("right"))
            and gives_up.outcome == "raised"
            and 1 <= tries <= 3
        )
        said = "got through" if busy.facts.get("right") else "gave up while the server was only busy"
        return self.AGAIN.result(met, f"{said}; {s.plural(tries, 'try').replace('trys', 'tries')} where it stayed busy")

    def _waits(self, busy: Evidence | None) -> Demand:
        if busy is None or len(busy.ledger) == len(busy.ledger.attempts):
            return self.WAITS.unmeasured("nothing was tried again" if busy else "not measured")
        asked, free = self._gaps(busy)
        met = bool(asked) and bool(free) and min(asked) >= 0.95 * self.RETRY_AFTER and min(free) >= self.AT_ONCE
        told = (
            f"{min(asked):.2f} s where {self.RETRY_AFTER} s was asked for"
            if asked
            else "not tried again where asked to wait"
        )
        return self.WAITS.result(met, told + (f", {1000 * min(free):.0f} ms elsewhere" if free else ""))

    def _gaps(self, busy: Evidence) -> tuple[list[float], list[float]]:
        """The waits between tries: where Retry-After was given, and elsewhere.

        Elsewhere a try may also have had to wait for one of the limited places: that time is no wait of its own.
        """
        told = busy.facts.get("asked_to_wait", [])
        asked = [end - begin for path in told for begin, end in s.gaps(busy, path)]
        spans = [span for path in busy.ledger.attempts if path not in told for span in s.gaps(busy, path)]
        free = [
            end - begin if end - begin > self.SHORT_GAP else s.with_a_place(busy, (begin, end), self.LIMIT)
            for begin, end in spans
        ]
        return asked, free

    def _raises_at_once(self, missing: Evidence | None) -> Demand:
        if missing is None:
            return self.ERRORS.unmeasured()
        tries = missing.ledger.attempts.get(missing.facts["path"], 0)
        said = "raised" if missing.outcome == "raised" else f"{missing.outcome}"
        return self.ERRORS.result(
            missing.outcome == "raised" and tries == 1, f"{said} after {s.plural(tries, 'request')}"
        )

    def _half(self, cancel: Evidence | None) -> Demand:
        if cancel is None or not cancel.ledger.requests:
            return self.HALF.unmeasured()
        half = cancel.facts["half"]
        return self.HALF.result(not half, s.plural(len(half), "half-written file") if half else "none")

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        main, busy, cancel = (
            evidence["main"],
            evidence.get("busy"),
            s.cancelled_run(rounds(evidence, "cancel"), PATIENCE),
        )
        gives_up, missing = evidence.get("gives_up"), evidence.get("missing")
        runs = [run for run in (main, busy, gives_up, missing, cancel) if run]
        if never := s.never_awaited(main):
            return [never]
        if made_up := s.made_up(main, len(main.ledger)):
            return [made_up]
        if stuck := next((m for m in map(s.deadlocked, runs) if m), None):
            return [stuck]
        held = (
            s.blocking_def(main, self.function, self.SHORT)
            or s.holds_the_loop(rounds(evidence, "main"), reference_rounds(evidence, "main"))
            or s.holds_the_loop([busy] if busy else [], reference_rounds(evidence, "main"))
        )
        threads = (
            s.threads_instead(main)
            if s.clue([main], "given_to_threads") and main.facts.get("clues", {}).get("blocking_client")
            else None
        )
        large = s.body_in_memory(main, self.MEMORY_LINE, self.COUNT * self.BODY)
        if threads and held and held.code == "cpu-burst":
            held = None  # many threads keep the loop's own from its turn: that is what is wrong with them
        alone = s.sequential(main)
        found: list[Mistake | None] = [held, threads]
        if not held:
            found += [alone, next((m for m in (s.over_limit(run, self.LIMIT) for run in runs) if m), None)]
            found += [large]
            if not (alone or large):  # bodies that are handed on whole leave places empty, too
                found += [_too_few(evidence, self.LIMIT, self.IN_USE)]
        if not threads:
            found += [_fresh_connections(main, self.LIMIT, 2 * self.LIMIT)]
        found += [s.asked_again(main)]
        lost = _lost_files(main)
        found += [lost or _wrong_files(main), *self._tries(busy, gives_up, missing)]
        passed_over = next((m for m in (_error_passed_over(missing), _error_passed_over(gives_up)) if m), None)
        found += [passed_over, self._half_file(cancel)]
        if not (held or threads):
            found += [s.swallowed_cancel(cancel, PATIENCE)]
        found += [s.session_not_closed(*runs)]
        if not lost:
            found += [s.leaked_tasks(*(run for run in (main, busy, cancel) if run and run.outcome != "raised"))]
        return [mistake for mistake in found if mistake]

    def _tries(
        self, busy: Evidence | None, gives_up: Evidence | None, missing: Evidence | None
    ) -> list[Mistake | None]:
        found: list[Mistake | None] = []
        if (
            busy
            and busy.outcome != "returned"
            and len(busy.ledger) == len(busy.ledger.attempts)
            and busy.ledger.requests
        ):
            found.append(
                Mistake("no-retry", f"{len(busy.ledger)} requests were answered with 503, and none was tried again.")
            )
        if gives_up and (tries := gives_up.ledger.attempts.get(gives_up.facts["path"], 0)) > 3:
            found.append(
                Mistake(
                    "too-many-retries", f"A file whose server stayed busy was tried {tries} times; three are allowed."
                )
            )
        if missing and (tries := missing.ledger.attempts.get(missing.facts["path"], 0)) > 1:
            found.append(
                Mistake(
                    "retried-for-nothing", f"After a 404 it asked again: {tries} requests for a file that isn't there."
                )
            )
        if busy:
            asked, free = self._gaps(busy)
            if free and min(free) < self.AT_ONCE:
                found.append(
                    Mistake(
                        "no-backoff",
                        f"After a 503 and with a place free it asked again {1000 * min(free):.0f} ms later: no wait "
                        "at all.",
                    )
                )
            if asked and min(asked) < 0.95 * self.RETRY_AFTER:
                seen = f"Retry-After said {self.RETRY_AFTER} s, and it asked again after {min(asked):.2f} s."
                found.append(Mistake("retry-after-ignored", seen))
        return found

    def _half_file(self, cancel: Evidence | None) -> Mistake | None:
        half = cancel.facts.get("half") if cancel else None
        if not half:
            return None
        name, size, whole = half[0]
        seen = f"When the call was cancelled, {name} stayed with {size:,} of {whole:,} bytes under its final name."
        return Mistake("half-file-left", seen)


# ---------------------------------------------------------------- crawl


class Crawl(Task):
    """A world of sixty cities and their countries: about a hundred pages, three levels deep.

    There each page is first met on one other. Then a crawl that begins at a city in the midst of a large country:
    the pages it links to are answered in one moment, and each new page stands on several of them.
    """

    name = "04_aiohttp.crawl"
    function = "crawl"
    parameters = ("start_url", "limit")
    stretch = True
    children = 6

    PAGES = Ask("result", "The set holds every page that can be reached, and nothing else.", "all right")
    ONCE = Ask("once", "Each page is fetched once.", "1 request a page")
    MOST_AT_ONCE = Ask("limit", "Never more than `limit` requests are in flight.", "at most the limit")
    PLACES = Ask(
        "places",
        "As many as `limit` are in flight while there is work.",
        "at least 60% of the places that the reference uses",
    )
    TIME = Ask("time", "The pages are waited for together.", f"at most {d.TIME_LINE:.0f} times the reference")
    CONNECTIONS = Ask(
        "connections", "One session for all: its connections are used again.", "at most three times the limit"
    )
    ERRORS = Ask("errors", "A page that answers with an error status makes the call raise.", "raises")
    asks = (PAGES, ONCE, MOST_AT_ONCE, PLACES, TIME, CONNECTIONS, LOOP, ERRORS, CANCEL, LEFT)

    LIMIT, CITIES = 8, 60
    SHORT, LONG = 0.04, 0.24  # the latencies: one page of four takes long
    IN_USE = 0.6  # refilled at once 0.9, level by level 0.8; in chunks 0.35 to 0.45, half the limit 0.5
    # Further crawls, of worlds with so many cities. In each, pages that share links are answered in one moment; on a
    # busy machine a moment falls apart now and then, in 1 of some 100 crawls beside four busy loops.
    CROWDS, CROWD = ("crowd", "second crowd", "third crowd"), 100

    async def collect(self, bench: Bench) -> None:
        visit = await bench.visit(latency=self.SHORT, pages=self.CITIES)
        paths = sorted(visit.path(url) for url in visit.reachable())
        visit.set(rules={path: {"latency": self.LONG} for path in bench.random.sample(paths, len(paths) // 4)})
        main = await bench.run(
            "main", visit.url("/"), self.LIMIT, visit=visit, check=_reached(visit), reference=True, essential=True,
            limits=Limits(seconds=25), say="about a hundred pages, beside the reference",
        )  # fmt: skip
        if main.outcome != "returned" or not main.ledger.requests:
            return
        if main.facts["right"] and not s.asked_again(main):
            for name in self.CROWDS:
                crowd = await self._crowd(bench, name)
                if not crowd.facts["right"] or s.asked_again(crowd):
                    break
        broken = await bench.visit(latency=0.01, pages=12)
        city = next(broken.path(url) for url in broken.pages(1))
        broken.set(rules={city: {"failures": 1.0, "failure": "500", "failure_times": 10**6}})
        await bench.run(
            "errors", broken.url("/"), self.LIMIT, visit=broken, check=_reached(broken), limits=Limits(seconds=8),
            say="a page that fails",
        )  # fmt: skip
        if not s.holds_the_loop([main], [bench.evidence["main.reference"]]):
            slow = await bench.visit(latency=4.0, pages=40, rules={"/": {"latency": 0.0}})
            await bench.cancel(
                "cancel", slow.url("/"), self.LIMIT, visit=slow, after=0.6, patience=PATIENCE,
                limits=Limits(seconds=12), say="cancelling it half way",
            )  # fmt: skip

    async def _crowd(self, bench: Bench, name: str) -> Evidence:
        """Whoever takes on a page a moment after it has looked for it in the set takes on some of these twice."""
        seed, start, linked = await asyncio.to_thread(_crowded, bench.random, self.CROWD, self.LIMIT)
        visit = await bench.visit(seed, latency=0.005, pages=self.CROWD)
        visit.set(rules={path: {"together": len(linked)} for path in linked})
        return await bench.run(
            name, visit.url(start), self.LIMIT, visit=visit, check=_reached(visit), essential=True,
            limits=Limits(seconds=15), say="pages that many others link to",
        )  # fmt: skip

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, errors, cancel = (
            evidence["main"],
            evidence.get("errors"),
            s.cancelled_run(rounds(evidence, "cancel"), PATIENCE),
        )
        crawls = self._crawls(evidence)
        mistakes = self._mistakes(evidence)
        codes = {mistake.code for mistake in mistakes}
        connections = main.ledger.connections
        ideal = sum(r.latency for r in main.ledger.requests) / self.LIMIT
        demands = (
            _right_set(self.PAGES, crawls),
            _asked_once(self.ONCE, crawls),
            d.at_most_in_flight(self.MOST_AT_ONCE, main, self.LIMIT),
            _places(self.PLACES, evidence, self.LIMIT, self.IN_USE, bool(codes - FEW), skip=1),
            d.together(self.TIME, evidence, "main", ideal, bool(codes)),
            self.CONNECTIONS.result(
                0 < connections <= 3 * self.LIMIT, f"{connections} for {len(main.ledger)} requests"
            ),
            _free_loop(codes, [main], evidence),
            d.raises(self.ERRORS, errors),
            d.cancel_ends_it(CANCEL, cancel, PATIENCE),
            d.nothing_left(LEFT, [*crawls, errors, cancel]),
        )
        return Judgement(demands, tuple(mistakes))

    def _crawls(self, evidence: Mapping[str, Evidence]) -> list[Evidence]:
        """The runs in which every page could be reached."""
        return [evidence[name] for name in ("main", *self.CROWDS) if name in evidence]

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        main, errors, cancel = (
            evidence["main"],
            evidence.get("errors"),
            s.cancelled_run(rounds(evidence, "cancel"), PATIENCE),
        )
        crawls = self._crawls(evidence)
        runs = [*crawls, *(run for run in (errors, cancel) if run)]
        if never := s.never_awaited(main):
            return [never]
        if made_up := s.made_up(main, len(main.ledger)):
            return [made_up]
        if stuck := next((m for m in map(s.deadlocked, runs) if m), None):
            return [stuck]
        held = s.blocking_def(main, self.function, self.SHORT) or s.holds_the_loop(
            rounds(evidence, "main"), reference_rounds(evidence, "main")
        )
        threads = (
            s.threads_instead(main)
            if s.clue([main], "given_to_threads") and main.facts.get("clues", {}).get("blocking_client")
            else None
        )
        if threads and held and held.code == "cpu-burst":
            held = None  # many threads keep the loop's own from its turn: that is what is wrong with them
        alone = s.sequential(main)
        found: list[Mistake | None] = [held, threads]
        if not held:
            found += [alone, s.over_limit(main, self.LIMIT)]
            if not alone:
                found += [_too_few(evidence, self.LIMIT, self.IN_USE, skip=1)]
        if not threads:
            found += [_fresh_connections(main, self.LIMIT, 3 * self.LIMIT)]
        lost = next((m for m in map(_lost_task, crawls) if m), None)
        again = next((m for m in map(s.asked_again, crawls) if m), None)
        wrong = next((m for m in map(_wrong_set, crawls) if m), None)
        # What tasks that nobody waits for make of an error depends on how far they come: it tells nothing more.
        found += [again, lost or wrong, None if lost else _error_passed_over(errors)]
        if not (held or threads):
            found += [s.swallowed_cancel(cancel, PATIENCE)]
        found += [s.session_not_closed(*runs), s.leaked_tasks(*crawls, *([cancel] if cancel else []))]
        return [mistake for mistake in found if mistake]


def _crowded(draw: random.Random, cities: int, most: int) -> tuple[int, str, list[str]]:
    """A world drawn anew until one country in it is large: its seed, a city in that country's midst, what it links to.

    Six cities, their country and the start page: `most` pages, and several link to each further city of the country.
    """
    while True:
        seed = draw.getrandbits(48)
        shown = world_of(seed, cities)
        country = max(shown.cities_of.values(), key=len)
        city = country[len(country) // 2]
        near = pages.neighbours(shown, city)
        if len(country) > 4 * pages.NEIGHBOURS and len(near) + 2 == most:
            linked = ["/", f"/country/{city.country}", *(f"/city/{other.id}" for other in near)]
            return seed, f"/city/{city.id}", linked


# ---------------------------------------------------------------- places in use

FEW = {"too-little-concurrency", "chunked-gather"}


NEAR = 0.12  # a share that is no farther from its line is measured again before it is believed


def _in_use(evidence: Mapping[str, Evidence], limit: int, skip: int) -> tuple[float, float, int]:
    """How many of the places were in use, the share of the reference's beside it, and the most at once.

    On a machine with company even the reference leaves places empty: 61% were seen in use beside a load of 13.
    """
    runs = rounds(evidence, "main")
    used = [s.occupancy(run, limit, skip) for run in runs]
    beside = [s.occupancy(run, limit, skip) or 1.0 for run in reference_rounds(evidence, "main")]
    shares = [one / other for one, other in zip(used, beside, strict=False)]
    return median(used), median(shares) if shares else median(used), max(run.ledger.peak_in_flight for run in runs)


def _doubtful(evidence: Mapping[str, Evidence], share: float, line: float) -> bool:
    return abs(share - line) < NEAR and len(rounds(evidence, "main")) < d.MOST_ROUNDS


def _places(
    ask: Ask, evidence: Mapping[str, Evidence], limit: int, line: float, explained: bool, skip: int = 0
) -> Demand:
    """`limit` in flight while there is work. `skip`: requests after which there is work for all."""
    used, share, most = _in_use(evidence, limit, skip)
    near = not explained and most >= limit and _doubtful(evidence, share, line)
    measured = f"{100 * used:.0f}% of {limit} in use, {100 * share:.0f}% of the reference's; {most} at most"
    return ask.result(share >= line and most >= limit, measured, near)


def _too_few(evidence: Mapping[str, Evidence], limit: int, line: float, skip: int = 0) -> Mistake | None:
    used, share, most = _in_use(evidence, limit, skip)
    runs = rounds(evidence, "main")
    if not most or any(s.over_limit(run, limit) for run in runs) or len(runs[0].ledger.attempts) <= 2 * limit:
        return None
    if runs[0].outcome == "raised" or (most >= limit and (share >= line or _doubtful(evidence, share, line))):
        return None
    if most < limit:
        seen = f"Never more than {most} requests were in flight; the limit allowed {limit}."
        return Mistake("too-little-concurrency", seen)
    told = f"{100 * used:.0f}% of the {limit} places were in use on average while there was work"
    where = s.clue(runs, "gather_in_loop")
    if where or all(s.in_chunks(run, limit) for run in runs):
        return Mistake("chunked-gather", f"The next began only when all of a group had ended: {told}.", where)
    return Mistake("too-little-concurrency", f"Only {told}.")


def _fresh_connections(main: Evidence, limit: int, most: int) -> Mistake | None:
    """Many more connections than were ever in flight: they were not used again."""
    connections, count = main.ledger.connections, len(main.ledger)
    if connections <= most or s.peak(main) > limit:
        return None
    fresh = f"{count} requests came on {connections} connections"
    if line := s.clue([main], "force_close"):
        return Mistake("connection-per-request", f"{fresh}: each was closed after its request.", line)
    return Mistake("session-per-request", f"{fresh}: hardly one was used again.", s.clue([main], "session_per_item"))


# ---------------------------------------------------------------- demands that the three share


def _right_files(ask: Ask, run: Evidence) -> Demand:
    facts = run.facts
    if "right" not in facts:
        return ask.unmeasured()
    if facts["right"]:
        return ask.result(True, f"{facts['files_whole']} files, whole")
    told = f"{facts['files_whole']} of {facts['expected']} files whole"
    return ask.result(False, told if facts["files_whole"] < facts["expected"] else f"{told}, but the dict is wrong")


def _right_set(ask: Ask, runs: list[Evidence]) -> Demand:
    if any("right" not in run.facts for run in runs):
        return ask.unmeasured()
    if all(run.facts["right"] for run in runs):
        return ask.result(True, ", ".join(str(run.facts["count"]) for run in runs) + " pages")
    facts = next(run for run in runs if not run.facts["right"]).facts
    if facts["kind"] != "set":
        return ask.result(False, f"no set: {facts['got']}")
    return ask.result(False, f"{facts['missing']} missing, {facts['extra']} too many")


def _asked_once(ask: Ask, runs: list[Evidence]) -> Demand:
    seen = [run for run in runs if run.ledger.requests]
    if not seen:
        return ask.unmeasured("no request")
    most = max(max(run.ledger.attempts.values()) for run in seen)
    return ask.result(most == 1, f"at most {s.plural(most, 'request')} each")


def _free_loop(codes: set[str], runs: list[Evidence], evidence: Mapping[str, Evidence]) -> Demand:
    returned = [run for run in runs if run.outcome == "returned"]
    if not returned:
        return LOOP.unmeasured()
    if "threads-instead" in codes:
        return LOOP.result(False, f"{max(run.threads_started for run in returned)} threads do the waiting")
    longest = max(run.longest_hold for run in returned)
    guilty = codes & {"blocks-the-loop", "cpu-burst"}
    # Computing that holds the loop must do so again; a call that slept in the answer's own line is seen at once.
    near = guilty == {"cpu-burst"} and "main.2" not in evidence
    return LOOP.result(not guilty, f"held for {1000 * longest:.0f} ms at most", near)


# ---------------------------------------------------------------- checks: what came back, as plain facts


def _pages(visit: Visit, urls: list[str]) -> Check:
    def check(ran: Ran) -> Mapping[str, Any]:
        if ran.evidence.outcome != "returned":
            return {}
        return compare.sequence(ran.value, [visit.expected(url).decode() for url in urls])

    return check


def _broken_page(visit: Visit, urls: list[str], place: int) -> Check:
    def check(ran: Ran) -> Mapping[str, Any]:
        if ran.evidence.outcome != "returned":
            return {}
        return compare.error_kept(ran.value, place, {visit.expected(url) for url in urls})

    return check


def _files(visit: Visit, urls: list[str], folder: str) -> Check:
    def check(ran: Ran) -> Mapping[str, Any]:
        if ran.evidence.outcome != "returned" or ran.folder is None:
            return {}
        sizes, whole = {}, 0
        for url in urls:
            body = visit.expected(url)
            sizes[url] = len(body)
            whole += compare.content(ran.folder / folder / url.rpartition("/")[2]) == body
        facts = compare.mapping(ran.value, sizes)
        return {
            **facts,
            "right": facts["right"] and whole == len(urls),
            "dict_right": facts["right"],
            "files_whole": whole,
        }

    return check


def _broken_file(url: str, path: str, folder: str) -> Check:
    def check(ran: Ran) -> Mapping[str, Any]:
        assert ran.folder is not None
        content = compare.content(ran.folder / folder / url.rpartition("/")[2])
        return {"path": path, "error_kept": bool(content)}

    return check


def _half_files(size: int, folder: str) -> Check:
    def check(ran: Ran) -> Mapping[str, Any]:
        assert ran.folder is not None
        half = []
        for each in sorted((ran.folder / folder).glob("*.bin")):
            if (
                not each.is_symlink()
                and each.is_file()
                and each.stat().st_size < size
                and not each.name.startswith(".")
            ):
                half.append([each.name, each.stat().st_size, size])
        return {"half": [one for one in half if _final(one[0])]}

    return check


def _final(name: str) -> bool:
    """Whether a file's name is one of the visit's own, "0a1b2c3d4e7.bin": any other is a temporary one."""
    stem = name.removesuffix(".bin")
    return stem.isalnum() and all(letter in "0123456789abcdef" for letter in stem)


def _reached(visit: Visit) -> Check:
    def check(ran: Ran) -> Mapping[str, Any]:
        if ran.evidence.outcome != "returned":
            return {}
        return compare.members(ran.value, visit.reachable())

    return check


# ---------------------------------------------------------------- mistakes that the three share


def _lost_task(run: Evidence) -> Mistake | None:
    """It returned while what it had started was still on its way, and so without the results."""
    if run.outcome != "returned" or run.facts.get("right", True):
        return None
    left, given_up = s.left_tasks(run), sum(request.given_up or not request.status for request in run.ledger.requests)
    if not (left or given_up or run.lost_exceptions):
        return None
    what = s.plural(len(left) or given_up or len(run.lost_exceptions), "request" if given_up and not left else "task")
    seen = f"It returned while {what} of its own had not finished."
    return Mistake("lost-task", seen, left[0].place.line if left and left[0].place else None)


def _lost_files(run: Evidence) -> Mistake | None:
    return s.lost_task(
        run, f": {run.facts.get('files_whole')} of {run.facts.get('expected')} files were in their place"
    )


def _wrong_files(run: Evidence) -> Mistake | None:
    facts = run.facts
    if facts.get("right", True):
        return None
    if facts["kind"] != "dict":
        return Mistake("wrong-result", f"It returned no dict but {facts['got']}.")
    if facts["files_whole"] < facts["expected"]:
        return Mistake(
            "wrong-result", f"{facts['files_whole']} of {facts['expected']} files are whole and under their names."
        )
    told = f"{facts['missing']} urls missing, {facts['extra']} keys that are no urls, {facts['wrong']} wrong sizes"
    return Mistake("wrong-result", f"All files are whole, but the dict is not right: {told}.")


def _wrong_set(run: Evidence) -> Mistake | None:
    facts = run.facts
    if facts.get("right", True):
        return None
    if facts["kind"] != "set":
        return Mistake("wrong-result", f"It returned no set but {facts['got']}.")
    what = f"{facts['missing']} of {facts['expected']} pages are missing, {facts['extra']} are too many"
    if facts["fragments"]:
        what += f" ({facts['fragments']} with a #fragment)"
    return Mistake("wrong-result", f"{what}; one of them: {facts['example']}")


def _error_passed_over(run: Evidence | None) -> Mistake | None:
    """A page or file that failed, and the call returned all the same."""
    if run and run.lost_exceptions and s.passed_over(run):
        seen = f"A request failed, its task's exception was never looked at: {run.lost_exceptions[0][:160]}"
        return Mistake("lost-exception", seen)
    return s.error_passed_over(run)


TASKS = [FetchPages(), Download(), Crawl()]
