"""How fast the database is there, and what a grading's own costs.

    python -m tests.bench.database [--json FILE] [--rounds N]

Cold: keeper, initdb, start, data loaded, in an empty data folder. Warm: keeper and start alone. Both from
the first call to a query's answer, in a process of its own. Aims: 3 s and 1 s; a fresh database in 0.15 s.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg

from asynclab.paths import CHECKOUT
from asynclab.services import database, lease
from asynclab.services.keeper import FOLDER
from tests.bench.figures import entry

FIRST_QUERY = """
import asyncio, time
import asyncpg
from asynclab.services import database
began = time.perf_counter()
dsn = database.dsn
async def main():
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM cities") > 5000
    await connection.close()
asyncio.run(main())
print(time.perf_counter() - began)
"""


def first_query(folder: Path) -> float:
    """Seconds until a new user of this data folder has its first answer; the services end afterwards."""
    environment = {**os.environ, "ASYNCLAB_DATA": str(folder), "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_QUERY], env=environment, capture_output=True, text=True, check=True
    )
    lock = folder / FOLDER / "keeper.lock"  # held as long as its keeper lives
    subprocess.run(["flock", str(lock), "true"], check=True, timeout=60)
    return float(done.stdout)


def starts(rounds: int) -> dict[str, Any]:
    cold, warm = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as place:
            cold.append(first_query(Path(place)))
            warm.append(first_query(Path(place)))
    return {"cold, s": spread(cold), "warm, s": spread(warm)}


def gradings(rounds: int) -> dict[str, Any]:
    """A fresh database: given, first connection to it, closed."""
    given, connected, closed = [], [], []
    for _ in range(rounds * 3):
        began = time.perf_counter()
        fresh = database.fresh()
        given.append(time.perf_counter() - began)
        began = time.perf_counter()
        asyncio.run(connect_once(fresh.dsn))
        connected.append(time.perf_counter() - began)
        began = time.perf_counter()
        fresh.close()
        closed.append(time.perf_counter() - began)
    return {
        "fresh, s": spread(given),
        "first connection, s": spread(connected),
        "close, s": spread(closed),
    }


def strategies(rounds: int) -> dict[str, Any]:
    """CREATE DATABASE by copying through the log or files: which is faster for a template of 9 MB."""

    async def main() -> dict[str, Any]:
        connection = await asyncpg.connect(database.admin_dsn)
        template = await connection.fetchval("SELECT datname FROM pg_database WHERE datname LIKE '%template\\_%'")
        taken: dict[str, list[float]] = {"WAL_LOG": [], "FILE_COPY": []}
        for _ in range(rounds):
            for strategy, seconds in taken.items():
                began = time.perf_counter()
                await connection.execute(f"CREATE DATABASE bench TEMPLATE {template} STRATEGY {strategy}")
                seconds.append(time.perf_counter() - began)
                await connection.execute("DROP DATABASE bench")
        await connection.close()
        return {f"{strategy}, s": spread(seconds) for strategy, seconds in taken.items()}

    return asyncio.run(main())


async def connect_once(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.fetchval("SELECT 1")
    await connection.close()


def spread(seconds: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(seconds), 3),
        "least": round(min(seconds), 3),
        "most": round(max(seconds), 3),
    }


def measure(rounds: int = 5) -> dict[str, Any]:
    """All figures."""
    figures: dict[str, Any] = {"start": starts(rounds)}
    figures["a grading's own"] = gradings(rounds)
    figures["by strategy"] = strategies(rounds)
    figures["version"] = f"{database.version} ({database.found})"
    figures["aims, s"] = {"cold": 3.0, "warm": 1.0, "fresh": 0.15}
    figures["within"] = (
        figures["start"]["cold, s"]["median"] <= 3.0
        and figures["start"]["warm, s"]["median"] <= 1.0
        and figures["a grading's own"]["fresh, s"]["median"] <= 0.15
    )
    lease.release()
    return figures


if __name__ == "__main__":
    if shutil.which("flock") is None:
        raise SystemExit("flock (util-linux) is needed to wait for the end of the services")
    entry("database", measure, __doc__)
