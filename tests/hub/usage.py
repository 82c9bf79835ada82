"""What a user of a hub takes: memory by what it is used for, sampled while it runs; CPU; disk."""

from __future__ import annotations

import threading
from collections import defaultdict
from pathlib import Path

import psutil

TICK = 0.1  # seconds between two looks

SERVER, KERNEL, SERVICES, GRADING = "JupyterLab", "a kernel", "site and database", "a grading"


class Watch:
    """Looks at all processes of the users, whose homes lie in `homes`, until it is left."""

    def __init__(self, homes: Path) -> None:
        self.homes = homes
        self.peaks: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))  # user -> what -> MB
        self.least: dict[str, float] = {}
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
                for what, megabytes in {**uses, "all together": sum(uses.values())}.items():
                    self.peaks[user][what] = max(self.peaks[user][what], megabytes)


def usage(homes: Path) -> dict[str, dict[str, float]]:
    """User to what to MB, now (PSS: what processes share is counted once, in parts)."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for user, what, process in processes(homes):
        found[user][what] += pss(process.pid)
    return found


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


def pss(pid: int) -> float:
    """A process's share of memory in MB."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
    except OSError:
        pass
    return 0.0


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
