"""However the supervisor ends, nothing of a run stays."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from asynclab import paths
from asynclab.measure import Children, Protection, Run, Source, table

SUPERVISOR = """
import asyncio, sys
from asynclab.measure import Children, Run, Source

TEXT = '''
import os, subprocess, sys, threading, time
async def answer():
    threading.Thread(target=time.sleep, args=(1000,)).start()
    subprocess.Popen(['sleep', '1000'], start_new_session=True)
    if not os.fork():
        os.setsid()
        if not os.fork():
            os.closerange(0, 100)
            time.sleep(1000)
        os._exit(0)
    print('started', flush=True)
    while True:
        pass
'''

async def main():
    async with Children(sys.argv[1], network=False) as children:
        await children.prepare(2)
        print('prepared', flush=True)
        await children.run(Source(TEXT), Run('answer'))

asyncio.run(main())
"""


def descendants(root: int) -> dict[int, int]:
    """Pid to start time of all processes below `root`, orphans of the pid namespaces in it included."""
    found = {root: 0}
    for _ in range(8):
        for name in filter(str.isdigit, os.listdir("/proc")):
            fields = table.stat_fields(int(name))
            if fields and int(fields[1]) in found:
                found[int(name)] = int(fields[19])
    del found[root]
    return found


def alive(processes: dict[int, int]) -> list[int]:
    left = []
    for pid, started in processes.items():
        fields = table.stat_fields(pid)
        if fields and fields[0] != b"Z" and int(fields[19]) == started:
            left.append(pid)
    return left


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_supervisor_is_killed(protection: Protection, number: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, protection.name],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(paths.CHECKOUT), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == "prepared\n"
        deadline = time.monotonic() + 20
        processes = descendants(supervisor.pid)
        # The prepared children and the answer's own five: its process, two sleeps, and who tends them.
        while not any(_name(pid) == "sleep" for pid in processes) and time.monotonic() < deadline:
            time.sleep(0.05)
            processes = descendants(supervisor.pid)
        time.sleep(0.3)
        processes = descendants(supervisor.pid)
        assert any(_name(pid) == "sleep" for pid in processes)
        supervisor.send_signal(number)
        supervisor.wait(20)
    deadline = time.monotonic() + 10
    while alive(processes) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert alive(processes) == []


def _until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def test_cancelling_ends_the_tree_at_once(protection: Protection) -> None:
    async def main() -> tuple[float, dict[int, int]]:
        async with Children(protection, network=False) as children:
            await children.prepare(1)
            watch = children._ahead[0]
            text = "import time\nasync def answer():\n    time.sleep(1000)\n"
            task = asyncio.create_task(children.run(Source(text), Run("answer")))
            await asyncio.to_thread(_until, lambda: watch.phase == "call")
            assert watch.tree is not None
            processes = {watch.pid: int(table.stat_fields(watch.pid)[19])}
            began = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not watch.child.home.exists()
            return time.monotonic() - began, processes

    took, processes = asyncio.run(main())
    assert alive(processes) == []
    assert took < 3


def test_children_that_were_not_used_are_ended(protection: Protection) -> None:
    async def main() -> tuple[dict[int, int], list[Path]]:
        async with Children(protection, network=False) as children:
            await children.prepare(2)
            pids = [watch.pid for watch in children._ahead]
            homes = [watch.child.home for watch in children._ahead]
            return {pid: int(table.stat_fields(pid)[19]) for pid in pids}, homes

    processes, homes = asyncio.run(main())
    assert len(processes) == 2
    assert alive(processes) == []
    assert not any(home.exists() for home in homes)


def test_descriptors_are_given_back(protection: Protection) -> None:
    async def main() -> tuple[int, int]:
        async with Children(protection, network=False) as children:
            run = Run("answer")
            source = Source("async def answer():\n    return 1\n")
            await children.run(source, run)
            before = len(os.listdir("/proc/self/fd"))
            for _ in range(5):
                await children.run(source, run)
            return before, len(os.listdir("/proc/self/fd"))

    before, after = asyncio.run(main())
    assert after <= before  # a thread of the first run may still be on its way out when it is counted
