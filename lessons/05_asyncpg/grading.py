"""How the four tasks of lesson 05 are graded.

Each grading has a database of its own. What can be counted is counted there: the server notes every report, and by
a trigger every change of an account, with its begin, its end and its connection; what stands in the tables is read
by their owner afterwards. Reports take tenths of a second and a change of an account hundredths, so that the counts
mean the same on a busy machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from asynclab.grader import Ask, Bench, Demand, Enough, Judgement, Mistake, Ran, Task, compare
from asynclab.grader import demands as d
from asynclab.grader import symptoms as s
from asynclab.grader.judging import reference_rounds, rounds
from asynclab.measure import POOL, ROWS, WRITE, PoolSpec, Rows
from asynclab.measure.evidence import MIB, Evidence, Limits, Raised
from asynclab.measure.given import rows as made_rows
from asynclab.services import FreshDatabase

Check = Callable[[Ran], Mapping[str, Any]]

PATIENCE = 1.5  # seconds that a cancelled call may take to be over; what it was at would take much longer
CANCEL = Ask("cancel", "Cancelling the call from outside ends it, and all that it started.", "at once")
LEFT = Ask("left", "When it is over, nothing is left running.", "no task")
GIVEN_BACK = Ask("given back", "Every connection is given back to the pool, whatever happens.", "none is kept")
NO_OTHERS = Ask("connections", "No connections but the pool's are opened.", "as many as the pool has")


# ---------------------------------------------------------------- reports


class Reports(Task):
    """Five times as many reports as connections, some of them long; one that fails; a cancel."""

    name = "05_asyncpg.reports"
    function = "reports"
    parameters = ("pool", "countries")
    children = 4

    RESULT = Ask("result", "Every report is there, under its country.", "all right")
    ONCE = Ask("once", "Each report is asked for once.", "1 query a country")
    TIME = Ask("time", "The reports are waited for together.", f"at most {d.TIME_LINE:.0f} times the reference")
    PLACES = Ask(
        "places",
        "As many reports run at once as the pool has connections, while there are some left.",
        "at least 70% of the places that the reference uses",
    )
    ERRORS = Ask("errors", "A query that fails makes the call raise.", "raises")
    asks = (RESULT, ONCE, TIME, PLACES, NO_OTHERS, ERRORS, GIVEN_BACK, CANCEL, LEFT)

    SIZES = (5, 6, 7)  # connections of the pool
    SHORT, LONG = (0.05, 0.11), 0.42  # seconds that a report takes; one in each pool's worth is long
    IN_USE = 0.7  # a connection used again at once: 0.95 to 1.0; in chunks 0.3; half of them 0.5

    async def collect(self, bench: Bench) -> None:
        database = await bench.database()
        size = bench.random.choice(self.SIZES)
        known = [row[0] for row in database.ask("SELECT DISTINCT country FROM cities ORDER BY 1")]
        database.ask("UPDATE countries SET population = population + %s", [bench.random.randrange(1, 10**6)])
        drawn = bench.random.sample(known, 5 * size)
        times = {code: bench.random.uniform(*self.SHORT) for code in drawn}
        times |= {drawn[start + bench.random.randrange(size)]: self.LONG for start in range(0, len(drawn), size)}
        _rules(database, times)
        pool = PoolSpec(database, size)
        main = await bench.run(
            "main", POOL, drawn, pool=pool, check=_reports(_expected(database, drawn), size), reference=True,
            before=lambda: _alone(database), essential=True, limits=Limits(seconds=9),
            say=f"{len(drawn)} reports through {size} connections, beside the reference",
        )  # fmt: skip
        if main.outcome != "returned" or not main.ledger.requests or s.never_awaited(main):
            raise Enough("main")
        few = bench.random.sample(known, size + 2)
        _rules(database, dict.fromkeys(few, 0.05), fails=few[bench.random.randrange(1, size)])
        await bench.run(
            "errors", POOL, few, pool=pool, check=lambda ran: {"size": size}, before=lambda: _alone(database),
            limits=Limits(seconds=6), say="a report that fails",
        )  # fmt: skip
        _rules(database, dict.fromkeys(few, 4.0))
        await bench.cancel(
            "cancel", POOL, few, pool=pool, check=lambda ran: {"size": size}, before=lambda: _alone(database),
            after=0.4, patience=PATIENCE, limits=Limits(seconds=12), say="cancelling it half way",
        )  # fmt: skip

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, errors = evidence["main"], evidence.get("errors")
        cancel = s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        mistakes = self._mistakes(evidence)
        codes = {mistake.code for mistake in mistakes}
        size = main.facts.get("size", 0)
        most = max(main.ledger.attempts.values(), default=0)
        demands = (
            _right_dict(self.RESULT, main),
            self.ONCE.result(most == 1, f"at most {most} each") if most else self.ONCE.unmeasured("no report"),
            d.together(self.TIME, evidence, "main", self.LONG + self.SHORT[0], bool(codes)),
            self._places(evidence, size, bool(codes)),
            _own_pool(main, size),
            d.raises(self.ERRORS, errors),
            _given_back([main, errors, cancel]),
            d.cancel_ends_it(CANCEL, cancel, PATIENCE),
            d.nothing_left(LEFT, [main, errors, cancel]),
        )
        return Judgement(demands, tuple(mistakes))

    def _used(self, evidence: Mapping[str, Evidence], size: int) -> tuple[float, float, int]:
        """How many of the connections were at work while reports were left, that share of the reference's, the most."""
        runs = rounds(evidence, "main")
        used = [s.occupancy(run, size) for run in runs]
        beside = [s.occupancy(run, size) or 1.0 for run in reference_rounds(evidence, "main")]
        shares = [one / other for one, other in zip(used, beside, strict=False)]
        return median(used), median(shares or used), max(run.ledger.peak_in_flight for run in runs)

    def _places(self, evidence: Mapping[str, Evidence], size: int, explained: bool) -> Demand:
        if not evidence["main"].ledger.requests:
            return self.PLACES.unmeasured()
        used, share, most = self._used(evidence, size)
        near = not explained and abs(share - self.IN_USE) < 0.12
        told = f"{100 * used:.0f}% of {size} at work, {100 * share:.0f}% of the reference's; {most} at most"
        return self.PLACES.result(share >= self.IN_USE and most >= size, told, near)

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        main, errors = evidence["main"], evidence.get("errors")
        cancel = s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        size = main.facts.get("size", 0)
        if main.outcome == "timed_out":
            return _listed(_stuck(main, size, len(main.ledger)))
        if shared := s.shared_connection(main):
            return [shared]
        if main.outcome == "raised":
            return []
        if never := s.never_awaited(main):
            return [never]
        lost = s.lost_task(main)
        if not main.ledger.requests and not lost:
            seen = "It returned, and the server was not asked for a single report."
            return [Mistake("learnt-by-heart" if main.facts.get("count") else "wrong-result", seen)]
        alone = self._alone(main) if not lost else None
        found: list[Mistake | None] = [alone, _fresh_connections(main, size)]
        if not (alone or lost or found[-1]):  # opening connections leaves places empty, too
            found.append(self._too_few(evidence, size))
        found += [_asked_again(main), lost or _wrong_dict(main), None if lost else _passed_over(errors, "A report")]
        found.append(_kept([main, errors, cancel]))
        found.append(s.swallowed_cancel(cancel, PATIENCE))
        if not lost:
            found.append(s.leaked_tasks(*(run for run in (main, cancel) if run)))
        return _listed(*found)

    def _alone(self, main: Evidence) -> Mistake | None:
        """One report at a time: one after the other, or all in line for one connection."""
        count, connections = len(main.ledger), main.ledger.connections
        if count < 4 or main.ledger.peak_in_flight != 1:
            return None
        on = f"{count} reports, never more than 1 at once, on {s.plural(connections, 'connection')}"
        if connections == 1 and main.facts.get("clues", {}).get("locks"):
            return Mistake("shared-connection", f"{on}: all waited in line for it.", s.clue([main], "acquired"))
        return Mistake("sequential-awaits", f"{on}: each waited for the one before.")

    def _too_few(self, evidence: Mapping[str, Evidence], size: int) -> Mistake | None:
        runs = rounds(evidence, "main")
        used, share, most = self._used(evidence, size)
        if most >= size and share >= self.IN_USE:
            return None
        if most < size:
            seen = f"Never more than {most} reports ran at once; the pool has {size} connections."
            return Mistake("too-little-concurrency", seen)
        told = f"{100 * used:.0f}% of the {size} connections were at work on average while there was work"
        where = s.clue(runs, "gather_in_loop")
        if where or all(s.in_chunks(run, size) for run in runs):
            return Mistake("chunked-gather", f"The next began only when all of a group had ended: {told}.", where)
        return Mistake("too-little-concurrency", f"Only {told}.")


def _expected(database: FreshDatabase, countries: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The reports as they must be, worked out by other SQL than the function's."""
    columns = ("country", "name", "cities", "population", "largest", "largest_population")
    rows = database.ask(
        "SELECT k.code, k.name, (SELECT count(*) FROM cities c WHERE c.country = k.code), k.population, l.name, "
        "l.population FROM countries k CROSS JOIN LATERAL (SELECT name, population FROM cities c "
        "WHERE c.country = k.code ORDER BY population DESC, id LIMIT 1) l WHERE k.code = ANY(%s)",
        [list(countries)],
    )
    return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}


def _reports(expected: dict[str, dict[str, Any]], size: int) -> Check:
    def check(ran: Ran) -> Mapping[str, Any]:
        if ran.evidence.outcome not in ("returned", "unreadable"):
            return {"size": size}
        return {"size": size, **compare.mapping(ran.value, expected)}

    return check


# ---------------------------------------------------------------- load


class Load(Task):
    """Five thousand rows beside the reference; then many, a bad row, an iterator that raises, a cancel."""

    name = "05_asyncpg.load"
    function = "load"
    parameters = ("pool", "rows")
    children = 6

    RESULT = Ask("result", "Every row is in the table, and the number is right.", "all right")
    TIME = Ask("time", "It is far quicker than row by row.", "at most 10 times a COPY")
    MEMORY = Ask("memory", "Memory stays flat, however many rows there are.", "at most 12 MiB above the start")
    BAD = Ask("bad row", "A row that the database refuses makes it raise, and nothing of the load stays.", "raises")
    BROKEN = Ask("broken source", "When the iterator raises, so does the call, and nothing stays.", "raises")
    BEFORE = Ask("before", "What was in the table before is still there.", "all of it")
    WHOLE = Ask("cancel", "A cancel from outside ends it, and nothing of the load stays.", "at once, nothing stays")
    asks = (RESULT, TIME, MEMORY, BAD, BROKEN, BEFORE, GIVEN_BACK, WHOLE)

    COUNT, MANY, ENDLESS = 5_003, 100_007, 3_000_000
    EARLIER = 25  # rows that are in the table before
    POOL_SIZE = 4
    # COPY itself 1, executemany in batches 2 to 5, row by row 17 to 60: from CLEAR on it is measured again.
    LINE, CLEAR = 10.0, 7.0
    MEMORY_LINE = 12 * MIB  # flat answers need 1 to 4; a list of all rows is 20 and more

    async def collect(self, bench: Bench) -> None:
        database = await bench.database()
        rows = Rows(self.COUNT, bench.random.getrandbits(30))
        main = await self._run(
            bench, database, "main", rows, reference=True, essential=True, seconds=15,
            say="five thousand rows, beside the reference",
        )  # fmt: skip
        if main.outcome != "returned" or s.never_awaited(main):
            raise Enough("main")
        if await _slow_again(bench, self.LINE):
            flat = main
        else:
            many = Rows(self.MANY, bench.random.getrandbits(30))
            flat = await self._run(bench, database, "many", many, seconds=20, say="a hundred thousand rows")
        bad = Rows(3_000, bench.random.getrandbits(30), bad_at=bench.random.randrange(2_600, 2_900))
        await self._run(bench, database, "bad", bad, say="a row that the database refuses")
        broken = Rows(3_000, bench.random.getrandbits(30), raises_at=bench.random.randrange(2_600, 2_900))
        await self._run(bench, database, "broken", broken, say="an iterator that raises")
        if flat.outcome != "returned" or flat.peak_memory > self.MEMORY_LINE:
            return  # what takes all rows into memory first would do so with the endless ones, too
        endless = Rows(self.ENDLESS, bench.random.getrandbits(30))
        await bench.cancel(
            "cancel", POOL, ROWS, rows=endless, pool=PoolSpec(database, self.POOL_SIZE), after=0.5,
            patience=PATIENCE, check=_table(database, endless, self.EARLIER),
            before=lambda: _earlier(database, self.EARLIER), limits=Limits(seconds=6, memory=400 * MIB),
            say="cancelling it half way",
        )  # fmt: skip

    async def _run(
        self, bench: Bench, database: FreshDatabase, name: str, rows: Rows, seconds: float = 10, **more: Any
    ) -> Evidence:
        return await bench.run(
            name, POOL, ROWS, rows=rows, pool=PoolSpec(database, self.POOL_SIZE),
            check=_table(database, rows, self.EARLIER), before=lambda: _earlier(database, self.EARLIER),
            limits=Limits(seconds=seconds), **more,
        )  # fmt: skip

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, many = evidence["main"], evidence.get("many")
        bad, broken = evidence.get("bad"), evidence.get("broken")
        cancel = s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        runs = [run for run in (main, many, bad, broken, cancel) if run]
        mistakes = self._mistakes(evidence)
        earlier = min((run.facts.get("earlier", 0) for run in runs), default=0)
        demands = (
            self._right([run for run in (main, many) if run and "right" in run.facts]),
            self._time(evidence),
            d.flat_memory(self.MEMORY, many, self.MEMORY_LINE),
            self._undone(self.BAD, bad),
            self._undone(self.BROKEN, broken),
            self.BEFORE.result(earlier == self.EARLIER, f"{earlier} of {self.EARLIER} rows"),
            _given_back(runs),
            self._cancelled(cancel),
        )
        if not self._lost_by_asyncpg(cancel):
            return Judgement(demands, tuple(mistakes))
        unmet = [demand for demand in demands if not demand.met]
        busy = bool(unmet) and all(demand.near for demand in unmet)
        return Judgement(demands, tuple(mistakes), "inconclusive" if busy else "failed" if unmet else "passed")

    def _right(self, runs: list[Evidence]) -> Demand:
        if not runs:
            return self.RESULT.unmeasured()
        if all(run.facts["right"] for run in runs):
            return self.RESULT.result(True, " and ".join(f"{run.facts['loaded']:,}" for run in runs) + " rows")
        facts = next(run for run in runs if not run.facts["right"]).facts
        told = f"{facts['loaded']:,} of {facts['expected']:,} rows in the table, returned {facts['got']}"
        return self.RESULT.result(False, told)

    def _time(self, evidence: Mapping[str, Evidence]) -> Demand:
        ratios = d.time_ratios(evidence, "main")
        if not ratios:
            return self.TIME.unmeasured()
        ratio = median(ratios)
        wall, beside = (median(run.wall for run in each) for each in _both(evidence))
        again = len(ratios) < d.MOST_ROUNDS
        near = ratio > self.CLEAR if again else min(ratios) <= self.LINE < ratio
        return self.TIME.result(
            ratio <= self.LINE, f"{ratio:.1f} times ({1000 * wall:.0f} ms against {1000 * beside:.0f} ms)", near
        )

    def _undone(self, ask: Ask, run: Evidence | None) -> Demand:
        if run is None or run.outcome not in ("raised", "returned"):
            return ask.unmeasured()
        kept = run.facts.get("loaded", 0)
        if run.outcome == "returned":
            return ask.result(False, "it returned as if nothing had been")
        return ask.result(not kept, f"raised, and {s.plural(kept, 'row') if kept else 'nothing'} stayed")

    def _cancelled(self, cancel: Evidence | None) -> Demand:
        lost = self._lost_by_asyncpg(cancel)
        met = self.WHOLE.result(True, lost) if lost else d.cancel_ends_it(self.WHOLE, cancel, PATIENCE)
        kept = cancel.facts.get("loaded", 0) if cancel and cancel.outcome != "timed_out" else 0
        if met.met and kept:
            return self.WHOLE.result(False, f"{met.measured}, and {s.plural(kept, 'row')} stayed")
        return met

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        main, many = evidence["main"], evidence.get("many")
        bad, broken = evidence.get("bad"), evidence.get("broken")
        cancel = s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        if shared := s.shared_connection(main):
            return [shared]
        slow = self._row_by_row(evidence)
        if main.outcome != "returned":
            return _listed(slow)
        if never := s.never_awaited(main):
            return [never]
        failed = [run for run in (bad, broken) if run]
        found: list[Mistake | None] = [slow, self._in_memory(many)]
        found.append(self._half_kept([*failed, *([cancel] if cancel else [])]))
        found.append(self._earlier_gone([main, *failed]))
        found.append(next((m for m in map(self._wrong, [main, *([many] if many else [])]) if m), None))
        found.append(next((m for m in (_passed_over(run, "A row or the iterator") for run in failed) if m), None))
        found.append(_kept([main, *failed, cancel]))
        if not self._lost_by_asyncpg(cancel):
            found.append(s.swallowed_cancel(cancel, PATIENCE))
        found.append(s.leaked_tasks(*(run for run in (main, cancel) if run)))
        return _listed(*found)

    def _lost_by_asyncpg(self, cancel: Evidence | None) -> str:
        """Why a cancel never reached the answer, where that is no fault of the answer's."""
        if cancel is None or cancel.cancelled_after is None:
            return ""
        # asyncpg 0.32 loses one that comes while executemany waits for room to send.
        if cancel.outcome == "timed_out" and any("executemany(" in place.text for place in cancel.stuck_at):
            return "asyncpg lost the cancel in executemany; smaller batches hear it"
        # During a COPY it gives the loop a turn only where the server is slower than the rows: the machine's doing.
        for hold in cancel.holds:
            covers = hold.start <= cancel.cancelled_after and hold.start + hold.seconds >= cancel.wall - PATIENCE
            if covers and any(frame.startswith("asyncpg/") and "_copy_in" in frame for frame in hold.stack):
                return "COPY drew the rows without a pause, and the loop could not hear it; batches let it in"
        return ""

    def _row_by_row(self, evidence: Mapping[str, Evidence]) -> Mistake | None:
        main = evidence["main"]
        if main.outcome == "timed_out":
            place = main.stuck_at[0] if main.stuck_at else None
            if place is None or not any(word in place.text for word in ("execute(", "fetch", "INSERT")):
                return None
            seen = f"After {main.wall:.0f} s {self.COUNT} rows were still on their way, one round trip after the other."
            return Mistake("row-by-row", seen, place.line)
        ratios = d.time_ratios(evidence, "main")
        if not ratios or median(ratios) <= self.LINE:
            return None
        seen = (
            f"{self.COUNT} rows took {1000 * main.wall:.0f} ms, {1e6 * main.wall / self.COUNT:.0f} µs each: "
            f"{median(ratios):.0f} times as long as one COPY beside it."
        )
        return Mistake("row-by-row", seen)

    def _in_memory(self, many: Evidence | None) -> Mistake | None:
        if many is None or many.outcome != "returned" or many.peak_memory <= self.MEMORY_LINE:
            return None
        seen = (
            f"Memory rose by {s.mib(many.peak_memory)} for {self.MANY:,} rows; taken from the iterator as they are "
            f"sent, it stays below {s.mib(self.MEMORY_LINE)}."
        )
        return Mistake("everything-in-memory", seen)

    def _half_kept(self, runs: list[Evidence]) -> Mistake | None:
        for run in runs:
            kept = run.facts.get("loaded", 0)
            if kept and run.outcome in ("raised", "cancelled"):
                how = {"raised": "failed", "cancelled": "was cancelled"}[run.outcome]
                return Mistake("not-atomic", f"The load {how}, and {kept:,} of its rows stayed in the table.")
        return None

    def _earlier_gone(self, runs: list[Evidence]) -> Mistake | None:
        for run in runs:
            if (still := run.facts.get("earlier", self.EARLIER)) < self.EARLIER:
                how = "returned" if run.outcome == "returned" else "failed"
                seen = f"{self.EARLIER} rows were in the table before; after the load had {how}, {still} were left."
                return Mistake("wrong-result" if how == "returned" else "not-atomic", seen)
        return None

    def _wrong(self, run: Evidence) -> Mistake | None:
        facts = run.facts
        if facts.get("right", True):
            return None
        if facts["loaded"] != facts["expected"] or facts["wrong"]:
            wrong = f", {facts['wrong']} of them wrong" if facts["wrong"] else ""
            return Mistake(
                "wrong-result", f"{facts['loaded']:,} of {facts['expected']:,} rows are in the table{wrong}."
            )
        return Mistake("wrong-result", f"All {facts['expected']:,} rows are there, and it returned {facts['got']}.")


COUNT_ROWS = "SELECT count(*) FILTER (WHERE id < 0), count(*) FILTER (WHERE id > 0) FROM readings"


def _earlier(database: FreshDatabase, count: int) -> None:
    """The table as it is before a load: some rows with numbers below zero."""
    _alone(database)
    database.ask("TRUNCATE readings")
    database.ask(
        "INSERT INTO readings SELECT -n, n, timestamptz '2020-01-01Z', n / 8.0 FROM generate_series(1, %s) AS n",
        [count],
    )


def _table(database: FreshDatabase, rows: Rows, earlier: int) -> Check:
    """What stands in the table, and what came back."""

    def check(ran: Ran) -> Mapping[str, Any]:
        _alone(database)
        before, loaded = database.ask(
            "SELECT count(*) FILTER (WHERE id < 0), count(*) FILTER (WHERE id > 0) FROM readings"
        )[0]
        facts: dict[str, Any] = {"earlier": before, "loaded": loaded}
        if ran.evidence.outcome != "returned" or rows.bad_at is not None or rows.raises_at is not None:
            return facts
        if ran.evidence.cancelled_after is not None:
            return facts
        wrong = 0
        if rows.count <= 10_000:  # each of them; of more only their number
            wanted = {row[0]: row for row in made_rows(rows.count, rows.seed)}
            there = database.ask("SELECT id, station, taken_at, value FROM readings WHERE id > 0")
            wrong = sum(wanted.get(row[0]) != row for row in there)
        right = loaded == rows.count and not wrong and compare.same(ran.value, rows.count)
        return {**facts, "right": right, "expected": rows.count, "wrong": wrong, "got": compare.shown(ran.value)}

    return check


# ---------------------------------------------------------------- transfer


class Transfer(Task):
    """Moves that meet, some of them refused; moves that don't meet; two cancels in the middle of things."""

    name = "05_asyncpg.transfer"
    function = "transfer"
    parameters = ("pool", "moves")
    children = 5

    RESULT = Ask("balances", "Every account ends with the balance that it must have.", "all right")
    COUNTED = Ask("number", "The number of moves carried out is right.", "the refused ones not counted")
    SEVERAL = Ask("together", "Several moves are under way at once.", "at least 3 at once")
    COMES_THROUGH = Ask("no deadlock", "It comes to its end and raises nothing.", "returns")
    WHOLE = Ask("whole moves", "A cancel half way leaves no half move.", "the sum stays what it was")
    asks = (RESULT, COUNTED, SEVERAL, NO_OTHERS, COMES_THROUGH, WHOLE, GIVEN_BACK, CANCEL, LEFT)

    POOL_SIZE = 8
    ACCOUNTS, START = 24, 1_000
    PAUSE = 0.012  # seconds that the server takes to change an account
    LEAST = 3

    async def collect(self, bench: Bench) -> None:
        database = await bench.database()
        database.ask(SLOW_ACCOUNTS)
        main = await self._run(
            bench, database, "main", self._meeting(bench, 70, 8), essential=True, seconds=12, reference=True,
            say="moves that meet",
        )  # fmt: skip
        if main.outcome != "returned" or s.never_awaited(main):
            raise Enough("main")
        if not main.facts["right"]:
            await self._run(bench, database, "calm", self._apart(bench), say="moves that don't meet")
        for name in ("cancel", "cancel.2"):
            await self._cut(bench, database, name)

    async def _cut(self, bench: Bench, database: FreshDatabase, name: str) -> None:
        """Accounts that take different times: so moves stand at different places when the cancel comes."""
        accounts = self._accounts(bench)
        pauses = [bench.random.uniform(0.02, 0.09) for _ in accounts]
        await bench.run(
            name, POOL, self._meeting(bench, 160, 0), pool=PoolSpec(database, self.POOL_SIZE),
            before=lambda: _open_accounts(database, accounts, pauses), check=_sum_kept(database, accounts),
            cancel_after=0.45 + 0.1 * bench.random.random(), limits=Limits(seconds=12), say="cancelling it half way",
        )  # fmt: skip

    async def _run(
        self, bench: Bench, database: FreshDatabase, name: str, moves: list[tuple[int, int, int]], seconds: float = 8,
        **more: Any,
    ) -> Evidence:  # fmt: skip
        accounts = self._accounts(bench)
        return await bench.run(
            name, POOL, moves, pool=PoolSpec(database, self.POOL_SIZE), check=_balances(database, accounts, moves),
            before=lambda: _open_accounts(database, accounts, [self.PAUSE] * len(accounts)),
            limits=Limits(seconds=seconds), **more,
        )  # fmt: skip

    def _accounts(self, bench: Bench) -> dict[int, int]:
        return {number: self.START + bench.random.randrange(500) for number in range(1, self.ACCOUNTS + 1)}

    def _meeting(self, bench: Bench, count: int, refused: int) -> list[tuple[int, int, int]]:
        """Moves there and back right after each other; some far beyond what any account will ever have."""
        draw, moves = bench.random, list[tuple[int, int, int]]()
        while len(moves) < count:
            one, other = draw.sample(range(1, self.ACCOUNTS + 1), 2)
            moves += [(one, other, draw.randrange(1, 9)), (other, one, draw.randrange(1, 9))]
        for _ in range(refused):
            one, other = draw.sample(range(1, self.ACCOUNTS + 1), 2)
            moves.insert(draw.randrange(len(moves)), (one, other, 10**6 + draw.randrange(10**6)))
        return moves

    def _apart(self, bench: Bench) -> list[tuple[int, int, int]]:
        """Moves of which no two touch the same account; a third of them is refused."""
        order = bench.random.sample(range(1, self.ACCOUNTS + 1), self.ACCOUNTS)
        pairs = zip(order[::2], order[1::2], strict=True)
        return [(one, other, 10**6 + 1 if i % 3 == 0 else 5 + i) for i, (one, other) in enumerate(pairs)]

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main = evidence["main"]
        cancels = rounds(evidence, "cancel")
        cancel = s.cancelled_run(cancels, PATIENCE)
        facts, most = main.facts, main.ledger.peak_in_flight
        kept = [run.facts.get("lost", 0) for run in cancels]
        through = main.outcome == "returned"
        ended = {"raised": f"raised {_names(main.error)}", "timed_out": f"still running after {main.wall:.0f} s"}
        demands = (
            self.RESULT.result(facts["right"], f"{facts['wrong']} of {self.ACCOUNTS} accounts wrong")
            if "right" in facts else self.RESULT.unmeasured(),
            self.COUNTED.result(facts["counted"], f"{facts['got']} returned, {facts['expected']} carried out")
            if "counted" in facts else self.COUNTED.unmeasured(),
            self.SEVERAL.result(most >= self.LEAST, f"{most} changes at once, at most"),
            _own_pool(main, self.POOL_SIZE),
            self.COMES_THROUGH.result(through, "returned" if through else ended.get(main.outcome, main.outcome)),
            self.WHOLE.result(not any(kept), _sums(kept)) if cancels else self.WHOLE.unmeasured(),
            _given_back([main, *cancels]),
            d.cancel_ends_it(CANCEL, cancel, PATIENCE),
            d.nothing_left(LEFT, [main, cancel]),
        )  # fmt: skip
        return Judgement(demands, tuple(self._mistakes(evidence)))

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        main, calm = evidence["main"], evidence.get("calm")
        cancels = rounds(evidence, "cancel")
        cancel = s.cancelled_run(cancels, PATIENCE)
        if main.outcome == "timed_out":
            return _listed(_stuck(main, self.POOL_SIZE, len(main.ledger)))
        if mistake := s.shared_connection(main) or _deadlocked(main):
            return [mistake]
        if main.outcome == "raised":
            return []
        if never := s.never_awaited(main):
            return [never]
        lost = s.lost_task(main)
        found: list[Mistake | None] = [lost or self._wrong(main, calm), None if lost else self._alone(main)]
        found.append(_fresh_connections(main, self.POOL_SIZE))
        if not found[0]:
            found.append(self._half_moves(cancels))
        found += [_kept([main, *cancels]), s.swallowed_cancel(cancel, PATIENCE)]
        if not lost:
            found.append(s.leaked_tasks(*(run for run in (main, cancel) if run)))
        return _listed(*found)

    def _wrong(self, main: Evidence, calm: Evidence | None) -> Mistake | None:
        facts = main.facts
        if facts.get("right", True) and facts.get("counted", True):
            return None
        if facts["right"]:
            seen = f"It returned {facts['got']}; {facts['expected']} could be carried out, {facts['refused']} not."
            return Mistake("wrong-result", seen)
        told = f"{facts['wrong']} of {self.ACCOUNTS} accounts are wrong, the sum is off by {facts['lost']:+,}"
        if calm is not None and calm.facts.get("right"):
            return Mistake("race", f"{told}; with moves that don't touch the same accounts all were right.")
        if calm is not None and calm.facts.get("credited"):
            seen = f"{told}: {calm.facts['credited']} refused moves changed one of their two accounts all the same."
            return Mistake("not-atomic", seen)
        return Mistake("wrong-result", f"{told}, and so it is with moves that don't meet.")

    def _alone(self, main: Evidence) -> Mistake | None:
        most, count = main.ledger.peak_in_flight, len(main.ledger)
        if most >= self.LEAST or count < 10:
            return None
        told = f"{count} changes of accounts, never more than {most} at once, of {self.POOL_SIZE} connections"
        several = main.ledger.connections > 1 or s.clue([main], "gathers")
        if most == 1 and not several:
            return Mistake("sequential-awaits", f"{told}: each move waited for the one before.")
        if main.ledger.connections == 1 and not s.clue([main], "acquire_per_item"):
            return Mistake("shared-connection", f"{told}: all waited in line for one.", s.clue([main], "acquired"))
        return Mistake("too-little-concurrency", f"{told}.")

    def _half_moves(self, cancels: list[Evidence]) -> Mistake | None:
        for run in cancels:
            if lost := run.facts.get("lost"):
                seen = f"Cancelled half way, it left half a move: the sum of all balances is off by {lost:+,}."
                return Mistake("not-atomic", seen)
        return None


SLOW_ACCOUNTS = """
CREATE FUNCTION lab.slow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    began timestamptz := clock_timestamp();
BEGIN
    PERFORM pg_sleep((SELECT seconds FROM lab.rules WHERE asked = 'account ' || NEW.id));
    INSERT INTO lab.calls VALUES ('account ' || NEW.id, pg_backend_pid(), began, clock_timestamp());
    RETURN NEW;
END $$;
CREATE TRIGGER slow BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION lab.slow();
"""


def _open_accounts(database: FreshDatabase, accounts: Mapping[int, int], pauses: Sequence[float]) -> None:
    _alone(database)
    database.ask("TRUNCATE accounts")
    database.ask(
        "INSERT INTO accounts SELECT * FROM unnest(%s::int[], %s::bigint[])", [list(accounts), list(accounts.values())]
    )
    _rules(database, {f"account {number}": pause for number, pause in zip(accounts, pauses, strict=True)})


def _there(database: FreshDatabase) -> dict[int, int]:
    _alone(database)
    return {row[0]: row[1] for row in database.ask("SELECT id, balance FROM accounts")}


def _balances(database: FreshDatabase, accounts: Mapping[int, int], moves: Sequence[tuple[int, int, int]]) -> Check:
    def check(ran: Ran) -> Mapping[str, Any]:
        if ran.evidence.outcome != "returned":
            return {}
        wanted, refused, touched = dict(accounts), 0, set[int]()
        for source, target, amount in moves:
            if amount >= 10**6:
                refused += 1
                touched |= {source, target}
            else:
                wanted[source] -= amount
                wanted[target] += amount
        there = _there(database)
        wrong = [number for number in wanted if there.get(number) != wanted[number]]
        done = len(moves) - refused
        return {
            "right": not wrong,
            "wrong": len(wrong),
            "lost": sum(there.values()) - sum(accounts.values()),
            "credited": len(set(wrong) & touched),
            "counted": compare.same(ran.value, done),
            "got": compare.shown(ran.value),
            "expected": done,
            "refused": refused,
        }

    return check


def _sum_kept(database: FreshDatabase, accounts: Mapping[int, int]) -> Check:
    return lambda ran: {"lost": sum(_there(database).values()) - sum(accounts.values())}


def _sums(lost: Sequence[int]) -> str:
    return f"off by {max(lost, key=abs):+,}" if any(lost) else f"kept, in {len(lost)} of {len(lost)} tries"


# ---------------------------------------------------------------- export


class Export(Task):
    """Some thousand rows beside the reference; many for the memory; a write that has to be awaited; a cancel."""

    name = "05_asyncpg.export"
    function = "export"
    parameters = ("pool", "write")
    stretch = True
    children = 5

    RESULT = Ask("result", "Every row is written once, as a tuple, and the number is right.", "all right")
    AWAITED = Ask("awaited", "A write that is a coroutine function is awaited.", "all rows written")
    MEMORY = Ask("memory", "Memory stays flat while the rows come out.", "at most 4 MiB above the start")
    TIME = Ask("time", "The rows come in batches.", f"at most {d.TIME_LINE:.0f} times the reference")
    asks = (RESULT, AWAITED, MEMORY, TIME, GIVEN_BACK, CANCEL, LEFT)

    COUNT, MANY, FEW = 5_007, 20_007, 2_507
    POOL_SIZE = 3
    MEMORY_LINE = 4 * MIB

    async def collect(self, bench: Bench) -> None:
        database = await bench.database()
        pool = PoolSpec(database, self.POOL_SIZE)
        _fill(database, self.COUNT, bench.random.randrange(1, 10**6))
        main = await bench.run(
            "main", POOL, WRITE, pool=pool, check=_written(database), before=lambda: _alone(database), reference=True,
            essential=True, limits=Limits(seconds=12), say="five thousand rows, beside the reference",
        )  # fmt: skip
        if main.outcome != "returned":
            raise Enough("main")
        slow = await _slow_again(bench, d.TIME_LINE)
        _fill(database, self.MANY, bench.random.randrange(1, 10**6))
        if not slow:
            await bench.run(
                "many", POOL, WRITE, pool=pool, check=_written(database), before=lambda: _alone(database),
                essential=True, limits=Limits(seconds=15), say="twenty thousand rows",
            )  # fmt: skip
        await bench.cancel(
            "cancel", POOL, WRITE, pool=pool, write_async=True, check=lambda ran: {}, after=0.25,
            before=lambda: _alone(database), patience=PATIENCE, limits=Limits(seconds=14),
            say="cancelling it half way",
        )  # fmt: skip
        _fill(database, self.FEW, bench.random.randrange(1, 10**6))
        await bench.run(
            "awaited", POOL, WRITE, pool=pool, write_async=True, check=_written(database), essential=True,
            before=lambda: _alone(database), limits=Limits(seconds=10), say="a write that has to be awaited",
        )  # fmt: skip

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, awaited = evidence["main"], evidence.get("awaited")
        cancel = s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        mistakes = self._mistakes(evidence)
        codes = {mistake.code for mistake in mistakes}
        demands = (
            self._rows(self.RESULT, main),
            self._rows(self.AWAITED, awaited),
            d.flat_memory(self.MEMORY, evidence.get("many"), self.MEMORY_LINE),
            d.together(self.TIME, evidence, "main", 0.5, bool(codes - {"row-by-row"})),
            _given_back([main, awaited, cancel]),
            d.cancel_ends_it(CANCEL, cancel, PATIENCE),
            d.nothing_left(LEFT, [main, awaited, cancel]),
        )
        return Judgement(demands, tuple(mistakes))

    def _rows(self, ask: Ask, run: Evidence | None) -> Demand:
        if run is None or "right" not in run.facts:
            return ask.unmeasured()
        facts = run.facts
        told = f"{facts['whole']:,} of {facts['expected']:,} rows written, returned {facts['got']}"
        return ask.result(facts["right"], told)

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        main, awaited = evidence["main"], evidence.get("awaited")
        cancel = s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        many, ratios = evidence.get("many"), d.time_ratios(evidence, "main")
        if shared := s.shared_connection(main):
            return [shared]
        if main.outcome == "timed_out":
            place = next((each for each in main.stuck_at if "fetch" in each.text), None)
            seen = f"After {main.wall:.0f} s {self.COUNT:,} rows were still coming, one round trip after the other."
            return [Mistake("row-by-row", seen, place.line)] if place else []
        if main.outcome != "returned":
            return []
        if awaited and (never := s.never_awaited(awaited)):
            return [never]
        runs = [run for run in (main, many, awaited) if run]
        lost = next((m for m in map(s.lost_task, runs) if m), None)
        found = [lost or next((m for m in map(self._wrong, runs) if m), None)]
        if many and many.outcome == "returned" and many.peak_memory > self.MEMORY_LINE:
            seen = (
                f"Memory rose by {s.mib(many.peak_memory)} for {self.MANY:,} rows; in batches through a cursor it "
                f"stays below {s.mib(self.MEMORY_LINE)}."
            )
            found.append(Mistake("everything-in-memory", seen))
        if ratios and median(ratios) > d.TIME_LINE and not any(found):
            seen = (
                f"{self.COUNT:,} rows took {main.wall:.1f} s, {1e6 * main.wall / self.COUNT:.0f} µs each: "
                f"{median(ratios):.1f} times as long as in batches of 500."
            )
            found.append(Mistake("row-by-row", seen))
        found += [_kept([main, awaited, cancel]), s.swallowed_cancel(cancel, PATIENCE)]
        if not lost:
            found.append(s.leaked_tasks(*(run for run in (main, cancel) if run)))
        return _listed(*found)

    def _wrong(self, run: Evidence) -> Mistake | None:
        facts = run.facts
        if facts.get("right", True):
            return None
        if facts["no_tuples"]:
            seen = f"{facts['no_tuples']:,} times something else than a tuple was written: {facts['example']}"
            return Mistake("wrong-result", seen)
        if facts["whole"] < facts["expected"] or facts["extra"]:
            more = f", and {facts['extra']:,} that are wrong or came twice" if facts["extra"] else ""
            return Mistake("wrong-result", f"{facts['whole']:,} of {facts['expected']:,} rows were written{more}.")
        return Mistake("wrong-result", f"All {facts['expected']:,} rows were written, and it returned {facts['got']}.")


def _fill(database: FreshDatabase, count: int, seed: int) -> None:
    _alone(database)
    database.ask("TRUNCATE readings")
    database.ask(
        "INSERT INTO readings SELECT n, 1 + (n * 7919 + %s) %% 499, timestamptz '2024-01-01Z' + n * interval '37 s', "
        "((n::bigint * 48271 + %s) %% 100003) / 64.0 FROM generate_series(1, %s) AS n",
        [seed, seed, count],
    )


def _written(database: FreshDatabase) -> Check:
    def check(ran: Ran) -> Mapping[str, Any]:
        if ran.evidence.outcome != "returned":
            return {}
        written = ran.evidence.facts.get("written", ())
        others = [row for row in written if type(row) is not tuple]
        there = Counter(database.ask("SELECT id, station, taken_at, value FROM readings"))
        count = there.total()
        came = Counter(row for row in written if type(row) is tuple and _plain(row))
        whole = (came & there).total()
        extra = len(written) - len(others) - whole
        return {
            "right": whole == count and not extra and not others and compare.same(ran.value, count),
            "whole": whole,
            "extra": extra,
            "no_tuples": len(others),
            "example": compare.shown(others[0]) if others else "",
            "expected": count,
            "got": compare.shown(ran.value),
        }

    return check


def _plain(row: tuple[Any, ...]) -> bool:
    try:
        hash(row)
    except TypeError:
        return False
    return True


# ---------------------------------------------------------------- the database beside a run


def _alone(database: FreshDatabase) -> None:
    """Ends what a run may have left in the server: a statement goes on there when its client has gone."""
    database.ask(
        "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )


def _rules(database: FreshDatabase, seconds: Mapping[str, float], fails: str | None = None) -> None:
    database.ask("TRUNCATE lab.rules")
    database.ask(
        "INSERT INTO lab.rules SELECT asked, seconds, CASE WHEN asked = %s THEN 'there is no such report today' END "
        "FROM unnest(%s::text[], %s::float8[]) AS given(asked, seconds)",
        [fails, list(seconds), list(seconds.values())],
    )


# ---------------------------------------------------------------- demands that they share


def _right_dict(ask: Ask, run: Evidence) -> Demand:
    facts = run.facts
    if "right" not in facts:
        return ask.unmeasured()
    if facts["right"]:
        return ask.result(True, f"{facts['count']} reports")
    if facts["kind"] != "dict":
        return ask.result(False, f"no dict: {facts['got']}")
    return ask.result(False, f"{facts['missing']} missing, {facts['wrong']} wrong, {facts['extra']} too many")


def _own_pool(run: Evidence, size: int) -> Demand:
    connections = run.ledger.connections
    if not connections:
        return NO_OTHERS.unmeasured()
    return NO_OTHERS.result(connections <= size, f"{connections} used; the pool has {size}")


def _given_back(runs: Sequence[Evidence | None]) -> Demand:
    seen = [run for run in runs if run and "pool" in run.facts]
    if not seen:
        return GIVEN_BACK.unmeasured()
    kept = max(_held(run) for run in seen)
    return GIVEN_BACK.result(not kept, f"{s.plural(kept, 'connection')} kept" if kept else "none kept")


async def _slow_again(bench: Bench, times: float) -> bool:
    """Whether "main" took so many times as long as the reference, and did so when it was measured once more."""
    if min(d.time_ratios(bench.evidence, "main")) > times:
        await bench.repeat()
    return min(d.time_ratios(bench.evidence, "main")) > times


def _both(evidence: Mapping[str, Evidence]) -> Iterator[list[Evidence]]:
    yield rounds(evidence, "main")
    yield reference_rounds(evidence, "main")


# ---------------------------------------------------------------- mistakes that they share


def _listed(*found: Mistake | None) -> list[Mistake]:
    return [mistake for mistake in found if mistake]


def _held(run: Evidence) -> int:
    """Connections that were not given back. A task that still runs may have one by right."""
    running = sum(left.what == "task" and left.seconds is None for left in run.left)
    return max(0, int(run.facts.get("pool", {}).get("held_after", 0)) - running)


def _kept(runs: Sequence[Evidence | None]) -> Mistake | None:
    for run in runs:
        if run is not None and (kept := _held(run)):
            how = {"raised": "failed", "cancelled": "was cancelled"}.get(run.outcome, "returned")
            verb = "was" if kept == 1 else "were"
            seen = f"After the call had {how}, {s.plural(kept, 'connection')} {verb} not given back to the pool."
            return Mistake("leaked-connections", seen.replace("had was", "was"), s.clue([run], "acquired"))
    return None


def _stuck(run: Evidence, size: int, done: int) -> Mistake | None:
    """Everybody waited for a connection: those who had one kept it, or wanted a second."""
    waiting = [place for place in run.stuck_at if "acquire(" in place.text or "pool.fetch" in place.text]
    if not waiting:
        return None
    place = waiting[0]
    lines = sorted({each.line for each in waiting})
    if done and len(lines) == 1:
        seen = (
            f"After {run.wall:.0f} s tasks still waited for a connection, at line {place.line}: the pool has {size}, "
            "and those who had had one had not given it back."
        )
        return Mistake("leaked-connections", seen, place.line)
    at = f"line {lines[0]}" if len(lines) == 1 else f"lines {', '.join(map(str, lines))}"
    seen = (
        f"After {run.wall:.0f} s all waited for a connection, at {at}: the pool's {size} were held by tasks that "
        "wanted a second one."
    )
    return Mistake("deadlock", seen, place.line)


def _deadlocked(run: Evidence) -> Mistake | None:
    """The server's own words for a circle of waiting."""
    for error in s.errors(run.error):
        if "DeadlockDetectedError" in (error.type.rpartition(".")[2], *error.bases):
            seen = "Two opposite moves each held a row that the other wanted; the server ended one: deadlock detected."
            return Mistake("deadlock", seen, error.line)
    return None


def _names(error: Raised | None) -> str:
    names = [each.type.rpartition(".")[2] for each in s.errors(error) if not each.inner]
    return names[0] if names else "something"


def _fresh_connections(run: Evidence, size: int) -> Mistake | None:
    connections, count = run.ledger.connections, len(run.ledger)
    if connections <= 2 * size:
        return None
    seen = f"{count} queries came on {connections} connections; the pool has {size}."
    return Mistake("connection-per-query", seen, s.clue([run], "closes"))


def _asked_again(run: Evidence) -> Mistake | None:
    again = {path: count for path, count in run.ledger.attempts.items() if count > 1}
    if not again:
        return None
    path, most = max(again.items(), key=lambda item: item[1])
    told = f"{len(run.ledger)} queries for {len(run.ledger.attempts)} reports: {path} was asked for {most} times."
    return Mistake("fetched-twice", told)


def _wrong_dict(run: Evidence) -> Mistake | None:
    facts = run.facts
    if facts.get("right", True):
        return None
    if facts["kind"] != "dict":
        return Mistake("wrong-result", f"It returned no dict but {facts['got']}.")
    told = f"{facts['missing']} of {facts['expected']} missing, {facts['extra']} too many, {facts['wrong']} wrong"
    if facts["wrong"]:
        told += f"; one of them: {facts['got']} in the place of {facts['wanted']}"
    return Mistake("wrong-result", f"{told}.")


def _passed_over(run: Evidence | None, what: str) -> Mistake | None:
    if run is None or run.outcome != "returned":
        return None
    if run.lost_exceptions:
        seen = f"{what} failed, and its task's exception was never looked at: {run.lost_exceptions[0][:160]}"
        return Mistake("lost-exception", seen)
    return Mistake("swallowed-exception", f"{what} failed, and the call returned as if nothing had been.")


TASKS = [Reports(), Load(), Transfer(), Export()]
