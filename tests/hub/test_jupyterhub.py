"""A real JupyterHub: three users who each grade an exercise at the same moment, through servers of their own.

With ASYNCLAB_MEASURED_HUB=FILE it writes what a user took there, as binder/measured.json has it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from asynclab import course
from asynclab.grader import machine
from asynclab.paths import CHECKOUT
from tests.hub import usage
from tests.hub.hubs import Hub, Notebook, User, hub
from tests.hub.install import HOW, Installed, installed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.measured,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc"),
]

TASK = "04_aiohttp.fetch_pages"
EXERCISE = "asynclab/exercises/04_aiohttp.ipynb"
# Each user's answer, by what it must be told: the solution, and wrong ones that the course knows the verdicts of.
WANTED = {"ada": "passed", "ben": "status-not-checked", "cleo": "session-not-closed"}
SPENT = "import resource\n[sum(resource.getrusage(w)[:2]) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]"
TRIES = 3  # a machine too busy to tell says so, and costs the learner nothing


@pytest.fixture(scope="module")
def found() -> Installed:
    there = installed()
    if there is None:
        pytest.skip(HOW)
    return there


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The course where an image has it: committed, and no learner's home."""
    course_in_image = tmp_path / "image"
    left_out = shutil.ignore_patterns(".git", ".venv", ".asynclab", "__pycache__", ".*_cache", ".ipynb_checkpoints")
    shutil.copytree(CHECKOUT, course_in_image, ignore=left_out)
    git = ["git", "-c", "user.name=course", "-c", "user.email=course@localhost", "-C", str(course_in_image)]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "The course"]):
        subprocess.run([*git, *command], check=True)
    return course_in_image


def answer(mistake: str) -> str:
    if mistake == "passed":
        return course.solution(TASK)
    return next(each.source for each in course.answers(TASK) if each.mistakes == (mistake,))


def test_three_users_grade_at_the_same_moment(found: Installed, image: Path, tmp_path: Path) -> None:
    asyncio.run(three_users(found, image, tmp_path))


async def three_users(found: Installed, image: Path, folder: Path) -> None:
    async with hub(found, folder, image / "binder/start") as running, AsyncExitStack() as stack:
        users = await asyncio.gather(*(stack.enter_async_context(running.user(name)) for name in WANTED))
        opened = [await stack.enter_async_context(user.notebook(EXERCISE)) for user in users]
        # No lab command anywhere: the notebook's first cell is all that starts the services.
        loaded = await asyncio.gather(*(notebook.run(BEGIN) for notebook in opened))
        told = [line.split() for line in loaded]
        for user, (package, _, _) in zip(users, told, strict=True):
            assert package == f"{user.home}/asynclab/asynclab/__init__.py"
        assert len({port for _, port, _ in told}) == len({port for _, _, port in told}) == 3, told
        idle = usage.usage(running.homes)
        before, began = usage.cpu(running.homes), time.monotonic()
        await asyncio.sleep(5)
        waiting = {name: (spent - before[name]) / (time.monotonic() - began)
                   for name, spent in usage.cpu(running.homes).items()}  # fmt: skip
        with usage.Watch(running.homes) as watch:
            graded = await asyncio.gather(
                *(grade(user, notebook) for user, notebook in zip(users, opened, strict=True))
            )
        for user, (sentence, _, _) in zip(users, graded, strict=True):
            right = WANTED[user.name]
            begins = f"{TASK}: passed" if right == "passed" else f"{TASK}: failed"
            assert sentence.startswith(begins) and right in sentence, f"{user.name}: {sentence}"
        await see_only_their_own(users, opened)
        await reach_only_their_own(running, users)
        note(found, idle, waiting, watch, graded, users)
    assert "Traceback" not in running.log.read_text(), running.log.read_text()[-3000:]


BEGIN = """%load_ext asynclab
import asynclab, urllib.parse
from asynclab import database, plots, site
import matplotlib.pyplot
print(asynclab.__file__, urllib.parse.urlsplit(site.url).port, urllib.parse.urlsplit(database.dsn).port)"""


async def grade(user: User, notebook: Notebook) -> tuple[str, float, float]:
    """The verdict's sentence, how long it took, and the CPU seconds that it cost."""
    cell = f"%%grade {TASK}\n{answer(WANTED[user.name])}"
    sentence, seconds, spent = "", 0.0, 0.0
    for _ in range(TRIES):
        began = time.monotonic()
        own, of_children = json.loads(await notebook.run(SPENT))
        said = await notebook.run(cell)
        seconds = time.monotonic() - began
        own_after, of_children_after = json.loads(await notebook.run(SPENT))
        spent = own_after + of_children_after - own - of_children
        sentence = next((line for line in said.splitlines() if line.startswith(TASK)), said)
        if "inconclusive" not in sentence:
            break
    return sentence, seconds, spent


async def see_only_their_own(users: list[User], opened: list[Notebook]) -> None:
    """`%progress` shows one attempt, one's own; the records are one's own answer's alone."""
    shown = await asyncio.gather(*(notebook.run("%progress") for notebook in opened))
    for user, text in zip(users, shown, strict=True):
        (row,) = [line for line in text.splitlines() if TASK in line]
        assert ("✓" in row) == (WANTED[user.name] == "passed"), f"{user.name}: {row}"
        records = list((user.home / "asynclab/.asynclab/records").glob("*.json"))
        verdicts = {json.loads(record.read_text("utf-8"))["verdict"] for record in records}
        assert verdicts - {"inconclusive"} == {"passed" if WANTED[user.name] == "passed" else "failed"}


async def reach_only_their_own(running: Hub, users: list[User]) -> None:
    """One user's token opens no other's server."""
    one, other = users[:2]
    assert (await one.ask("GET", "/api/contents/asynclab/exercises"))["type"] == "directory"
    with pytest.raises(LookupError, match="40[34]"):
        await running.ask("GET", f"/user/{other.name}/api/contents/asynclab/exercises", one.token)


def note(
    found: Installed,
    idle: dict[str, dict[str, usage.Memory]],
    waiting: dict[str, float],
    watch: usage.Watch,
    graded: list[tuple[str, float, float]],
    users: list[User],
) -> None:
    """What it took, where it is asked for; and in any case that it is of the size the example configuration allows."""
    peaks = watch.peaks
    assert set(peaks) == set(WANTED)
    most = max((peak[usage.TOGETHER] for peak in peaks.values()), key=lambda memory: memory.rss)
    assert most.rss < limit_in_mb(), f"a user took {most.rss:.0f} MB, and binder/hub-values.yaml allows {limit_in_mb()}"
    place = os.environ.get("ASYNCLAB_MEASURED_HUB")
    if not place:
        return
    asked = [found.python, "-c", "import jupyterhub; print(jupyterhub.__version__)"]
    version = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    whats = (usage.SERVER, usage.KERNEL, usage.SERVICES)
    memory = {f"{what}, idle": middle(uses[what] for uses in idle.values()) for what in whats}
    memory["all of it, idle"] = middle(usage.total(uses) for uses in idle.values())
    memory["the grading itself, at its peak"] = middle(peak[usage.GRADING] for peak in peaks.values())
    memory["all of it while grading, at its peak"] = most
    facts = machine.facts()
    figures = {
        "task": TASK,
        "users": len(users),
        "jupyterhub": version,
        "machine": {name: facts[name] for name in ("cores", "cpu", "python", "load")},
        "memory_mb": {what: {"pss": round(each.pss), "rss": round(each.rss)} for what, each in memory.items()},
        "cpu": {
            "seconds": round(max(spent for _, _, spent in graded), 1),
            "idle_share": round(statistics.median(waiting.values()), 3),
        },
        "slowest_seconds": round(max(seconds for _, seconds, _ in graded)),
        "disk_mb": round(max(usage.disk(user.home) for user in users) / 1e6),
    }
    Path(place).write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def middle(found: Iterable[usage.Memory]) -> usage.Memory:
    """The user in the middle."""
    return sorted(found, key=lambda memory: memory.rss)[len(WANTED) // 2]


def limit_in_mb() -> float:
    """The memory limit of the example configuration."""
    text = (CHECKOUT / "binder/hub-values.yaml").read_text("utf-8")
    match = re.search(r"memory:\n(?:\s*#.*\n|\s*guarantee:.*\n)*\s*limit: ([\d.]+)G", text)
    assert match, "binder/hub-values.yaml names no memory limit in G"
    return float(match[1]) * 1024**3 / 1e6
