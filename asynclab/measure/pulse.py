"""The heartbeat, heard by the supervisor: how long the loop was held, and where.

The child's loop sends a numbered beat every 5 ms. The kernel stamps each as it comes, so the gaps are
true even when the supervisor reads late. A beat that is late makes the supervisor ask for the stack by a
signal that Python answers between two steps or in an interrupted system call. Where Python doesn't come to it,
in long-running C code, another signal is answered by faulthandler in C. That one is not sent at once: its
handler leaves errno at 0, and a system call that has just failed with EINPROGRESS or EAGAIN, as connects and
reads do in every event loop, would fail for good.
"""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from asynclab.measure import table, wire
from asynclab.measure.evidence import Hold, Place

PERIOD = 0.005
LATE = 0.035  # a beat this late is asked about
PYTHONS_TURN = 0.01  # seconds of CPU, or asleep, in which Python would have answered
WORTH_KEEPING = 0.02
_STAMP = struct.Struct("qq")
_FRAME = re.compile(r'^\s*File "(.*)", line (\d+) in (.*)$')


@dataclass
class _Sample:
    """What a late beat was asked about."""

    at: float  # time.monotonic
    cpu: float
    asleep: bool
    next_look: float = 0.0  # when it is looked whether Python has answered
    text: str = ""


@dataclass
class Pulse:
    """Collects beats and stacks of one call."""

    pid: int
    lines: Sequence[str]  # of the answer's source
    beats: int = 0
    missed: int = 0
    longest: float = 0.0
    holds: list[Hold] = field(default_factory=list)
    ended: bool = False
    _go: float = 0.0
    _last: tuple[int, float] | None = None  # number and stamp of the last beat
    _samples: list[_Sample] = field(default_factory=list)

    def begin(self, go: float) -> None:
        """The call has been told to go, at `go` of time.monotonic."""
        self._go = go

    def read(self, line: socket.socket) -> None:
        """Takes all beats that have come."""
        for _ in range(1000):  # an answer that writes here without end must not keep us
            try:
                data, ancillary, _, _ = line.recvmsg(64, 128, socket.MSG_DONTWAIT)
            except OSError:
                return
            if not data:
                return
            now = time.monotonic()
            stamp = now
            for level, kind, body in ancillary:
                if level == socket.SOL_SOCKET and kind == 35 and len(body) >= _STAMP.size:
                    seconds, nanoseconds = _STAMP.unpack_from(body)
                    # The stamp is on the wall clock: carried over to ours by how long ago it was.
                    stamp = now - max(0.0, time.time() - (seconds + nanoseconds * 1e-9))
            if len(data) == 9 and data[:1] in (b".", b"E") and not self.ended:
                self._beat(int.from_bytes(data[1:], "big"), stamp)
                self.ended = data[:1] == b"E"

    def _beat(self, number: int, stamp: float) -> None:
        if self._last is not None and number == self._last[0] + 1:
            gap = stamp - self._last[1]
            self.longest = max(self.longest, gap)
            self.missed += max(0, round(gap / PERIOD) - 1)
            if gap >= WORTH_KEEPING:
                self._keep(self._last[1], gap)
        self.beats += 1
        self._samples.clear()
        self._last = number, stamp

    def due(self) -> float | None:
        """When (time.monotonic) the stack is to be asked for unless a beat comes: ever less often in one hold."""
        if self._last is None or self.ended:
            return None
        times = len(self._samples)
        due = self._last[1] + (LATE * 2**times if times < 5 else 0.5 * times)
        if times and not self._samples[-1].text and self._samples[-1].next_look:
            return min(due, self._samples[-1].next_look)
        return due

    def ask(self, now: float) -> int | None:
        """Which signal is to be sent now that it is due; None: the child had no time to answer the last one yet."""
        cpu, asleep = table.cpu_clock(self.pid), table.state_and_threads(self.pid)[0] in ("S", "D")
        last = self._samples[-1] if self._samples else None
        if last is None or last.text or not last.next_look or now < last.next_look:
            self._samples.append(_Sample(now, cpu, asleep, now + PYTHONS_TURN))
            return wire.HERE_SIGNAL
        if asleep or cpu - last.cpu >= PYTHONS_TURN:
            last.next_look = 0.0
            return wire.HERE_IN_C_SIGNAL
        last.next_look = now + PYTHONS_TURN
        return None

    def stack(self, data: bytes) -> None:
        """Takes what the child wrote."""
        if self._samples and len(self._samples[-1].text) < 20_000:
            self._samples[-1].text += data.decode("utf-8", "replace")

    def close(self, now: float) -> None:
        """The call is over, or was ended: a hold that never ended counts up to now."""
        if self._last is not None and not self.ended:
            gap = now - self._last[1]
            self.longest = max(self.longest, gap)
            self.missed += max(0, round(gap / PERIOD) - 1)
            if gap >= WORTH_KEEPING:
                self._keep(self._last[1], gap)
        self.ended = True

    def _keep(self, start: float, seconds: float) -> None:
        place, asleep, cpu = None, None, None
        stack: tuple[str, ...] = ()
        if self._samples:
            told = [sample for sample in self._samples if sample.text] or self._samples
            best = next((sample for sample in told if deepest(sample.text, self.lines)), told[0])
            place, stack = deepest(best.text, self.lines), frames(best.text)
            asleep = 2 * sum(sample.asleep for sample in self._samples) >= len(self._samples)
            first, now = self._samples[0], time.monotonic()
            if now - first.at > 0.005 and (used := table.cpu_clock(self.pid)):
                cpu = min(1.0, max(0.0, (used - first.cpu) / (now - first.at)))
        self.holds.append(Hold(start - self._go, seconds, place, asleep, cpu, stack))
        if len(self.holds) > 60:
            self.holds = self.worst()

    def worst(self) -> list[Hold]:
        """The longest holds, longest first."""
        return sorted(self.holds, key=lambda hold: -hold.seconds)[:20]


def frames(text: str) -> tuple[str, ...]:
    """The frames of a dump, innermost first, as "folder/file.py:12 function"."""
    found = []
    for line in text.splitlines():
        match = _FRAME.match(line)
        if match:
            file, number, function = match.groups()
            found.append(f"{'/'.join(file.split('/')[-2:])}:{number} {function}")
    return tuple(found[:12])


def deepest(text: str, lines: Sequence[str]) -> Place | None:
    """The innermost line of the answer in a dump of one thread."""
    for line in text.splitlines():
        match = _FRAME.match(line)
        if match and match[1] == "<answer>":
            return place(int(match[2]), match[3], lines)
    return None


def places(text: str, lines: Sequence[str]) -> list[Place]:
    """The innermost line of the answer in each thread of a dump of all threads."""
    threads = re.split(r"^(?:Current thread|Thread) ", text, flags=re.M)
    return [found for thread in threads if (found := deepest(thread, lines))]


def place(line: int, function: str, lines: Sequence[str]) -> Place:
    """A place of the answer with its text."""
    text = lines[line - 1].strip()[:200] if 0 < line <= len(lines) else ""
    return Place(line, function[:200], text)
