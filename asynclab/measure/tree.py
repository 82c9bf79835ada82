"""A process tree seen from outside: who is in it, what CPU it has used, what lies in its folder.

rlimits don't hold root's process count, and a limit on address space breaks honest threads (FACTS), so
limits are watched here, over the whole tree.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

from asynclab.measure import table

MAX_FILES = 20_000
MAX_FOLDER_DEPTH = 40
LOOKS = 5  # at a process that has no place in the tree yet


@dataclass
class Member:
    """A process of the tree."""

    pid: int
    parent: int
    started: int
    ended: bool = False


@dataclass
class Tree:
    """The processes below a tender. `scan` finds new ones; `measured` is the answer's own process."""

    tender: int
    measured: int
    namespace: str = ""  # the pid namespace they have to themselves
    members: dict[int, Member] = field(default_factory=dict)
    ever: int = 0  # processes seen besides the measured one
    _known: set[int] = field(default_factory=set)
    _doubtful: dict[int, int] = field(default_factory=dict)  # seen, not of the tree: how often it was looked at

    def scan(self) -> list[Member]:
        """Looks for processes that came and went; the live ones, the measured one included."""
        present = table.pids()
        fresh, self._known = present - self._known, present
        found: dict[int, Member] = {}
        for pid in fresh | self._doubtful.keys():
            origin = table.origin(pid)
            if origin is not None:
                found[pid] = Member(pid, *origin)
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
        self._doubtful = {pid: looks for pid in found if (looks := self._doubtful.get(pid, 0) + 1) <= LOOKS}
        for pid, member in self.members.items():
            if pid not in present:
                member.ended = True
        return self.live()

    def live(self) -> list[Member]:
        """The live ones as of the last look."""
        return [member for member in self.members.values() if not member.ended]

    def cpu(self) -> float:
        """Seconds of CPU of the live members and of the children that were waited for, orphans by the tender."""
        ended = [self.tender, *(member.pid for member in self.live())]
        return sum(map(table.cpu_of_ended_children, ended)) + sum(table.cpu_clock(member.pid) for member in self.live())

    def kill(self) -> None:
        """Kills every member that is still the process it was."""
        for member in self.members.values():
            origin = table.origin(member.pid)
            if origin is not None and origin[1] == member.started:
                try:
                    os.kill(member.pid, signal.SIGKILL)
                except OSError:
                    member.ended = True

    def _inside(self, pid: int) -> bool:
        return bool(self.namespace) and pid != self.tender and table.pid_namespace(pid) == self.namespace


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
