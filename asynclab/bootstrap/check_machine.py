"""What a bare Python can tell of a machine: is it one on which the course works well?

Each check looks, changes nothing and gives a `Finding`. What only the course's own environment can tell
(the database, the grader) is in `asynclab.lab.trial`.
"""

from __future__ import annotations

import os
import platform
import re
import resource
import shutil
import socket
import sys
from pathlib import Path
from typing import Any
from urllib.request import getproxies, proxy_bypass

from asynclab.bootstrap import troubles
from asynclab.bootstrap.finding import Finding, ok, problem, warning
from asynclab.grader.machine import Calibration, calibrate
from asynclab.paths import CHECKOUT, data_path

MB, GB = 1024**2, 1024**3
ENVIRONMENT_BYTES = GB  # .venv measured 0.8 GB, downloads on their way into it come on top
DATA_BYTES = 200 * MB  # the database's folder takes 80 MB, records and logs the rest
MEMORY_BYTES, LEAST_MEMORY_BYTES = 4 * GB, GB  # README: 4 GB are enough, a browser on the same machine included
FREE_BYTES = GB // 2  # JupyterLab, a kernel, site, database and a grading measured 0.23 GB; notebooks with plots more
DESCRIPTORS = 4096  # lesson 04 has two thousand requests in flight, and the site a socket for each
TESTED = ((3, 11), (3, 12), (3, 13))
CGROUPS = (  # version 2, and version 1
    ("memory.max", "memory.current"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
)


def system() -> Finding:
    name = platform.platform(terse=True)
    if sys.platform == "darwin":
        return warning(
            "system",
            f"{name}: the course is untested on macOS",
            "The lessons should work; answers are graded under resource limits alone.",
            platform=name,
        )
    if "microsoft" in platform.release().lower() and str(CHECKOUT).startswith("/mnt/"):
        return warning(
            "system",
            f"WSL, with the course on a Windows disk ({CHECKOUT})",
            "Move it into WSL's own home folder: files are many times faster there.",
            platform=name,
        )
    return ok("system", name, platform=name)


def python(made: Path | None) -> Finding:
    """`made` is the environment's, where there is one."""
    version = platform.python_version()
    facts: dict[str, Any] = {"version": version, "executable": str(made or sys.executable)}
    if platform.python_implementation() != "CPython":
        return problem(
            "Python",
            f"{platform.python_implementation()} {version}; the course measures CPython",
            "Start with CPython 3.11, 3.12 or 3.13.",
            **facts,
        )
    if sys.version_info[:2] not in TESTED:
        return warning(
            "Python",
            f"{version} is newer than those that the course is tested with",
            "Should packages not be had for it, start with Python 3.11, 3.12 or 3.13.",
            **facts,
        )
    return ok("Python", f"{version} ({facts['executable']})", **facts)


def processors() -> Finding:
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if count < 2:
        return warning(
            "processors",
            "1: an answer, the site and the database share it",
            "Gradings take longer and are more often inconclusive; give a virtual machine a second one.",
            count=count,
        )
    return ok("processors", str(count), count=count)


def memory() -> Finding:
    total, free = _memory()
    facts: dict[str, Any] = {"total": total, "available": free}
    seen = f"{_size(total)}" + ("" if free is None else f", {_size(free)} of it free")
    if total < LEAST_MEMORY_BYTES:
        return problem("memory", f"{seen}; too little", "Use a machine with 4 GB, or give this one more.", **facts)
    if free is not None and free < FREE_BYTES:
        return warning("memory", seen, f"Close other programs: the lab needs about {_size(FREE_BYTES)}.", **facts)
    if total < MEMORY_BYTES * 0.85:  # the kernel's own share is gone from it already
        return warning("memory", seen, "It works with few notebooks open at once; 4 GB are enough.", **facts)
    return ok("memory", seen, **facts)


def disk(made: Path | None) -> Finding:
    data = data_path()
    lies = _existing(data)
    free = shutil.disk_usage(lies).free
    facts: dict[str, Any] = {"free": free, "data": str(data)}
    if not os.access(lies, os.W_OK | os.X_OK):
        return problem(
            "disk",
            f"{lies} can't be written to",
            "Name a folder of your own with --data FOLDER.",
            writable=False,
            **facts,
        )
    if made is None:
        here = shutil.disk_usage(CHECKOUT).free
        facts["free_for_environment"] = here
        if not os.access(CHECKOUT, os.W_OK | os.X_OK):
            told = troubles.read_only(CHECKOUT)
            return problem("disk", told.what.rstrip("."), told.todo, writable=False, **facts)
        if here < ENVIRONMENT_BYTES:
            return problem(
                "disk",
                f"{_size(here)} free where {CHECKOUT} lies; the environment needs about {_size(ENVIRONMENT_BYTES)}",
                "Free some, or move the course's folder to another disk.",
                **facts,
            )
    if free < DATA_BYTES:
        return problem(
            "disk",
            f"{_size(free)} free where {data} lies; the database and your records need {_size(DATA_BYTES)}",
            "Free some, or name a folder on another disk with --data FOLDER.",
            **facts,
        )
    return ok("disk", f"{_size(free)} free", writable=True, **facts)


def ports() -> Finding:
    """Can a program here listen on loopback and be reached there, by way of no proxy?"""
    try:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.settimeout(5)
            with socket.create_connection(listening.getsockname(), timeout=5):
                listening.accept()[0].close()
    except OSError as error:
        return problem(
            "ports",
            f"programs here can't reach each other on 127.0.0.1 ({error.strerror or error})",
            "Let connections on the loopback device through: a firewall or a sandbox stops them.",
        )
    proxy = getproxies().get("http")
    if proxy and not proxy_bypass("127.0.0.1"):
        return warning(
            "ports",
            "free; but HTTP_PROXY sends requests to 127.0.0.1, the lab's site, to a proxy",
            "Set NO_PROXY=127.0.0.1,localhost beside it.",
        )
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if limit != resource.RLIM_INFINITY and limit < DESCRIPTORS:
        return warning(
            "ports",
            f"free; but a process may have {limit} files and connections open, and lesson 04 opens two thousand",
            f"Raise the limit to {DESCRIPTORS} or more (ulimit -Hn, /etc/security/limits.conf).",
            descriptors=limit,
        )
    return ok("ports", "free on 127.0.0.1, and reached without a proxy")


def git() -> Finding:
    path = shutil.which("git")
    if path is None:
        return warning(
            "git", "not found; `update` takes newer lessons with it", "Install your system's package git.", path=None
        )
    return ok("git", path, path=path)


def quiet(measured: Calibration | None = None) -> Finding:
    """Can the grader judge time on this machine, now?"""
    found = measured or calibrate()
    facts: dict[str, Any] = {"share": found.share, "waits": found.waits, "worst": found.worst}
    figures = f"computing takes {found.share:.1f}, waiting {found.waits:.1f} times what each takes alone"
    if found.too_busy:
        return problem(
            "quiet", f"too busy to judge time: {figures}", "Close what is running beside it, and look again.", **facts
        )
    if found.share > 3 or found.waits > 1.5:
        return warning(
            "quiet",
            f"busy: {figures}",
            "Time can be judged, but gradings take longer and may be inconclusive; close what runs beside it.",
            **facts,
        )
    return ok("quiet", f"quiet enough to judge time: {figures}", **facts)


def _memory() -> tuple[int, int | None]:
    """Bytes in all, of which free; a container's limit counts."""
    total, free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), None
    try:
        fields = dict(re.findall(r"^(\w+):\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.M))
        free = int(fields["MemAvailable"]) * 1024
    except (OSError, KeyError):
        pass  # macOS
    for limit, used in CGROUPS:
        root = Path("/sys/fs/cgroup")
        try:
            most, now = int((root / limit).read_text()), int((root / used).read_text())
        except (OSError, ValueError):
            continue  # no such limit
        if most < total:
            total, free = most, max(0, min(most - now, free if free is not None else most))
    return total, free


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _size(count: int) -> str:
    return f"{count / GB:.1f} GB" if count >= GB else f"{count // MB} MB"
