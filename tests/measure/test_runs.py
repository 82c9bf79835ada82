"""One run: every outcome, the figures, what is left behind."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from asynclab.measure import FOLDER, FOLDER_PATH, MIB, Children, Limits, Protection, Run, Source, in_folder, watch, wire
from tests.measure.conftest import once


def test_it_returns_a_value(protection: Protection) -> None:
    evidence = once(
        """\
import asyncio
async def answer(a, b):
    await asyncio.sleep(0.1)
    return {'sum': [a, b]}
""",
        [1, "x"],
        {2: b"y"},
        under=protection,
    )
    assert evidence.outcome == "returned"
    assert evidence.value == {"sum": [[1, "x"], {2: b"y"}]}
    assert 0.1 <= evidence.wall < 1
    assert evidence.cpu < 0.1
    assert evidence.heartbeats > 5
    assert not evidence.left and not evidence.warnings and not evidence.lost_exceptions
    assert evidence.threads_started == evidence.processes_started == 0


@pytest.mark.parametrize(
    ("text", "outcome", "error"),
    [
        (
            """\
async def answer():
    raise ValueError('no')
""",
            "raised",
            "ValueError",
        ),
        (
            """\
import sys
async def answer():
    sys.exit('bye')
""",
            "raised",
            "SystemExit",
        ),
        (
            """\
async def answer():
    raise KeyboardInterrupt
""",
            "raised",
            "KeyboardInterrupt",
        ),
        (
            """\
import asyncio
async def answer():
    raise asyncio.CancelledError
""",
            "raised",
            "asyncio",
        ),
        (
            """\
def answer():
    raise BaseException('all')
""",
            "raised",
            "BaseException",
        ),
        ("def answer(:\n", "not_loaded", "SyntaxError"),
        ("x = 'a\\0b'\nimport nonesuch\n", "not_loaded", "ModuleNotFoundError"),
        (
            """\
import sys
sys.exit(0)
""",
            "not_loaded",
            "SystemExit",
        ),
        (
            """\
import os
async def answer():
    os._exit(0)
""",
            "died",
            "",
        ),
        (
            """\
import os
os._exit(0)
""",
            "died",
            "",
        ),
        (
            """\
import os, signal
def answer():
    os.kill(os.getpid(), signal.SIGSEGV)
""",
            "died",
            "",
        ),
        (
            """\
def answer():
    return object()
""",
            "unreadable",
            "TypeError",
        ),
        (
            """\
def answer():
    x = []
    x.append(x)
    return x
""",
            "unreadable",
            "TypeError",
        ),
        (
            """\
def answer():
    return 'x' * 100_000_000
""",
            "unreadable",
            "TypeError",
        ),
        (
            """\
async def answer(one):
    return one
""",
            "raised",
            "TypeError",
        ),
    ],
)
def test_other_outcomes(text: str, outcome: str, error: str) -> None:
    evidence = once(text)
    assert evidence.outcome == outcome
    assert evidence.error is not None
    assert evidence.error.type.startswith(error) if error else evidence.error.type == ""
    assert evidence.value is None or outcome == "unreadable"


def test_a_death_says_how() -> None:
    killed = once("""\
import os, signal
def answer():
    os.kill(os.getpid(), signal.SIGKILL)
""")
    assert killed.error is not None and "SIGKILL" in killed.error.message
    left = once("""\
import os
def answer():
    os._exit(3)
""")
    assert left.error is not None and "status 3" in left.error.message


def test_a_missing_function_names_those_there_are() -> None:
    evidence = once("""\
import json
def helper(): pass
class Thing: pass
async def anwser(): pass
""")
    assert evidence.outcome == "no_function"
    assert evidence.found == ("helper", "Thing", "anwser")


def test_an_error_names_the_line_it_came_through() -> None:
    evidence = once("""\
import json

def deeper():
    json.loads('{')

def answer():
    deeper()
""")
    assert evidence.error is not None
    assert evidence.error.line == 4
    assert "line 4, in deeper: json.loads('{')" in evidence.error.text
    assert "ValueError" in evidence.error.bases


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffdef answer():\r\n    return 'é'\r\n",
        "from __future__ import annotations\ndef answer(x: Nope = 'é'): return x",
    ],
    ids=["BOM and CRLF", "postponed annotations"],
)
def test_unusual_texts_load(text: str) -> None:
    assert once(text).value == "é"


def test_the_answer_is_a_module_of_its_own() -> None:
    text = """\
import dataclasses, pickle, inspect, sys
@dataclasses.dataclass
class P:
    x: 'int'
def answer():
    return [__name__, pickle.loads(pickle.dumps(P(3))).x, inspect.getsource(answer)[:12]]
"""
    assert once(text).value == ["answer", 3, "def answer()"]


def test_a_plain_function_that_gives_an_awaitable() -> None:
    text = """\
import asyncio
def answer():
    return asyncio.ensure_future(inner())
async def inner():
    return 7
"""
    assert once(text, in_loop=True).value == 7
    assert (
        once(
            """\
def answer():
    return 7
""",
            in_loop=True,
        ).awaited_coroutine
        is False
    )
    assert (
        once("""\
import asyncio
def answer():
    return asyncio.run(inner())
async def inner():
    return 7
""").value
        == 7
    )


def test_the_time_limit_says_where_it_stood(protection: Protection) -> None:
    waiting = once(
        """\
import asyncio
async def deeper():
    await asyncio.sleep(60)

async def answer():
    await deeper()
""",
        under=protection,
        limits=Limits(seconds=0.5),
    )
    assert waiting.outcome == "timed_out"
    assert [(place.line, place.function) for place in waiting.stuck_at] == [(3, "deeper")]
    assert 0.5 <= waiting.wall < 1.5
    spinning = once(
        """\
async def answer():
    x = 0
    while True:
        x += 1
""",
        under=protection,
        limits=Limits(seconds=0.5),
    )
    assert spinning.outcome == "timed_out"
    assert {place.line for place in spinning.stuck_at} <= {3, 4} and spinning.stuck_at
    sleeping = once(
        """\
import time
def answer():
    time.sleep(60)
""",
        under=protection,
        limits=Limits(seconds=0.5),
    )
    assert [place.line for place in sleeping.stuck_at] == [3]


def test_what_the_process_holds_before_is_not_the_answers() -> None:
    text = "import time\ntime.sleep(0.3)\ndef answer():\n    time.sleep(0.2)\n"
    assert once(text, limits=Limits(memory=10 * MIB)).outcome == "returned"


def test_loading_is_limited_too() -> None:
    memory = once("kept = bytearray(b'x') * (60 << 20)\nwhile True:\n    pass\n", limits=Limits(memory=20 * MIB))
    assert memory.outcome == "out_of_memory"
    evidence = once(
        """\
while True:
    pass
""",
        limits=Limits(seconds=0.5),
    )
    assert evidence.outcome == "timed_out"


def test_memory_is_what_was_touched(protection: Protection) -> None:
    evidence = once(
        """\
def answer():
    data = bytearray(50 * 2**20)
    return len(data)
""",
        under=protection,
        limits=Limits(),
    )
    assert 45 * MIB <= evidence.peak_memory <= 55 * MIB
    transient = once(
        """\
def answer():
    len(bytearray(200 * 2**20))
    return 1
""",
        under=protection,
    )
    assert 190 * MIB <= transient.peak_memory <= 210 * MIB
    nothing = once(
        """\
async def answer():
    return 1
""",
        under=protection,
    )
    assert nothing.peak_memory < 3 * MIB


def test_the_value_written_down_for_us_is_not_the_answers_memory() -> None:
    evidence = once("""\
def answer():
    return ['x' * 1000] * 20_000
""")
    assert len(evidence.value) == 20_000
    assert evidence.peak_memory < 8 * MIB  # its JSON alone is 20 MB


def test_cpu_is_the_whole_trees() -> None:
    burn = """\
import time
def burn(s):
    e = time.process_time() + s
    while time.process_time() < e: pass
"""
    alone = once(
        burn
        + """\
def answer():
    burn(0.3)
"""
    )
    assert 0.25 <= alone.cpu <= 0.45
    forked = once(
        burn
        + """\
import os
def answer():
    pid = os.fork()
    if not pid:
        burn(0.3)
        os._exit(0)
    os.waitpid(pid, 0)
"""
    )
    assert 0.25 <= forked.cpu <= 0.45
    assert forked.processes_started == 1


def test_limits_end_the_tree(protection: Protection) -> None:
    small = Limits(seconds=10, memory=64 * MIB, output=100_000, processes=5, threads=40, disk=MIB)
    texts = {
        "out_of_memory": """\
def answer():
    x = []
    while True:
        x.append(bytearray(2**20))
""",
        "too_much_output": """\
def answer():
    while True:
        print('x' * 1000)
""",
        "too_many_processes": """\
import os, time
def answer():
    for _ in range(20):
        if not os.fork():
            time.sleep(60)
    time.sleep(60)
""",
        "too_much_disk": """\
import time
def answer():
    for name in range(40):
        open(str(name), 'wb').write(bytes(200_000))
    time.sleep(60)
""",
    }
    for outcome, text in texts.items():
        began = time.monotonic()
        evidence = once(text, under=protection, limits=small)
        assert evidence.outcome == outcome
        assert time.monotonic() - began < 8
    threads = """\
import threading, time
def answer():
    for _ in range(100):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    time.sleep(60)
"""
    assert once(threads, under=protection, limits=small).outcome == "too_many_processes"


def test_files_that_no_folder_lists_count_as_well() -> None:
    text = """\
import os, time
def answer():
    kept = []
    for number in range(9):
        fd = os.memfd_create('x')
        os.write(fd, bytes(900_000))
        kept.append(fd)
    time.sleep(60)
"""
    assert once(text, limits=Limits(seconds=10, disk=2 * MIB)).outcome == "too_much_disk"


def test_memory_of_forks_is_not_counted_twice() -> None:
    text = """\
import os, time
def answer():
    data = bytearray(60 * 2**20)
    pids = []
    for _ in range(5):
        pid = os.fork()
        if not pid:
            time.sleep(0.3)
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    return len(data)
"""
    assert once(text, limits=Limits(memory=150 * MIB)).outcome == "returned"


def test_what_it_prints_is_kept_in_bounds() -> None:
    evidence = once(
        """\
import sys
def answer():
    print('first')
    print('x' * 300_000)
    print('last', file=sys.stderr)
"""
    )
    assert evidence.output.startswith("first\n") and evidence.output.endswith("last\n")
    assert len(evidence.output) < 70_000
    assert (
        once("""\
import os
def answer():
    print('before'); os._exit(1)
""").output
        == "before\n"
    )


def test_cancelling_from_outside(protection: Protection) -> None:
    clean = once(
        """\
import asyncio
async def answer():
    await asyncio.sleep(60)
""",
        under=protection,
        cancel_after=0.2,
    )
    assert clean.outcome == "cancelled"
    assert clean.cancelled_after == 0.2
    assert 0.2 <= clean.wall < 1
    stubborn = once(
        """\
import asyncio
async def answer():
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass
""",
        under=protection,
        cancel_after=0.2,
        limits=Limits(seconds=1),
    )
    assert stubborn.outcome == "timed_out"
    assert stubborn.cancelled_after == 0.2
    assert stubborn.stuck_at[0].line == 5
    swallowed = once(
        """\
import asyncio
async def answer():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        return 'late'
""",
        cancel_after=0.2,
    )
    assert (swallowed.outcome, swallowed.value, swallowed.cancelled_after) == ("returned", "late", 0.2)
    early = once(
        """\
async def answer():
    return 1
""",
        cancel_after=5,
    )
    assert (early.outcome, early.cancelled_after) == ("returned", None)


def test_a_cancel_that_comes_with_the_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is where the child doesn't run in between, and it must be heard all the same, not before its time."""
    send = watch.Line.send
    held: list[bytes] = []

    def held_back(line: watch.Line, message: dict[str, Any]) -> None:
        if message["say"] == "go":
            held.append(wire.pack(message))
            return
        if message["say"] == "cancel":
            line.outgoing += held.pop()
        send(line, message)

    monkeypatch.setattr(watch.Line, "send", held_back)
    evidence = once(
        """\
import asyncio, time
async def answer():
    began = time.monotonic()
    try:
        await asyncio.sleep(5)
    finally:
        print(time.monotonic() - began)
""",
        cancel_after=0.1,
    )
    assert (evidence.outcome, evidence.cancelled_after) == ("cancelled", 0.1)
    assert float(evidence.output) >= 0.09


def test_what_is_left_behind_is_found(protection: Protection) -> None:
    text = """
import asyncio, subprocess, threading, time

async def forgotten():
    await asyncio.sleep(60)

async def short():
    await asyncio.sleep(0.05)

async def failing():
    raise LookupError('lost')

async def answer():
    asyncio.create_task(failing())
    task = asyncio.create_task(forgotten())
    asyncio.create_task(short())
    short()
    threading.Thread(target=time.sleep, args=(60,), name='kept', daemon=True).start()
    subprocess.Popen(['sleep', '60'])
    await asyncio.sleep(0.05)
    return str(task)[:5]
"""
    evidence = once(text, under=protection)
    assert evidence.outcome == "returned"
    left = {(one.what, one.name) for one in evidence.left}
    assert ("task", "forgotten") in left and ("thread", "kept") in left and ("process", "sleep") in left
    place = next(one.place for one in evidence.left if one.name == "forgotten")
    assert place is not None and place.line == 5
    assert all(one.seconds is not None and one.seconds < 0.25 for one in evidence.left if one.name == "short")
    assert "coroutine 'short' was never awaited (line 17)" in evidence.warnings
    assert evidence.lost_exceptions == ("LookupError: lost (line 11)",)
    assert evidence.threads_started == 1 and evidence.processes_started == 1


def test_sessions_left_open_are_found() -> None:
    dropped = once("""\
import aiohttp
async def answer():
    aiohttp.ClientSession()
""")
    assert any("Unclosed client session" in warning for warning in dropped.warnings)
    kept = once("""\
import aiohttp
async def answer():
    global s
    s = aiohttp.ClientSession()
""")
    assert any("Unclosed client session" in warning for warning in kept.warnings)
    closed = once("""\
import aiohttp
async def answer():
    async with aiohttp.ClientSession():
        pass
""")
    assert closed.warnings == ()


def test_idle_workers_of_the_loops_own_executor_are_not_left_threads() -> None:
    text = """\
import asyncio
async def answer():
    return await asyncio.to_thread(int, '3')
"""
    evidence = once(text)
    assert evidence.value == 3 and evidence.left == () and evidence.threads_started == 1
    own = once(
        """\
import asyncio
from concurrent.futures import ThreadPoolExecutor
async def answer():
    loop = asyncio.get_running_loop()
    global pool
    pool = ThreadPoolExecutor(2)
    return await loop.run_in_executor(pool, int, '3')
"""
    )
    assert [one.what for one in own.left] == ["thread"]


def test_a_folder_of_its_own(protection: Protection, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "input.txt").write_text("there before")
    text = """
import os, pathlib
def answer(folder, path, new):
    pathlib.Path(new).mkdir()
    pathlib.Path(new, 'out.txt').write_text(open(folder + '/input.txt').read() + '!')
    os.symlink('/etc/passwd', path / 'link')
    os.mkfifo(path / 'pipe')
    return sorted(os.listdir(path)), isinstance(path, pathlib.Path), isinstance(folder, str)
"""
    evidence = once(text, FOLDER, FOLDER_PATH, in_folder("new"), under=protection, folder=folder)
    assert evidence.value == (["input.txt", "link", "new", "pipe"], True, True)
    assert (folder / "new" / "out.txt").read_text() == "there before!"
    assert sorted(os.listdir(folder)) == ["input.txt", "new"]  # what could lead a reader astray is gone


def test_a_driver_calls_the_answer() -> None:
    evidence = once(
        """\
class Service:
    def __init__(self, x):
        self.x = x
""",
        5,
        function="probe",
        driver="""\
import answer
async def probe(x):
    return answer.Service(x).x + 1
""",
    )
    assert evidence.value == 6


def test_each_child_serves_one_run() -> None:
    async def main() -> list[object]:
        async with Children("rlimits", network=False) as children:
            await children.prepare(2)
            text = """\
import os, sys
async def answer():
    old = getattr(sys, 'mark', None)
    sys.mark = 1
    return old, os.getpid()
"""
            return [(await children.run(Source(text), Run("answer"))).value for _ in range(4)]

    values = asyncio.run(main())
    assert [value[0] for value in values] == [None] * 4  # type: ignore[index]
    assert len({value[1] for value in values}) == 4  # type: ignore[index]


def test_runs_beside_each_other() -> None:
    async def main() -> list[object]:
        async with Children("rlimits", network=False) as children, asyncio.TaskGroup() as group:
            text = """\
import asyncio
async def answer(x):
    await asyncio.sleep(0.3)
    return x
"""
            tasks = [group.create_task(children.run(Source(text), Run("answer", [x]))) for x in range(5)]
        return [task.result().value for task in tasks]

    assert asyncio.run(main()) == list(range(5))


def test_nothing_of_ours_is_in_its_environment(protection: Protection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNCLAB_SECRET", "hush")
    text = """\
import os
def answer():
    return dict(os.environ), open('/proc/self/environ').read()
"""
    environ, raw = once(text, under=protection).value
    assert set(environ) <= {"HOME", "LANG", "PATH", "TMPDIR", "LD_LIBRARY_PATH", "LC_CTYPE"}
    assert "hush" not in raw
