"""How long the loop was held, where, and why."""

from __future__ import annotations

import pytest

from asynclab.measure import Protection, table, wire
from asynclab.measure.pulse import LATE, Pulse, deepest, frames, places
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


def test_a_hold_in_c_code_that_never_comes_to_python_is_known_by_its_line() -> None:
    text = BESIDE + (
        """\
import hashlib
async def answer():
    await asyncio.sleep(0.02)
    hashlib.pbkdf2_hmac('sha256', b'x', b'y', 1)
    return sum(range(30_000_000))
"""
    )
    evidence = once(text)
    assert evidence.held_at is not None and evidence.held_at.line == 6


def test_the_signal_that_spoils_errno_is_sent_only_where_python_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    used, state = [0.0], ["R"]
    monkeypatch.setattr(table, "cpu_clock", lambda _: used[0])
    monkeypatch.setattr(table, "state_and_threads", lambda _: (state[0], 1))
    pulse = Pulse(1, ["x"])
    pulse._beat(1, 10.0)
    first = pulse.due()
    assert first == 10.0 + LATE and pulse.ask(first) == wire.HERE_SIGNAL
    soon = pulse.due()
    assert soon is not None and soon < 10.0 + 2 * LATE
    assert pulse.ask(soon) is None, "it was not on a processor since: it couldn't answer"
    used[0] = 1.0
    again = pulse.due()
    assert again is not None and pulse.ask(again) == wire.HERE_IN_C_SIGNAL
    assert pulse.due() == 10.0 + 2 * LATE and pulse.ask(10.0 + 2 * LATE) == wire.HERE_SIGNAL
    pulse.stack(b'  File "<answer>", line 1 in answer\n')
    assert pulse.due() == 10.0 + 4 * LATE, "Python has answered: nothing more is asked until the next time"
    assert pulse.ask(10.0 + 4 * LATE) == wire.HERE_SIGNAL
    state[0] = "S"
    asleep = pulse.due()
    assert asleep is not None and pulse.ask(asleep) == wire.HERE_IN_C_SIGNAL


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
