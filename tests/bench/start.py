"""How long a learner waits: a clone to the start page answering, and every start after that.

``python -m tests.bench.start``, from a committed checkout. The clone is made into a folder of its own and
removed after; the package cache of pip and uv is the user's, so a first run on a machine also downloads.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from asynclab.paths import CHECKOUT
from tests.bench.figures import entry

AIMS = {"clone to page answering, s": 30, "second start, s": 6}


def measure(rounds: int = 3) -> dict[str, Any]:
    python = getattr(sys, "_base_executable", sys.executable)
    with tempfile.TemporaryDirectory(prefix="asynclab-bench-", ignore_cleanup_errors=True) as folder:
        clone = Path(folder) / "clone"
        start = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", str(CHECKOUT), str(clone)], check=True)
        cloned = time.monotonic() - start
        first, _ = _start(python, clone)
        later = [_start(python, clone) for _ in range(rounds)]
        size = sum(path.stat().st_size for path in (clone / ".venv").rglob("*") if path.is_file())
    seconds = [up for up, _ in later]
    return {
        "clone to page answering, s": round(cloned + first, 1),
        "second start, s": round(statistics.median(seconds), 2),
        "second start, slowest, s": round(max(seconds), 2),
        "rounds": rounds,
        "Ctrl-C to the end, s": round(statistics.median(down for _, down in later), 2),
        "the environment on the disk, MB": size // 10**6,
        "aims": AIMS,
    }


def _start(python: str, clone: Path) -> tuple[float, float]:
    """Seconds from the command to the start page's answer (services ready too), and from Ctrl-C to the end."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("ASYNCLAB_")}
    variables.pop("PYTHONPATH", None)
    start = time.monotonic()
    with subprocess.Popen(
        [python, "-m", "asynclab", "lab", "--no-browser"],
        cwd=clone,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as lab:
        assert lab.stdout is not None
        url = lab.stdout.readline().strip()
        if not url:
            raise SystemExit(f"The lab did not start (status {lab.wait()}).")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url) as page:
            page.read()
        up = time.monotonic() - start
        time.sleep(1)
        start = time.monotonic()
        os.killpg(lab.pid, signal.SIGINT)
        lab.wait()
        down = time.monotonic() - start
    _wait_for_services(clone)
    return up, down


def _wait_for_services(clone: Path) -> None:
    """They linger a moment for the next user: the next start must not find them still warm."""
    until = time.monotonic() + 15
    while time.monotonic() < until and any(str(clone) in " ".join(words) for words in _running()):
        time.sleep(0.1)


def _running() -> list[list[str]]:
    return [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]


if __name__ == "__main__":
    entry("start", measure, __doc__)
