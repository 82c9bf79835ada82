"""Demands that many tasks share: from evidence to a `Demand`, with the words and figures of the card.

Time is judged as a ratio to the reference that ran beside the answer. Right answers measure 0.7 to 1.3, one
after the other 8.4 and more (CLAIMS.md, 50 runs quiet and 50 beside four busy loops), so the line is 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from asynclab.grader.judging import reference_rounds, rounds
from asynclab.grader.machine import BUSY
from asynclab.grader.symptoms import ended_by_cancel, mib, plural, still_running, unclosed_sessions
from asynclab.grader.task import Ask
from asynclab.grader.verdict import Demand
from asynclab.measure.evidence import Evidence

TIME_LINE = 3.0
CLEARLY_QUICK = 2.0  # below it nothing is measured again
CLEARLY_SLOW = 8.0  # above it neither
MOST_ROUNDS = 3


def time_ratios(evidence: Mapping[str, Evidence], name: str) -> list[float]:
    """Of every round: the answer's time over that of the reference beside it."""
    return [
        answer.wall / reference.wall
        for answer, reference in zip(rounds(evidence, name), reference_rounds(evidence, name), strict=False)
        if reference.wall > 0
    ]


def together(ask: Ask, evidence: Mapping[str, Evidence], name: str, ideal: float, explained: bool = False) -> Demand:
    """Time near the reference's: the median of the rounds at most `TIME_LINE` times.

    `ideal` is what the latencies alone allow, in seconds. `explained` says that counts already show why it is
    slow: then it isn't measured again. In doubt after the last round, the demand stays near its line.
    """
    ratios = time_ratios(evidence, name)
    if not ratios:
        return ask.unmeasured()
    ratio = median(ratios)
    answer = median(run.wall for run in rounds(evidence, name))
    reference = median(run.wall for run in reference_rounds(evidence, name))
    met = ratio <= TIME_LINE
    measured = f"{ratio:.1f} times ({answer:.2f} s against {reference:.2f} s)"
    if len(ratios) > 1:
        measured += f", the median of {len(ratios)} rounds"
    if explained and not met:
        return ask.result(met, measured)
    if len(ratios) < MOST_ROUNDS:
        return ask.result(met, measured, near=CLEARLY_QUICK < ratio < CLEARLY_SLOW or not met)
    disagree = min(ratios) <= TIME_LINE or reference > BUSY * max(ideal, 0.02)
    return ask.result(met, measured, near=not met and disagree)


def right_list(ask: Ask, runs: Sequence[Evidence], what: str = "right") -> Demand:
    """All that came back is right and in its place, from the facts of `compare.sequence`."""
    if not runs or any("right" not in run.facts for run in runs):
        return ask.unmeasured()
    wrong = next((run.facts for run in runs if not run.facts["right"]), None)
    if wrong is None:
        return ask.result(True, f"{' and '.join(str(run.facts['count']) for run in runs)} {what}")
    if "wrong" not in wrong:
        return ask.result(False, f"no list: {wrong['got']}")
    return ask.result(False, f"{wrong['wrong']} of {wrong['expected']} wrong or in the wrong place")


def at_most_in_flight(ask: Ask, run: Evidence | None, limit: int) -> Demand:
    if run is None:
        return ask.unmeasured()
    peak = run.ledger.peak_in_flight
    return ask.result(0 < peak <= limit, f"{peak} at most" if peak else "no request")


def cancel_ends_it(ask: Ask, run: Evidence | None, patience: float) -> Demand:
    """A cancellation from outside comes out of the call, and nothing begins after it."""
    if run is None or run.cancelled_after is None:
        return ask.unmeasured()
    after = max(0.0, run.wall - run.cancelled_after)
    if ended_by_cancel(run, patience):
        left = still_running(run)
        if not left:
            return ask.result(True, f"over {1000 * after:.0f} ms after the cancel")
        return ask.result(False, f"{plural(len(left), left[0].what)} still there after the cancel")
    if run.outcome == "returned":
        return ask.result(False, "it returned although it was cancelled")
    return ask.result(False, f"it went on for {after:.1f} s after the cancel")


def raises(ask: Ask, run: Evidence | None) -> Demand:
    """A failure reaches the caller, bare or in a group."""
    if run is None or run.outcome not in ("raised", "returned"):
        return ask.unmeasured()
    if run.outcome == "returned":
        return ask.result(False, "it returned as if nothing had been")
    return ask.result(True, f"raised {run.error.type.rpartition('.')[2] if run.error else ''}")


def nothing_left(ask: Ask, runs: Sequence[Evidence | None]) -> Demand:
    """No task, process or open session after the call. Idle threads of a pool are no one's harm.

    After a call that raised only sessions count: the siblings that plain `gather` leaves behind are lesson 03's.
    """
    seen = [run for run in runs if run is not None]
    if not seen or all(run.outcome not in ("returned", "raised", "cancelled") for run in seen):
        return ask.unmeasured()
    left = [each for run in seen if run.outcome != "raised" for each in still_running(run)]
    unclosed = [text for run in seen for text in unclosed_sessions(run)]
    stray = [text for run in seen if run.outcome == "returned" for text in run.warnings if "never awaited" in text]
    if not (left or unclosed or stray):
        return ask.result(True, "nothing")
    told = [f"{plural(len(left), left[0].what)} still running"] if left else []
    told += ["an open session"] if unclosed else []
    told += ["a coroutine that nobody awaited"] if stray else []
    return ask.result(False, " and ".join(told))


def flat_memory(ask: Ask, run: Evidence | None, line: int) -> Demand:
    if run is None or run.outcome != "returned":
        return ask.unmeasured()
    return ask.result(run.peak_memory <= line, f"{mib(run.peak_memory)} above the start")
