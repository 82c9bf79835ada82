"""Watches an event loop: a hook around every step that the loop takes.

asyncio runs everything, tasks' steps and callbacks alike, through `asyncio.events.Handle._run`, and
waits in `selector.select`. Both are wrapped while a timeline is open and given back when it closes.
Works with the tasks of 3.11 to 3.13, the ones in C included: a task's step is a callback whose
`__self__` is the task. An eager task's first step (3.12+) runs inside its creator's step and counts
for it.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from asyncio import events
from collections.abc import Callable
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from asynclab.problems import Problem
from asynclab.timeline.recording import Idle, Recording, Slice, Table

if TYPE_CHECKING:
    from asynclab.plots import Picture

MOST_SLICES = 1_000_000  # about 110 MB; a recording that long can't be drawn any more either
SHORTEST_IDLE = 50e-6  # seconds: below this it is the price of asking the selector, not waiting

ASYNCIO = "asyncio's callbacks"
CELL = "this cell"
UVLOOP = (
    "This loop is uvloop, which runs its steps in C: the timeline sees none of them. "
    "Run on asyncio's own loop to look at it."
)

# Modules whose tasks and callbacks keep the notebook itself alive; they are folded into one lane.
_HOUSEKEEPERS = (
    "ipykernel",
    "IPython",
    "tornado",
    "zmq",
    "jupyter_client",
    "asynclab.notebook",
    "asynclab.knobs",
)

_watches: dict[Any, _Watch] = {}  # loop -> what is seen of it, while any timeline watches it


def _hook() -> tuple[Callable[[Any], Any], Callable[[Any], None]]:
    """Handle._run as it is, and what stands in for it while a loop is watched.

    A closure, because this runs around every step of every loop: local names cost least. Timelines
    that watch one loop at the same time share what it records.
    """
    plain = events.Handle._run
    watch_of = _watches.get

    def watched_run(handle: Any) -> None:
        watch = watch_of(handle._loop)
        if watch is None:
            return plain(handle)
        callback = handle._callback
        watch.since = began = perf_counter()
        try:
            return plain(handle)
        finally:
            ended = perf_counter()
            lane = watch.lanes.get(id(getattr(callback, "__self__", None)))
            if lane is None:
                lane = watch.new_lane(callback)
            watch.add((lane, began, ended))

    return plain, watched_run


_plain_run, _watched_run = _hook()


class Timeline:
    """Records what the event loop does while it is open: ``with timeline() as t: await main()``.

    `async with` means the same. Opened inside a coroutine it watches that coroutine's loop; opened
    where no loop runs, ``with timeline() as t: asyncio.run(main())``, the one that this block runs.
    `loop` names another. May be nested.

    After leaving: `slices`, `idle`, `longest`, `idle_share`, `duration`, `table()`, `plot()`.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._loop = loop
        self._watch: _Watch | None = None
        self._recording: Recording | None = None
        self._begun = 0.0
        self._opener: int | None = None  # the lane of the task that opened us
        self._first_slice = self._first_idle = 0  # where our part of the watch's lists begins
        self._stop_waiting: Callable[[], None] = lambda: None

    # --- opening and closing

    def __enter__(self) -> Self:
        if self._watch is not None or self._recording is not None:
            raise Problem("This timeline was already used.", "Make a new one: with timeline() as t: …")
        loop = self._loop
        if loop is None:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                self._stop_waiting = _when_a_loop_runs(self._begin)
        if loop is not None:
            self._begin(loop)
            task = _current_task(loop)
            if task is not None and self._watch is not None:
                self._opener = self._watch.lane_of_task(task, opens=True)
        self._begun = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ended = perf_counter()
        self._stop_waiting()
        watch = self._watch
        if watch is None:
            self._recording = Recording(
                (), (), ended - self._begun, frozenset(), "No event loop ran while this timeline was open."
            )
            return
        _unwatch(watch)
        self._recording = self._cut(watch, ended)
        self._watch = None

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    # --- what was seen

    @property
    def recording(self) -> Recording:
        """All of it as plain data. Raises Problem while the timeline is still open."""
        if self._recording is None:
            raise Problem("This timeline has not finished.", "Ask it after its with block has ended.")
        return self._recording

    @property
    def slices(self) -> tuple[Slice, ...]:
        """Every hold of the loop, in the order in which they began."""
        return self.recording.slices

    @property
    def idle(self) -> tuple[Idle, ...]:
        """Every span in which the loop waited."""
        return self.recording.idle

    @property
    def longest(self) -> Slice | None:
        """The slice that held the loop longest; None when nothing was seen."""
        return self.recording.longest

    @property
    def idle_share(self) -> float:
        """The share of the time, 0 to 1, in which the loop waited."""
        return self.recording.idle_share

    @property
    def duration(self) -> float:
        """Seconds from opening to closing."""
        return self.recording.duration

    @property
    def note(self) -> str:
        """A sentence where the recording is not the whole truth (uvloop, too many slices), else ''."""
        return self.recording.note

    def table(self) -> Table:
        """Who held the loop, the longest holder first."""
        lanes = sorted(self.recording.lanes, key=lambda lane: -lane.held)
        return Table(tuple(lanes), self.recording.duration)

    def plot(self) -> Picture:
        """The lanes of the loop as a picture: at most 8, grey where it waited, a warning over 20 ms."""
        from asynclab.timeline.lanes import draw  # matplotlib takes half a second to import

        return draw(self.recording)

    # --- inside

    def _begin(self, loop: Any) -> None:
        self._watch = watch = _watch(loop)
        self._first_slice, self._first_idle = len(watch.steps), len(watch.idle)

    def _cut(self, watch: _Watch, ended: float) -> Recording:
        """Our part of what the watch recorded, as plain data."""
        begun = self._begun
        steps = watch.steps[self._first_slice :]
        idle = watch.idle[self._first_idle :]
        if self._opener is not None:
            # The step in which we were opened was under way: it ended before the next thing began.
            seen = [step[1] for step in steps[:1]] + [span[0] for span in idle[:1]]
            steps.insert(0, (self._opener, begun, min(seen, default=ended)))
        task = _current_task(watch.loop)
        if task is not None and watch.since > begun:  # and the one in which we are closed still is
            steps.append((watch.lane_of_task(task), watch.since, ended))
        steps.sort(key=lambda step: step[1])
        notes = [watch.note] if watch.note else []
        if watch.note:
            steps = []  # the one step that we know of, our own, would only look like the whole
        if watch.dropped:
            notes.append(f"{watch.dropped:,} steps after the first {MOST_SLICES:,} were not recorded.")
        if not steps and not notes:
            notes.append("The event loop took no step while this timeline was open.")
        names = _unique(watch.names, {lane for lane, _, _ in steps})
        return Recording(
            slices=tuple(Slice(names[lane], max(start, begun) - begun, end - begun) for lane, start, end in steps),
            idle=tuple(
                Idle(max(start, begun) - begun, min(end, ended) - begun)
                for start, end in idle
                if end - start >= SHORTEST_IDLE
            ),
            duration=ended - begun,
            housekeeping=frozenset(names[lane] for lane in watch.housekeeping if lane in names),
            note=" ".join(notes),
        )


class _Watch:
    """What is seen of one loop, shared by the timelines that watch it."""

    __slots__ = (
        "__weakref__", "add", "by_name", "dropped", "ghosts", "housekeeping", "idle", "lanes",
        "listeners", "loop", "names", "note", "since", "steps", "undo",
    )  # fmt: skip

    def __init__(self, loop: Any) -> None:
        self.loop = loop
        self.listeners = 0
        self.steps: list[tuple[int, float, float]] = []  # lane, start, end
        self.add: Callable[[tuple[int, float, float]], None] = self.steps.append
        self.idle: list[tuple[float, float]] = []
        self.names: list[str] = []  # of lanes
        self.housekeeping: set[int] = set()  # lanes of the notebook's own
        self.lanes: dict[int, int] = {}  # id of a living task -> lane
        self.by_name: dict[str, int] = {}  # a callback's name -> lane
        self.ghosts: list[weakref.ref[Any]] = []
        self.since = 0.0  # when the step that is under way began
        self.dropped = 0
        self.undo: Callable[[], None] = lambda: None
        uvloop = type(loop).__module__.split(".")[0] in ("uvloop", "winloop")
        self.note = UVLOOP if uvloop else ""

    def drop(self, step: tuple[int, float, float]) -> None:
        """Takes the place of `add` when there are too many."""
        self.dropped += 1

    def new_lane(self, callback: Any) -> int:
        """The lane of a callback that is no known task's step."""
        owner = getattr(callback, "__self__", None)
        if isinstance(owner, asyncio.Task):
            return self.lane_of_task(owner)
        while hasattr(callback, "func"):  # functools.partial
            callback = callback.func
        name = getattr(callback, "__qualname__", None) or type(callback).__name__
        module = getattr(callback, "__module__", None) or type(owner).__module__
        if module.startswith("asyncio."):  # timers that wake tasks, sockets that have data
            name = ASYNCIO
        lane = self.by_name.get(name)
        if lane is None:
            lane = self.by_name[name] = self._named(name.replace(".<locals>", ""), module)
        return lane

    def lane_of_task(self, task: asyncio.Task[Any], opens: bool = False) -> int:
        """The lane of a task, made when it is first seen. `opens`: the timeline is opened in it."""
        key = id(task)
        if key in self.lanes:
            return self.lanes[key]
        coroutine = task.get_coro()
        name = task.get_name()
        if name.startswith("Task-"):  # nobody gave it a name: the coroutine's says more
            what = getattr(coroutine, "__qualname__", type(coroutine).__name__).rsplit(".", 1)[-1]
            name = f"{what} ({name})"
        frame = getattr(coroutine, "cr_frame", None)
        module = frame.f_globals.get("__name__", "") if frame is not None else ""
        if opens and module.startswith(_HOUSEKEEPERS):  # the task in which the notebook runs a cell
            name, module = CELL, ""
        lane = self.lanes[key] = self._named(name, module)
        # A task that ends frees its id for another. Holding the task itself would keep lost tasks
        # alive, which is what some recordings are made to show.
        self.ghosts.append(weakref.ref(task, lambda _: self.lanes.pop(key, None)))
        return lane

    def _named(self, name: str, module: str) -> int:
        if module.startswith(_HOUSEKEEPERS):
            self.housekeeping.add(len(self.names))
        self.names.append(name)
        return len(self.names) - 1


def _watch(loop: Any) -> _Watch:
    """Begins to watch a loop, or joins those who do."""
    watch = _watches.get(loop)
    if watch is None:
        watch = _Watch(loop)
        if not _watches:
            events.Handle._run = _watched_run  # type: ignore[assignment, method-assign]
        _watches[loop] = watch
        selector = getattr(loop, "_selector", None)
        if selector is not None:
            watch.undo = _watch_selector(selector, watch)
    watch.listeners += 1
    return watch


def _unwatch(watch: _Watch) -> None:
    """Leaves a watch; the last one to leave gives back what was hooked."""
    watch.listeners -= 1
    if watch.listeners:
        return
    watch.undo()
    _watches.pop(watch.loop, None)
    # Another tool may have hooked the same method since: then ours stays beneath, and lets all pass.
    if not _watches and events.Handle._run is _watched_run:
        events.Handle._run = _plain_run  # type: ignore[assignment, method-assign]


def _watch_selector(selector: Any, watch: _Watch) -> Callable[[], None]:
    """Notes how long `selector.select` waits; returns what undoes it."""
    inner = selector.select
    idle = watch.idle.append

    def select(timeout: float | None = None) -> Any:
        if timeout is not None and timeout <= 0:  # asked in passing, with work waiting: not idle
            if len(watch.steps) >= MOST_SLICES:
                watch.add = watch.drop
            return inner(timeout)
        began = perf_counter()
        try:
            return inner(timeout)
        finally:
            idle((began, perf_counter()))

    selector.select = select

    def undo() -> None:
        if selector.__dict__.get("select") is select:
            del selector.select  # the class's own shows again
            if selector.select != inner:  # somebody had hooked the instance before us
                selector.select = inner

    return undo


def _when_a_loop_runs(tell: Callable[[Any], None]) -> Callable[[], None]:
    """Calls `tell` with the first loop that starts to run; returns what stops waiting for one."""
    before = events._set_running_loop
    thread = threading.get_ident()

    def set_running_loop(loop: Any) -> None:
        before(loop)
        if loop is not None and threading.get_ident() == thread:
            put_back()
            tell(loop)

    def put_back() -> None:
        if events._set_running_loop is set_running_loop:
            events._set_running_loop = before

    events._set_running_loop = set_running_loop
    return put_back


def _current_task(loop: Any) -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task(loop)
    except RuntimeError:
        return None


def _unique(names: list[str], used: set[int]) -> dict[int, str]:
    """Two tasks may bear one name; their lanes are told apart by a number."""
    counts: dict[str, int] = {}
    result = {}
    for lane in sorted(used):
        name = names[lane]
        counts[name] = counts.get(name, 0) + 1
        result[lane] = name if counts[name] == 1 else f"{name} #{counts[name]}"
    return result
