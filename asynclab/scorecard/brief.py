"""A short measurement for each of the article's claims: a slice of what its lesson measures, in a second or less.

For readers who have not run the lesson, so that their scorecard shows their own machine. Each is a coroutine function
of the `Bench` that returns what `claims.record` takes: the figures in words, a verdict, and the figures by the names
under which the lessons record theirs. What is measured runs through `asynclab.measure`, as in the lessons.
"""

from __future__ import annotations

import asyncio
import cProfile
import os
import pstats
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiofiles
import aiohttp
import asyncpg
import psutil
import psycopg2
import requests

from asynclab.measure import MIB, Evidence, measure
from asynclab.services import Visit, database, site

Figures = dict[str, float]
Found = tuple[str, str, Figures]  # in words, the verdict, the figures
LATENCY = 0.08  # seconds a page, as in the lessons

BRIEF: dict[str, Callable[[Bench], Awaitable[Found]]] = {}


@dataclass
class Bench:
    """What several claims share is measured once."""

    visit: Visit
    kept: dict[str, Evidence] = field(default_factory=dict)

    async def seen(self, name: str, function: Callable[..., Any], *args: Any, **more: Any) -> Evidence:
        """Evidence of a run; the one that was made before under this name, if there is one."""
        if name not in self.kept:
            self.kept[name] = await measure(function, *args, **more)
        return self.kept[name]

    async def pages(self, name: str, function: Callable[..., Any], count: int, *args: Any, latency: float = LATENCY
                    ) -> Evidence:  # fmt: skip
        """A run over `count` pages of that latency."""
        if name not in self.kept:
            await asyncio.to_thread(self.visit.set, latency=latency)
            urls = await asyncio.to_thread(self.visit.pages, count)
            self.kept[name] = await measure(function, urls, *args, visit=self.visit)
        return self.kept[name]


@contextmanager
def bench() -> Iterator[Bench]:
    """A workplace with a visit of its own."""
    with site.visit(latency=LATENCY) as visit:
        yield Bench(visit)


def _claim(name: str) -> Callable[[Callable[[Bench], Awaitable[Found]]], Callable[[Bench], Awaitable[Found]]]:
    def keep(function: Callable[[Bench], Awaitable[Found]]) -> Callable[[Bench], Awaitable[Found]]:
        BRIEF[name] = function
        return function

    return keep


# ---------------------------------------------------------------- what is measured: pages


def with_requests(urls: list[str]) -> list[float]:
    """Seconds of each page, one after the other."""
    taken = []
    for url in urls:
        began = time.perf_counter()
        requests.get(url, timeout=60).raise_for_status()
        taken.append(time.perf_counter() - began)
    return taken


def with_threads(urls: list[str], workers: int) -> int:
    """How many pages came, through one session that many threads share."""
    with requests.Session() as session, ThreadPoolExecutor(workers) as pool:
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=workers))
        return sum(answer.ok for answer in pool.map(session.get, urls))


async def with_aiohttp(urls: list[str], limit: int, total: float | None = None) -> list[float]:
    """Seconds of each page that came, the wait for a connection included."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limit + 200 if hard == resource.RLIM_INFINITY else min(limit + 200, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    timeout = aiohttp.ClientTimeout(total=total)
    connector = aiohttp.TCPConnector(limit=limit)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, raise_for_status=True) as session:

        async def one(url: str) -> float:
            began = time.perf_counter()
            async with session.get(url) as response:
                await response.read()
            return time.perf_counter() - began

        found = await asyncio.gather(*(one(url) for url in urls), return_exceptions=True)
    return [seconds for seconds in found if isinstance(seconds, float)]


async def a_session_each(urls: list[str], limit: int) -> int:
    """The same with a session a page."""
    gate = asyncio.Semaphore(limit)

    async def one(url: str) -> int:
        async with gate, aiohttp.ClientSession() as session, session.get(url) as response:
            return len(await response.read())

    return len(await asyncio.gather(*(one(url) for url in urls)))


SLICE = 8  # pages that are fetched one after the other


async def _in_turn(bench: Bench) -> Evidence:
    return await bench.pages("in turn", with_requests, SLICE)


async def _hundred(bench: Bench) -> Evidence:
    """500 pages at the default limit."""
    return await bench.pages("aiohttp", with_aiohttp, 500, 100)


@_claim("sequential-82s")
async def _sequential(bench: Bench) -> Found:
    seconds = (await _in_turn(bench)).wall * 1000 / SLICE
    text = f"{seconds:.0f} s for 1000 pages of 80 ms, scaled from {SLICE}"
    return text, "holds when" if 60 < seconds < 160 else "does not hold", {"seconds": seconds}


@_claim("aiohttp-1-8s")
async def _aiohttp(bench: Bench) -> Found:
    before, after = (await _in_turn(bench)).wall * 1000 / SLICE, (await _hundred(bench)).wall * 2
    text = f"{after:.2f} s for 1000 pages at the default limit of 100, scaled from 500; {before:.0f} s in turn"
    return text, "holds when" if after < before / 10 else "does not hold", {"aiohttp": after, "requests": before}


@_claim("success-75-100")
async def _success(bench: Bench) -> Found:
    in_turn, together = await _in_turn(bench), await _hundred(bench)
    impatient = await bench.pages("impatient", with_aiohttp, 500, 50, 0.4)
    complete = len(in_turn.value) == SLICE and len(together.value) == 500
    share = len(impatient.value) / 500
    text = f"100% by requests and by aiohttp; {share:.0%} by aiohttp with a timeout shorter than its own queue"
    if not complete:
        text = f"{len(in_turn.value)} of {SLICE} by requests, {len(together.value)} of 500 by aiohttp"
    return text, "does not hold" if complete else "holds when", {"impatient": share}


def _percentile(seconds: list[float], share: float) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))]


@_claim("p99-30s-2ms")
async def _p99(bench: Bench) -> Found:
    alone, crowd = (await _in_turn(bench)).value, (await _hundred(bench)).value
    p99 = _percentile(crowd, 0.99)
    text = (
        f"p99 {_percentile(alone, 0.99) * 1e3:.0f} ms by requests, {p99 * 1e3:.0f} ms by aiohttp with the wait for a "
        f"connection; the quickest page of all {min(*alone, *crowd) * 1e3:.0f} ms"
    )
    verdict = "does not hold" if min(*alone, *crowd) >= LATENCY else "holds"
    return text, verdict, {"requests": _percentile(alone, 0.99), "aiohttp": p99}


@_claim("seconds-to-milliseconds")
async def _to_milliseconds(bench: Bench) -> Found:
    alone, crowd = _percentile((await _in_turn(bench)).value, 0.5), _percentile((await _hundred(bench)).value, 0.5)
    text = f"the median page takes {alone * 1e3:.0f} ms alone and {crowd * 1e3:.0f} ms among five hundred"
    return text, "does not hold" if crowd > alone / 2 else "holds", {"alone": alone, "crowded": crowd}


@_claim("pool-reuse-3x")
async def _reuse(bench: Bench) -> Found:
    one = await bench.pages("one session", with_aiohttp, 200, 100)
    each = await bench.pages("a session each", a_session_each, 200, 100)
    times, work = each.wall / one.wall, each.cpu / one.cpu
    text = f"{times:.2f} times the time and {work:.1f} times the CPU without reuse, 200 pages of 80 ms"
    return text, "holds" if times >= 3 else "does not hold", {"at_80_ms": times, "cpu": work}


@_claim("two-thousand-at-once")
async def _two_thousand(bench: Bench) -> Found:
    seen = await bench.pages("flood", with_aiohttp, 2000, 2000, latency=1.5)
    flight, came = seen.ledger.peak_in_flight, len(seen.value)
    text = f"{flight} in flight together, {came} of 2000 answered, {seen.wall:.2f} s at 1.5 s a page"
    return text, "holds" if came == 2000 else "does not hold", {"in_flight": flight, "answered": came}


@_claim("limit-semaphore-500")
async def _limit(bench: Bench) -> Found:
    limited = await bench.pages("limit 500", with_aiohttp, 1000, 500)
    free = await bench.pages("limit 1000", with_aiohttp, 1000, 1000)
    sizes = limited.peak_memory / MIB, free.peak_memory / MIB
    text = (
        f"1000 pages: {limited.wall:.2f} s and {sizes[0]:.0f} MB with 500 at a time, {free.wall:.2f} s and "
        f"{sizes[1]:.0f} MB all at once"
    )
    return text, "holds" if sizes[0] < sizes[1] else "does not hold", {"limited_mb": sizes[0], "unlimited_mb": sizes[1]}


async def _threads(bench: Bench) -> Evidence:
    """200 pages by 100 threads."""
    return await bench.pages("threads", with_threads, 200, 100)


@_claim("ten-times-faster")
async def _ten_times(bench: Bench) -> Found:
    before, after = (await _in_turn(bench)).wall / SLICE, (await _hundred(bench)).wall / 500
    threads = (await _threads(bench)).wall / 200
    text = f"{before / after:.0f} times against one after the other, {threads / after:.1f} times against 100 threads"
    verdict = "holds when" if before / after >= 10 else "does not hold"
    return text, verdict, {"against_one": before / after, "against_threads": threads / after}


@_claim("memory-70-percent")
async def _memory(bench: Bench) -> Found:
    threads = await bench.pages("200 threads", with_threads, 200, 200, latency=0.8)
    tasks = await bench.pages("200 tasks", with_aiohttp, 200, 200, latency=0.8)
    saved = 1 - tasks.peak_memory / threads.peak_memory
    text = (
        f"{saved:.0%} less above the import baseline with 200 in flight: {tasks.peak_memory / MIB:.1f} MB against "
        f"{threads.peak_memory / MIB:.1f} MB"
    )
    return text, "holds when" if saved > 0 else "does not hold", {"fall": saved}


@_claim("servers-halved")
async def _servers(bench: Bench) -> Found:
    before, after = (await _threads(bench)).cpu / 200, (await _hundred(bench)).cpu / 500
    text = f"{before * 1e3:.1f} ms of the client's CPU a page with 100 threads, {after * 1e3:.1f} ms with aiohttp"
    return text, "not measurable", {"threads_cpu": before, "async_cpu": after}


# ---------------------------------------------------------------- tasks and threads


def idle_threads(count: int) -> tuple[int, int]:
    """Address space and resident memory of so many threads that wait, in bytes."""
    gate, before = threading.Event(), psutil.Process().memory_info()
    held = [threading.Thread(target=gate.wait) for _ in range(count)]
    for thread in held:
        thread.start()
    after = psutil.Process().memory_info()
    gate.set()
    for thread in held:
        thread.join()
    return after.vms - before.vms, after.rss - before.rss


async def idle_tasks(count: int) -> None:
    gate = asyncio.get_running_loop().create_future()

    async def wait() -> None:
        await gate

    held = [asyncio.create_task(wait()) for _ in range(count)]
    await asyncio.sleep(0)
    gate.set_result(None)
    for task in held:
        await task


async def _thread_bytes(bench: Bench) -> tuple[float, float]:
    space, resident = (await bench.seen("idle threads", idle_threads, 200)).value
    return space / 200, max(resident / 200, 1.0)


async def _task_bytes(bench: Bench) -> float:
    return (await bench.seen("idle tasks", idle_tasks, 20_000)).peak_memory / 20_000


@_claim("thread-8mb")
async def _thread(bench: Bench) -> Found:
    space, resident = await _thread_bytes(bench)
    text = f"{resident / 1024:.0f} KB resident an idle thread, {space / MIB:.1f} MB of address space"
    figures = {"resident_kb": resident / 1024, "address_space_mb": space / MIB}
    return text, "does not hold" if resident < MIB else "holds", figures


@_claim("coroutine-1kb")
async def _coroutine(bench: Bench) -> Found:
    size = await _task_bytes(bench) / 1024
    return f"{size:.2f} KB a task that waits", "holds when" if size < 4 else "does not hold", {"waiting_tasks": size}


@_claim("resources-90-percent")
async def _resources(bench: Bench) -> Found:
    task, (_, thread) = await _task_bytes(bench), await _thread_bytes(bench)
    saved = 1 - task / thread
    text = f"{saved:.0%} less resident memory for an idle task than for an idle thread; no program consists of those"
    return text, "holds when" if saved > 0.8 else "does not hold", {"saved": saved}


def many_waits(threads: int, rounds: int, seconds: float) -> None:
    """Threads that wait and compute for `seconds`, by turns."""

    def one() -> None:
        for _ in range(rounds):
            time.sleep(0.1)
            end = time.thread_time() + seconds
            while time.thread_time() < end:
                pass

    held = [threading.Thread(target=one) for _ in range(threads)]
    for thread in held:
        thread.start()
    for thread in held:
        thread.join()


@_claim("switching-40-percent")
async def _switching(bench: Bench) -> Found:
    crowd = await bench.seen("500 threads", many_waits, 500, 12, 100e-6)
    work = 500 * 12 * 100e-6
    lost = max(0.0, 1 - work / crowd.cpu)
    text = f"{lost:.0%} of the CPU of 500 threads is not their work, with 100 µs of it after each wait of 100 ms"
    return text, "holds when" if lost > 0.1 else "does not hold", {"small_pieces": lost}


async def three_tasks() -> None:
    await asyncio.gather(*(asyncio.sleep(seconds) for seconds in (0.1, 0.2, 0.1)))


@_claim("three-tasks-2s")
async def _three(bench: Bench) -> Found:
    together = (await bench.seen("three", three_tasks)).wall * 10
    text = f"{together:.2f} s together, scaled from a tenth of it; in turn they would take 4 s"
    return text, "holds" if together < 3.5 else "does not hold", {"together": together, "in_turn": 4.0}


def hand_over(count: int) -> float:
    """CPU of one hand-over of a lock between two threads."""
    mine, yours = threading.Lock(), threading.Lock()

    def echo() -> None:
        for _ in range(count):
            yours.acquire()
            mine.release()

    mine.acquire()
    yours.acquire()
    thread = threading.Thread(target=echo)
    thread.start()
    began = time.process_time()
    for _ in range(count):
        yours.release()
        mine.acquire()
    taken = time.process_time() - began
    thread.join()
    return taken / (2 * count)


async def turns(count: int) -> float:
    """CPU of one switch between two tasks."""

    async def one() -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    began = time.process_time()
    await asyncio.gather(one(), one())
    return (time.process_time() - began) / (2 * count)


@_claim("switch-one-twentieth")
async def _switch(bench: Bench) -> Found:
    # The least of five: a process of its own each, and a busy machine makes them only dearer.
    task = min([(await measure(turns, 5000)).value for _ in range(5)])
    thread = min([(await measure(hand_over, 4000)).value for _ in range(5)])
    text = f"{task * 1e6:.1f} µs between tasks, {thread * 1e6:.1f} µs between threads: 1/{thread / task:.0f}"
    return text, "does not hold" if thread / task < 15 else "holds", {"ratio": thread / task}


_PROGRAMS = {
    "tasks": "import asyncio\nasync def main():\n  await asyncio.gather(*(asyncio.sleep(.1) for _ in range(3)))\n"
    "asyncio.run(main())\n",
    "threads": "import threading, time\nheld = [threading.Thread(target=time.sleep, args=(.1,)) for _ in range(3)]\n"
    "[each.start() for each in held]\n",
}
_ASK = "import resource\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"


def fresh_python(program: str) -> int:
    """The peak of resident memory of a Python that runs only this, in KB."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return int(done.stdout) // (1024 if sys.platform == "darwin" else 1)


@_claim("memory-50-220")
async def _programs(bench: Bench) -> Found:
    # The child of a large process shows that one's peak at first (Linux): so the figure is what both have on top.
    ask = _ASK if sys.platform == "darwin" else (
        "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0])\n"
    )  # fmt: skip
    sizes = {n: (await bench.seen(f"a fresh {n}", fresh_python, p + ask)).value / 1024 for n, p in _PROGRAMS.items()}
    text = f"{sizes['tasks']:.0f} MB resident with three tasks, {sizes['threads']:.0f} MB with three threads"
    verdict = "does not hold" if sizes["tasks"] > sizes["threads"] / 2 else "holds"
    return text, verdict, dict(sizes)


async def heartbeat_beside(blocking: bool) -> None:
    if blocking:
        time.sleep(0.25)  # noqa: ASYNC251 - what the claim is about
    else:
        await asyncio.sleep(0.25)


@_claim("blocking-call-stops-the-loop")
async def _blocking(bench: Bench) -> Found:
    held = (await bench.seen("held", heartbeat_beside, True)).longest_hold
    free = (await bench.seen("free", heartbeat_beside, False)).longest_hold
    text = f"a heartbeat beside time.sleep(0.25) is {held * 1e3:.0f} ms late, beside asyncio.sleep {free * 1e3:.0f} ms"
    return text, "holds" if held > 0.2 else "does not hold", {"blocking": held, "awaiting": free}


# ---------------------------------------------------------------- the database

QUERIES = 400


def by_psycopg2(dsn: str, count: int) -> float:
    """Seconds, the quicker half of two: connecting and the first queries are not what is compared."""
    connection = psycopg2.connect(dsn)

    def in_turn() -> float:
        began = time.perf_counter()
        with connection.cursor() as cursor:
            for number in range(count):
                cursor.execute("SELECT %s::int", (number,))
                cursor.fetchone()
        return time.perf_counter() - began

    taken = min(in_turn(), in_turn())
    connection.close()
    return taken


async def by_asyncpg(dsn: str, count: int) -> float:
    """The same as the article does it: each query awaited in turn."""
    connection = await asyncpg.connect(dsn)

    async def in_turn() -> float:
        began = time.perf_counter()
        for number in range(count):
            await connection.fetchrow("SELECT $1::int", number)
        return time.perf_counter() - began

    taken = min(await in_turn(), await in_turn())
    await connection.close()
    return taken


async def waiting_queries(dsn: str, count: int, size: int) -> float:
    """Queries a second that wait 5 ms each, over a pool of that size."""
    async with asyncpg.create_pool(dsn, min_size=size, max_size=size) as pool:
        began = time.perf_counter()
        await asyncio.gather(*(pool.execute("SELECT pg_sleep(0.005)") for _ in range(count)))
        return count / (time.perf_counter() - began)


async def _queries(bench: Bench) -> tuple[float, float]:
    dsn = await asyncio.to_thread(lambda: database.dsn)
    blocking = await bench.seen("psycopg2", by_psycopg2, dsn, QUERIES)
    awaiting = await bench.seen("asyncpg", by_asyncpg, dsn, QUERIES)
    return blocking.value * 4000 / QUERIES, awaiting.value * 4000 / QUERIES


@_claim("queries-4000")
async def _four_thousand(bench: Bench) -> Found:
    blocking, awaiting = await _queries(bench)
    text = f"{blocking:.2f} s with psycopg2, {awaiting:.2f} s with asyncpg as the article has it, scaled from {QUERIES}"
    verdict = "does not hold" if blocking / awaiting < 5 else "holds"
    return text, verdict, {"psycopg2": blocking, "asyncpg": awaiting}


@_claim("asyncpg-5x")
async def _five_times(bench: Bench) -> Found:
    blocking, awaiting = await _queries(bench)
    text = f"{blocking / awaiting:.2f} times as fast as psycopg2, quick queries one after the other"
    return text, "does not hold" if blocking / awaiting < 4 else "holds", {"in_turn": blocking / awaiting}


@_claim("pool-twice-cores")
async def _pool(bench: Bench) -> Found:
    dsn = await asyncio.to_thread(lambda: database.dsn)
    small, large = 2 * (os.cpu_count() or 1), 10 * (os.cpu_count() or 1)
    rates = {
        size: (await bench.seen(f"pool {size}", waiting_queries, dsn, 300, size)).value
        for size in (small, min(large, 40))
    }
    (few, slow), (many, quick) = rates.items()
    text = f"queries that wait 5 ms: {slow:.0f} a second with {few} connections, {quick:.0f} with {many}"
    return text, "holds when" if quick > 1.2 * slow else "holds", {"times": quick / slow}


# ---------------------------------------------------------------- files, profiles, bridges


def read_plainly(folder: str, count: int) -> float:
    """Seconds of one file, written and read with open()."""
    began = time.perf_counter()
    for number in range(count):
        path = Path(folder) / str(number)
        path.write_bytes(b"x" * 1000)
        path.read_bytes()
    return (time.perf_counter() - began) / count


async def read_with_aiofiles(folder: str, count: int) -> float:
    """Seconds of one file, written and read with aiofiles."""
    began = time.perf_counter()
    for number in range(count):
        path = Path(folder) / str(number)
        async with aiofiles.open(path, "wb") as file:
            await file.write(b"x" * 1000)
        async with aiofiles.open(path, "rb") as file:
            await file.read()
    return (time.perf_counter() - began) / count


@_claim("aiofiles-for-open")
async def _files(bench: Bench) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        plain = (await bench.seen("open", read_plainly, folder, 200)).value
        awaited = (await bench.seen("aiofiles", read_with_aiofiles, folder, 100)).value
    text = f"aiofiles takes {awaited / plain:.0f} times as long for small files on this disk; the loop stays free"
    return text, "does not hold" if awaited > plain else "holds", {"times": awaited / plain}


def profiled(way: str, urls: list[str]) -> str:
    """The function on which cProfile lays most of the time."""
    profile = cProfile.Profile()
    if way == "requests":
        profile.runcall(with_requests, urls)
    else:
        profile.runcall(asyncio.run, with_aiohttp(urls, 10))
    stats = pstats.Stats(profile)
    top = max(stats.stats.items(), key=lambda entry: entry[1][2])  # type: ignore[attr-defined]
    return str(top[0][2])


@_claim("cprofile-finds-it")
async def _profile(bench: Bench) -> Found:
    tops = {way: (await bench.pages(f"profile {way}", profiled_as(way), 6)).value for way in ("requests", "aiohttp")}
    text = f"on top: {tops['requests']} in blocking code, {tops['aiohttp']} in asynchronous code, the wait of no one"
    holds = "poll" in tops["aiohttp"] or "select" in tops["aiohttp"] or "kqueue" in tops["aiohttp"]
    return text, "holds when" if holds else "holds", {}


def profiled_as(way: str) -> Callable[..., Any]:
    return {"requests": profile_requests, "aiohttp": profile_aiohttp}[way]


def profile_requests(urls: list[str]) -> str:
    return profiled("requests", urls)


def profile_aiohttp(urls: list[str]) -> str:
    return profiled("aiohttp", urls)


def bridged(together: bool) -> float:
    """Ten pauses of 20 ms handed to a loop in another thread; each waited for in turn, or all begun first."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    began = time.perf_counter()
    begun = []
    for _ in range(10):
        begun.append(asyncio.run_coroutine_threadsafe(asyncio.sleep(0.02), loop))
        if not together:
            begun[-1].result()
    for each in begun:
        each.result()
    taken = time.perf_counter() - began
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    return taken


@_claim("threadsafe-proves")
async def _threadsafe(bench: Bench) -> Found:
    in_turn, together = (
        (await bench.seen("in turn, bridged", bridged, False)).value,
        (await bench.seen("together, bridged", bridged, True)).value,
    )
    text = f"ten pauses of 20 ms: {in_turn * 1e3:.0f} ms with each result waited for, {together * 1e3:.0f} ms together"
    return text, "does not hold" if in_turn > 2 * together else "holds when", {"in_turn": in_turn, "together": together}
