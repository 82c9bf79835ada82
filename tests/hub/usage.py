"""What a user of a hub takes: memory by what it is used for, sampled while it runs; CPU; disk."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import psutil

TICK = 0.1  # seconds between two looks

TOGETHER = "all together"
SERVER, KERNEL, SERVICES, GRADING = "JupyterLab", "a kernel", "site and database", "a grading"


@dataclass(frozen=True)
class Memory:
    """In MB. What processes share counts in parts in `pss` (their own share), and for each in full in `rss`."""

    pss: float = 0.0
    rss: float = 0.0


class Watch:
    """Looks at all processes of the users, whose homes lie in `homes`, until it is left."""

    def __init__(self, homes: Path) -> None:
        self.homes = homes
        self.peaks: dict[str, dict[str, Memory]] = defaultdict(lambda: defaultdict(Memory))  # user -> what
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._end.wait(TICK):
            for user, uses in usage(self.homes).items():
                for what, memory in {**uses, TOGETHER: total(uses)}.items():
                    before = self.peaks[user][what]
                    self.peaks[user][what] = Memory(max(before.pss, memory.pss), max(before.rss, memory.rss))


def usage(homes: Path) -> dict[str, dict[str, Memory]]:
    """User to what to memory, now."""
    found: dict[str, dict[str, Memory]] = defaultdict(lambda: defaultdict(Memory))
    for user, what, process in processes(homes):
        found[user][what] = total({"": found[user][what], "its": memory_of(process.pid)})
    return found


def total(uses: dict[str, Memory]) -> Memory:
    return Memory(sum(each.pss for each in uses.values()), sum(each.rss for each in uses.values()))


def processes(homes: Path) -> list[tuple[str, str, psutil.Process]]:
    """Every process of a user, found from their server and their keeper downwards, whatever it hides of itself."""
    found: dict[int, tuple[str, str, psutil.Process]] = {}

    def take(process: psutil.Process, user: str, what: str) -> None:
        command = " ".join(process.cmdline())
        if "ipykernel_launcher" in command:
            what = KERNEL
        elif "asynclab.notebook.tether" in command:
            what = GRADING
        elif "asynclab.services.keeper" in command:
            what = SERVICES
        found[process.pid] = (user, what, process)
        for child in process.children():
            try:
                take(child, user, what)
            except psutil.Error:
                continue

    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            if "asynclab.services.keeper" in command:
                home = next((word for word in command if word.startswith(f"{homes}/")), "")
            elif any(word.endswith("jupyterhub-singleuser") for word in command):
                home = process.environ().get("HOME", "")
            else:
                continue
            if home.startswith(f"{homes}/"):
                take(process, Path(home).relative_to(homes).parts[0], SERVER)
        except (psutil.Error, OSError):
            continue
    return list(found.values())


def memory_of(pid: int) -> Memory:
    """Of one process; nothing when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return Memory()
    found = {line.split(":")[0]: int(line.split()[1]) / 1000 for line in lines if line.startswith(("Pss:", "Rss:"))}
    return Memory(found.get("Pss", 0.0), found.get("Rss", 0.0))


def cpu(homes: Path) -> dict[str, float]:
    """Seconds of CPU that each user's living processes have taken so far."""
    found: dict[str, float] = defaultdict(float)
    for user, _, process in processes(homes):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        found[user] += times.user + times.system + times.children_user + times.children_system
    return found


def disk(folder: Path) -> int:
    """Bytes on the disk."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
