"""Processes and folders seen from outside; the two ways to read the table of processes agree."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from asynclab.measure import table
from asynclab.measure.relay import Relay
from asynclab.measure.tree import MAX_FOLDER_DEPTH, Tree, folder_size
from tests.measure.conftest import once

FAMILY = """
import os, time
if not os.fork():
    os.setsid()
    if not os.fork():
        time.sleep(60)
    time.sleep(60)
print('ready', flush=True)
time.sleep(60)
"""


@pytest.fixture
def family() -> Iterator[int]:
    """A process with a child and a grandchild; its pid."""
    with subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.2)
        yield process.pid
        tree = Tree(process.pid, 0)
        tree.scan()
        tree.kill()
        process.kill()


def test_the_tree_is_found_and_killed(family: int) -> None:
    tree = Tree(family, 0)
    tree.scan()
    assert len(tree.live()) == tree.ever == 2
    tree.kill()
    deadline = time.monotonic() + 5
    while tree.live() and time.monotonic() < deadline:
        tree.scan()
        for member in tree.live():
            member.ended = table.state_and_threads(member.pid)[0] in ("", "Z")
    assert tree.live() == []


def test_psutil_sees_what_proc_shows(family: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "psutil", psutil, raising=False)
    readings = []
    for linux in (True, False):
        monkeypatch.setattr(table, "LINUX", linux)
        assert family in table.pids()
        origin = table.origin(family)
        assert origin is not None and origin[0] == os.getpid()
        readings.append((table.state_and_threads(family), table.name_of(family)[:6], table.resident(family) // 2**20))
        assert 0 <= table.cpu_clock(family) < 5
        assert table.origin(2**22 - 1) is None
        assert table.cpu_clock(2**22 - 1) == table.resident(2**22 - 1) == 0
    assert readings[0] == readings[1]


def test_a_whole_run_with_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where there is no /proc (the stamps of the beats left aside)."""
    monkeypatch.setattr(table, "psutil", psutil, raising=False)
    monkeypatch.setattr(table, "LINUX", False)
    evidence = once(
        "import time\ndef answer():\n    data = bytes(b'x') * (30 << 20)\n    time.sleep(1)\n    return len(data)\n"
    )
    assert evidence.outcome == "returned"
    assert 25 << 20 < evidence.peak_memory < 40 << 20


def test_a_folder_is_counted_in_bounds(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    os.symlink("/usr", tmp_path / "elsewhere")
    assert 100_000 <= folder_size(tmp_path, 1 << 30) < 200_000
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(1 << 24)
    assert folder_size(tmp_path, 1 << 30) >= 1 << 24
    assert folder_size(tmp_path, 1000) > 1000
    deep = tmp_path
    for _ in range(MAX_FOLDER_DEPTH + 2):
        deep = deep / "d"
        deep.mkdir()
    assert folder_size(tmp_path, 1 << 30) > 1 << 30


def test_a_relay_passes_bytes_both_ways(tmp_path: Path) -> None:
    async def main() -> bytes:
        async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write((await reader.readline()).upper())
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(shout, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            relay = await asyncio.to_thread(Relay, tmp_path / "db" / "socket", "127.0.0.1", port)
            reader, writer = await asyncio.open_unix_connection(tmp_path / "db" / "socket")
            writer.write(b"hello\n")
            heard = await reader.read()
            writer.close()
            await asyncio.to_thread(relay.close)
            return heard

    assert asyncio.run(main()) == b"HELLO\n"
