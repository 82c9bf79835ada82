"""One run, from the supervisor's side: it says go, stops the clock, watches, and ends the tree.

It works in a thread of its own with plain sockets, so that what the caller's event loop does (in a
notebook the learner's own blocking cell, or a loop patched by nest_asyncio) can't falsify a figure.
"""

from __future__ import annotations

import heapq
import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from asynclab.measure import launch, pulse, table, tree, wire
from asynclab.measure.evidence import Evidence, Left, Place, Raised
from asynclab.measure.orders import Orders
from asynclab.measure.protection import SOCKETS_INSIDE
from asynclab.measure.spec import Run, Source

HELLO_SECONDS = 60.0  # a child's start, imports included, on a busy machine
LOAD_SECONDS = 20.0  # an answer's module-level code, before the clock starts
AFTER_SECONDS = 3.0  # what is left behind, looked for
TICK = 0.015
KEPT_OUTPUT = 64 * 1024
MOST_SAMPLES = 600


class LabFault(Exception):
    """The lab itself failed (a child that doesn't start): nobody's answer is to blame."""


class Stopped(Exception):
    """The run was given up from outside."""


class Line:
    """A stream socket to the child that never makes the supervisor wait."""

    def __init__(self, sock: socket.socket, limit: int = wire.MAX_BYTES) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.frames = wire.Frames(limit)
        self.outgoing = bytearray()
        self.ended = False

    def send(self, message: dict[str, Any]) -> None:
        """Sends `message`, now or as soon as the child reads."""
        self.outgoing += wire.pack(message)
        self.flush()

    def flush(self) -> None:
        """Sends what can be sent."""
        try:
            while self.outgoing:
                del self.outgoing[: self.sock.send(self.outgoing)]
        except BlockingIOError:
            pass
        except OSError:
            self.outgoing.clear()

    def receive(self) -> list[dict[str, Any]]:
        """The messages that have come."""
        try:
            data = self.sock.recv(1 << 20)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self.ended = True
            return []
        return self.frames.feed(data)


class Watch:
    """One run in one child. `conduct()` blocks until there is evidence; `stop()` ends it from any thread."""

    def __init__(self, child: launch.Child) -> None:
        self.child = child
        self.pid = 0  # the measured process, as seen from here
        self.listener: socket.socket | None = None
        self.sockets_inside = SOCKETS_INSIDE if child.sockets is not None else ""  # where the child sees them
        self.tree: tree.Tree | None = None
        self.outcome: str | None = None
        self.report: dict[str, Any] | None = None
        self.after: _After | None = None
        self.go = 0.0
        self.hello = False
        self.ready = False
        self.status: dict[str, Any] | None = None  # how the measured process ended
        self.output = bytearray()
        self.output_tail = bytearray()
        self.output_size = 0
        self.dump = bytearray()
        self.standing: list[Place] = []
        self.pulse: pulse.Pulse | None = None
        self.orders: Orders | None = None
        self.phase = "start"  # start, load, call, after, over
        self.samples: list[tuple[float, int]] = []
        self.baseline = 0
        self.peak = 0
        self.most_threads = 0  # beyond each process's first
        self.threads_before = 0
        self.most_processes = 0
        self.reported_at = 0.0
        self.report_size = 0
        self.cpu_at_go = 0.0
        self.cpu = 0.0
        self.reason = ""
        self._stopping = False
        self._wake_read, self._wake_write = os.pipe()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._control = Line(child.control)
        self._calls = Line(child.calls)
        self._next_tick = 0.0
        self._next_slow_tick = 0.0
        self._tick_cost = 0.0
        self._ticks = 0
        self._run: Run | None = None
        self._source = Source("")
        self._open = {child.output, child.stacks}
        child.beats.setblocking(False)
        child.tender.setblocking(False)
        os.set_blocking(child.output, False)
        os.set_blocking(child.stacks, False)
        self._poll = select.poll()
        for fd in (child.control.fileno(), child.calls.fileno(), child.tender.fileno()):
            self._poll.register(fd, select.POLLIN)
        if not launch.STAMPED:
            self._poll.register(child.beats.fileno(), select.POLLIN)  # else they can wait for the next tick
        for fd in (child.output, child.stacks, self._wake_read):
            self._poll.register(fd, select.POLLIN)

    @property
    def warm(self) -> bool:
        """Whether both have said hello: the tender and the measured process."""
        return self.hello and self.tree is not None

    # --- from any thread ---

    def stop(self) -> None:
        """Gives the run up; `conduct` (or `await_hello`) ends the tree and raises Stopped."""
        self._stopping = True
        try:
            os.write(self._wake_write, b"!")
        except OSError:
            pass

    # --- the course of a run ---

    def await_hello(self) -> None:
        """Waits until the child is warm. Raises LabFault when it doesn't come up."""
        self._pump(lambda: self.warm or self._gone(), HELLO_SECONDS)
        if not self.warm:
            self._pump(lambda: self.child.output not in self._open, 0.5)  # what it still has to say
            said = self.output.decode("utf-8", "replace").strip()
            raise LabFault(f"The process for the answer didn't start: {self._how_it_died()}. {said[-2000:]}".strip())

    def conduct(self, source: Source, run: Run, before_go: Callable[[], None]) -> Evidence:
        """Has `source` loaded and called as `run` says; the tree is ended before it returns."""
        self._source, self._run = source, run
        lines = source.text.splitlines()
        self.orders = Orders(run, self._later, lambda: time.monotonic() - self.go)
        self.await_hello()
        assert self.tree is not None
        self.phase = "load"
        self.baseline = table.resident(self.pid)  # for the limit while it loads; taken again at the go
        self._control.send(self._job(source, run))
        self._pump(lambda: self.ready or self._decided(), min(LOAD_SECONDS, run.limits.seconds))
        if not self.ready and not self._decided():
            self._time_out(lines)
        if self._decided():
            return self._evidence(run, lines)
        before_go()
        self.pulse = pulse.Pulse(self.pid, lines)
        self._start_the_clock(run)
        self._pump(lambda: self.report is not None or self._decided(), run.limits.seconds)
        if not self._decided() and self.report is None:
            self._time_out(lines)
        elif self.report is not None and self.outcome is None:
            self.phase = "after"
            self._pump(lambda: self.after is not None or self._gone() or self.outcome is not None, AFTER_SECONDS)
        return self._evidence(run, lines)

    def _job(self, source: Source, run: Run) -> dict[str, Any]:
        assert self.orders is not None
        limits = run.limits
        pool = None
        if run.pool is not None and run.pool.max_size:
            pool = {"dsn": self._dsn(run), "max_size": run.pool.max_size}
        return {
            "say": "job",
            "name": source.name,
            "source": source.text,
            "driver": run.driver,
            "function": run.function,
            "in_loop": run.in_loop,
            "heartbeat": run.heartbeat,
            "folder": f"{self.child.home_inside}/folder",
            "pool": pool,
            "given": self.orders.given(),
            "rlimits": {
                "CORE": 0,
                "FSIZE": limits.disk,
                "NOFILE": 8192,
                "CPU": int(limits.seconds * (os.cpu_count() or 1) + 60),  # a backstop, should we be gone
            },
        }

    def _dsn(self, run: Run) -> str:
        assert run.pool is not None
        database = run.pool.database
        return database.dsn_in(self.sockets_inside) if self.sockets_inside else database.dsn

    def _start_the_clock(self, run: Run) -> None:
        assert self.tree is not None and self.pulse is not None
        args = wire.Encoder().encode((list(run.args), dict(run.kwargs)))
        self.tree.scan()
        self.threads_before = max(0, table.state_and_threads(self.pid)[1] - 1)
        table.forget_peak(self.pid)
        self.baseline = table.peak_resident(self.pid)
        self.cpu_at_go = self.tree.cpu()
        self.phase = "call"
        self.go = time.monotonic()
        self.pulse.begin(self.go)
        self._control.send({"say": "go", "args": args})
        if run.cancel_after is not None:
            cancel = {"say": "cancel", "after": run.cancel_after}
            self._later(run.cancel_after, lambda: self._control.send(cancel))

    def _decided(self) -> bool:
        """Whether the outcome is known without a report of the call."""
        if self.outcome is None and self._gone() and self.report is None:
            self.outcome = "died"
        return self.outcome is not None

    def _gone(self) -> bool:
        return self.status is not None or self._control.ended

    def _time_out(self, lines: list[str]) -> None:
        """At the limit: asks where everything stands, then the run is over."""
        self.outcome = "timed_out"
        self.reported_at = time.monotonic()
        self._measure_end()
        self.phase = "standing"
        self.dump.clear()
        self._signal(wire.ALL_SIGNAL)
        if self.go:
            self._control.send({"say": "stand"})
        asked = time.monotonic()
        self._pump(lambda: bool(self.standing) and time.monotonic() > asked + 0.05, 0.25)
        found = pulse.places(self.dump.decode("utf-8", "replace"), lines)
        for place in found:
            if place not in self.standing:
                self.standing.append(place)

    # --- events ---

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (time.monotonic() + max(0.0, seconds), next(self._order), action))

    def _pump(self, until: Callable[[], bool], seconds: float) -> None:
        """Handles what comes, watches the limits, until `until()` or for `seconds`."""
        deadline = time.monotonic() + seconds
        while not until():
            now = time.monotonic()
            if now >= deadline:
                return
            if self._stopping:
                raise Stopped
            wake = min(deadline, self._next_tick)
            if self._timers:
                wake = min(wake, self._timers[0][0])
            due = self.pulse.due() if self.pulse is not None and self.phase == "call" else None
            if due is not None:
                wake = min(wake, due)
            timeout = max(0.0, wake - now)
            self._want_writes()
            for fd, _ in self._poll.poll(timeout * 1000):
                try:
                    self._handle(fd)
                except (wire.Unreadable, KeyError, TypeError, ValueError, AttributeError) as error:
                    # Only an answer that writes on the lab's own lines can bring this about.
                    self._forged(str(error))
            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
                heapq.heappop(self._timers)[2]()
            due = self.pulse.due() if self.pulse is not None and self.phase == "call" else None
            if self.pulse is not None and due is not None and now >= due:
                asks = self.pulse.ask(now)
                if asks is not None:
                    self._signal(asks)
            if now >= self._next_tick:
                self._tick(now)

    def _want_writes(self) -> None:
        for line in (self._control, self._calls):
            if not line.ended:
                events = select.POLLIN | (select.POLLOUT if line.outgoing else 0)
                self._poll.modify(line.sock.fileno(), events)

    def _handle(self, fd: int) -> None:
        child = self.child
        if fd == child.beats.fileno():
            self._hear_beats()
        elif fd == child.control.fileno():
            self._hear_control()
        elif fd == child.calls.fileno():
            self._calls.flush()
            for message in self._calls.receive():
                assert self.orders is not None
                if self.phase == "call":
                    self.orders.answer(message, self._calls.send)
                elif self.phase == "after" and message["say"] == "step":
                    self._calls.send({"value": 0})  # a task that was left: it must not block the look at what is left
            if self._calls.ended:
                self._poll.unregister(fd)
        elif fd == child.tender.fileno():
            self._hear_tender()
        elif fd in (child.output, child.stacks):
            self._hear_pipe(fd)
        elif fd == self._wake_read:
            os.read(fd, 100)

    def _hear_control(self) -> None:
        if not self.hello:
            self._hear_hello()
            return
        self._control.flush()
        for message in self._control.receive():
            self._take(message)
        if self._control.ended:
            self._poll.unregister(self._control.sock.fileno())

    def _hear_hello(self) -> None:
        """The first message: with it come the process's number and its listening socket."""
        sock = self._control.sock
        try:
            data, ancillary, _, _ = sock.recvmsg(4096, 1024)
        except BlockingIOError:
            return
        if not data:
            self._control.ended = True
            self._poll.unregister(sock.fileno())
            return
        for fd in launch.descriptors_of(ancillary):
            self.listener = socket.socket(fileno=fd)
        hello = self._control.frames.feed(data)[0]
        self.pid = launch.sender_of(ancillary) or int(hello["pid"])
        self.hello = True
        self._root_tree()

    def _root_tree(self) -> None:
        if self.pid and self.tree is not None:
            self.tree.measured = self.pid
            inside = table.pid_namespace(self.pid)
            self.tree.namespace = inside if inside != table.pid_namespace(os.getpid()) else ""

    def _hear_tender(self) -> None:
        try:
            data, ancillary, _, _ = self.child.tender.recvmsg(4096, 1024)
        except BlockingIOError:
            return
        except OSError:
            data, ancillary = b"", []
        if not data:
            self._poll.unregister(self.child.tender.fileno())
            self.status = self.status or {}
            return
        if self.tree is None:
            hello = json.loads(data[: data.index(b"}") + 1])
            self.tree = tree.Tree(launch.sender_of(ancillary) or int(hello["pid"]), self.pid)
            self._root_tree()
        if b"status" in data:
            self.status = json.loads(data[data.rindex(b"{") :])

    def _hear_pipe(self, fd: int) -> None:
        try:
            data = os.read(fd, 1 << 16)
        except BlockingIOError:
            return
        if not data:
            self._poll.unregister(fd)
            self._open.discard(fd)
        elif fd == self.child.output:
            self.output_size += len(data)
            room = KEPT_OUTPUT * 3 // 4 - len(self.output)
            self.output += data[: max(0, room)]
            self.output_tail = (self.output_tail + data[max(0, room) :])[-KEPT_OUTPUT // 4 :]
            if self._run is not None and self.output_size > self._run.limits.output:
                self._over("too_much_output")
        else:
            if self.pulse is not None and self.phase == "call":
                self.pulse.stack(data)
            if len(self.dump) < 200_000:
                self.dump += data

    def _hear_beats(self) -> None:
        if self.pulse is None:
            return
        if self.child.stacks in self._open:
            self._hear_pipe(self.child.stacks)  # first: with the next beat what was asked about is forgotten
        self.pulse.read(self.child.beats)

    def _take(self, message: dict[str, Any]) -> None:
        what = message["say"]
        if self.phase == "load" and what == "ready":
            self.ready = True
        elif self.phase == "load" and what in ("not_loaded", "no_function"):
            self.outcome = what
            self.report = message
        elif self.phase == "call" and what in ("returned", "raised", "cancelled"):
            self.reported_at = time.monotonic()
            self.report, self.report_size = message, self._control.frames.last_size
            self._measure_end()
            self.phase = "after"
        elif self.phase in ("call", "after", "standing") and what == "job":
            assert self.orders is not None
            self.orders.job(message, self._control.send)
        elif self.phase == "after" and what == "after":
            self.after = _after(message, self._source.text.splitlines())
        elif self.phase == "standing" and what == "standing":
            lines = self._source.text.splitlines()
            for line, function, _ in message["tasks"]:
                place = pulse.place(int(line), str(function), lines)
                if place not in self.standing:
                    self.standing.append(place)
        elif self.phase == "load" or what in ("returned", "raised", "cancelled", "standing"):
            if self.phase == "load":
                raise wire.Unreadable("a word out of turn")

    def _forged(self, why: str) -> None:
        if self.outcome is None and self.phase in ("load", "call"):
            self.outcome = "died"
            self.reason = f"something other than the lab wrote on the lab's own lines: {why}"
            self.reported_at = time.monotonic()
            self._measure_end()

    def _over(self, outcome: str) -> None:
        if self.outcome is None and self.phase in ("load", "call"):
            self.outcome = outcome
            self.reported_at = time.monotonic()
            self._measure_end()
        elif self.outcome is None and self.phase == "after":
            # It had answered, and went on using up the machine: what it left is ended, the answer stands.
            self.after = self.after or _After()

    def _signal(self, number: int) -> None:
        try:
            os.kill(self.pid, number)
        except OSError:
            pass

    # --- watching ---

    def _tick(self, now: float) -> None:
        # A machine with thousands of processes makes a look at /proc dear: then look less often.
        self._next_tick = now + min(0.1, max(TICK, 20 * self._tick_cost))
        if self.tree is None or not self.hello or self._run is None:
            return
        began = time.thread_time()
        limits = self._run.limits
        self._hear_beats()
        self._ticks += 1
        live = self.tree.scan() if self._ticks % 2 else self.tree.live()  # a look at all of /proc is the dear part
        total = threads = processes = 0
        for member in live:
            state, its_threads = table.state_and_threads(member.pid)
            if state in ("", "Z"):
                member.ended = member.pid != self.pid
                continue
            processes += 1
            threads += its_threads
            resident = table.resident(member.pid)
            if member.pid != self.pid and member.parent in self.tree.members:
                resident -= min(resident, self.baseline)  # a fork shares what was there before
            total += resident
        above = max(0, total - self.baseline)
        if self.phase == "call":
            self.samples.append((now - self.go, above))
            self.peak = max(self.peak, above)
            if len(self.samples) > 2 * MOST_SAMPLES:
                self.samples = self.samples[::2]
        self.most_threads = max(self.most_threads, threads - processes)
        self.most_processes = max(self.most_processes, processes - 1)
        if above > limits.memory and self._really(above, live, limits.memory):
            self._over("out_of_memory")
        if processes > limits.processes:
            self._over("too_many_processes")
        if threads > limits.threads:
            self._over("too_many_processes")
        if now >= self._next_slow_tick:
            self._next_slow_tick = now + 0.1
            self._slow_tick(live, limits)
        self._tick_cost = time.thread_time() - began

    def _really(self, above: int, live: list[tree.Member], limit: int) -> bool:
        """Of several processes, shared pages were counted more than once: count again with care."""
        assert self.tree is not None
        if len(live) == 1:
            return True
        return sum(table.proportional(member.pid) for member in live) - self.baseline > limit

    def _slow_tick(self, live: list[tree.Member], limits: Any) -> None:
        used = tree.folder_size(self.child.home, limits.disk)
        if used <= limits.disk:
            used += sum(tree.unlinked_size(member.pid) for member in live)
        if used > limits.disk:
            self._over("too_much_disk")

    def _measure_end(self) -> None:
        """The figures at the end of the call, before anything is looked for."""
        if self.tree is None or not self.go:
            return
        self.peak = max(self.peak, table.peak_resident(self.pid) - self.baseline)
        if self.report is not None:
            # Writing the value down for us took memory that isn't the answer's: the child says how much it had
            # before. What it says can take off no more than the writing may have cost.
            said = self.report.get("peak")
            before = said - self.baseline if isinstance(said, int) else self.peak
            self.peak = min(self.peak, max(before, self.peak - 4 * self.report_size, 0))
        self.cpu = max(0.0, self.tree.cpu() - self.cpu_at_go)
        if self.pulse is not None:
            self._hear_beats()
            self.pulse.close(self.reported_at)

    # --- the end ---

    def end(self) -> None:
        """Ends the tree and waits until nothing is left of it."""
        self.phase = "over"
        if self.tree is not None:
            self.tree.scan()
        self.child.close()
        deadline = time.monotonic() + 10
        while self.tree is not None and time.monotonic() < deadline:
            alive = [
                pid for pid in (self.tree.tender, self.pid) if pid and table.state_and_threads(pid)[0] not in ("", "Z")
            ]
            if not alive:
                break
            if time.monotonic() > deadline - 7:
                self.tree.kill()  # the tender is gone, or can't: then we do what we can ourselves
            time.sleep(0.001)
        if self.tree is not None:
            self.tree.kill()
        if self.child.process is not None:
            if self.tree is None:
                self.child.process.kill()
            self.child.process.wait()
        for fd in (self._wake_read, self._wake_write):
            os.close(fd)
        if self.listener is not None:
            self.listener.close()

    def _evidence(self, run: Run, lines: list[str]) -> Evidence:
        if self.outcome == "died" and self.status is None and not self.reason:
            self._pump(lambda: self.status is not None, 0.5)  # the tender's word comes after the line's end
        report, after = self.report or {}, self.after or _After()
        outcome, value, error = self._conclude(report)
        facts = {**(self.orders.facts() if self.orders else {}), **after.facts}
        evidence = Evidence(
            outcome=outcome,
            value=value,
            error=error,
            found=_names(report.get("found")),
            wall=self.reported_at - self.go if self.go and self.reported_at else 0.0,
            cpu=self.cpu,
            peak_memory=self.peak,
            baseline_memory=self.baseline,
            memory=tuple(self.samples),
            threads_started=max(after.threads_started, self.most_threads - self.threads_before),
            processes_started=max(after.processes_started, self.tree.ever if self.tree else 0),
            left=(*after.left, *self._processes_left()),
            warnings=after.warnings,
            lost_exceptions=after.lost,
            output=self._text(),
            awaited_coroutine=report.get("awaited", True) is not False,
            go=self.go,
            stuck_at=tuple(self.standing[:20]),
            cancelled_after=run.cancel_after if self._was_cancelled() else None,
            facts=facts,
        )
        if self.pulse is not None:
            worst = tuple(self.pulse.worst())
            evidence = replace(
                evidence,
                longest_hold=self.pulse.longest,
                holds=worst,
                held_at=next((hold.place for hold in worst if hold.place), None) if worst else None,
                heartbeats=self.pulse.beats,
                missed_heartbeats=self.pulse.missed,
            )
        return evidence

    def _was_cancelled(self) -> bool:
        after = self._run.cancel_after if self._run else None
        return after is not None and bool(self.go) and self.reported_at - self.go >= after

    def _conclude(self, report: dict[str, Any]) -> tuple[str, Any, Raised | None]:
        try:
            error = _raised(report["error"]) if "error" in report else None
            if self.outcome is not None:
                if self.outcome == "died" and error is None:
                    error = Raised("", self._how_it_died())
                return self.outcome, None, error
            outcome = report["say"]
            if outcome != "returned":
                return outcome, None, error
            if "unreadable" in report:
                return "unreadable", None, Raised("TypeError", str(report["unreadable"]))
            value = wire.decode(report["value"], raised=_raised)
            opaque = report.get("opaque")
            if opaque:
                return "unreadable", value, Raised("TypeError", f"no plain data: {', '.join(map(str, opaque[:5]))}")
            return outcome, value, None
        except (wire.Unreadable, KeyError, TypeError, ValueError, AttributeError) as trouble:
            return "unreadable", None, Raised("TypeError", f"no value of ours: {trouble}")

    def _how_it_died(self) -> str:
        if self.reason:
            return self.reason
        status = (self.status or {}).get("status")
        if isinstance(status, int) and status < 0:
            return f"the process was ended by {signal.Signals(-status).name}"
        if isinstance(status, int):
            return f"the process ended by itself, with status {status}"
        return "the process ended"

    def _processes_left(self) -> list[Left]:
        if self.tree is None or self.phase == "load":
            return []
        live = [member.pid for member in self.tree.scan() if member.pid != self.pid]
        return [
            Left("process", table.name_of(pid)) for pid in live if table.state_and_threads(pid)[0] not in ("", "Z")
        ][:100]

    def _text(self) -> str:
        gap = self.output_size - len(self.output) - len(self.output_tail)
        middle = f"\n… {gap} bytes more …\n".encode() if gap > 0 else b""
        return bytes(self.output + middle + self.output_tail).decode("utf-8", "replace")


@dataclass(frozen=True)
class _After:
    """What the child found after the call, or nothing where it didn't say."""

    left: tuple[Left, ...] = ()
    warnings: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    threads_started: int = 0
    processes_started: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


def _after(message: dict[str, Any], lines: list[str]) -> _After:
    left = []
    for one in message["left"][:400]:
        place, seconds = one.get("place"), one.get("seconds")
        where = pulse.place(int(place[0]), str(place[1]), lines) if place else None
        ended = None if seconds is None else float(seconds)
        left.append(Left(str(one["what"])[:40], str(one["name"])[:200], where, ended))
    return _After(
        left=tuple(left),
        warnings=tuple(str(text)[:600] for text in message["warnings"][:200]),
        lost=tuple(str(text)[:600] for text in message["lost"][:200]),
        threads_started=int(message["threads_started"]),
        processes_started=int(message["processes_started"]),
        facts={"pool": {"held_after": int(message["pool"]["held_after"])}} if "pool" in message else {},
    )


def _names(data: Any) -> tuple[str, ...]:
    return tuple(str(name)[:200] for name in data[:50]) if isinstance(data, list) else ()


def _raised(data: Any) -> Raised:
    if not isinstance(data, dict):
        raise wire.Unreadable("no exception of ours")
    line = data.get("line")
    return Raised(
        type=str(data["type"])[:300],
        message=str(data["message"])[: wire.MAX_TEXT],
        bases=tuple(str(base)[:300] for base in data["bases"][:30]),
        line=line if isinstance(line, int) else None,
        text=str(data["text"])[: wire.MAX_TEXT],
        inner=tuple(_raised(one) for one in data["inner"][:50]),
    )
