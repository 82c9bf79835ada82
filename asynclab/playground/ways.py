"""What the playground measures: the same requests one after the other, by threads, by coroutines.

Each function runs in a process of its own and returns a row a request:
[its turn came, it was sent, it was answered, the connection's number or None, what went wrong or None],
the times on CLOCK_MONOTONIC. After `seconds` no further request is sent, so that a wild setting ends too
and what was measured until then is not lost. Answers are read whole and dropped. A query is a list of the
seconds that it takes, whether it fails, and the bytes of its answer. No names for these types: `measure`
would import this module for them, and matplotlib with it, in the process that it measures.
"""

from __future__ import annotations

import asyncio
import queue
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import asyncpg
import psycopg2
import requests


def room_for(connections: int) -> None:
    """A connection takes a file descriptor, and many systems allow 1024 unless a process asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY:
        wanted = max(soft, connections + 200)
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


# ---------------------------------------------------------------- web pages


def get_page(session: requests.Session, url: str) -> list[Any]:
    begun, trouble = time.monotonic(), None
    try:
        answer = session.get(url)
        if not answer.ok:
            trouble = f"{answer.status_code} {answer.reason}"
    except requests.RequestException as error:
        trouble = type(error).__name__
    return [begun, begun, time.monotonic(), None, trouble]


def pages_in_turn(urls: list[str], at_once: int, seconds: float) -> list[list[Any]]:
    stop, rows = time.monotonic() + seconds, []
    with requests.Session() as session:
        for url in urls:
            if time.monotonic() > stop:
                break
            rows.append(get_page(session, url))
    return rows


def pages_by_threads(urls: list[str], at_once: int, seconds: float) -> list[list[Any]]:
    room_for(at_once)
    stop = time.monotonic() + seconds

    def get(url: str) -> list[Any] | None:
        return get_page(session, url) if time.monotonic() < stop else None

    with requests.Session() as session, ThreadPoolExecutor(at_once) as workers:
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=at_once))
        return [row for row in workers.map(get, urls) if row is not None]


async def pages_by_coroutines(urls: list[str], at_once: int, seconds: float) -> list[list[Any]]:
    room_for(at_once)
    stop, rows, left = time.monotonic() + seconds, [], iter(urls)  # one iterator for all: each takes the next

    async def get(url: str) -> list[Any]:
        begun, trouble = time.monotonic(), None
        try:
            async with session.get(url) as answer:
                await answer.read()
                if not answer.ok:
                    trouble = f"{answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            trouble = type(error).__name__
        return [begun, begun, time.monotonic(), None, trouble]

    async def worker() -> None:
        for url in left:
            if time.monotonic() > stop:
                return
            rows.append(await get(url))

    connector = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(urls))):
            group.create_task(worker())
    return rows


# ---------------------------------------------------------------- database queries
#
# floor(random()) is 0: with it the division is made after the sleep, and not while the query is planned.


def what_went_wrong(error: Exception) -> str:
    """A database error in a line: psycopg2 puts the address before the server's own words."""
    said = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {said[0].rpartition('FATAL:')[2].strip()}"


def query_by_psycopg2(dsn: str, connection: Any, query: list[Any], row: list[Any]) -> Any:
    """Fills the row in; gives the connection, which is made when it is first needed."""
    try:
        if connection is None:
            connection = psycopg2.connect(dsn)
            connection.autocommit = True
        row[1], row[3] = time.monotonic(), connection.get_backend_pid()
        with connection.cursor() as cursor:
            seconds, fails, size = query
            text = "SELECT pg_sleep(%s), 1 / (%s + floor(random())::int), repeat('x', %s)"
            cursor.execute(text, (seconds, 0 if fails else 1, size))
            cursor.fetchall()
    except psycopg2.Error as error:
        row[4] = what_went_wrong(error)
    row[2] = time.monotonic()
    return connection


def queries_in_turn(dsn: str, queries: list[list[Any]], at_once: int, pool: int, seconds: float) -> list[list[Any]]:
    return queries_by_threads(dsn, queries, 1, 1, seconds)


def queries_by_threads(dsn: str, queries: list[list[Any]], at_once: int, pool: int, seconds: float) -> list[list[Any]]:
    stop = time.monotonic() + seconds
    free: queue.LifoQueue[Any] = queue.LifoQueue()  # the pool: a connection, or the right to make one
    for _ in range(pool):
        free.put(None)

    def ask(query: list[Any]) -> list[Any] | None:
        began = time.monotonic()
        if began > stop:
            return None
        row: list[Any] = [began, None, None, None, None]
        connection = free.get()  # waits until somebody gives one back
        try:
            connection = query_by_psycopg2(dsn, connection, query, row)
        finally:
            free.put(connection)
        return row

    with ThreadPoolExecutor(at_once) as workers:
        rows = [row for row in workers.map(ask, queries) if row is not None]
    while not free.empty():
        if (connection := free.get()) is not None:
            connection.close()
    return rows


async def queries_by_coroutines(
    dsn: str, queries: list[list[Any]], at_once: int, pool: int, seconds: float
) -> list[list[Any]]:
    stop, rows, left = time.monotonic() + seconds, [], iter(queries)

    async def ask(query: list[Any]) -> list[Any]:
        row: list[Any] = [time.monotonic(), None, None, None, None]
        try:
            async with connections.acquire() as connection:  # waits until somebody gives one back
                row[1], row[3] = time.monotonic(), connection.get_server_pid()
                pause, fails, size = query
                text = "SELECT pg_sleep($1), 1 / ($2::int + floor(random())::int), repeat('x', $3::int)"
                try:
                    await connection.fetch(text, pause, 0 if fails else 1, size)
                finally:
                    row[2] = time.monotonic()  # before the connection is given back, which asks the server again
        except (asyncpg.PostgresError, OSError) as error:
            row[2], row[4] = row[2] or time.monotonic(), what_went_wrong(error)
        return row

    async def worker() -> None:
        for query in left:
            if time.monotonic() > stop:
                return
            rows.append(await ask(query))

    # min_size=0: a connection is made when it is first needed, as above.
    async with asyncpg.create_pool(dsn, min_size=0, max_size=pool) as connections, asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(queries))):
            group.create_task(worker())
    return rows
