"""Evidence: what one run of a piece of code did, as frozen plain data, written by the supervisor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from asynclab.services.ledger import Ledger

MIB = 1024 * 1024

OUTCOMES = (
    "returned",  # the function returned; `value` holds what
    "raised",  # it raised; `error` says what
    "cancelled",  # the harness cancelled the call (Run.cancel_after) and the cancellation came out of it
    "not_loaded",  # the source raised while it was loaded (a SyntaxError, say); `error` says what
    "no_function",  # it loaded, but there is no such function; `found` lists those there are
    "died",  # the process ended without an answer (os._exit, a signal, a crash)
    "timed_out",
    "out_of_memory",
    "too_much_output",
    "too_many_processes",
    "too_much_disk",
    "unreadable",  # it returned, but not plain data or too much of it; `error` says what
)


@dataclass(frozen=True)
class Limits:
    """What a run may use. At a limit the whole process tree is ended."""

    seconds: float = 60.0  # wall, from go
    memory: int = 1024 * MIB  # bytes of resident memory above the baseline, whole tree
    output: int = 1 * MIB  # bytes on standard output and error together
    processes: int = 32  # processes in the tree, the first included
    threads: int = 1200  # in the tree
    disk: int = 512 * MIB  # bytes in the run's own folder


@dataclass(frozen=True)
class Raised:
    """An exception as plain text: nothing of it is ever unpickled."""

    type: str  # "ValueError", "aiohttp.ClientResponseError": qualified unless built in
    message: str
    bases: tuple[str, ...] = ()  # names of its classes, most derived first
    line: int | None = None  # the deepest line of the measured source it came through
    text: str = ""  # a short traceback, frames of the measured source only
    inner: tuple[Raised, ...] = ()  # of an exception group


@dataclass(frozen=True)
class Place:
    """A place in the measured source."""

    line: int
    function: str = ""
    text: str = ""  # the line's own text, stripped


@dataclass(frozen=True)
class Left:
    """Something that was still there after the call was over."""

    what: str  # "task", "thread", "process", "connection"
    name: str
    place: Place | None = None
    seconds: float | None = None  # a task that ended by itself soon after the call: when; None: it didn't


@dataclass(frozen=True)
class Hold:
    """A stretch in which the loop did not turn, seen from outside. Times in seconds.

    `place` is the answer's own line it was held in, where one was on the stack. `asleep` tells a call
    that blocks (the thread slept in the kernel) from computing; `cpu` is the share of the stretch in
    which the process computed. `stack` is the innermost first: "aiohttp/client.py:610 _request".
    """

    start: float  # since go
    seconds: float
    place: Place | None = None
    asleep: bool | None = None
    cpu: float | None = None
    stack: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What one run did. Times in seconds, memory in bytes.

    `wall` is taken by the supervisor, from its go to the arrival of the answer. `cpu` is the whole
    tree's. `peak_memory` is above `baseline_memory`, which was taken just before the go: from
    VmHWM, reset then (FACTS: ru_maxrss starts at the parent's peak). `memory` are samples of
    (seconds since go, bytes above baseline). `longest_hold` is the longest time in which a
    heartbeat of the loop, every 5 ms, did not arrive at the supervisor (0.0 for plain functions).
    """

    outcome: str
    value: Any = None
    error: Raised | None = None
    found: tuple[str, ...] = ()
    wall: float = 0.0
    cpu: float = 0.0
    peak_memory: int = 0
    baseline_memory: int = 0
    memory: tuple[tuple[float, int], ...] = ()
    longest_hold: float = 0.0
    held_at: Place | None = None  # where the loop was held longest
    stuck_at: tuple[Place, ...] = ()  # where tasks or the thread stood at the limit
    holds: tuple[Hold, ...] = ()  # the longest ones over 20 ms, longest first, at most 20
    heartbeats: int = 0
    missed_heartbeats: int = 0  # of those due at one every 5 ms
    threads_started: int = 0
    processes_started: int = 0  # beyond the first
    left: tuple[Left, ...] = ()
    warnings: tuple[str, ...] = ()  # "coroutine 'f' was never awaited", "Unclosed client session"…
    lost_exceptions: tuple[str, ...] = ()  # of tasks that nobody awaited
    output: str = ""  # at most 64 KiB of what was printed
    awaited_coroutine: bool = True  # the call gave an awaitable
    ledger: Ledger = field(default_factory=Ledger)
    go: float = 0.0  # CLOCK_MONOTONIC at the go: the ledger's clock, so the two can be drawn together
    cancelled_after: float | None = None  # when the harness cancelled, seconds since go
    facts: dict[str, Any] = field(default_factory=dict)  # what the grader checked on the spot
