"""How the three tasks of lesson 03 are graded.

The supervisor keeps each job's time and value and notes when it began and how it ended, so nearly everything is
counted: how many ran at once, what was drawn ahead, what still ran when the call was over. Jobs take tenths of a
second, and a clean-up three of them, so that the counts mean the same on a busy machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from asynclab.grader import Ask, Bench, Demand, Enough, Judgement, Mistake, Ran, Task, compare
from asynclab.grader import demands as d
from asynclab.grader import symptoms as s
from asynclab.grader.judging import rounds
from asynclab.measure import JOBS, JOBS_ITERATOR, Jobs, JobSpec
from asynclab.measure.evidence import Evidence, Limits, Raised
from asynclab.services.ledger import Ledger, Request

Check = Callable[[Ran], Mapping[str, Any]]

PATIENCE = 1.0  # seconds that a cancelled call may take to be over, its jobs' clean-up included
CLEAN_UP = 0.3  # seconds that a cancelled job takes to come to its end
ONCE = Ask("once", "Each job is called once.", "1 call a job")
CANCEL = Ask("cancel", "Cancelling the call from outside ends it, and its jobs with it.", "at once, all cleaned up")
LEFT = Ask("left", "When it is over, nothing is left running.", "no job, no task")


# ---------------------------------------------------------------- outcomes


class Outcomes(Task):
    """Jobs that all succeed, beside the reference; then some that fail, one that is cancelled, and a cancel."""

    name = "03_gather.outcomes"
    function = "outcomes"
    parameters = ("jobs",)
    children = 5

    RESULT = Ask("result", "Every result is there, in the order of the jobs.", "all right, in order")
    TOGETHER = Ask("together", "All jobs run at once.", "as many at once as there are jobs")
    TIME = Ask("time", "It takes no longer than its longest job.", f"at most {d.TIME_LINE:.0f} times the reference")
    FAILED = Ask("failures", "A job that fails has its exception in its place, and ends nothing else.", "all right")
    OWN = Ask(
        "own cancel", "A job that is cancelled on its own counts as an outcome too.", "CancelledError in its place"
    )
    asks = (RESULT, TOGETHER, TIME, ONCE, FAILED, OWN, CANCEL, LEFT)

    COUNT, SHORT, LONG = 12, 0.15, 0.6
    ERRORS = ("ValueError", "OSError", "TimeoutError", "LookupError")

    async def collect(self, bench: Bench) -> None:
        jobs = _drawn(bench, self.COUNT, self.SHORT, self.LONG)
        main = await bench.run(
            "main", JOBS, jobs=jobs, check=_entries(jobs), reference=True, essential=True,
            limits=Limits(seconds=15), say="twelve jobs, beside the reference",
        )  # fmt: skip
        if main.outcome != "returned" or s.never_awaited(main):
            raise Enough("main")
        jobs = _drawn(bench, 8, 0.2, 0.4)
        for place, error in zip(bench.random.sample(range(7), 3), bench.random.sample(self.ERRORS, 3), strict=True):
            jobs[place] = _failing(jobs[place], error)
        # One takes longer than anybody's patience with it, and is no failure.
        jobs[7] = JobSpec(1.4, jobs[7].value)
        await bench.run(
            "failing", JOBS, jobs=jobs, check=_entries(jobs), limits=Limits(seconds=12), say="some jobs that fail"
        )
        jobs = _drawn(bench, 5, 0.2, 0.4)
        place = bench.random.randrange(5)
        jobs[place] = JobSpec(jobs[place].seconds, error=("CancelledError", ""))
        await bench.run(
            "own", JOBS, jobs=jobs, check=_entries(jobs), limits=Limits(seconds=8), say="a job that is cancelled"
        )
        slow = [JobSpec(3.0, job.value, cleanup=CLEAN_UP) for job in _drawn(bench, 6, 1, 1)]
        await bench.cancel(
            "cancel", JOBS, jobs=slow, after=0.4, patience=PATIENCE, limits=Limits(seconds=12), say="cancelling it"
        )

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, failing, own = evidence["main"], evidence.get("failing"), evidence.get("own")
        cancel = s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        mistakes = self._mistakes(main, failing, own, cancel)
        codes = {mistake.code for mistake in mistakes}
        runs = [run for run in (main, failing, own) if run]
        most = _most(main)
        demands = (
            d.right_list(self.RESULT, [main]),
            self.TOGETHER.result(most >= self.COUNT, f"{most} at most, of {self.COUNT}"),
            d.together(self.TIME, evidence, "main", self.LONG, bool(codes)),
            _called_once(runs),
            self._entries(self.FAILED, failing),
            self._entries(self.OWN, own),
            d.cancel_ends_it(CANCEL, cancel, PATIENCE),
            # What still ran after one failure had ended the call is that one mistake, and told there.
            d.nothing_left(LEFT, [run for run in (*runs, cancel) if run and run.outcome in ("returned", "cancelled")]),
        )
        return Judgement(demands, tuple(mistakes))

    def _entries(self, ask: Ask, run: Evidence | None) -> Demand:
        if run is None or run.outcome not in ("returned", "raised", "cancelled"):
            return ask.unmeasured()
        if run.outcome != "returned":
            return ask.result(False, f"the call raised {_short(run.error)}")
        return d.right_list(ask, [run])

    def _mistakes(
        self, main: Evidence, failing: Evidence | None, own: Evidence | None, cancel: Evidence | None
    ) -> list[Mistake]:
        if never := s.never_awaited(main):
            return [never]
        lists = [run for run in (main, failing, own) if run]
        alone = _sequential(main, self.COUNT)
        lost = next((m for m in map(_lost_task, lists) if m), None)
        ends = next((m for m in (_ends_all(run) for run in lists[1:]) if m), None)
        found: list[Mistake | None] = [alone, _too_few(main, self.COUNT) if not alone else None, ends, lost]
        found.append(next((m for m in map(_called_twice, lists) if m), None))
        if not (lost or ends):
            found.append(next((m for m in map(_wrong_entries, lists) if m), None))
        # Where one failure ends it, a cancelled job does too: only a call that went on has swallowed its cancel.
        found.append(_swallowed(cancel))
        if not lost:
            found.append(_leaked([run for run in (*lists, cancel) if run and run.outcome in ("returned", "cancelled")]))
        return [mistake for mistake in found if mistake]


# ---------------------------------------------------------------- bounded


class Bounded(Task):
    """Jobs in each of whose fours one takes five times as long; one that fails; a cancel; and thousands."""

    name = "03_gather.bounded"
    function = "bounded"
    parameters = ("jobs", "limit")
    children = 5

    RESULT = Ask("result", "Every result is there, in the order of the jobs.", "all right, in order")
    MOST_AT_ONCE = Ask("limit", "Never more than `limit` jobs run at once.", "at most the limit")
    PLACES = Ask("places", "As many as `limit` run while there is work.", "70% of the places in use on average")
    TIME = Ask("time", "It takes no longer than it must.", f"at most {d.TIME_LINE:.0f} times the reference")
    AHEAD = Ask(
        "ahead",
        "Jobs are drawn from the iterator as places become free, so memory stays flat.",
        "about the limit ahead",
    )
    ERRORS = Ask(
        "failures", "A job's exception reaches the caller, and no other job goes on.", "raised, nothing runs on"
    )
    asks = (RESULT, MOST_AT_ONCE, PLACES, TIME, AHEAD, ONCE, ERRORS, CANCEL, LEFT)

    LIMIT, COUNT, SHORT, LONG = 4, 28, 0.1, 0.5
    IN_USE = 0.7  # refilled at once 0.95 to 1.0; in chunks 0.4; three of four 0.75, told by their number
    FAILS_AT = 2
    MANY, MANY_LIMIT = 2000, 40
    # Jobs drawn and not begun: a worker each holds one, a queue holds limit + 1, who fills it one: 2 * limit + 2.
    AHEAD_LINE = 3

    async def collect(self, bench: Bench) -> None:
        jobs = _drawn(bench, self.COUNT, self.SHORT, self.SHORT)
        for start in range(0, self.COUNT, self.LIMIT):
            place = start + bench.random.randrange(self.LIMIT)
            jobs[place] = JobSpec(self.LONG, jobs[place].value)
        main = await bench.run(
            "main", JOBS_ITERATOR, self.LIMIT, jobs=jobs, check=_entries(jobs), reference=True, essential=True,
            limits=Limits(seconds=25), say="twenty-eight jobs, beside the reference",
        )  # fmt: skip
        if main.outcome != "returned" or s.never_awaited(main):
            raise Enough("main")
        if {mistake.code for mistake in self._mistakes({"main": main})} <= {"everything-in-memory"}:
            await self._many(bench)
        jobs = _drawn(bench, 10, 0.8, 0.8)
        jobs = [JobSpec(job.seconds, job.value, cleanup=CLEAN_UP) for job in jobs]
        jobs[self.FAILS_AT] = _failing(JobSpec(0.2, jobs[self.FAILS_AT].value), "LookupError")
        await bench.run(
            "failing", JOBS_ITERATOR, self.LIMIT, jobs=jobs, check=_entries(jobs),
            limits=Limits(seconds=9), say="a job that fails",
        )  # fmt: skip
        slow = [JobSpec(1.6, job.value, cleanup=CLEAN_UP) for job in _drawn(bench, 12, 1, 1)]
        await bench.cancel(
            "cancel", JOBS_ITERATOR, self.LIMIT, jobs=slow, after=0.5, patience=PATIENCE,
            limits=Limits(seconds=14), say="cancelling it half way",
        )  # fmt: skip

    async def _many(self, bench: Bench) -> None:
        jobs = Jobs(self.MANY, bench.random.getrandbits(40), seconds=(0.0, 0.004))
        await bench.run(
            "many", JOBS_ITERATOR, self.MANY_LIMIT, jobs=jobs, check=_counted(jobs), essential=True,
            limits=Limits(seconds=40), say="two thousand jobs",
        )  # fmt: skip

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, many, failing = evidence["main"], evidence.get("many"), evidence.get("failing")
        cancel = s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        mistakes = self._mistakes(evidence)
        codes = {mistake.code for mistake in mistakes}
        runs = [run for run in (main, many, failing, cancel) if run]
        most = max(map(_most, rounds(evidence, "main")))
        demands = (
            d.right_list(self.RESULT, [main]),
            self.MOST_AT_ONCE.result(0 < most <= self.LIMIT, f"{most} at most" if most else "no job"),
            self._places(evidence, bool(codes)),
            d.together(self.TIME, evidence, "main", self._ideal(main), bool(codes)),
            self._ahead([run for run in (main, many) if run]),
            _called_once(runs),
            self._raises(failing),
            d.cancel_ends_it(CANCEL, cancel, PATIENCE),
            d.nothing_left(LEFT, [main, failing, cancel]),
        )
        return Judgement(demands, tuple(mistakes))

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        main, many, failing = evidence["main"], evidence.get("many"), evidence.get("failing")
        cancel = s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        if never := s.never_awaited(main):
            return [never]
        alone, over = _sequential(main, self.COUNT), self._over_limit(main)
        found: list[Mistake | None] = [alone, over]
        if not (alone or over):
            found.append(self._too_few(evidence))
        lost = _lost_task(main)
        if not over:  # what starts everything has drawn everything: that is one mistake
            found.append(next((m for m in map(self._drawn_ahead, (many, main)) if m), None))
        found += [lost or _wrong_entries(main)]
        found += [next((m for m in (_called_twice(run) for run in (main, many, failing) if run) if m), None)]
        found += [self._runs_on(failing), self._swallowed_failure(failing), _swallowed(cancel)]
        if failing and failing.outcome == "timed_out":
            found.append(_stuck(failing))
        if not lost:
            found.append(_leaked([run for run in (main, cancel) if run]))
        return [mistake for mistake in found if mistake]

    def _ideal(self, main: Evidence) -> float:
        """What a greedy schedule takes at the quickest, in seconds."""
        times = [end - start for _, start, end, _ in _jobs(main) if end is not None]
        return max(sum(times) / self.LIMIT, self.LONG)

    def _in_use(self, evidence: Mapping[str, Evidence]) -> float:
        """The share of the places that were in use while work was left, the median of the rounds."""
        return median(s.occupancy(_as_requests(run), self.LIMIT) for run in rounds(evidence, "main"))

    def _places(self, evidence: Mapping[str, Evidence], explained: bool) -> Demand:
        share, most = self._in_use(evidence), max(map(_most, rounds(evidence, "main")))
        again = not explained and most >= self.LIMIT and abs(share - self.IN_USE) < 0.12
        near = again and len(rounds(evidence, "main")) < d.MOST_ROUNDS
        measured = f"{100 * share:.0f}% of {self.LIMIT}, {most} at most"
        return self.PLACES.result(share >= self.IN_USE and most >= self.LIMIT, measured, near)

    def _ahead(self, runs: Sequence[Evidence]) -> Demand:
        if any("drawn_ahead" not in run.facts for run in runs):
            return self.AHEAD.unmeasured("no job")
        ahead = max(run.facts["drawn_ahead"] for run in runs)
        met = all(run.facts["drawn_ahead"] <= self.AHEAD_LINE * limit for run, limit in self._limits(runs))
        last = runs[-1]
        return self.AHEAD.result(met, f"{ahead} ahead at most, {s.mib(last.peak_memory)} for {_count(last)} jobs")

    def _limits(self, runs: Iterable[Evidence]) -> Iterator[tuple[Evidence, int]]:
        for run in runs:
            yield run, self.MANY_LIMIT if "calls" in run.facts else self.LIMIT

    def _drawn_ahead(self, run: Evidence | None) -> Mistake | None:
        if run is None:
            return None
        ((_, limit),) = self._limits([run])
        ahead = run.facts.get("drawn_ahead", 0)
        if ahead <= self.AHEAD_LINE * limit:
            return None
        seen = (
            f"{ahead} jobs had been drawn from the iterator and not yet begun; a limit of {limit} needs no more than "
            f"about {limit} ahead."
        )
        if limit == self.MANY_LIMIT:
            seen += f" Memory rose by {s.mib(run.peak_memory)} for {_count(run)} jobs."
        return Mistake("everything-in-memory", seen)

    def _over_limit(self, main: Evidence) -> Mistake | None:
        most = _most(main)
        if most <= self.LIMIT:
            return None
        seen = f"{most} jobs ran at one moment; the limit was {self.LIMIT}."
        if most < min(self.COUNT, 2 * self.LIMIT):
            return Mistake("limit-exceeded", seen)
        if line := s.clue([main], "semaphore_per_item"):
            return Mistake("limit-per-call", f"{seen} Each call makes a limit of its own, at line {line}.", line)
        return Mistake(
            "unbounded-concurrency", f"{seen} All {most} were started at once." if most == self.COUNT else seen
        )

    def _too_few(self, evidence: Mapping[str, Evidence]) -> Mistake | None:
        runs = rounds(evidence, "main")
        most, share = max(map(_most, runs)), self._in_use(evidence)
        if not most or _count(runs[0]) <= 2 * self.LIMIT or (most >= self.LIMIT and share >= self.IN_USE):
            return None
        if most < self.LIMIT:
            return Mistake(
                "too-little-concurrency", f"Never more than {most} jobs ran; the limit allowed {self.LIMIT}."
            )
        told = f"{100 * share:.0f}% of the {self.LIMIT} places were in use on average while there was work"
        if all(s.in_chunks(_as_requests(run), self.LIMIT) for run in runs):
            line = s.clue(runs, "gather_in_loop")
            return Mistake("chunked-gather", f"The next began only when all of a group had ended: {told}.", line)
        return Mistake("too-little-concurrency", f"Only {told}.")

    def _raises(self, run: Evidence | None) -> Demand:
        if run is None or run.outcome not in ("returned", "raised"):
            return self.ERRORS.unmeasured()
        if run.outcome == "returned":
            return self.ERRORS.result(False, "it returned as if nothing had been")
        left = _unfinished(run)
        said = f"raised {_short(run.error)}"
        if not s.came_out(run.error, run.facts.get("token")):
            return self.ERRORS.result(False, f"{said}, which is not the job's exception")
        return self.ERRORS.result(not left, f"{said}, {len(left)} still running" if left else said)

    def _runs_on(self, run: Evidence | None) -> Mistake | None:
        if run is None or run.outcome != "raised" or not (left := _unfinished(run)):
            return None
        later = sum(start > run.wall for _, start, _, _ in _jobs(run))
        seen = f"A job failed and its exception came out, while {s.plural(len(left) - later, 'other job')} still ran"
        seen += f"; {s.plural(later, 'more')[: -1 if later != 1 else None]} began after that." if later else "."
        return Mistake("siblings-not-cancelled", seen, s.clue([run], "gather"))

    def _swallowed_failure(self, run: Evidence | None) -> Mistake | None:
        if run is None or run.outcome not in ("returned", "raised") or _count(run) <= self.FAILS_AT:
            return None
        if run.outcome == "returned":
            short = run.facts.get("count", 0) < run.facts.get("expected", 0)
            kept = "its result is missing" if short else f"in its place stands {run.facts.get('got')}"
            return Mistake("swallowed-exception", f"A job raised LookupError, and the call returned: {kept}.")
        if s.came_out(run.error, run.facts.get("token")):
            return None
        return Mistake("swallowed-exception", f"A job raised LookupError; what came out was {_short(run.error)}.")


# ---------------------------------------------------------------- first_answer


class FirstAnswer(Task):
    """A clear winner; failures before it; nothing but failures; a deadline; a cancel."""

    name = "03_gather.first_answer"
    function = "first_answer"
    parameters = ("mirrors", "deadline")
    stretch = True
    children = 6

    RESULT = Ask("result", "The first success comes back.", "the winner's answer")
    TOGETHER = Ask("together", "All mirrors are asked at once.", "all of them, each once")
    TIME = Ask("time", "It comes back as soon as it is there.", f"at most {d.TIME_LINE:.0f} times the reference")
    FAILED = Ask("failures", "A mirror that fails doesn't end it while others may answer.", "the winner's answer")
    ALL = Ask("all fail", "When all have failed, it raises.", "raises")
    DEADLINE = Ask(
        "deadline", "At the deadline it raises TimeoutError, whoever has failed meanwhile.", "TimeoutError, then"
    )
    LOSERS = Ask("losers", "The losers are cancelled, and have cleaned up when it is over.", "all of them")
    asks = (RESULT, TOGETHER, TIME, FAILED, ALL, DEADLINE, LOSERS, CANCEL, LEFT)

    WINS, LOSES = 0.4, (1.4, 2.0)  # seconds until the winner answers, and the losers would
    FAR = 20.0  # a deadline that never comes
    UNTIL = 0.6  # the one that does; a mirror fails every quarter of a second, and one answers much later
    LATE = 3.0

    async def collect(self, bench: Bench) -> None:
        await self._race(bench)
        await self._failures(bench)
        await self._all_fail(bench)
        await self._deadline(bench)
        slow = [JobSpec(3.0, job.value, cleanup=CLEAN_UP) for job in _drawn(bench, 4, 1, 1)]
        await bench.cancel(
            "cancel", JOBS, self.FAR, jobs=slow, after=0.4, patience=PATIENCE, limits=Limits(seconds=12),
            say="cancelling it",
        )  # fmt: skip

    async def _race(self, bench: Bench) -> None:
        jobs = [JobSpec(job.seconds, job.value, cleanup=CLEAN_UP) for job in _drawn(bench, 6, *self.LOSES)]
        winner = bench.random.randrange(2, 6)
        jobs[winner] = JobSpec(self.WINS, jobs[winner].value)
        main = await bench.run(
            "main", JOBS, self.FAR, jobs=jobs, check=_one(jobs[winner].value), reference=True, essential=True,
            limits=Limits(seconds=20), say="six mirrors, beside the reference",
        )  # fmt: skip
        if main.outcome != "returned" or s.never_awaited(main):
            raise Enough("main")

    async def _failures(self, bench: Bench) -> None:
        """Two fail first, one of them with a TimeoutError of its own; the winner's answer is 0, an answer too."""
        jobs = [JobSpec(job.seconds, job.value, cleanup=CLEAN_UP) for job in _drawn(bench, 5, *self.LOSES)]
        first, second, winner = bench.random.sample(range(5), 3)
        jobs[first] = JobSpec(0.1, error=("TimeoutError", "the mirror gave up"))
        jobs[second] = JobSpec(0.3, error=("OSError", "no route to the mirror"))
        jobs[winner] = JobSpec(0.6, 0)
        await bench.run(
            "failures", JOBS, self.FAR, jobs=jobs, check=_one(0), limits=Limits(seconds=10), say="mirrors that fail"
        )

    async def _all_fail(self, bench: Bench) -> None:
        kinds = bench.random.sample(("OSError", "ValueError", "LookupError"), 3)
        jobs = [JobSpec(0.1 + 0.1 * place, error=(kind, f"mirror {place} is down")) for place, kind in enumerate(kinds)]
        await bench.run(
            "all_fail", JOBS, 6.0, jobs=jobs, check=_one(None), limits=Limits(seconds=12), say="mirrors that all fail"
        )

    async def _deadline(self, bench: Bench) -> None:
        jobs = [JobSpec(0.25 * n, error=("OSError", f"failure {n}")) for n in range(1, 11)]
        jobs.insert(
            bench.random.randrange(10), JobSpec(self.LATE, f"late-{bench.random.getrandbits(40):x}", cleanup=CLEAN_UP)
        )
        await bench.run(
            "deadline", JOBS, self.UNTIL, jobs=jobs, check=_one(None), limits=Limits(seconds=12), say="a deadline"
        )

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, failures, fail = evidence["main"], evidence.get("failures"), evidence.get("all_fail")
        late, cancel = evidence.get("deadline"), s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        mistakes = self._mistakes(evidence)
        codes = {mistake.code for mistake in mistakes}
        runs = [run for run in (main, failures, fail, late) if run]
        calls, asked = max(map(_calls, runs)), _asked(main)
        demands = (
            self._answer(self.RESULT, main),
            self.TOGETHER.result(asked >= 6 and calls == 1, f"{asked} of 6, {s.plural(calls, 'time')} each"),
            d.together(self.TIME, evidence, "main", self.WINS + CLEAN_UP, bool(codes)),
            self._answer(self.FAILED, failures),
            self._raises(fail),
            self._in_time(late),
            self._losers([run for run in (main, failures, late) if run]),
            d.cancel_ends_it(CANCEL, cancel, PATIENCE),
            d.nothing_left(LEFT, [*runs, cancel]),
        )
        return Judgement(demands, tuple(mistakes))

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        main, failures, fail = evidence["main"], evidence.get("failures"), evidence.get("all_fail")
        late, cancel = evidence.get("deadline"), s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        if never := s.never_awaited(main):
            return [never]
        runs = [run for run in (main, failures, fail, late) if run]
        few, waited = self._asked_few(main), self._waited_for_all(main)
        ends, missed = _ends_all(failures) if failures else None, self._missed(late)
        if ends and late and late.outcome == "raised":
            missed = None  # the first failure ended that one too
        found: list[Mistake | None] = [few, waited if not few else None, ends, missed]
        if not (few or waited):
            found.append(self._wrong(main) or (self._wrong(failures) if failures and not ends else None))
        found += [self._passed_over(fail), next((m for m in map(_called_twice, runs) if m), None), _swallowed(cancel)]
        # An answer that asks for another job or comes late is told that, not what it leaves then.
        found.append(_leaked([run for run in (main, failures, fail, late, cancel) if run]))
        return [mistake for mistake in found if mistake]

    def _answer(self, ask: Ask, run: Evidence | None) -> Demand:
        if run is None or run.outcome not in ("returned", "raised", "unreadable"):
            return ask.unmeasured()
        if run.outcome == "raised":
            return ask.result(False, f"raised {_short(run.error)}")
        return ask.result(run.facts.get("right", False), str(run.facts.get("got", "no plain value")))

    def _raises(self, run: Evidence | None) -> Demand:
        if run is None or run.outcome not in ("raised", "returned"):
            return self.ALL.unmeasured()
        told = f"raised {_short(run.error)}" if run.outcome == "raised" else f"returned {run.facts.get('got')}"
        return self.ALL.result(run.outcome == "raised", told)

    def _in_time(self, run: Evidence | None) -> Demand:
        if run is None or run.outcome not in ("raised", "returned"):
            return self.DEADLINE.unmeasured()
        what = f"raised {_short(run.error)}" if run.outcome == "raised" else f"returned {run.facts.get('got')}"
        said = f"{what} after {run.wall:.1f} s; deadline {self.UNTIL} s, cleaning up {CLEAN_UP} s"
        return self.DEADLINE.result(self._missed(run) is None, said)

    def _missed(self, run: Evidence | None) -> Mistake | None:
        if run is None or run.outcome not in ("raised", "returned"):
            return None
        after = f"after {run.wall:.1f} s; the deadline was {self.UNTIL} s from the call"
        if run.outcome == "returned":
            return Mistake(
                "deadline-missed", f"It returned {run.facts.get('got')} {after}, and TimeoutError is due then."
            )
        assert run.error is not None
        if run.error.type.rpartition(".")[2] != "TimeoutError":
            return Mistake("deadline-missed", f"It raised {_short(run.error)} {after}, and TimeoutError is due then.")
        if run.wall > self.UNTIL + CLEAN_UP + PATIENCE:
            return Mistake("deadline-missed", f"It raised TimeoutError {after}.")
        if run.wall < 0.9 * self.UNTIL:
            return Mistake("deadline-missed", f"It raised TimeoutError too early, {after}.")
        return None

    def _losers(self, runs: Sequence[Evidence]) -> Demand:
        rows = [row for run in runs for row in _jobs(run) if row[3] not in ("done", "failed")]
        left = [row for run in runs for row in _unfinished(run)]
        waited = sum(row[3] == "done" for row in _jobs(runs[0])) - 1
        if waited > 0:
            return self.LOSERS.result(False, f"{waited} ran to their end")
        ended = len(rows) - len([row for row in left if row[3] != "done"])
        return self.LOSERS.result(bool(rows) and not left, f"{ended} of {len(rows)} cancelled and cleaned up")

    def _asked_few(self, main: Evidence) -> Mistake | None:
        """Not all were asked before the winner could have answered."""
        asked, most = _asked(main), _most(main)
        if asked >= 6:
            return None
        if most == 1:
            seen = "The mirrors were asked one after the other, never 2 at once."
            return Mistake("sequential-awaits", seen, s.clue([main], "await_in_loop"))
        return Mistake("too-little-concurrency", f"Of 6 mirrors {asked} were asked at once, never more than {most}.")

    def _waited_for_all(self, main: Evidence) -> Mistake | None:
        done = sum(row[3] == "done" for row in _jobs(main))
        if main.outcome != "returned" or done < 6:
            return None
        first = min(row[2] for row in _jobs(main) if row[3] == "done")
        seen = (
            f"The first answer was there after {first:.1f} s, all had ended when it returned, after {main.wall:.1f} s."
        )
        return Mistake("waited-for-all", seen)

    def _wrong(self, run: Evidence) -> Mistake | None:
        if run.outcome == "unreadable":
            return Mistake("wrong-result", "What it returned is no answer of a mirror's.")
        if run.outcome != "returned" or run.facts.get("right", True):
            return None
        seen = f"It returned {run.facts['got']}; the first success was {run.facts['wanted']}."
        return Mistake("wrong-result", seen)

    def _passed_over(self, run: Evidence | None) -> Mistake | None:
        if run is None or run.outcome != "returned":
            return None
        return Mistake("swallowed-exception", f"All mirrors failed, and it returned {run.facts.get('got')}.")


# ---------------------------------------------------------------- jobs: what is drawn


def _drawn(bench: Bench, count: int, short: float, long: float) -> list[JobSpec]:
    """`count` jobs whose times lie evenly between `short` and `long`, shuffled, with fresh values."""
    times = [short + (long - short) * place / max(1, count - 1) for place in range(count)]
    bench.random.shuffle(times)
    values = [f"job-{bench.random.getrandbits(48):012x}" for _ in times]
    return [JobSpec(seconds, value) for seconds, value in zip(times, values, strict=True)]


def _failing(job: JobSpec, error: str) -> JobSpec:
    return JobSpec(job.seconds, error=(error, f"{job.value} failed"), cleanup=job.cleanup)


# ---------------------------------------------------------------- checks: what came back, as plain facts


def _entries(jobs: Sequence[JobSpec]) -> Check:
    """A list against the jobs' values and exceptions. An exception is right by its type and message."""

    def check(ran: Ran) -> Mapping[str, Any]:
        token = next((job.error[1] for job in jobs if job.error), None)
        if ran.evidence.outcome != "returned":
            return {"token": token}
        value = ran.value
        if isinstance(value, list | tuple):
            value = type(value)(_plain(each) for each in value)
        facts = compare.sequence(value, [_outcome(job) for job in jobs])
        failed = [place for place, job in enumerate(jobs) if job.error]
        exact = isinstance(value, list) and len(value) == len(jobs)
        bad = [place for place in failed if exact and not compare.same(value[place], _outcome(jobs[place]))]
        left_out = isinstance(value, list) and [job.value for job in jobs if not job.error] == value and bool(failed)
        none = exact and bool(bad) and all(value[place] is None for place in bad)
        return {**facts, "token": token, "failures_left_out": left_out, "none_for_failures": none}

    return check


def _counted(jobs: Jobs) -> Check:
    """Of thousands of jobs the facts alone: the rows themselves would make the record large."""
    whole = _entries([jobs[place] for place in range(len(jobs))])

    def check(ran: Ran) -> Mapping[str, Any]:
        calls = Counter(row[0] for row in _jobs(ran.evidence))
        return {**whole(ran), "jobs": [], "calls": max(calls.values(), default=0), "began": len(calls)}

    return check


def _one(expected: Any) -> Check:
    def check(ran: Ran) -> Mapping[str, Any]:
        if ran.evidence.outcome != "returned":
            return {}
        return {
            "right": compare.same(ran.value, expected),
            "kind": compare.kind(ran.value),
            "got": compare.shown(ran.value),
            "wanted": compare.shown(expected),
        }

    return check


def _outcome(job: JobSpec) -> Any:
    if job.error is None:
        return job.value
    kind, message = job.error
    return f"<{kind}>" if kind == "CancelledError" else f"<{kind}: {message}>"


def _plain(value: Any) -> Any:
    """An exception that came back as the text that `_outcome` gives it; what carries a cancel's words is as good."""
    if not isinstance(value, Raised):
        return value
    kind = value.type.rpartition(".")[2]
    return f"<{kind}>" if kind == "CancelledError" else f"<{kind}: {value.message}>"


# ---------------------------------------------------------------- jobs: what was seen


Row = Sequence[Any]  # index, start, end or None, outcome: see asynclab.measure.orders


def _jobs(run: Evidence) -> Sequence[Row]:
    return run.facts.get("jobs", ())


def _count(run: Evidence) -> int:
    """How many jobs began, each counted once."""
    return run.facts.get("began") or len({row[0] for row in _jobs(run)})


def _calls(run: Evidence) -> int:
    """How often the job was called that was called most often."""
    return run.facts.get("calls") or max(Counter(row[0] for row in _jobs(run)).values(), default=0)


def _as_requests(run: Evidence) -> Evidence:
    """The jobs as a ledger, so that what is known of requests can be asked of them."""
    rows = sorted(_jobs(run), key=lambda row: row[1])
    requests = tuple(
        Request(f"job {row[0]}", 0, row[1], run.wall + 1 if row[2] is None else row[2], 200, 0, 1, False, 0.0)
        for row in rows
    )
    return Evidence(run.outcome, wall=run.wall, ledger=Ledger(requests))


def _most(run: Evidence) -> int:
    return _as_requests(run).ledger.peak_in_flight


def _asked(run: Evidence) -> int:
    """How many jobs had begun when the first one ended."""
    first = min((row[2] for row in _jobs(run) if row[2] is not None), default=float("inf"))
    return len({row[0] for row in _jobs(run) if row[1] <= first})


def _unfinished(run: Evidence) -> list[Row]:
    """Jobs that had not come to their end when the call was over."""
    if run.outcome not in ("returned", "raised", "cancelled", "unreadable"):
        return []
    return [row for row in _jobs(run) if row[2] is None or row[2] > run.wall + s.MOMENT]


def _short(error: Raised | None) -> str:
    if error is None:
        return "an exception"
    kind = error.type.rpartition(".")[2]
    return f"{kind}: {error.message}"[:100] if error.message else kind


# ---------------------------------------------------------------- demands that the three share


def _called_once(runs: Sequence[Evidence]) -> Demand:
    most = max(map(_calls, runs), default=0)
    return ONCE.result(most == 1, f"{s.plural(most, 'call')} at most" if most else "no job was called")


# ---------------------------------------------------------------- mistakes that the three share


def _sequential(run: Evidence, count: int) -> Mistake | None:
    if _most(run) != 1 or _count(run) < min(4, count):
        return None
    seen = f"{_count(run)} jobs, never more than 1 at a time: each one waited for the one before."
    return Mistake("sequential-awaits", seen, s.clue([run], "await_in_loop"))


def _too_few(run: Evidence, count: int) -> Mistake | None:
    most = _most(run)
    if not 1 < most < count or _count(run) < count:
        return None
    return Mistake("too-little-concurrency", f"Never more than {most} of {count} jobs ran at once.")


def _lost_task(run: Evidence) -> Mistake | None:
    """It returned while jobs were still running, and so without their results."""
    left = _unfinished(run)
    if run.outcome != "returned" or run.facts.get("right", True) or not left:
        return None
    places = [each.place.line for each in s.left_tasks(run) if each.place]
    seen = f"It returned after {run.wall:.1f} s while {s.plural(len(left), 'job')} had not ended."
    return Mistake("lost-task", seen, places[0] if places else None)


def _ends_all(run: Evidence) -> Mistake | None:
    """A job's exception, or its own cancellation, came out of a call that should have gone on."""
    if run.outcome not in ("raised", "cancelled"):
        return None
    error = run.error
    inner = error.inner[0] if error and error.inner else error
    counts = Counter(row[3] for row in _jobs(run))
    cut = counts["cancelled"] + counts["cleaning"]
    ran = sum(row[3] in ("running", "done") and (row[2] is None or row[2] > run.wall) for row in _jobs(run))
    others = f"; {s.plural(cut, 'other')} {'was' if cut == 1 else 'were'} cancelled" if cut else ""
    others = others or (f"; {s.plural(ran, 'other')} still ran" if ran else "")
    seen = f"One job ended with {_short(inner)}, and that came out of the call after {run.wall:.1f} s{others}."
    return Mistake("one-failure-ends-all", seen, error.line if error else None)


def _called_twice(run: Evidence) -> Mistake | None:
    if _calls(run) <= 1:
        return None
    again = Counter(row[0] for row in _jobs(run))
    more = sum(calls > 1 for calls in again.values())
    verb = "was" if more == 1 else "were"
    seen = f"{s.plural(more, 'job')} of {len(again)} {verb} called more than once, up to {_calls(run)} times."
    return Mistake("called-twice", seen)


def _wrong_entries(run: Evidence) -> Mistake | None:
    facts = run.facts
    if run.outcome == "unreadable":
        return Mistake("wrong-result", f"What it returned is no list of results: {_short(run.error)}.")
    if run.outcome != "returned" or facts.get("right", True):
        return None
    if facts["failures_left_out"]:
        seen = f"{facts['expected']} jobs, {facts['count']} entries: those that failed have none."
        return Mistake("swallowed-exception", seen)
    if facts["none_for_failures"]:
        return Mistake("swallowed-exception", "None stands in the place of a job that failed: its exception is gone.")
    return s.wrong_list(run, "entry" if facts["expected"] == 1 else "result")


def _swallowed(cancel: Evidence | None) -> Mistake | None:
    """Cancelled, and it returned, began more jobs, or ended only when its jobs did by themselves."""
    if cancel is None or cancel.cancelled_after is None:
        return None
    later = sum(row[1] > cancel.cancelled_after + s.MOMENT for row in _jobs(cancel))
    if later:
        what = "1 more job" if later == 1 else f"{later} more jobs"
        return Mistake(
            "swallowed-cancel", f"It was cancelled after {cancel.cancelled_after:.1f} s, and {what} began then."
        )
    return s.swallowed_cancel(cancel, PATIENCE)


def _leaked(runs: Iterable[Evidence]) -> Mistake | None:
    """Jobs, or tasks of the answer's own, that had not ended when the call was over."""
    runs = list(runs)
    for run in runs:
        left = _unfinished(run)
        if not left:
            continue
        how = {"returned": "returned", "raised": f"raised {_short(run.error)}"}.get(run.outcome, "was cancelled")
        cleaning = sum(row[3] == "cleaning" or (row[3] == "cancelled") for row in left)
        seen = f"When the call {how}, {len(left)} of {_count(run)} jobs had not ended"
        seen += f": {cleaning} had been cancelled and were still cleaning up." if cleaning else ", and went on."
        places = [each.place.line for each in s.left_tasks(run) if each.place]
        return Mistake("leaked-tasks", seen, places[0] if places else None)
    return s.leaked_tasks(*runs)


def _stuck(run: Evidence) -> Mistake:
    where = run.stuck_at[0] if run.stuck_at else None
    at = f" It stood at line {where.line}: `{where.text}`." if where else ""
    seen = f"A job failed, and {run.wall:.0f} s after the start the call was still waiting.{at}"
    return Mistake("never-finishes", seen, where.line if where else None)


TASKS = [Outcomes(), Bounded(), FirstAnswer()]
