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
    lines = ["| for one learner | memory, MB |", "|---|---:|"]
    lines += [f"| {what} | {megabytes} |" for what, megabytes in figures["memory_mb"].items()]
    cpu = figures["cpu"]
    lines += [
        "",
        f"A grading of `{figures['task']}` took {cpu['seconds']} s of CPU; {figures['users']} learners who graded at the "
        f"same moment on {figures['machine']['cores']} cores had their verdicts after {figures['slowest_seconds']} s. "
        f"A data folder takes {figures['disk_mb']} MB. Measured by [tests/hub/test_jupyterhub.py]"
        f"(tests/hub/test_jupyterhub.py) with JupyterHub {figures['jupyterhub']} and Python "
        f"{figures['machine']['python']}, memory as proportional set size (PSS), CPU over all of the learner's processes.",
    ]
    return "\n".join(lines)
