"""What a learner takes of a hub: measured by tests/hub/test_jupyterhub.py, kept in binder/measured.json."""

from __future__ import annotations

import json
from typing import Any

from asynclab.paths import CHECKOUT

FILE = CHECKOUT / "binder" / "measured.json"


def measured() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def table() -> str:
    figures = measured()
    lines = ["| for one learner | memory, MB | at most, MB |", "|---|---:|---:|"]
    lines += [f"| {what} | {memory['pss']} | {memory['rss']} |" for what, memory in figures["memory_mb"].items()]
    cpu, machine = figures["cpu"], figures["machine"]
    lines += [
        "",
        f"Grading `{figures['task']}` once took {cpu['seconds']} s of CPU; an open notebook that nobody runs takes "
        f"{cpu['idle_share']:.1%} of a core. {figures['users']} learners who graded at the same moment on "
        f"{machine['cores']} cores had their verdicts after {figures['slowest_seconds']} s at the latest (the "
        f"machine's load, other work included: {machine['load']:.0f}). The clone with its data takes "
        f"{figures['disk_mb']} MB.",
        "",
        "Measured by [tests/hub/test_jupyterhub.py](tests/hub/test_jupyterhub.py) on Linux with JupyterHub "
        f"{figures['jupyterhub']} and Python {machine['python']}. *Memory* is the proportional set size, in which "
        "pages that processes share count in parts; *at most* is the sum of the resident sets, in which they count for "
        "each.",
    ]
    return "\n".join(lines)
