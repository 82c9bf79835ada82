"""What grading a right `fetch_pages` costs beyond the answer's own run time, as a learner meets it.

    python -m tests.bench.turnaround

The whole command is timed, from its start to its end, as `%%grade` runs it; the services are up, as they are in a
notebook. The answer's own run time is that of all the runs that the grading makes of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from asynclab import course
from asynclab.paths import CHECKOUT
from asynclab.services import hold_lease, site
from tests.bench.figures import entry

TASKS = ("00_start_here.greet", "04_aiohttp.fetch_pages", "04_aiohttp.download", "04_aiohttp.crawl")
AIM = 1.5  # seconds beyond the answer's own, for fetch_pages


def measure(rounds: int = 5) -> dict[str, Any]:
    hold_lease()
    with site.visit():
        pass  # the site is up before the first grading
    return {"aim for fetch_pages, seconds beyond its own": AIM} | {task: timed(task, rounds) for task in TASKS}


def timed(task: str, rounds: int) -> dict[str, Any]:
    """Medians over `rounds` gradings of the task's solution."""
    whole, own = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.py"
        path.write_text(course.solution(task), encoding="utf-8")
        for _ in range(rounds):
            began = time.monotonic()
            done = subprocess.run(
                [sys.executable, "-m", "asynclab", "grade", "--task", task, "--json", str(path)],
                cwd=CHECKOUT,
                capture_output=True,
                text=True,
            )
            whole.append(time.monotonic() - began)
            record = json.loads(done.stdout)
            if record["verdict"] != "passed":
                raise SystemExit(f"{task}: its solution came out {record['verdict']}: {record['note']}")
            own.append(sum(run["wall"] for name, run in record["evidence"].items() if not name.endswith(".reference")))
    beyond = [all_of_it - answers for all_of_it, answers in zip(whole, own, strict=True)]
    return {
        "seconds in all": round(median(whole), 2),
        "the answer's own seconds": round(median(own), 2),
        "seconds beyond its own": round(median(beyond), 2),
        "at most": round(max(beyond), 2),
    }


if __name__ == "__main__":
    entry("turnaround", measure, __doc__)
