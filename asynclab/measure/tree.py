"""A process tree seen from outside, through /proc: who is in it, what it holds, what CPU it has used.

rlimits don't hold root's process count, and a limit on address space breaks honest threads (FACTS), so
limits are watched here, over the whole tree.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass
class Member:
    """A process of the tree."""

    pid: int
    parent: int
    started: int  # in clock ticks since boot: with the pid it names one process for good
    ended: bool = False


@dataclass
class Tree:
    """The processes below a tender. `scan` finds new ones; `measured` is the answer's own process."""

    tender: int
    measured: int
    namespace: str = ""  # the pid namespace they have to themselves
    members: dict[int, Member] = field(default_factory=dict)
    ever: int = 0  # processes seen besides the measured one
    _known: set[str] = field(default_factory=set)
    _doubtful: dict[str, int] = field(default_factory=dict)  # seen, not of the tree: looked at again, so often

    def scan(self) -> list[Member]:
        """Looks for processes that came and went; the live ones, the measured one included."""
        present = {name for name in os.listdir("/proc") if name.isdigit()}
        fresh = present - self._known
        self._known = present
        found: dict[int, Member] = {}
        for name in [*fresh, *self._doubtful]:
            member = _member(int(name))
            if member is not None:
                found[member.pid] = member
        grew = True
        while grew:  # a child may be listed before its parent
            grew = False
            for pid, member in list(found.items()):
                if member.parent == self.tender or member.parent in self.members or self._inside(pid):
                    del found[pid]
                    self.members[pid] = member
                    self.ever += pid != self.measured
                    grew = True
        # A process whose parent came after the listing has no place yet: it is looked at again.
        self._doubtful = {str(pid): tries for pid in found if (tries := self._doubtful.get(str(pid), 0) + 1) <= 5}
        for pid, member in self.members.items():
            if str(pid) not in present:
                member.ended = True
        return self.live()

    def live(self) -> list[Member]:
        """The live ones as of the last look."""
        return [member for member in self.members.values() if not member.ended]

    def _inside(self, pid: int) -> bool:
        return bool(self.namespace) and pid != self.tender and pid_namespace(pid) == self.namespace

    def resident(self, pid: int) -> int:
        """Bytes resident now; 0 when it is gone."""
        try:
            with open(f"/proc/{pid}/statm", "rb") as file:
                return int(file.read().split()[1]) * PAGE
        except (OSError, IndexError, ValueError):
            return 0

    def proportional(self, pid: int) -> int:
        """Bytes resident, shared pages divided among those that share them; slower (a few ms)."""
        try:
            with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
                for line in file:
                    if line.startswith(b"Pss:"):
                        return int(line.split()[1]) * 1024
        except OSError:
            pass
        return 0

    def threads(self, pid: int) -> int:
        """How many threads a process has; 0 when it is gone."""
        fields = stat_fields(pid)
        return int(fields[17]) if fields else 0

    def cpu(self) -> float:
        """Seconds of CPU of the live members and of the children that they have waited for."""
        fields = stat_fields(self.tender)  # orphans of the tree were waited for by the tender
        total = (int(fields[13]) + int(fields[14])) * TICK if fields else 0.0
        for member in self.members.values():
            fields = [] if member.ended else stat_fields(member.pid)
            if fields:
                total += cpu_clock(member.pid) + (int(fields[13]) + int(fields[14])) * TICK
        return total

    def kill(self) -> None:
        """Kills every member that is still the process it was."""
        for member in self.members.values():
            current = _member(member.pid)
            if current is not None and current.started == member.started:
                try:
                    os.kill(member.pid, signal.SIGKILL)
                except OSError:
                    member.ended = True


def cpu_clock(pid: int) -> float:
    """Seconds of CPU of one process, its threads included (clock_getcpuclockid(3)); 0.0 when it is gone."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def name_of(pid: int) -> str:
    """What a process is called now: it changes when a fork becomes another program."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def pid_namespace(pid: int) -> str:
    """The name of a process's pid namespace; "" when it is gone or hidden."""
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return ""


def stat_fields(pid: int) -> list[bytes]:
    """The fields of /proc/PID/stat from the state on; empty when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return []


def state(pid: int) -> str:
    """ "S" sleeping, "R" running, "Z" ended and not waited for…; "" when it is gone."""
    fields = stat_fields(pid)
    return fields[0].decode() if fields else ""


def peak_resident(pid: int) -> int:
    """VmHWM in bytes; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            for line in file:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def forget_peak(pid: int) -> bool:
    """Resets VmHWM to what is resident now; False where that isn't allowed."""
    try:
        with open(f"/proc/{pid}/clear_refs", "w") as file:
            file.write("5")
        return True
    except OSError:
        return False


MAX_FILES = 20_000
MAX_FOLDER_DEPTH = 40


def folder_size(folder: Path, stop_at: int) -> int:
    """Bytes on the disk below `folder`, links not followed; stops counting beyond `stop_at`.

    More than MAX_FILES entries or folders deeper than MAX_FOLDER_DEPTH count as beyond it.
    """
    total = entries = 0
    todo = [(str(folder), 0)]
    while todo and total <= stop_at:
        path, depth = todo.pop()
        if depth > MAX_FOLDER_DEPTH:
            return stop_at + 1
        try:
            with os.scandir(path) as listing:
                for entry in listing:
                    entries += 1
                    if entries > MAX_FILES:
                        return stop_at + 1
                    try:
                        status = entry.stat(follow_symlinks=False)
                        total += max(status.st_blocks * 512, status.st_size)  # a sparse file is read as its size
                        if entry.is_dir(follow_symlinks=False):
                            todo.append((entry.path, depth + 1))
                    except OSError:
                        continue
        except OSError:
            continue
    return total


def unlinked_size(pid: int) -> int:
    """Bytes of files that a process holds open though no folder lists them (deleted ones, memfds)."""
    total = 0
    seen = set()
    try:
        for entry in os.scandir(f"/proc/{pid}/fd"):
            try:
                if not os.readlink(entry.path).endswith("(deleted)"):
                    continue
                status = os.stat(entry.path)
            except OSError:
                continue
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                total += status.st_blocks * 512
    except OSError:
        pass
    return total


def _member(pid: int) -> Member | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return Member(pid, int(fields[1]), int(fields[19]))
