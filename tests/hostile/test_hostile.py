"""Answers that mean harm: each ends within its limit with a clear outcome, and leaves nothing behind.

A file of answers/ says in its head what it tries and how it must come out: `outcome` (one of several where the
kernel's timing decides), `value` ("right" only where the answer really did the work), `left`, `cancel`, `takes`,
and `under: isolating` where limits alone promise nothing.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from asynclab.measure import FOLDER, MIB, Children, Evidence, Limits, Protection, Run, Source, protections, table
from asynclab.measure.watch import Watch

ANSWERS = Path(__file__).with_name("answers")
SECONDS = 2.0
LIMITS = Limits(seconds=SECONDS, memory=256 * MIB, output=300_000, processes=8, threads=100, disk=64 * MIB)
# One of a kind, run by default under each protection; the rest with --all.
QUICK = (
    "loop_without_await os_exit forged_text forged_frame clocks_patched equal_subclass memory_in_one_gulp"
    " processes_by_the_hundred double_forked output_without_end files_without_end frames_walked solutions_read"
    " outside_addresses parent_killed cancellation_refused recursion syntax_error empty_file"
).split()


@dataclass(frozen=True)
class Hostile:
    """A file of answers/."""

    name: str
    text: str
    head: dict[str, str]

    @property
    def outcomes(self) -> list[str]:
        return [outcome.strip() for outcome in self.head.get("outcome", "no_function").split(",")]


def corpus() -> list[Hostile]:
    found = []
    for path in sorted(ANSWERS.iterdir()):
        if path.suffix not in (".py", ".txt"):
            continue
        text = path.read_text("utf-8")
        head = {}
        for line in text.splitlines()[:10]:
            key, colon, value = line.removeprefix("# ").partition(": ")
            if line.startswith("# ") and colon:
                head[key] = value
        found.append(Hostile(path.stem, text, head))
    return found


class Spied(Children):
    """Remembers what it watched, so that a test can look for what is left of it."""

    def __init__(self, protection: Protection) -> None:
        super().__init__(protection, network=False)
        self.watched: list[Watch] = []

    def _start(self) -> Watch:
        watch = super()._start()
        self.watched.append(watch)
        return watch


class Yard:
    """Children under each protection, on a loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.children: dict[str, Spied] = {}

    def run(self, protection: Protection, hostile: Source, run: Run) -> tuple[Evidence, Watch]:
        children = self.children.setdefault(protection.name, Spied(protection))
        task = asyncio.run_coroutine_threadsafe(children.run(hostile, run), self.loop)
        return task.result(60), children.watched[-1]

    def close(self) -> None:
        for children in self.children.values():
            asyncio.run_coroutine_threadsafe(children.__aexit__(None, None, None), self.loop).result(30)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


@pytest.fixture(scope="module")
def yard() -> Iterator[Yard]:
    yard = Yard()
    yield yard
    yard.close()


def cases() -> list[Any]:
    found = []
    for protection in protections():
        for hostile in corpus():
            if hostile.head.get("under") == "isolating" and not protection.isolates:
                continue
            quick = hostile.name in QUICK and protection == protections()[0]
            marks = [] if quick else [pytest.mark.slow]
            found.append(pytest.param(protection, hostile, id=f"{protection.name}-{hostile.name}", marks=marks))
    return found


@pytest.mark.parametrize(("protection", "hostile"), cases())
def test_it_is_ended_and_judged(yard: Yard, tmp_path: Path, protection: Protection, hostile: Hostile) -> None:
    token = secrets.token_hex(16)
    folder = tmp_path / "own"
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / "mine").write_text("untouched")
    cancel = hostile.head.get("cancel")
    run = Run("answer", [token, FOLDER], limits=LIMITS, folder=folder, cancel_after=float(cancel) if cancel else None)
    began = time.monotonic()
    evidence, watch = yard.run(protection, Source(hostile.text), run)
    took = time.monotonic() - began

    assert evidence.outcome in hostile.outcomes, (evidence.outcome, evidence.error, evidence.output[-500:])
    assert took < SECONDS + 20
    right = evidence.outcome == "returned" and evidence.value == token[::-1]
    assert right == (evidence.outcome == "returned" and hostile.head.get("value") == "right"), evidence.value
    if "gives" in hostile.head and evidence.outcome == "returned":
        assert repr(evidence.value) == hostile.head["gives"]
    for what in filter(None, hostile.head.get("left", "").split(", ")):
        assert what in {one.what for one in evidence.left}
    assert evidence.wall >= float(hostile.head.get("takes", 0))

    assert remains(watch) == []
    assert not watch.child.home.exists()
    assert (beside / "mine").read_text() == "untouched"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["beside", "own"]
    assert folder.is_dir() and not folder.is_symlink()
    assert not Path("/tmp/asynclab-hostile-was-here").exists()

    after, _ = yard.run(protection, Source("async def answer(x):\n    return x[::-1]\n"), Run("answer", [token]))
    assert (after.outcome, after.value) == ("returned", token[::-1])


def remains(watch: Watch) -> list[int]:
    """Pids of the run that are still there: those that were seen, and any in its namespace or its folder."""
    assert watch.tree is not None
    found = {pid for pid, member in watch.tree.members.items() if _is(pid, member.started)}
    home, namespace = str(watch.child.home), watch.tree.namespace
    for name in filter(str.isdigit, os.listdir("/proc")):
        if table.state_and_threads(int(name))[0] == "Z":
            continue
        try:
            inside = bool(namespace) and table.pid_namespace(int(name)) == namespace
            if inside or os.readlink(f"/proc/{name}/cwd").startswith(home):
                found.add(int(name))
        except OSError:
            continue
    return sorted(found)


def _is(pid: int, started: int) -> bool:
    fields = table.stat_fields(pid)
    return bool(fields) and fields[0] != b"Z" and int(fields[19]) == started


def test_every_file_says_what_it_tries() -> None:
    for hostile in corpus():
        assert hostile.head.get("tries") or hostile.text == "", hostile.name
    assert set(QUICK) <= {hostile.name for hostile in corpus()}
