"""The database as its users see it: an address, a pool, a database of its own for each grading."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from asynclab.services import lease
from asynclab.services.ledger import Ledger, Request

if TYPE_CHECKING:
    import asyncpg

_used = False


def used() -> bool:
    """Whether this process has asked for the database."""
    return _used


class Database:
    """The lab's PostgreSQL. ``asynclab.database`` is the one of this data folder.

        pool = await database.pool(max_size=4)
        async with database.pool() as pool: …

    Synchronous (but `pool`) and thread-safe; from a coroutine, use asyncio.to_thread. Raises Problem.
    """

    @property
    def dsn(self) -> str:
        """For the learner's role, which is no superuser, on the lab's database "asynclab"."""
        return str(self._describe()["dsn"])

    @property
    def version(self) -> str:
        """As in "18.6"."""
        return str(self._describe()["version"])

    @property
    def found(self) -> str:
        """Where it is from: "DATABASE_URL", "embedded", or the folder of the machine's own programs."""
        return str(self._describe()["found"])

    @property
    def admin_dsn(self) -> str:
        """For the owner: never handed to an answer."""
        return str(self._describe()["admin_dsn"])

    def pool(self, **settings: Any) -> OpeningPool:
        """A connection pool for the lab's database; settings as for asyncpg.create_pool.

        asyncpg wants at least 10 connections and refuses a smaller max_size without a min_size;
        here min_size is lowered to it.
        """
        return OpeningPool(self, settings)

    def fresh(self) -> FreshDatabase:
        """A database and a role of its own: the lab's tables as they are at the start."""
        return FreshDatabase(lease.call("fresh", **lease.database_wanted()))

    def _describe(self) -> dict[str, Any]:
        global _used
        _used = True
        return lease.call("database", **lease.database_wanted())


class OpeningPool:
    """What `database.pool()` gives: await it for the pool, or open it with `async with`."""

    def __init__(self, database: Database, settings: dict[str, Any]) -> None:
        self._database = database
        self._settings = settings
        self._pool: asyncpg.Pool | None = None

    def __await__(self) -> Generator[Any, None, asyncpg.Pool]:
        return self._open().__await__()

    async def __aenter__(self) -> asyncpg.Pool:
        self._pool = await self._open()
        return self._pool

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._pool is not None
        await self._pool.close()

    async def _open(self) -> asyncpg.Pool:
        import asyncpg

        settings = dict(self._settings)
        if "max_size" in settings:
            settings.setdefault("min_size", min(10, settings["max_size"]))
        return await asyncpg.create_pool(await asyncio.to_thread(lambda: self._database.dsn), **settings)


class FreshDatabase:
    """A database of its own, with a role that reaches nothing else. Close it, or use it with `with`.

    It is dropped too when the process that asked for it ends.
    """

    def __init__(self, made: dict[str, Any]) -> None:
        self.name: str = made["name"]
        self.role: str = made["role"]
        self.password: str = made["password"]
        self.port: int = made["port"]
        self.dsn: str = made["dsn"]
        """Over loopback, as the role."""
        self.admin_dsn: str = made["admin_dsn"]
        """As the owner: for whoever checks, never for an answer."""
        self.socket_folder: str | None = made["socket_folder"]
        """The folder of the server's unix socket; None where DATABASE_URL names the server."""

    def dsn_in(self, folder: str) -> str:
        """The address as the role where the socket's folder is seen as `folder` (in a sandbox)."""
        return f"postgresql://{self.role}:{self.password}@/{self.name}?host={quote(folder)}&port={self.port}"

    def ask(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Runs SQL as the owner, with psycopg2's ``%s`` for the values; the rows that it gives."""
        import psycopg2

        connection = psycopg2.connect(self.admin_dsn)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, tuple(values) or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def clear(self) -> None:
        """Empties the ledger."""
        self.ask("TRUNCATE lab.calls")

    def ledger(self) -> Ledger:
        """The calls of country_report that came to their end, as the server noted them.

        `path` is the country, `connection` the server's process, numbered from 0 in the order in which they came.
        A call whose transaction was rolled back leaves no trace.
        """
        columns = "asked, backend, extract(epoch FROM began)::float8, extract(epoch FROM ended)::float8"
        rows = self.ask(
            f"SELECT {columns}, extract(epoch FROM clock_timestamp())::float8 FROM lab.calls ORDER BY began, ended"
        )
        since = time.monotonic() - rows[0][4] if rows else 0.0  # from the server's clock to this machine's
        numbers: dict[int, int] = {}
        tries: dict[str, int] = {}
        requests = []
        for asked, backend, began, ended, _ in rows:
            tries[asked] = tries.get(asked, 0) + 1
            number = numbers.setdefault(backend, len(numbers))
            requests.append(
                Request(asked, number, began + since, ended + since, 200, 0, tries[asked], False, ended - began)
            )
        return Ledger(tuple(requests))

    def close(self) -> None:
        """Drops the database and the role, whoever is still connected."""
        lease.call("drop", name=self.name, **lease.database_wanted())

    def __enter__(self) -> FreshDatabase:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
