"""How the three tasks of lesson 02 are graded.

Everything is counted by the supervisor, which keeps the jobs' time and the steps' values: how many jobs ran at one
moment, how many steps were taken between two heartbeats of the loop, in which order coroutines were woken. A machine
that is busy makes all of it slower and leaves the counts as they are.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

from asynclab.grader import Ask, Bench, Demand, Judgement, Mistake, Ran, Task, compare
from asynclab.grader import demands as d
from asynclab.grader import symptoms as s
from asynclab.grader.judging import reference_rounds, rounds
from asynclab.measure import JOBS, STEP, JobSpec
from asynclab.measure.evidence import Evidence, Limits

Check = Callable[[Ran], Mapping[str, Any]]

PATIENCE = 1.0  # seconds that a cancelled call may take to be over; what it was at would take much longer
CANCEL = Ask("cancel", "Cancelling the call from outside ends it, and all that it started.", "at once")
LEFT = Ask("left", "When it is over, nothing is left behind.", "no task")


# ---------------------------------------------------------------- run_together


class RunTogether(Task):
    """Twelve jobs of different lengths beside the reference; then 150, for whoever lets in only some at a time."""

    name = "02_event_loop.run_together"
    function = "run_together"
    parameters = ("jobs",)
    children = 5

    RESULT = Ask("result", "It returns every job's result, in the order of the jobs.", "all right, in order")
    ONCE = Ask("once", "Each job is called once.", "1 call a job")
    TOGETHER = Ask("together", "All jobs run at the same time.", "all of them at one moment")
    TIME = Ask("time", "It takes as long as the longest job.", f"at most {d.TIME_LINE:.0f} times the reference")
    LOOP = Ask("loop", "The jobs run on this event loop, which is never blocked.", "no threads, no blocking call")
    ERRORS = Ask("errors", "When a job fails, its exception reaches the caller.", "raises it, bare or in a group")
    asks = (RESULT, ONCE, TOGETHER, TIME, LOOP, ERRORS, CANCEL, LEFT)

    COUNT, SECONDS = 12, (0.3, 0.6)
    MANY, MANY_SECONDS = 150, (0.9, 1.3)
    MOST_OF_THEM = 0.9  # of the many: the first may end before the last has begun on a machine that is very busy

    async def collect(self, bench: Bench) -> None:
        jobs = _jobs(bench.random, self.COUNT, self.SECONDS)
        main = await bench.run(
            "main", JOBS, jobs=jobs, check=_results(jobs), reference=True, essential=True,
            limits=Limits(seconds=15), say="twelve jobs, beside the reference",
        )  # fmt: skip
        if main.outcome != "returned" or main.facts.get("coroutines") or not main.facts.get("jobs"):
            return
        if main.facts["right"] and _peak(main) >= self.COUNT - 1:
            many = _jobs(bench.random, self.MANY, self.MANY_SECONDS)
            await bench.run(
                "many", JOBS, jobs=many, check=_results(many), essential=True, limits=Limits(seconds=30),
                say="a hundred and fifty jobs",
            )  # fmt: skip
        await self._errors(bench)
        if not _held(bench.evidence):
            endless = [JobSpec(60.0, value="never", stubborn=True, cleanup=0.1) for _ in range(8)]
            await bench.cancel(
                "cancel", JOBS, jobs=endless, after=0.3, patience=PATIENCE, limits=Limits(seconds=8),
                check=lambda ran: {}, say="cancelling it half way",
            )  # fmt: skip

    async def _errors(self, bench: Bench) -> None:
        jobs = _jobs(bench.random, 8, (0.2, 0.4))
        token = f"no answer {bench.random.getrandbits(32):08x}"
        kind = bench.random.choice(("LookupError", "RuntimeError", "ArithmeticError", "OSError"))
        jobs[bench.random.randrange(2, 6)] = JobSpec(0.1, error=(kind, token))
        await bench.run(
            "errors", JOBS, jobs=jobs, limits=Limits(seconds=10), say="a job that fails",
            check=lambda ran: {"failure": f"{kind}: {token}", "came_out": s.came_out(ran.evidence.error, token)},
        )  # fmt: skip

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, many = evidence["main"], evidence.get("many")
        errors, cancel = evidence.get("errors"), s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        mistakes = self._mistakes(evidence)
        codes = {mistake.code for mistake in mistakes}
        runs = [run for run in (main, many) if run]
        demands = (
            _all_right(self.RESULT, runs),
            self._once(runs),
            self._together(evidence, codes),
            d.together(self.TIME, evidence, "main", self.SECONDS[1], bool(codes)),
            self._free(main, codes),
            self._raises(errors),
            d.cancel_ends_it(CANCEL, cancel, PATIENCE),
            d.nothing_left(LEFT, [main, many, cancel]),
        )
        return Judgement(demands, tuple(mistakes))

    def _once(self, runs: list[Evidence]) -> Demand:
        calls = [_calls(run) for run in runs]
        if not any(calls):
            return self.ONCE.unmeasured("no job was called")
        most = max(max(each.values(), default=0) for each in calls)
        missing = sum(run.facts.get("expected", 0) - len(each) for run, each in zip(runs, calls, strict=True))
        told = f"at most {s.plural(most, 'call')} a job" + (f", {missing} never called" if missing else "")
        return self.ONCE.result(most == 1 and not missing, told)

    def _together(self, evidence: Mapping[str, Evidence], codes: set[str]) -> Demand:
        runs, many = rounds(evidence, "main"), evidence.get("many")
        peak = max(map(_peak, runs))
        if many is None:
            near = not codes and 1 < peak < self.COUNT and len(runs) < d.MOST_ROUNDS
            return self.TOGETHER.result(False, f"{peak} of {self.COUNT} at most", near)
        most, line = _peak(many), self.MOST_OF_THEM * self.MANY
        told = f"{peak} of {self.COUNT}, {most} of {self.MANY}"
        near = not codes and (most >= 0.7 * self.MANY) and not (peak == self.COUNT and most >= line)
        return self.TOGETHER.result(peak == self.COUNT and most >= line, told, near)

    def _free(self, main: Evidence, codes: set[str]) -> Demand:
        if main.outcome != "returned":
            return self.LOOP.unmeasured()
        if "threads-instead" in codes:
            return self.LOOP.result(False, f"{main.threads_started} threads")
        return self.LOOP.result(
            not codes & {"blocks-the-loop", "cpu-burst"}, f"held for {1000 * main.longest_hold:.0f} ms at most"
        )

    def _raises(self, errors: Evidence | None) -> Demand:
        if errors is None or errors.outcome not in ("raised", "returned", "cancelled"):
            return self.ERRORS.unmeasured()
        if errors.outcome == "returned":
            return self.ERRORS.result(False, "it returned as if nothing had been")
        said = errors.error.type.rpartition(".")[2] if errors.error else errors.outcome
        return self.ERRORS.result(bool(errors.facts.get("came_out")), f"raised {said}")

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        main, many, errors = evidence["main"], evidence.get("many"), evidence.get("errors")
        cancel = s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        lists = [run for run in (main, many) if run]
        if main.outcome == "raised":
            return []  # its exception says what happened
        if never := s.never_awaited(main):
            return [never]
        if made_up := s.made_up(main, len(_rows(main)), "calling a single job"):
            return [made_up]
        threads = _threads(main)
        held = None if threads else _held(evidence)
        found: list[Mistake | None] = [held, threads]
        if not (held or threads):
            found += [self._too_few(evidence)]
        lost = next((m for m in map(s.lost_task, lists) if m), None)
        found += [next((m for m in map(_called_twice, lists) if m), None)]
        found += [lost or next((m for m in (s.wrong_list(run, "result") for run in lists) if m), None)]
        if not lost:
            found += [_failure_passed_over(errors), s.swallowed_cancel(cancel, PATIENCE)]
            found += [s.leaked_tasks(*(run for run in (main, many, cancel) if run))]
        return [mistake for mistake in found if mistake]

    def _too_few(self, evidence: Mapping[str, Evidence]) -> Mistake | None:
        runs, many = rounds(evidence, "main"), evidence.get("many")
        peak, calls = max(map(_peak, runs)), len(_calls(runs[0]))
        if peak == 1 and calls >= 4:
            told = f"{calls} jobs, never more than 1 at a time: each one waited for the one before."
            return Mistake("sequential-awaits", told, s.clue(runs, "await_in_loop"))
        if many is not None and _peak(many) < 0.7 * self.MANY:
            runs, peak, calls = [many], _peak(many), self.MANY
        elif not (1 < peak < self.COUNT and (peak <= self.COUNT // 2 or len(runs) == d.MOST_ROUNDS)) or many:
            return None
        seen = f"Never more than {peak} of {calls} jobs ran at one moment."
        if line := s.clue(runs, "gather_in_loop"):
            return Mistake("chunked-gather", seen + " The next began only when a whole group had ended.", line)
        return Mistake("too-little-concurrency", seen)


def _jobs(draw: random.Random, count: int, seconds: tuple[float, float]) -> list[JobSpec]:
    """Jobs whose lengths are spread evenly over `seconds` and come in no order."""
    low, high = seconds
    lengths = [low + (high - low) * number / (count - 1) for number in range(count)]
    draw.shuffle(lengths)
    return [JobSpec(length, value=f"job-{number}-{draw.getrandbits(48):012x}") for number, length in enumerate(lengths)]


def _results(jobs: Sequence[JobSpec]) -> Check:
    def check(ran: Ran) -> Mapping[str, Any]:
        if ran.evidence.outcome != "returned":
            return {}
        return compare.sequence(ran.value, [job.value for job in jobs])

    return check


def _rows(run: Evidence) -> list[tuple[int, float, float]]:
    """(index, start, end) of every job that was begun before the call was over."""
    return [
        (index, start, run.wall if end is None else end)
        for index, start, end, _ in run.facts.get("jobs", ())
        if start <= run.wall
    ]


def _calls(run: Evidence) -> Counter[int]:
    return Counter(index for index, _, _ in _rows(run))


def _peak(run: Evidence) -> int:
    """The most jobs that ran at one moment."""
    changes = sorted(change for _, start, end in _rows(run) for change in ((start, 1), (end, -1)))
    count = most = 0
    for _, change in changes:
        count += change
        most = max(most, count)
    return most


def _held(evidence: Mapping[str, Evidence]) -> Mistake | None:
    main = evidence["main"]
    return s.blocking_def(main, "run_together", 0.25) or s.holds_the_loop(
        rounds(evidence, "main"), reference_rounds(evidence, "main")
    )


def _threads(main: Evidence) -> Mistake | None:
    """The jobs ran in threads: several at a time, never more than there were threads."""
    workers, most = main.threads_started, _peak(main)
    if workers < 3 or not 2 <= most <= workers:
        return None
    seen = f"{workers} threads were started, and never more than {most} jobs ran at one moment."
    return Mistake("threads-instead", seen, s.clue([main], "given_to_threads"))


def _called_twice(run: Evidence) -> Mistake | None:
    calls = _calls(run)
    again = [index for index, count in calls.items() if count > 1]
    if not again:
        return None
    total = sum(calls.values())
    seen = f"{total} calls of {s.plural(run.facts.get('expected', len(calls)), 'job')}: {len(again)} more than once."
    return Mistake("called-twice", seen)


def _failure_passed_over(run: Evidence | None) -> Mistake | None:
    if run is None or run.outcome != "returned" or not any(row[3] == "failed" for row in run.facts.get("jobs", ())):
        return None
    if run.lost_exceptions:
        seen = f"A job failed, its task's exception was never looked at: {run.lost_exceptions[0][:160]}"
        return Mistake("lost-exception", seen)
    return Mistake("swallowed-exception", f"A job raised {run.facts['failure']}, and the call returned all the same.")


# ---------------------------------------------------------------- stay_responsive


ITERATOR = """
import answer


def stay_responsive(items, step):
    return answer.stay_responsive(iter(items), step)
"""


class StayResponsive(Task):
    """Some hundred steps of a millisecond, from a list and from an iterator; what a heartbeat beside them sees.

    Counted are the steps between two heartbeats. Slices of 10 ms show as 20 to 30: the heartbeat is due during one
    slice, and runs after the next. On a busy machine a step takes longer and there are fewer of them between two.
    """

    name = "02_event_loop.stay_responsive"
    function = "stay_responsive"
    parameters = ("items", "step")
    children = 5

    MOST = 60  # steps between two heartbeats
    RESULT = Ask("result", "It returns the sum of step(item) over all items.", "the sum")
    ONCE = Ask("once", "The step is taken once for each item.", "1 an item")
    TURNS = Ask("turns", "The loop's other tasks get their turn all the time.", f"at most {MOST} steps between turns")
    THREAD = Ask("own thread", "The computing stays in the loop's own thread.", "no step elsewhere")
    ITERATOR = Ask("iterator", "Items may come from an iterator, which can be walked once.", "the same sum")
    asks = (RESULT, ONCE, TURNS, THREAD, ITERATOR, CANCEL, LEFT)

    async def collect(self, bench: Bench) -> None:
        draw = bench.random
        items = draw.sample(range(1_000, 1_000_000), draw.randint(380, 420))
        main = await bench.run(
            "main", items, STEP, check=_sum_of(items), reference=True, essential=True, limits=Limits(seconds=30),
            say=f"{len(items)} steps of a millisecond",
        )  # fmt: skip
        if main.outcome != "returned" or main.facts["kind"] == "coroutine":
            return
        fewer = draw.sample(range(1_000, 1_000_000), 150)
        await bench.run(
            "iterator", fewer, STEP, check=_sum_of(fewer), driver=ITERATOR, essential=True, limits=Limits(seconds=30),
            say="items from an iterator",
        )  # fmt: skip
        if _turns(bench.evidence) <= self.MOST and not main.facts["steps"]["elsewhere"]:
            many = draw.sample(range(1_000, 1_000_000), 1500)
            await bench.cancel(
                "cancel", many, STEP, check=_sum_of(many), after=0.2, patience=PATIENCE, limits=Limits(seconds=40),
                say="cancelling it half way",
            )  # fmt: skip

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, iterator = evidence["main"], evidence.get("iterator")
        cancel = s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        mistakes = self._mistakes(evidence)
        facts = main.facts
        if "steps" not in facts:
            return Judgement(self.unmeasured(), tuple(mistakes))
        steps = facts["steps"]
        most = _turns(evidence)
        few = len(rounds(evidence, "main")) < d.MOST_ROUNDS
        near = few and 0.6 * self.MOST < most < 1.5 * self.MOST
        demands = (
            self.RESULT.result(
                facts["right"], f"the sum of {steps['count']} steps" if facts["right"] else str(facts["got"])
            ),
            self.ONCE.result(
                steps["once"], f"{s.plural(steps['count'], 'step')} for {s.plural(facts['expected'], 'item')}"
            ),
            self.TURNS.result(
                most <= self.MOST and main.awaited_coroutine and steps["count"] > 0,
                self._between(most, main) if main.awaited_coroutine else "nothing to await",
                near,
            ),
            self.THREAD.result(
                not steps["elsewhere"] and steps["count"] > 0, f"{steps['elsewhere']} of {steps['count']} elsewhere"
            ),
            self._from_iterator(iterator),
            d.cancel_ends_it(CANCEL, cancel, PATIENCE),
            d.nothing_left(LEFT, [main, iterator, cancel]),
        )
        return Judgement(demands, tuple(mistakes))

    def _between(self, most: int, main: Evidence) -> str:
        held = f"{1000 * main.longest_hold:.0f} ms"
        return f"{most} at most, {held}" if most else f"too few to count, {held} at most"

    def _from_iterator(self, run: Evidence | None) -> Demand:
        if run is None or "right" not in run.facts:
            return self.ITERATOR.unmeasured()
        if run.facts["right"]:
            return self.ITERATOR.result(True, f"the sum of {run.facts['steps']['count']} steps")
        told = f"{run.facts['steps']['count']} of {run.facts['expected']} steps, and {run.facts['got']}"
        return self.ITERATOR.result(False, told)

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        main, iterator = evidence["main"], evidence.get("iterator")
        cancel = s.cancelled_run(rounds(evidence, "cancel"), PATIENCE)
        runs = [run for run in (main, iterator) if run]
        if never := s.never_awaited(main):
            return [never]
        if "steps" not in main.facts:
            return []
        elsewhere = next((m for m in map(_elsewhere, runs) if m), None)
        found: list[Mistake | None] = [elsewhere or self._starved(evidence)]
        found += [next((m for m in map(_step_again, runs) if m), None)]
        lost = next((m for m in map(s.lost_task, runs) if m), None)
        found += [lost or next((m for m in map(_wrong_sum, runs) if m), None)]
        if not lost:
            found += [s.swallowed_cancel(cancel, PATIENCE), s.leaked_tasks(*runs, *([cancel] if cancel else []))]
        return [mistake for mistake in found if mistake]

    def _starved(self, evidence: Mapping[str, Evidence]) -> Mistake | None:
        """So many steps between two heartbeats that every other task had to wait for all of them."""
        most, main = _turns(evidence), evidence["main"]
        count = main.facts["steps"]["count"]
        if most <= self.MOST:
            return None
        hold = main.longest_hold
        place = main.held_at
        at = f" at line {place.line} (`{place.text}`)" if place else ""
        seen = (
            f"{most} of {count} steps were taken before any other task had its turn: the event loop was held for "
            f"{1000 * hold:.0f} of {1000 * main.wall:.0f} ms{at}."
        )
        return Mistake("cpu-burst", seen, place.line if place else None)


def _sum_of(items: Sequence[int]) -> Check:
    """The sum that only the supervisor knows; the steps' book in few figures, so that a record stays small."""

    def check(ran: Ran) -> Mapping[str, Any]:
        run = ran.evidence
        book = run.facts.get("steps") or {"count": 0, "sum": 0, "elsewhere": 0, "times": (), "items": ()}
        taken = Counter(each for each in book["items"] if type(each) is int)
        between = [
            (sum(hold.start <= moment <= hold.start + hold.seconds for moment in book["times"]), hold.seconds)
            for hold in run.holds
        ]
        steps = {
            "count": book["count"],
            "elsewhere": book["elsewhere"],
            "once": taken == Counter(items) and book["count"] == len(items),
            "again": sum(count > 1 for count in taken.values()),
            "foreign": sum(taken[each] for each in taken.keys() - set(items)),
            "between": max(between, default=(0, 0.0))[0],
        }
        facts: dict[str, Any] = {"steps": steps, "expected": len(items)}
        if run.outcome == "returned":
            right = compare.same(ran.value, book["sum"]) and steps["once"]
            facts |= {"right": right, "kind": compare.kind(ran.value), "got": compare.shown(ran.value)}
            facts |= {"is_sum": compare.same(ran.value, book["sum"])}
        return facts

    return check


def _turns(evidence: Mapping[str, Evidence]) -> int:
    """The most steps between two heartbeats, of the round that shows the fewest: noise doesn't come back."""
    runs = [run for run in rounds(evidence, "main") if "steps" in run.facts]
    return min((run.facts["steps"]["between"] for run in runs), default=0)


def _elsewhere(run: Evidence) -> Mistake | None:
    steps = run.facts.get("steps")
    if not steps or not steps["elsewhere"]:
        return None
    seen = f"{steps['elsewhere']} of {s.plural(steps['count'], 'step')} ran in another thread than the event loop's."
    return Mistake("threads-instead", seen, s.clue([run], "given_to_threads"))


def _step_again(run: Evidence) -> Mistake | None:
    steps = run.facts.get("steps")
    if not steps or not steps["again"]:
        return None
    seen = f"{steps['count']} steps for {run.facts['expected']} items: {steps['again']} of them more than once."
    return Mistake("called-twice", seen)


def _wrong_sum(run: Evidence) -> Mistake | None:
    facts = run.facts
    if facts.get("right", True) or facts["steps"]["again"]:
        return None
    steps, expected = facts["steps"], facts["expected"]
    if steps["foreign"]:
        seen = f"{steps['foreign']} of {steps['count']} steps were taken with values that are no items."
    elif steps["count"] != expected:
        seen = f"{s.plural(steps['count'], 'step')} for {expected} items" + (
            ", which came from an iterator." if expected == 150 else "."
        )
    elif facts["kind"] != "int":
        seen = f"It returned a value of type {facts['kind']}, not the sum."
    else:
        seen = f"It returned {facts['got']}, which is not the sum of its {expected} steps."
    return Mistake("wrong-result", seen)


# ---------------------------------------------------------------- run_loop


MARK = re.compile(r"\d{1,2}:\d{1,2}:[01]:[01]")  # of the driver below: coroutine, turn, gave None, inside asyncio

DRIVER = """
import asyncio

import answer


class OwnSleep:
    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


Sleep = getattr(answer, "Sleep", OwnSleep)


def in_asyncio():
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return 0
    return 1


async def coroutine(number, pauses, error, mark):
    value = mark(f"{number}:0:1:{in_asyncio()}")
    for turn, seconds in enumerate(pauses, start=1):
        gave = await Sleep(seconds)
        value = mark(f"{number}:{turn}:{int(gave is None)}:{in_asyncio()}")
    if error:
        raise LookupError(error)
    return value


def run_loop(programme, errors, mark):
    return answer.run_loop([coroutine(n, *each, mark) for n, each in enumerate(zip(programme, errors))])
"""


class RunLoop(Task):
    """Ten coroutines that report to the supervisor whenever they are woken: it knows who was due when."""

    name = "02_event_loop.run_loop"
    function = "run_loop"
    parameters = ("coroutines",)
    kind = "function"
    stretch = True
    children = 4

    RESULT = Ask("result", "It returns every coroutine's result, in their order; of none, an empty list.", "all right")
    TIME = Ask(
        "time", "They wait together: it takes as long as the longest.", f"at most {d.TIME_LINE:.0f} times the reference"
    )
    PAUSES = Ask("pauses", "Each is woken when its pause is over: not before, and not long after.", "when it is due")
    ORDER = Ask("order", "Pauses that are equal end in the order in which they began.", "the same order")
    ASLEEP = Ask("asleep", "While nothing is due, it sleeps.", "hardly any CPU")
    ERRORS = Ask("errors", "A coroutine's exception reaches the caller.", "raises it, bare or in a group")
    ITSELF = Ask("by itself", "It drives the coroutines itself.", "no asyncio, no threads")
    asks = (RESULT, TIME, PAUSES, ORDER, ASLEEP, ERRORS, ITSELF)

    # Woken before this share of the pause is early. Where a step is slow to report, a pause that is counted from the
    # step's beginning looks shorter than it is: so a few must be early before any is.
    EARLY, FEW = 0.6, 3
    LATE = 0.2  # seconds beyond three times what the reference beside it was late
    EQUAL = 4  # so many have the same pause
    CPU = 0.1  # seconds beyond twice the reference's: asleep it takes a few hundredths, spinning most of the time
    CPU_FOR = 2.0  # seconds of run that this is meant for

    async def collect(self, bench: Bench) -> None:
        draw = bench.random
        equal = 0.5 + draw.uniform(0, 0.05)
        programme = [
            [0.8, 0.8 + draw.uniform(0, 0.05)],
            [0.2] * 6,
            [],
            [0, 0, 0],
            [1.2],
            [0.3, 0.9],
            *([equal] for _ in range(self.EQUAL)),
        ]
        draw.shuffle(programme)
        main = await bench.run(
            "main", programme, [None] * len(programme), STEP, check=_woken(programme), reference=True, essential=True,
            say="ten coroutines, beside the reference", **self._driven(15),
        )  # fmt: skip
        if main.outcome != "returned" or not main.facts["marks"]:
            return
        await bench.run(
            "none", [], [], STEP, check=_woken([]), essential=True, say="no coroutine at all", **self._driven(5)
        )
        token = f"no answer {draw.getrandbits(32):08x}"
        await bench.run(
            "errors", [[0.3], [0.1], [0.2, 0.2]], [None, token, None], STEP, say="a coroutine that raises",
            check=lambda ran: {"failure": token, "came_out": s.came_out(ran.evidence.error, token)}, **self._driven(5),
        )  # fmt: skip

    def _driven(self, seconds: float) -> dict[str, Any]:
        return {"driver": DRIVER, "step": 0.0, "limits": Limits(seconds=seconds)}

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, none, errors = evidence["main"], evidence.get("none"), evidence.get("errors")
        mistakes = self._mistakes(evidence)
        codes = {mistake.code for mistake in mistakes}
        if "marks" not in main.facts:
            return Judgement(self.unmeasured(), tuple(mistakes))
        facts = main.facts
        few = len(rounds(evidence, "main")) < d.MOST_ROUNDS
        late, line = self._late(evidence)
        cpu, allowed = self._cpu(evidence)
        woken = facts["early"] is None and facts["gave_none"] and facts["pauses"] > 0
        demands = (
            _all_right(self.RESULT, [run for run in (main, none) if run]),
            d.together(self.TIME, evidence, "main", facts["longest"], bool(codes)),
            self.PAUSES.result(
                woken and late <= line,
                self._woken(facts, late),
                few and woken and not codes and late > line,
            ),
            self.ORDER.result(facts["in_order"], facts["order"]),
            self.ASLEEP.result(
                cpu <= allowed,
                f"{cpu:.2f} s of CPU in {main.wall:.2f} s",
                few and not codes - {"busy-waiting"} and allowed / 2 < cpu < 2 * allowed,
            ),
            self._raises(errors),
            self.ITSELF.result(not _tools(main), _tools(main) or "by itself"),
        )
        return Judgement(demands, tuple(mistakes))

    def _woken(self, facts: Mapping[str, Any], late: float) -> str:
        if not facts["pauses"]:
            return "no pause came to its end"
        if facts["early"] is not None:
            return "one {:.2f} s long ended after {:.2f} s".format(*facts["early"])
        if not facts["gave_none"]:
            return "await Sleep(…) gave something back"
        return f"{facts['pauses']} pauses, {1000 * late:.0f} ms late at most"

    def _raises(self, errors: Evidence | None) -> Demand:
        if errors is None or errors.outcome not in ("raised", "returned"):
            return self.ERRORS.unmeasured()
        if errors.outcome == "returned":
            return self.ERRORS.result(False, "it returned as if nothing had been")
        return self.ERRORS.result(
            bool(errors.facts["came_out"]), f"raised {errors.error.type.rpartition('.')[2] if errors.error else ''}"
        )

    def _late(self, evidence: Mapping[str, Evidence]) -> tuple[float, float]:
        """How late the latest was woken, of the round where that is least; and how late it may be."""
        late = min(run.facts["late"][0] for run in rounds(evidence, "main"))
        beside = max((run.facts["late"][0] for run in reference_rounds(evidence, "main")), default=0.0)
        return late, self.LATE + 3 * beside

    def _cpu(self, evidence: Mapping[str, Evidence]) -> tuple[float, float]:
        beside = max((run.cpu for run in reference_rounds(evidence, "main")), default=0.0)
        # What a timer costs grows with the time that passes: a loop that sleeps well but never ends isn't spinning.
        longer = max(1.0, evidence["main"].wall / self.CPU_FOR)
        return median(run.cpu for run in rounds(evidence, "main")), longer * (self.CPU + 2 * beside)

    def _mistakes(self, evidence: Mapping[str, Evidence]) -> list[Mistake]:
        main, none, errors = evidence["main"], evidence.get("none"), evidence.get("errors")
        if "marks" not in main.facts:
            return []
        if tools := _tools(main):
            return [Mistake("tool-not-allowed", f"The coroutines were not driven by run_loop itself: {tools}.")]
        facts = main.facts
        if not facts["marks"]:
            return [_nothing_run(main)]
        if facts["early"] is not None:
            asked, took = facts["early"]
            seen = f"A coroutine that asked for a pause of {asked:.2f} s was woken after {took:.2f} s."
            return [Mistake("wrong-result", seen)]
        found: list[Mistake | None] = [self._slow(evidence)]
        if not facts["in_order"] and not found[0]:
            seen = f"{self.EQUAL} coroutines paused for equally long and were woken in another order: {facts['order']}."
            found.append(Mistake("woken-out-of-order", seen))
        cpu, allowed = self._cpu(evidence)
        if cpu > allowed:
            seen = f"It used {cpu:.2f} s of CPU in {main.wall:.2f} s, while the coroutines did nothing but wait."
            found.append(Mistake("busy-waiting", seen))
        if not facts["gave_none"]:
            seen = "`await Sleep(seconds)` gave the coroutine something back; it is to give None."
            found.append(Mistake("wrong-result", seen))
        found += [next((m for m in (s.wrong_list(run, "result") for run in (main, none) if run) if m), None)]
        if errors and errors.outcome == "returned":
            seen = f"A coroutine raised LookupError: {errors.facts['failure']}, and run_loop returned all the same."
            found.append(Mistake("swallowed-exception", seen))
        return [mistake for mistake in found if mistake]

    def _slow(self, evidence: Mapping[str, Evidence]) -> Mistake | None:
        """Not together at all, or woken long after the pause was over."""
        main = evidence["main"]
        facts = main.facts
        if facts["peak"] == 1 and facts["began"] >= 4:
            seen = f"{facts['began']} coroutines, never more than 1 under way: each one waited for the one before."
            return Mistake("sequential-awaits", seen)
        late, line = self._late(evidence)
        if late <= line:
            return None
        _, asked, took = min(run.facts["late"] for run in rounds(evidence, "main"))
        seen = f"A pause of {asked:.2f} s lasted {took:.2f} s, though there was nothing else to do."
        return Mistake("woken-late", seen)


def _woken(programme: Sequence[Sequence[float]]) -> Check:
    """From the coroutines' marks: who was woken when, how late, in which order; what should have come back."""

    def check(ran: Ran) -> Mapping[str, Any]:
        book = ran.evidence.facts.get("steps") or {"times": (), "items": (), "values": (), "elsewhere": 0}
        marks = [
            (*map(int, str(item).split(":")), moment, value)
            for item, moment, value in zip(book["items"], book["times"], book["values"], strict=True)
            if MARK.fullmatch(str(item))
        ]
        facts = _facts_of(programme, marks)
        facts["steps"] = {"elsewhere": book["elsewhere"], "in_asyncio": sum(mark[3] for mark in marks)}
        if ran.evidence.outcome == "returned":
            expected = [facts["last"].get(number) for number in range(len(programme))]
            facts |= compare.sequence(ran.value, expected)
        del facts["last"]
        return facts

    return check


def _facts_of(programme: Sequence[Sequence[float]], marks: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    before: dict[int, float] = {}
    last: dict[int, int] = {}
    lateness, early, changes = [(0.0, 0.0, 0.0)], [], []
    for number, turn, _, _, moment, value in marks:
        last[number] = value
        if turn == 0:
            changes.append((moment, 1))
        else:
            asked, took = programme[number][turn - 1], moment - before[number]
            lateness.append((took - asked, asked, took))
            if took < RunLoop.EARLY * asked:
                early.append((asked, took))
        if turn == len(programme[number]):
            changes.append((moment, -1))
        before[number] = moment
    count = peak = 0
    for _, change in changes:
        count += change
        peak = max(peak, count)
    equal = [number for number, pauses in enumerate(programme) if programme.count(pauses) == RunLoop.EQUAL]
    begun = [mark[0] for mark in marks if mark[0] in equal and mark[1] == 0]
    ended = [mark[0] for mark in marks if mark[0] in equal and mark[1] == 1]
    return {
        "marks": len(marks),
        "began": sum(mark[1] == 0 for mark in marks),
        "pauses": len(lateness) - 1,
        "peak": peak,
        "late": max(lateness),
        "early": early[0] if len(early) >= RunLoop.FEW else None,
        "gave_none": all(mark[2] for mark in marks),
        "in_order": begun == ended and bool(begun),
        "order": f"{', '.join(map(str, ended))} after {', '.join(map(str, begun))}" if begun else "none of them began",
        "longest": max(map(sum, programme), default=0.0),
        "last": last,
    }


def _tools(run: Evidence) -> str:
    """What drove the coroutines in run_loop's place, in words; "" where it did so itself."""
    steps = run.facts.get("steps", {})
    if steps.get("in_asyncio"):
        return "they ran inside asyncio's event loop"
    if run.threads_started or steps.get("elsewhere"):
        return f"{s.plural(run.threads_started, 'thread')} had a part in it"
    if run.processes_started:
        return f"{s.plural(run.processes_started, 'process')} had a part in it"
    return ""


def _nothing_run(run: Evidence) -> Mistake:
    if run.facts.get("count", 0) >= run.facts.get("expected", 0) / 2 > 0:
        seen = f"It returned {run.facts['count']} results without running a single coroutine."
        return Mistake("learnt-by-heart", seen)
    return Mistake("wrong-result", "It returned without running a single coroutine.")


# ---------------------------------------------------------------- demands that they share


def _all_right(ask: Ask, runs: list[Evidence]) -> Demand:
    if not runs or any("right" not in run.facts for run in runs):
        return ask.unmeasured()
    if all(run.facts["right"] for run in runs):
        return ask.result(True, " and ".join(str(run.facts["count"]) for run in runs) + " right results")
    facts = next(run for run in runs if not run.facts["right"]).facts
    if "wrong" not in facts:
        return ask.result(False, f"no list: {facts['got']}")
    return ask.result(False, f"{facts['wrong']} of {facts['expected']} wrong or in the wrong place")


TASKS = [RunTogether(), StayResponsive(), RunLoop()]
