"""How long the loop was held, where, and why."""

from __future__ import annotations

import pytest

from asynclab.measure import Protection
from asynclab.measure.pulse import deepest, frames, places
from tests.measure.conftest import once

BESIDE = "import asyncio, time\n"


def test_a_loop_that_turns_is_not_held() -> None:
    evidence = once(
        BESIDE
        + """\
async def answer():
    for _ in range(100):
        await asyncio.sleep(0.003)
"""
    )
    assert evidence.heartbeats > 30
    assert evidence.held_at is None


@pytest.mark.measured
def test_a_blocking_call_is_known_by_its_line(protection: Protection) -> None:
    evidence = once(
        BESIDE
        + """\

async def answer():
    await asyncio.sleep(0.05)
    time.sleep(0.4)
    await asyncio.sleep(0.05)
""",
        under=protection,
    )
    assert 0.39 <= evidence.longest_hold < 0.8
    assert evidence.held_at is not None
    assert (evidence.held_at.line, evidence.held_at.text) == (5, "time.sleep(0.4)")
    hold = evidence.holds[0]
    assert hold.asleep is True and hold.cpu is not None and hold.cpu < 0.2
    assert 0.04 < hold.start < 0.3
    assert evidence.missed_heartbeats >= 70


@pytest.mark.measured
def test_computing_is_told_from_blocking(protection: Protection) -> None:
    text = (
        BESIDE
        + """\

def compute():
    end = time.monotonic() + 0.4
    while time.monotonic() < end:
        pass

async def answer():
    compute()
"""
    )
    evidence = once(text, under=protection)
    hold = evidence.holds[0]
    assert evidence.held_at is not None and evidence.held_at.function == "compute"
    assert hold.asleep is False and hold.cpu is not None and hold.cpu > 0.05
    assert hold.stack[-1].endswith(" answer") or any(frame.endswith(" answer") for frame in hold.stack)


def test_a_hold_inside_a_library_shows_its_frames() -> None:
    text = (
        BESIDE
        + """\
import urllib.request, socket
async def answer():
    a, b = socket.socketpair()
    a.settimeout(0.3)
    try:
        a.recv(1)
    except TimeoutError:
        return a.fileno()
"""
    )
    evidence = once(text)
    assert evidence.longest_hold > 0.29
    assert evidence.held_at is not None and evidence.held_at.line == 7


def test_cancelling_all_tasks_does_not_end_the_heartbeat() -> None:
    text = BESIDE + (
        """\
async def answer():
    me = asyncio.current_task()
    for task in asyncio.all_tasks():
        if task is not me:
            task.cancel()
    await asyncio.sleep(0.3)
    return len(asyncio.all_tasks())
"""
    )
    evidence = once(text)
    assert evidence.value == 1
    assert evidence.heartbeats > 30


def test_a_flood_on_the_heartbeats_line_keeps_nobody() -> None:
    text = """\
import asyncio, os, socket, stat, threading
async def answer():
    ours = []
    for fd in range(3, 60):
        try:
            s = socket.socket(fileno=os.dup(fd))
            if s.type == socket.SOCK_DGRAM: ours.append(s)
        except OSError: pass
    def flood():
        while True:
            for s in ours:
                s.send(b'.' + bytes(8))
    threading.Thread(target=flood, daemon=True).start()
    await asyncio.sleep(0.3)
    return len(ours)
"""
    evidence = once(text)
    assert evidence.outcome == "returned" and evidence.value >= 1


DUMP = """Stack (most recent call first):
  File "/usr/lib/python3.11/socket.py", line 706 in readinto
  File "<answer>", line 4 in fetch
  File "<answer>", line 9 in answer
"""


def test_a_dump_is_read() -> None:
    place = deepest(DUMP, ["", "", "", "    sock.readinto(x)"])
    assert place is not None
    assert (place.line, place.function, place.text) == (4, "fetch", "sock.readinto(x)")
    assert frames(DUMP)[0] == "python3.11/socket.py:706 readinto"
    threads = """\
Thread 0x1 (most recent call first):
  File "<answer>", line 2 in a

Current thread 0x2 (most recent call first):
  File "x.py", line 1 in b
"""
    assert [place.line for place in places(threads, [])] == [2]
    assert deepest("nonsense", []) is None
