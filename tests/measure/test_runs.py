"""One run: every outcome, the figures, what is left behind."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from asynclab.measure import FOLDER, FOLDER_PATH, MIB, Children, Limits, Protection, Run, Source, in_folder
from tests.measure.conftest import once


def test_it_returns_a_value(protection: Protection) -> None:
    evidence = once(
        "import asyncio\nasync def answer(a, b):\n    await asyncio.sleep(0.1)\n    return {'sum': [a, b]}\n",
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
        ("async def answer():\n    raise ValueError('no')\n", "raised", "ValueError"),
        ("import sys\nasync def answer():\n    sys.exit('bye')\n", "raised", "SystemExit"),
        ("async def answer():\n    raise KeyboardInterrupt\n", "raised", "KeyboardInterrupt"),
        ("import asyncio\nasync def answer():\n    raise asyncio.CancelledError\n", "raised", "asyncio"),
        ("def answer():\n    raise BaseException('all')\n", "raised", "BaseException"),
        ("def answer(:\n", "not_loaded", "SyntaxError"),
        ("x = 'a\\0b'\nimport nonesuch\n", "not_loaded", "ModuleNotFoundError"),
        ("import sys\nsys.exit(0)\n", "not_loaded", "SystemExit"),
        ("import os\nasync def answer():\n    os._exit(0)\n", "died", ""),
        ("import os\nos._exit(0)\n", "died", ""),
        ("import os, signal\ndef answer():\n    os.kill(os.getpid(), signal.SIGSEGV)\n", "died", ""),
        ("def answer():\n    return object()\n", "unreadable", "TypeError"),
        ("def answer():\n    x = []\n    x.append(x)\n    return x\n", "unreadable", "TypeError"),
        ("def answer():\n    return 'x' * 100_000_000\n", "unreadable", "TypeError"),
        ("async def answer(one):\n    return one\n", "raised", "TypeError"),
    ],
)
def test_other_outcomes(text: str, outcome: str, error: str) -> None:
    evidence = once(text)
    assert evidence.outcome == outcome
    assert evidence.error is not None
    assert evidence.error.type.startswith(error) if error else evidence.error.type == ""
    assert evidence.value is None or outcome == "unreadable"


def test_a_death_says_how() -> None:
    killed = once("import os, signal\ndef answer():\n    os.kill(os.getpid(), signal.SIGKILL)\n")
    assert killed.error is not None and "SIGKILL" in killed.error.message
    left = once("import os\ndef answer():\n    os._exit(3)\n")
    assert left.error is not None and "status 3" in left.error.message


def test_a_missing_function_names_those_there_are() -> None:
    evidence = once("import json\ndef helper(): pass\nclass Thing: pass\nasync def anwser(): pass\n")
    assert evidence.outcome == "no_function"
    assert evidence.found == ("helper", "Thing", "anwser")


def test_an_error_names_the_line_it_came_through() -> None:
    evidence = once("import json\n\ndef deeper():\n    json.loads('{')\n\ndef answer():\n    deeper()\n")
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
    text = (
        "import dataclasses, pickle, inspect, sys\n@dataclasses.dataclass\nclass P:\n    x: 'int'\n"
        "def answer():\n    return [__name__, pickle.loads(pickle.dumps(P(3))).x, inspect.getsource(answer)[:12]]\n"
    )
    assert once(text).value == ["answer", 3, "def answer()"]


def test_a_plain_function_that_gives_an_awaitable() -> None:
    text = (
        "import asyncio\ndef answer():\n    return asyncio.ensure_future(inner())\nasync def inner():\n    return 7\n"
    )
    assert once(text, in_loop=True).value == 7
    assert once("def answer():\n    return 7\n", in_loop=True).awaited_coroutine is False
    assert (
        once("import asyncio\ndef answer():\n    return asyncio.run(inner())\nasync def inner():\n    return 7\n").value
        == 7
    )


def test_the_time_limit_says_where_it_stood(protection: Protection) -> None:
    waiting = once(
        "import asyncio\nasync def deeper():\n    await asyncio.sleep(60)\n\nasync def answer():\n    await deeper()\n",
        under=protection,
        limits=Limits(seconds=0.5),
    )
    assert waiting.outcome == "timed_out"
    assert [(place.line, place.function) for place in waiting.stuck_at] == [(3, "deeper")]
    assert 0.5 <= waiting.wall < 1.5
    spinning = once(
        "async def answer():\n    x = 0\n    while True:\n        x += 1\n",
        under=protection,
        limits=Limits(seconds=0.5),
    )
    assert spinning.outcome == "timed_out"
    assert {place.line for place in spinning.stuck_at} <= {3, 4} and spinning.stuck_at
    sleeping = once("import time\ndef answer():\n    time.sleep(60)\n", under=protection, limits=Limits(seconds=0.5))
    assert [place.line for place in sleeping.stuck_at] == [3]


def test_loading_is_limited_too() -> None:
    evidence = once("while True:\n    pass\n", limits=Limits(seconds=0.5))
    assert evidence.outcome == "timed_out"


def test_memory_is_what_was_touched(protection: Protection) -> None:
    evidence = once(
        "def answer():\n    data = bytearray(50 * 2**20)\n    return len(data)\n", under=protection, limits=Limits()
    )
    assert 45 * MIB <= evidence.peak_memory <= 55 * MIB
    transient = once("def answer():\n    len(bytearray(200 * 2**20))\n    return 1\n", under=protection)
    assert 190 * MIB <= transient.peak_memory <= 210 * MIB
    nothing = once("async def answer():\n    return 1\n", under=protection)
    assert nothing.peak_memory < 3 * MIB


def test_the_value_written_down_for_us_is_not_the_answers_memory() -> None:
    evidence = once("def answer():\n    return ['x' * 1000] * 20_000\n")
    assert len(evidence.value) == 20_000
    assert evidence.peak_memory < 8 * MIB  # its JSON alone is 20 MB


def test_cpu_is_the_whole_trees() -> None:
    burn = "import time\ndef burn(s):\n    e = time.process_time() + s\n    while time.process_time() < e: pass\n"
    alone = once(burn + "def answer():\n    burn(0.3)\n")
    assert 0.25 <= alone.cpu <= 0.45
    forked = once(
        burn
        + "import os\ndef answer():\n    pid = os.fork()\n    if not pid:\n        burn(0.3)\n        os._exit(0)\n"
        "    os.waitpid(pid, 0)\n"
    )
    assert 0.25 <= forked.cpu <= 0.45
    assert forked.processes_started == 1


def test_limits_end_the_tree(protection: Protection) -> None:
    small = Limits(seconds=10, memory=64 * MIB, output=100_000, processes=5, threads=40, disk=MIB)
    texts = {
        "out_of_memory": "def answer():\n    x = []\n    while True:\n        x.append(bytearray(2**20))\n",
        "too_much_output": "def answer():\n    while True:\n        print('x' * 1000)\n",
        "too_many_processes": "import os, time\ndef answer():\n    for _ in range(20):\n        if not os.fork():\n"
        "            time.sleep(60)\n    time.sleep(60)\n",
        "too_much_disk": "import time\ndef answer():\n    for name in range(40):\n        open(str(name), 'wb').write("
        "bytes(200_000))\n    time.sleep(60)\n",
    }
    for outcome, text in texts.items():
        began = time.monotonic()
        evidence = once(text, under=protection, limits=small)
        assert evidence.outcome == outcome
        assert time.monotonic() - began < 8
    threads = (
        "import threading, time\ndef answer():\n    for _ in range(100):\n"
        "        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n    time.sleep(60)\n"
    )
    assert once(threads, under=protection, limits=small).outcome == "too_many_processes"


def test_files_that_no_folder_lists_count_as_well() -> None:
    text = (
        "import os, time\ndef answer():\n    kept = []\n    for number in range(9):\n        fd = os.memfd_create('x')\n"
        "        os.write(fd, bytes(900_000))\n        kept.append(fd)\n    time.sleep(60)\n"
    )
    assert once(text, limits=Limits(seconds=10, disk=2 * MIB)).outcome == "too_much_disk"


def test_memory_of_forks_is_not_counted_twice() -> None:
    text = (
        "import os, time\ndef answer():\n    data = bytearray(60 * 2**20)\n    pids = []\n    for _ in range(5):\n"
        "        pid = os.fork()\n        if not pid:\n            time.sleep(0.3)\n            os._exit(0)\n"
        "        pids.append(pid)\n    for pid in pids:\n        os.waitpid(pid, 0)\n    return len(data)\n"
    )
    assert once(text, limits=Limits(memory=150 * MIB)).outcome == "returned"


def test_what_it_prints_is_kept_in_bounds() -> None:
    evidence = once(
        "import sys\ndef answer():\n    print('first')\n    print('x' * 300_000)\n    print('last', file=sys.stderr)\n"
    )
    assert evidence.output.startswith("first\n") and evidence.output.endswith("last\n")
    assert len(evidence.output) < 70_000
    assert once("import os\ndef answer():\n    print('before'); os._exit(1)\n").output == "before\n"


def test_cancelling_from_outside(protection: Protection) -> None:
    clean = once(
        "import asyncio\nasync def answer():\n    await asyncio.sleep(60)\n", under=protection, cancel_after=0.2
    )
    assert clean.outcome == "cancelled"
    assert clean.cancelled_after == 0.2
    assert 0.2 <= clean.wall < 1
    stubborn = once(
        "import asyncio\nasync def answer():\n    while True:\n        try:\n            await asyncio.sleep(60)\n"
        "        except asyncio.CancelledError:\n            pass\n",
        under=protection,
        cancel_after=0.2,
        limits=Limits(seconds=1),
    )
    assert stubborn.outcome == "timed_out"
    assert stubborn.cancelled_after == 0.2
    assert stubborn.stuck_at[0].line == 5
    swallowed = once(
        "import asyncio\nasync def answer():\n    try:\n        await asyncio.sleep(60)\n"
        "    except asyncio.CancelledError:\n        return 'late'\n",
        cancel_after=0.2,
    )
    assert (swallowed.outcome, swallowed.value, swallowed.cancelled_after) == ("returned", "late", 0.2)
    early = once("async def answer():\n    return 1\n", cancel_after=5)
    assert (early.outcome, early.cancelled_after) == ("returned", None)


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
    dropped = once("import aiohttp\nasync def answer():\n    aiohttp.ClientSession()\n")
    assert any("Unclosed client session" in warning for warning in dropped.warnings)
    kept = once("import aiohttp\nasync def answer():\n    global s\n    s = aiohttp.ClientSession()\n")
    assert any("Unclosed client session" in warning for warning in kept.warnings)
    closed = once("import aiohttp\nasync def answer():\n    async with aiohttp.ClientSession():\n        pass\n")
    assert closed.warnings == ()


def test_idle_workers_of_the_loops_own_executor_are_not_left_threads() -> None:
    text = "import asyncio\nasync def answer():\n    return await asyncio.to_thread(int, '3')\n"
    evidence = once(text)
    assert evidence.value == 3 and evidence.left == () and evidence.threads_started == 1
    own = once(
        "import asyncio\nfrom concurrent.futures import ThreadPoolExecutor\nasync def answer():\n"
        "    loop = asyncio.get_running_loop()\n    global pool\n    pool = ThreadPoolExecutor(2)\n"
        "    return await loop.run_in_executor(pool, int, '3')\n"
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
        "class Service:\n    def __init__(self, x):\n        self.x = x\n",
        5,
        function="probe",
        driver="import answer\nasync def probe(x):\n    return answer.Service(x).x + 1\n",
    )
    assert evidence.value == 6


def test_each_child_serves_one_run() -> None:
    async def main() -> list[object]:
        async with Children("rlimits", network=False) as children:
            await children.prepare(2)
            text = "import os, sys\nasync def answer():\n    old = getattr(sys, 'mark', None)\n    sys.mark = 1\n    return old, os.getpid()\n"
            return [(await children.run(Source(text), Run("answer"))).value for _ in range(4)]

    values = asyncio.run(main())
    assert [value[0] for value in values] == [None] * 4  # type: ignore[index]
    assert len({value[1] for value in values}) == 4  # type: ignore[index]


def test_runs_beside_each_other() -> None:
    async def main() -> list[object]:
        async with Children("rlimits", network=False) as children, asyncio.TaskGroup() as group:
            text = "import asyncio\nasync def answer(x):\n    await asyncio.sleep(0.3)\n    return x\n"
            tasks = [group.create_task(children.run(Source(text), Run("answer", [x]))) for x in range(5)]
        return [task.result().value for task in tasks]

    assert asyncio.run(main()) == list(range(5))


def test_nothing_of_ours_is_in_its_environment(protection: Protection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNCLAB_SECRET", "hush")
    text = "import os\ndef answer():\n    return dict(os.environ), open('/proc/self/environ').read()\n"
    environ, raw = once(text, under=protection).value
    assert set(environ) <= {"HOME", "LANG", "PATH", "TMPDIR", "LD_LIBRARY_PATH", "LC_CTYPE"}
    assert "hush" not in raw
