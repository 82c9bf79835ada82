"""The table of processes: who there is, and a few figures of each. From /proc, or psutil where there is none."""

from __future__ import annotations

import os
import sys
import time

LINUX = sys.platform == "linux"
PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = 1 / os.sysconf("SC_CLK_TCK")

if not LINUX:
    import psutil


def pids() -> set[int]:
    """Every process that there is."""
    if not LINUX:
        return set(psutil.pids())
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}


def origin(pid: int) -> tuple[int, int] | None:
    """Its parent, and when it started (which, with the pid, names one process for good); None when it is gone."""
    if not LINUX:
        try:
            process = psutil.Process(pid)
            return process.ppid(), int(process.create_time() * 1000)
        except psutil.Error:
            return None
    fields = stat_fields(pid)
    return (int(fields[1]), int(fields[19])) if fields else None


def stat_fields(pid: int) -> list[bytes]:
    """The fields of /proc/PID/stat from the state on; empty when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return []


def state_and_threads(pid: int) -> tuple[str, int]:
    """ "S" sleeping, "R" running, "Z" ended and not waited for…, and its threads; ("", 0) when it is gone."""
    if not LINUX:
        try:
            process = psutil.Process(pid)
            status = process.status()
            letter = {psutil.STATUS_ZOMBIE: "Z", psutil.STATUS_SLEEPING: "S"}.get(status, "R")
            return letter, process.num_threads()
        except psutil.Error:
            return "", 0
    fields = stat_fields(pid)
    return (fields[0].decode(), int(fields[17])) if fields else ("", 0)


def resident(pid: int) -> int:
    """Bytes resident now; 0 when it is gone."""
    if not LINUX:
        try:
            return int(psutil.Process(pid).memory_info().rss)
        except psutil.Error:
            return 0
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * PAGE
    except (OSError, IndexError, ValueError):
        return 0


def proportional(pid: int) -> int:
    """Bytes resident, shared pages divided among those that share them; slower (a few ms)."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def peak_resident(pid: int) -> int:
    """The most bytes it had resident (VmHWM); without /proc what it has now; 0 when it is gone."""
    if not LINUX:
        return resident(pid)
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            for line in file:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def forget_peak(pid: int) -> None:
    """Resets VmHWM to what is resident now (proc(5), clear_refs). Raises OSError."""
    if LINUX:
        with open(f"/proc/{pid}/clear_refs", "w") as file:
            file.write("5")


def cpu_clock(pid: int) -> float:
    """Seconds of CPU of one process, its threads included; 0.0 when it is gone."""
    if not LINUX:
        try:
            times = psutil.Process(pid).cpu_times()
            return float(times.user + times.system)
        except psutil.Error:
            return 0.0
    try:
        return time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid(3)
    except OSError:
        return 0.0


def cpu_of_ended_children(pid: int) -> float:
    """Seconds of CPU of the children that it has waited for."""
    fields = stat_fields(pid) if LINUX else []
    return (int(fields[13]) + int(fields[14])) * TICK if fields else 0.0


def name_of(pid: int) -> str:
    """What a process is called now: it changes when a fork becomes another program."""
    if not LINUX:
        try:
            return str(psutil.Process(pid).name())
        except psutil.Error:
            return ""
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
