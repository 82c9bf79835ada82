"""How `greet` is graded: the first verdict that a learner sees. It gives no points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from asynclab.grader import Ask, Bench, Ran, Task
from asynclab.grader import demands as d
from asynclab.grader import symptoms as s
from asynclab.grader.compare import kind, same, shown
from asynclab.grader.judging import reference_rounds, rounds
from asynclab.grader.verdict import Judgement, Mistake
from asynclab.measure.evidence import Evidence, Limits

NAMES = (
    "Ada",
    "Grace",
    "Barbara",
    "Radia",
    "Frances",
    "Margaret",
    "Katherine",
    "Karen",
    "Hedy",
    "Annie",
    "Zoë",
    "Fei-Fei",
)
WAIT = 0.1  # seconds that greet is asked to wait
EARLY = 0.09  # what counts as having waited: a timer may fire a clock's tick early
LIMITS = Limits(seconds=5)
PATIENCE = 1.0  # seconds that a cancelled greet may take to end on a machine that is busy

GREETING = Ask("result", "It returns the greeting for the name it is given.", '"Hello, NAME!"')
WAITED = Ask("wait", "It waits a tenth of a second before it returns.", "0.1 s, and not much more")
LOOP = Ask("loop", "While it waits, the event loop is free for others.", "never held by the waiting")
CANCEL = Ask("cancel", "Cancelling the call ends it.", "at once")
LEFT = Ask("left", "Nothing of it is left when it is over.", "no task")


class Greet(Task):
    name = "00_start_here.greet"
    function = "greet"
    parameters = ("name",)
    graded = False
    children = 4
    asks = (GREETING, WAITED, LOOP, CANCEL, LEFT)

    async def collect(self, bench: Bench) -> None:
        # Two names, so that a greeting that is always the same shows.
        first, second = (f"{name} {bench.random.randint(100, 999)}" for name in bench.random.sample(NAMES, 2))
        await bench.run(
            "main", first, reference=True, essential=True, limits=LIMITS, check=_greets(first), say="a first greeting"
        )
        await bench.run("another", second, essential=True, limits=LIMITS, check=_greets(second), say="another name")
        await bench.cancel(
            "cancel", first, after=0.01, patience=PATIENCE, tries=4, limits=LIMITS, say="cancelling it while it waits"
        )

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main, another, cancel = (
            evidence["main"],
            evidence.get("another"),
            s.cancelled_run(rounds(evidence, "cancel"), PATIENCE),
        )
        mistakes = [mistake for mistake in _mistakes(evidence, main, another, cancel) if mistake]
        codes = {mistake.code for mistake in mistakes}
        returned = [run for run in (main, another) if run and run.outcome == "returned"]
        right = len(returned) == 2 and all(run.facts["right"] for run in returned)
        # On a machine with company a wait of 0.1 s may well take 0.3 s: the reference beside it tells.
        beside = max((run.wall for run in reference_rounds(evidence, "main")), default=WAIT)
        wall = min((run.wall for run in returned), default=0.0)
        demands = (
            GREETING.result(right, str(main.facts.get("got", "nothing"))) if returned else GREETING.unmeasured(),
            WAITED.result(EARLY <= wall <= 3 * max(beside, WAIT), f"{wall:.2f} s") if returned else WAITED.unmeasured(),
            LOOP.result(
                "blocks-the-loop" not in codes and main.awaited_coroutine,
                f"held for {1000 * s.held(returned):.0f} ms at most",
            )
            if returned
            else LOOP.unmeasured(),
            d.cancel_ends_it(CANCEL, cancel, PATIENCE),
            d.nothing_left(LEFT, [main, another, cancel]) if returned else LEFT.unmeasured(),
        )
        return Judgement(demands, tuple(mistakes))


def _greets(name: str) -> Callable[[Ran], dict[str, Any]]:
    """What came back for one name, as plain facts."""

    def check(ran: Ran) -> dict[str, Any]:
        facts = {"right": same(ran.value, f"Hello, {name}!"), "kind": kind(ran.value), "got": shown(ran.value)}
        return {**facts, "name": name}

    return check


def _mistakes(
    evidence: Mapping[str, Evidence], main: Evidence, another: Evidence | None, cancel: Evidence | None
) -> list[Mistake | None]:
    runs = [run for run in (main, another) if run]
    blocked = s.blocking_def(main, "greet", EARLY) or _waits_without_the_loop(runs)
    never = s.never_awaited(*runs)
    lost = _lost(runs)
    found: list[Mistake | None] = [never, blocked, lost]
    if not any(found):
        found.append(_wrong_greeting(main, another))
    if not (never or blocked or lost) and main.wall >= EARLY:  # else there is no wait that could be cancelled
        found.append(s.swallowed_cancel(cancel, PATIENCE))
    if not lost:
        found.append(s.leaked_tasks(*runs, *([cancel] if cancel else [])))
    return found


def _waits_without_the_loop(runs: list[Evidence]) -> Mistake | None:
    """Almost no heartbeat came while it waited, in either run: the wait itself held the loop."""
    if not all(run.outcome == "returned" and run.wall >= EARLY for run in runs):
        return None
    if min(run.longest_hold for run in runs) < 0.8 * WAIT or min(s.blocked_share(run) for run in runs) < 0.7:
        return None
    run = min(runs, key=lambda each: each.longest_hold)
    where = run.held_at
    at = f" at line {where.line}" if where else ""
    held, wall = 1000 * run.longest_hold, 1000 * run.wall
    seen = f"The event loop was held for {held:.0f} of {wall:.0f} ms{at}: no other task could run."
    return Mistake("blocks-the-loop", seen, where.line if where else None)


def _lost(runs: list[Evidence]) -> Mistake | None:
    """It returned early, and a task that it had started was still waiting."""
    for run in runs:
        left = s.left_tasks(run)
        if run.outcome == "returned" and run.wall < EARLY and left:
            place = left[0].place
            seen = f"It returned after {1000 * run.wall:.0f} ms, while a task that it had started was still waiting."
            return Mistake("lost-task", seen, place.line if place else None)
    return None


def _wrong_greeting(main: Evidence, another: Evidence | None) -> Mistake | None:
    facts = main.facts
    if main.outcome == "unreadable":
        return Mistake("wrong-result", "What it returned is no text.")
    if main.outcome != "returned":
        return None
    if not main.awaited_coroutine:
        return Mistake(
            "wrong-result", f"greet gave {facts.get('got')!r} itself; `await greet(name)` can't wait for that."
        )
    if another and another.outcome == "returned" and not (facts["right"] and another.facts["right"]):
        if facts["got"] == another.facts["got"] and facts["got"].startswith("Hello, "):
            names = f"{facts['name']!r} and {another.facts['name']!r}"
            return Mistake("learnt-by-heart", f"For {names} it returned the same {facts['got']!r}.")
    if not facts["right"]:
        return Mistake("wrong-result", f"For {facts['name']!r} it returned {facts['got']!r}.")
    if another and another.outcome == "returned" and not another.facts["right"]:
        return Mistake("wrong-result", f"For {another.facts['name']!r} it returned {another.facts['got']!r}.")
    if main.wall < EARLY:
        return Mistake(
            "wrong-result", f"It returned after {1000 * main.wall:.0f} ms; asked for is a wait of {1000 * WAIT:.0f} ms."
        )
    return None


TASKS = [Greet()]
