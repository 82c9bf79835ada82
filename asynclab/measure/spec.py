"""What is asked of a run: plain data, made by the grader or a lesson, read by the supervisor."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from asynclab.measure.evidence import Limits
from asynclab.measure.wire import Marker
from asynclab.services.ledger import Ledger

FOLDER = Marker("folder")
"""In the arguments: the run's own folder, as a str that is valid inside the sandbox."""
FOLDER_PATH = Marker("path")
"""As FOLDER, as a pathlib.Path."""
POOL = Marker("pool")
"""In the arguments: the asyncpg pool of `Run.pool`."""
DSN = Marker("dsn")
"""In the arguments: the address of `Run.pool`'s database, for a program that makes its own connections."""
JOBS = Marker("jobs")
"""In the arguments: the list of `Run.jobs`, zero-argument coroutine functions."""
JOBS_ITERATOR = Marker("jobs_iterator")
"""In the arguments: an iterator over `Run.jobs`, which makes each as it is drawn."""
WORK = Marker("work")
"""In the arguments: `Run.work` as a function that computes and waits in the calling thread."""
STEP = Marker("step")
"""In the arguments: `step(item)`, about `Run.step` seconds of CPU; its value only the supervisor knows."""
WRITE = Marker("write")
"""In the arguments: `write(row)`, a plain function (or, with `Run.write_async`, a coroutine function)."""
ROWS = Marker("rows")
"""In the arguments: an iterator over the rows of `Run.rows`."""


def in_folder(name: str, as_path: bool = False) -> Marker:
    """A marker for a place in the run's own folder that need not be there yet."""
    return Marker(f"{'path' if as_path else 'folder'}/{name}")


@dataclass(frozen=True)
class Source:
    """A module's text."""

    text: str
    name: str = "answer"


@dataclass(frozen=True)
class JobSpec:
    """One job: the supervisor keeps its time and its value, and tells the child only when it is done."""

    seconds: float
    value: Any = None
    error: tuple[str, str] | None = None  # a built-in exception's name (or "CancelledError") and its message
    cleanup: float = 0.0  # seconds that it takes to come to its end when it is cancelled
    stubborn: bool = False  # never ends by itself: only cancelling ends it


@dataclass(frozen=True)
class Jobs:
    """Many jobs, made as they are asked for: job `i` depends on `seed` and `i` alone."""

    count: int
    seed: int
    seconds: tuple[float, float] = (0.01, 0.03)
    failing: frozenset[int] = frozenset()
    cleanup: float = 0.0

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> JobSpec:
        if not 0 <= index < self.count:
            raise IndexError(index)
        draw = random.Random(f"{self.seed}:{index}")
        token = f"job-{index}-{draw.getrandbits(48):012x}"
        return JobSpec(
            seconds=draw.uniform(*self.seconds),
            value=token,
            error=("RuntimeError", token) if index in self.failing else None,
            cleanup=self.cleanup,
        )


@dataclass(frozen=True)
class WorkStep:
    """A stretch of `Run.work`: `how` is "compute", "sleep", "socket" or "lock"."""

    how: str
    seconds: float


@dataclass(frozen=True)
class Rows:
    """Rows of the table `readings`, made in the child one at a time (see `given.rows`)."""

    count: int
    seed: int
    bad_at: int | None = None  # this one has a value that its column refuses
    raises_at: int | None = None  # the iterator raises RuntimeError here


class Database(Protocol):
    """What a pool needs of `asynclab.services`' FreshDatabase."""

    @property
    def dsn(self) -> str: ...

    @property
    def socket_folder(self) -> Any: ...

    def dsn_in(self, folder: str) -> str: ...

    def clear(self) -> None: ...

    def ledger(self) -> Ledger: ...


class Visit(Protocol):
    """What a run needs of `asynclab.services`' Visit."""

    def clear(self) -> None: ...

    def ledger(self) -> Ledger: ...


@dataclass(frozen=True)
class PoolSpec:
    """An asyncpg pool for the answer, connected before the clock starts.

    Without a visit the run's ledger is the database's: its calls of country_report. A pool of size 0 is none:
    the run's database is watched, and what runs there connects by itself.
    """

    database: Database
    max_size: int = 10


@dataclass(frozen=True)
class Run:
    """One call of one function.

    `in_loop` True calls it inside the running event loop (a plain function that returns an awaitable
    is fine there), False calls it in the main thread with no loop; None goes by what it is.
    `cancel_after` seconds after the go the call is cancelled. `driver` is the text of a module of the
    lab's that is loaded after the answer, can ``import answer``, and holds `function` in its place.
    """

    function: str
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    visit: Visit | None = None
    folder: Path | None = None
    pool: PoolSpec | None = None
    cancel_after: float | None = None
    heartbeat: bool = True
    in_loop: bool | None = None
    driver: str | None = None
    jobs: Sequence[JobSpec] | Jobs = ()
    work: Sequence[Sequence[WorkStep]] = ()  # the steps of the first call, of the second, …; the last repeats
    step: float = 0.001
    write_async: bool = False
    rows: Rows | None = None
