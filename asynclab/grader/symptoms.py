"""Mistakes told apart by evidence: each function looks for one and says what was seen, or gives None.

All are pure. A mistake is named only where the evidence shows it; lines of the source (`clues`) help to tell
apart two mistakes that the ledger alone can't, and to point at a line, never to find one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from asynclab.grader.verdict import Mistake
from asynclab.measure.evidence import MIB, Evidence, Hold, Left, Place, Raised
from asynclab.services.ledger import Ledger

HEARTBEAT = 0.005  # seconds between the loop's heartbeats, see asynclab.measure

# A hold of the loop is judged against the reference's in the same minute: starting a thousand requests holds
# it for 61 to 153 ms on a quiet machine and up to 500 ms on a busy one, in perfectly right answers (FACTS).
HOLD = 0.2  # seconds that a hold must last to be one at all
MOMENT = 0.1  # seconds in which a task that was told to end may come to its end after the call
HOLD_RATIO = 3.0  # times the reference's longest hold


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def clue(runs: Iterable[Evidence], name: str) -> int | None:
    """The line that a clue of the source points at."""
    for run in runs:
        line = run.facts.get("clues", {}).get(name)
        if isinstance(line, int):
            return line
    return None


# ---------------------------------------------------------------- coroutines and tasks


def never_awaited(*runs: Evidence) -> Mistake | None:
    """A coroutine was made and thrown away, or handed back instead of its result."""
    for run in runs:
        warned = [text for text in run.warnings if "was never awaited" in text]
        handed_back = run.facts.get("coroutines") or (
            run.facts.get("kind") == "coroutine"
            or (run.outcome == "unreadable" and run.error is not None and "coroutine" in run.error.message)
        )
        if handed_back:
            count = run.facts.get("coroutines") or 1
            seen = (
                f"What came back holds {plural(count, 'coroutine')} in the place of results: never awaited, never run."
            )
            return Mistake("never-awaited", seen, _line_in(warned))
        if warned:
            return Mistake("never-awaited", f"Python warned: {_first_line(warned[0])}.", _line_in(warned))
    return None


def errors(error: Raised | None) -> Iterator[Raised]:
    """An exception, and all that are in its group."""
    if error is not None:
        yield error
        for inner in error.inner:
            yield from errors(inner)


def came_out(error: Raised | None, token: str | None) -> bool:
    """Whether the exception whose message holds `token` came out, bare or in a group."""
    return token is not None and any(token in each.message for each in errors(error))


def shared_connection(run: Evidence) -> Mistake | None:
    """asyncpg's own words for two tasks on one connection."""
    for error in errors(run.error):
        if error.type.endswith("InterfaceError") and "another operation" in error.message:
            seen = f"asyncpg refused: {_first_line(error.message)}. One connection had two tasks."
            return Mistake("shared-connection", seen, error.line)
    return None


def lost_task(run: Evidence, told: str = "") -> Mistake | None:
    """It returned while what it had started was still on its way, and so without the results."""
    left = left_tasks(run)
    if run.outcome != "returned" or run.facts.get("right", True) or not left:
        return None
    seen = f"It returned while {plural(len(left), 'task')} of its own had not finished{told}."
    return Mistake("lost-task", seen, left[0].place.line if left[0].place else None)


def left_tasks(run: Evidence) -> list[Left]:
    return [left for left in run.left if left.what == "task"]


def still_running(run: Evidence) -> list[Left]:
    """Tasks and processes that outlived the call. One that was only being closed (a moment) hasn't."""
    return [
        left
        for left in run.left
        if left.what == "process" or (left.what == "task" and (left.seconds is None or left.seconds > MOMENT))
    ]


def leaked_tasks(*runs: Evidence) -> Mistake | None:
    """Something of the answer's was still running after the call was over. Idle pool threads don't count."""
    for run in runs:
        left = still_running(run)
        if left:
            what = plural(len(left), left[0].what)
            place = left[0].place
            where = f", the first at line {place.line}" if place else ""
            when = "was cancelled" if run.cancelled_after is not None else "had returned"
            verb = "was" if len(left) == 1 else "were"
            return Mistake(
                "leaked-tasks",
                f"{what} {verb} still running after the call {when}{where}.",
                place.line if place else None,
            )
    return None


def swallowed_cancel(run: Evidence | None, patience: float) -> Mistake | None:
    """The call was cancelled from outside and went on: it returned, kept working, or asked for more."""
    if run is None or run.cancelled_after is None:
        return None
    after = max(0.0, run.wall - run.cancelled_after)
    moment = run.go + run.cancelled_after
    later = sum(request.start > moment + patience / 2 for request in run.ledger.requests) if run.go else 0
    if run.outcome == "returned":
        return Mistake(
            "swallowed-cancel",
            f"It was cancelled after {run.cancelled_after:.1f} s and returned as if nothing had been.",
        )
    if run.outcome == "timed_out":
        place = run.stuck_at[0] if run.stuck_at else None
        seen = (
            f"It was cancelled after {run.cancelled_after:.1f} s and still ran {after:.0f} s later, when it was ended."
        )
        return Mistake("swallowed-cancel", seen, place.line if place else None)
    if later:
        return Mistake("swallowed-cancel", f"It was cancelled, and {plural(later, 'request')} more began after that.")
    if after > patience:
        return Mistake("swallowed-cancel", f"It was cancelled, and ended only {after:.1f} s later.")
    return None


def ended_by_cancel(run: Evidence | None, patience: float) -> bool:
    """Whether the cancellation came out, soon, and nothing began after it."""
    return run is not None and run.outcome in ("cancelled", "raised") and swallowed_cancel(run, patience) is None


def cancelled_run(runs: Sequence[Evidence], patience: float) -> Evidence | None:
    """Of the tries to cancel an answer the one in which it ended, else the first."""
    return next((run for run in runs if ended_by_cancel(run, patience)), runs[0] if runs else None)


def unclosed_sessions(run: Evidence) -> list[str]:
    """aiohttp's warnings about sessions and connectors left open; an unclosed file is another matter."""
    return [text for text in run.warnings if "nclosed" in text and ("session" in text or "connector" in text)]


def session_not_closed(*runs: Evidence) -> Mistake | None:
    for run in runs:
        if unclosed := unclosed_sessions(run):
            how = {"returned": "After the call had returned", "cancelled": "After the call was cancelled"}.get(
                run.outcome, "After the call had raised"
            )
            return Mistake("session-not-closed", f"{how}, aiohttp warned: {_first_line(unclosed[0])}.")
    return None


# ---------------------------------------------------------------- the loop


def held(runs: Sequence[Evidence]) -> float:
    """The longest hold of the loop that every round shows: noise doesn't come back, a blocking call does."""
    return min((run.longest_hold for run in runs), default=0.0)


def hold_line(references: Sequence[Evidence]) -> float:
    """How long the loop may be held, given how long the reference held it beside."""
    return HOLD + HOLD_RATIO * max((run.longest_hold for run in references), default=0.0)


def asleep(run: Evidence, line: float = 0.0) -> float:
    """Seconds in which the loop's thread waited inside a call of the answer's, while the loop had to stand still.

    Only holds longer than `line` count where the thread wasn't seen asleep.
    """
    return sum(hold.seconds for hold in run.holds if _waited(hold, line))


def _waited(hold: Hold, line: float) -> bool:
    """A look at the thread is one moment; the share of the processor that it used is the whole stretch.

    Beside four busy loops a computing thread still gets a third of a processor.
    """
    if hold.place is None:
        return False
    if hold.cpu is None:
        return bool(hold.asleep)
    return hold.cpu < 0.35 if hold.asleep else hold.cpu < 0.1 and hold.seconds > line


def holds_the_loop(runs: Sequence[Evidence], references: Sequence[Evidence], most: float = HOLD) -> Mistake | None:
    """The loop was held: by a call that sleeps (blocks-the-loop), or much longer than the reference by computing.

    `most` seconds of sleeping inside calls are let pass: a plain write to a file sleeps a little, too.
    """
    if not runs:
        return None
    beside = max((each.longest_hold for each in references), default=0.0)
    compared = f"; the reference beside it for {1000 * beside:.0f} ms" if references else ""
    # Without a reference beside it only a thread that was seen asleep tells anything.
    line = hold_line(references) if references else math.inf
    slept, run = min(((asleep(run, line), run) for run in runs), key=lambda pair: pair[0])
    if slept > most:
        hold = max((h for h in run.holds if _waited(h, line)), key=lambda h: h.seconds)
        seen = (
            f"The event loop stood still for {1000 * slept:.0f} of {1000 * run.wall:.0f} ms inside a call that "
            f"waits{_at(hold.place)}; nothing else could run{compared}."
        )
        return Mistake("blocks-the-loop", seen, hold.place.line if hold.place else None)
    if held(runs) <= line:
        return None
    run = min(runs, key=lambda each: each.longest_hold)
    longest = max(run.holds, key=lambda h: h.seconds, default=None)
    if longest is not None and longest.asleep and (longest.cpu or 0.0) < 0.35:
        return None  # it slept, but not in a line of the answer's: a disk, a name server, the machine
    if run.cpu < 0.2 * run.longest_hold:
        return None  # neither slept nor computed: the machine gave it no processor
    seen = f"The event loop was held for {1000 * run.longest_hold:.0f} ms by computing{_at(run.held_at)}{compared}."
    return Mistake("cpu-burst", seen, run.held_at.line if run.held_at else None)


def _at(place: Place | None) -> str:
    if place is None:
        return ""
    return f" at line {place.line}" + (f" (`{place.text}`)" if place.text else "")


def blocked_share(run: Evidence) -> float:
    """The share of the run in which no heartbeat came."""
    due = run.heartbeats + run.missed_heartbeats
    return run.missed_heartbeats / due if due else 0.0


def blocking_def(run: Evidence, function: str, waited: float) -> Mistake | None:
    """A plain function that did all its waiting itself: nothing to await came back."""
    if run.awaited_coroutine or run.outcome != "returned" or run.wall < waited:
        return None
    wall = 1000 * run.wall
    seen = f"{function} gave nothing to await: for {wall:.0f} ms it waited itself, and nothing else could run."
    return Mistake("blocks-the-loop", seen, run.held_at.line if run.held_at else None)


# ---------------------------------------------------------------- how many at once


def peak(run: Evidence) -> int:
    """The most requests in flight at one moment, those left out that the client gave up.

    The server learns late that a client has gone: until then such a request would count beside its successor.
    """
    return Ledger(tuple(request for request in run.ledger.requests if not request.given_up)).peak_in_flight


def occupancy(run: Evidence, limit: int, skip: int = 0) -> float:
    """How much of `limit` was in use on average while work was left: from 0 to 1.

    Work is left until the last request starts. `skip` leaves out what comes before that many requests have
    ended: a crawl knows only one page at first.
    """
    requests = run.ledger.requests
    if len(requests) <= skip + 1:
        return 0.0
    begin = sorted(r.end for r in requests)[skip - 1] if skip else min(r.start for r in requests)
    end = max(r.start for r in requests)
    if end - begin < 0.05:
        return 1.0  # all began at once: nothing was held back
    busy = sum(max(0.0, min(r.end, end) - max(r.start, begin)) for r in requests)
    return busy / (limit * (end - begin))


def sequential(run: Evidence) -> Mistake | None:
    """Never more than one in flight, while the loop was free."""
    count = len(run.ledger)
    if count < 4 or run.ledger.peak_in_flight != 1:
        return None
    seen = f"{count} requests, never more than 1 in flight: each one waited for the one before."
    return Mistake("sequential-awaits", seen, clue([run], "await_in_loop"))


def threads_instead(run: Evidence) -> Mistake | None:
    """The requests were made by threads: several in flight, never more than there were threads or processes."""
    workers, most = max(run.threads_started, run.processes_started), run.ledger.peak_in_flight
    if workers < 2 or not 2 <= most <= workers:
        return None
    kind = "threads" if run.threads_started >= run.processes_started else "processes"
    line = clue([run], "given_to_threads")
    return Mistake(
        "threads-instead", f"{workers} {kind} were started, and never more than {most} requests were in flight.", line
    )


def over_limit(run: Evidence, limit: int) -> Mistake | None:
    """More in flight than the limit that was given: by a little, or as if there were none."""
    most, count = peak(run), len(run.ledger.attempts)
    if most <= limit:
        return None
    seen = f"{most} requests were in flight at one moment; the limit was {limit}."
    if most < min(count, 2 * limit):
        return Mistake("limit-exceeded", seen)
    line = clue([run], "semaphore_per_item")
    if line:
        return Mistake("limit-per-call", seen + f" Each call makes a limit of its own, at line {line}.", line)
    return Mistake("unbounded-concurrency", seen + f" All {count} were asked for at once." if most == count else seen)


def in_chunks(run: Evidence, limit: int) -> bool:
    """Whether the requests came in chunks: again and again all ended before the next began, in full groups.

    With latencies that differ, `limit` places that are refilled at once are hardly ever all empty.
    """
    groups, size, open_until = [], 0, 0.0
    for request in sorted(run.ledger.requests, key=lambda each: each.start):
        if size and request.start >= open_until:
            groups.append(size)
            size = 0
        size += 1
        open_until = max(open_until, request.end)
    groups.append(size)
    full = [group for group in groups[:-1] if group == limit]
    return len(groups) >= 3 and len(full) == len(groups) - 1


# ---------------------------------------------------------------- requests


def asked_again(run: Evidence) -> Mistake | None:
    """Paths that were asked for more than once although they had been answered."""
    again = {path: count for path, count in run.ledger.attempts.items() if count > 1}
    if not again:
        return None
    path, most = max(again.items(), key=lambda item: item[1])
    return Mistake(
        "fetched-twice",
        f"{plural(len(run.ledger), 'request')} for {plural(len(run.ledger.attempts), 'page')}: "
        f"{plural(len(again), 'page')} came more than once, {path} {most} times.",
    )


def nothing_asked(run: Evidence) -> bool:
    return run.outcome == "returned" and not run.ledger.requests


def deadlocked(run: Evidence) -> Mistake | None:
    """At the limit nothing was on its way any more, and what was left waited for a lock or semaphore."""
    locks = run.facts.get("clues", {}).get("locks", [])
    waiting = [place for place in run.stuck_at if any(f"async with {name}" in place.text for name in locks)]
    waiting += [place for place in run.stuck_at if any(f"await {name}.acquire" in place.text for name in locks)]
    if run.outcome != "timed_out" or not waiting:
        return None
    if any(word in place.text for place in run.stuck_at for word in ("sleep(", ".get(", ".join(", "wait(", ".put(")):
        return None  # somebody still waits for something else: that one may yet give it back
    stopped = max((request.end for request in run.ledger.requests), default=run.go) - run.go
    if run.wall - stopped < 1.0:
        return None
    place = waiting[0]
    seen = (
        f"After {run.wall:.0f} s everything that was left stood at `{place.text}` (line {place.line}), and for the "
        f"last {run.wall - stopped:.0f} s no request was on its way: all places were held by those who waited."
    )
    return Mistake("deadlock", seen, place.line)


def gaps(run: Evidence, path: str) -> list[tuple[float, float]]:
    """The pauses of a path between a refused try's end and the next one's start, as spans on the site's clock."""
    tries = sorted((r for r in run.ledger.requests if r.path == path), key=lambda r: r.start)
    return [(one.end, later.start) for one, later in zip(tries, tries[1:], strict=False) if one.status >= 400]


def with_a_place(run: Evidence, span: tuple[float, float], limit: int) -> float:
    """Seconds of a span in which fewer than `limit` requests were in flight."""
    begin, end = span
    steps = run.ledger.in_flight()
    taken = 0.0
    for (time, count), (until, _) in pairwise([*steps, (max(end, begin), 0)]):
        if count >= limit:
            taken += max(0.0, min(until, end) - max(time, begin))
    return end - begin - taken


# ---------------------------------------------------------------- memory


def body_in_memory(run: Evidence, line: int, total: int, names: Mapping[str, str] | None = None) -> Mistake | None:
    """Peak memory above `line` bytes: whole bodies at once, or all of them (`total` bytes)."""
    if run.peak_memory <= line:
        return None
    code = "everything-in-memory" if run.peak_memory > 0.9 * total else "whole-body-in-memory"
    seen = (
        f"Memory rose by {mib(run.peak_memory)} while {mib(total)} were downloaded; streamed in pieces it stays "
        f"below {mib(line)}."
    )
    return Mistake(code, seen, clue([run], "whole_body"))


def mib(size: float) -> str:
    return f"{size / MIB:.0f} MiB" if size >= 10 * MIB else f"{size / MIB:.1f} MiB"


# ---------------------------------------------------------------- what was returned


def wrong_list(run: Evidence, what: str = "page") -> Mistake | None:
    """Out of order, empty or plainly wrong, from the facts of `compare.sequence`."""
    facts = run.facts
    if facts.get("right", True):
        return None
    count, expected, wrong = facts.get("count", 0), facts.get("expected", 0), facts.get("wrong", 0)
    if facts.get("permuted"):
        seen = (
            f"All {expected} {what}s came, but {wrong} of them in another's place: the order is not that of the input."
        )
        return Mistake("results-out-of-order", seen)
    if facts.get("kind") not in ("list", "tuple"):
        return Mistake(
            "wrong-result", f"It returned {_a(facts.get('kind'))} ({facts.get('got')}), not a list of {what}s."
        )
    if count != expected:
        return Mistake("wrong-result", f"It returned {plural(count, what)}; asked for were {expected}.")
    first = f"the first is number {facts.get('first_wrong')}: {facts.get('got')!r}"
    return Mistake("wrong-result", f"{wrong} of {expected} {what}s are wrong; {first}.")


def _a(kind: Any) -> str:
    return "nothing" if kind in (None, "NoneType", "none") else f"a value of type {kind}"


def _line_in(warnings: Sequence[str]) -> int | None:
    """The line that a warning of the child names: "… (line 12)"."""
    for text in warnings:
        _, mark, rest = text.rpartition("line ")
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        if mark and digits:
            return int(digits)
    return None


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].rstrip(".")[:200]
