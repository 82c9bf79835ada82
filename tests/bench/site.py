"""What the site can take and what it costs.

    python -m tests.bench.site [--json FILE] [--rounds N]

Capacity: 2,000 requests at once, at 80 ms and at 1 s each; all must be answered, be in flight together,
and stand in the ledger as the client saw them. Cost: CPU of the server a request, against the same
handler in bare aiohttp without knobs and ledger, in alternating rounds. Aim: at most 1.25 times.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import aiohttp
import psutil

from asynclab.paths import CHECKOUT
from asynclab.services import Visit, site
from asynclab.services.lease import call
from asynclab.services.processes import raise_descriptors
from tests.bench.figures import entry

AIM = 1.25
AT_ONCE = 2000
REQUESTS = 4000  # of a round of the cost's
CONNECTIONS = 100


async def fetch_all(urls: list[str], limit: int = 0) -> tuple[float, Counter[str], list[bytes]]:
    """Seconds, statuses (or names of exceptions) counted, bodies."""
    bodies: list[bytes] = [b""] * len(urls)
    seen: Counter[str] = Counter()

    async def one(place: int, url: str) -> None:
        try:
            async with session.get(url) as response:
                bodies[place] = await response.read()
                seen[str(response.status)] += 1
        except (aiohttp.ClientError, OSError, TimeoutError) as problem:
            seen[type(problem).__name__] += 1

    connector = aiohttp.TCPConnector(limit=limit)
    async with aiohttp.ClientSession(connector=connector) as session:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for place, url in enumerate(urls):
                group.create_task(one(place, url))
        return time.perf_counter() - began, seen, bodies


def at_once(latency: float) -> dict[str, Any]:
    """2,000 requests at once."""
    with site.visit(latency=latency) as visit:
        urls = visit.pages(AT_ONCE)
        seconds, seen, bodies = asyncio.run(fetch_all(urls))
        ledger = visit.ledger()
        right = sum(visit.expected(url) == body for url, body in zip(urls, bodies, strict=True))
        return {
            "requests": AT_ONCE,
            "answered with 200": seen["200"],
            "bodies right": right,
            "seconds": round(seconds, 3),
            "ledger: requests": len(ledger),
            "ledger: answered with 200": sum(r.status == 200 for r in ledger.requests),
            "ledger: bytes agree": sum(r.sent for r in ledger.requests) == sum(map(len, bodies)),
            "ledger: paths agree": set(ledger.attempts) == {visit.path(url) for url in urls},
            "ledger: peak in flight": ledger.peak_in_flight,
            "ledger: connections": ledger.connections,
        }


def cost(latency: float, rounds: int) -> dict[str, Any]:
    """Microseconds of the server's CPU a request: the site's, bare aiohttp's, and the ratios."""
    with site.visit(latency=latency) as visit, contextlib.ExitStack() as stack:
        names = [url.rsplit("/", 1)[1] for url in visit.pages(REQUESTS)]
        servers = {"site": (int(call("site")["pid"]), visit.url("/city/"))}
        for kind in ("application", "low-level"):
            pid, port = stack.enter_context(bare(visit, latency, kind))
            servers[kind] = (pid, f"http://127.0.0.1:{port}/v/{visit.name}/city/")
        spent: dict[str, list[float]] = {kind: [] for kind in servers}
        for _ in range(rounds):
            for kind, (pid, base) in servers.items():
                before = psutil.Process(pid).cpu_times()
                _, seen, _ = asyncio.run(fetch_all([base + name for name in names], CONNECTIONS))
                after = psutil.Process(pid).cpu_times()
                assert seen == {"200": REQUESTS}, seen
                used = after.user + after.system - before.user - before.system
                spent[kind].append(used / REQUESTS * 1e6)
            visit.clear()
        ratio = {
            kind: statistics.median(a / b for a, b in zip(spent["site"], spent[kind], strict=True))
            for kind in ("application", "low-level")
        }
        return {
            **{f"{kind}, us a request": round(statistics.median(spent[kind]), 1) for kind in servers},
            "times bare aiohttp (web.Application)": round(ratio["application"], 3),
            "times bare aiohttp (web.Server, no router)": round(ratio["low-level"], 3),
        }


@contextlib.contextmanager
def bare(visit: Visit, latency: float, kind: str) -> Iterator[tuple[int, int]]:
    """A bare aiohttp server: its process id and port."""
    mine, theirs = os.pipe()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.bench.bare", str(theirs), str(visit.seed)),
            *(visit.url("").rstrip("/"), str(latency), kind),
        ],
        pass_fds=[theirs],
        cwd=CHECKOUT,
    )
    os.close(theirs)
    try:
        yield process.pid, int(os.read(mine, 100))
    finally:
        os.close(mine)
        process.kill()
        process.wait()


def measure(rounds: int = 7) -> dict[str, Any]:
    """All figures."""
    raise_descriptors()
    figures: dict[str, Any] = {
        "2,000 at once, 80 ms": at_once(0.08),
        "2,000 at once, 1 s": at_once(1.0),
        "cost, 100 connections, 0 ms": cost(0.0, rounds),
        "cost, 100 connections, 20 ms": cost(0.02, rounds),
    }
    figures["aim"] = AIM
    figures["within"] = all(
        figures[name]["times bare aiohttp (web.Application)"] <= AIM for name in figures if name.startswith("cost")
    )
    return figures


if __name__ == "__main__":
    entry("site", measure, __doc__)
