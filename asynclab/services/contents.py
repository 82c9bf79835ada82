"""What lies in the database server: roles, the template with the data, a database for each grading.

Works in the lab's own cluster and in a server that DATABASE_URL names. There it touches only what it
made: every database and role begins with ``asynclab_`` and a mark of this data folder, and all of it is
dropped at the end (or, after a crash, at the next start).
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import secrets
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from asynclab.problems import Problem
from asynclab.services.world import DATA

SCHEMA = Path(__file__).with_name("schema.sql")
GRADING_CONNECTIONS = 150  # of a grading's role at once, below the server's own 200
STATEMENT_SECONDS = 120  # a forgotten statement ends at last
RECOVERY_SECONDS = 10.0  # for a server that restarted itself after a crash of one of its processes
TEMPORARY_MIB = 512  # a query's temporary files


@dataclass(frozen=True)
class Server:
    """Where the server is and how its owner connects: the lab's own, or the one of DATABASE_URL."""

    host: str
    port: int
    connect: Callable[[str], Awaitable[asyncpg.Connection]]  # database name -> connection as owner
    admin_dsn: Callable[[str], str]  # database name -> address for the owner
    home: str  # the database to be in while making others
    own: bool  # the whole server is the lab's
    socket_folder: str | None


class Contents:
    """The lab's databases in one server. Names: `prefix` and what they are for."""

    def __init__(self, server: Server, mark: str, learner_password: str) -> None:
        self.server = server
        self.prefix = "asynclab" if server.own else f"asynclab_{mark}"
        self.learners = f"{self.prefix}_learners"
        self.learner = f"{self.prefix}_learner"
        self.database = self.prefix if server.own else f"{self.prefix}_main"
        self.learner_password = learner_password
        self.template = f"{self.prefix}_template_{fingerprint()}"
        self._home: asyncpg.Connection | None = None
        self._turn = asyncio.Lock()

    @property
    def dsn(self) -> str:
        return self.address(self.learner, self.learner_password, self.database)

    def address(self, role: str, password: str, database: str) -> str:
        host = f"[{self.server.host}]" if ":" in self.server.host else self.server.host
        return f"postgresql://{role}:{password}@{host}:{self.server.port}/{database}"

    async def prepare(self, keep: set[str]) -> None:
        """Makes what isn't there yet; drops what earlier lives left behind, but for gradings to keep."""
        try:
            await self._prepare(keep)
        except asyncpg.InsufficientPrivilegeError as problem:
            if self.server.own:
                raise
            raise Problem(
                f"The role in DATABASE_URL may not make the lab's databases and roles: {problem}.",
                "Have an administrator run ALTER ROLE … CREATEDB CREATEROLE, or unset DATABASE_URL.",
            ) from problem

    async def _prepare(self, keep: set[str]) -> None:
        home = await self._connection()
        made = {row[0] for row in await home.fetch("SELECT datname FROM pg_database")}
        roles = {row[0] for row in await home.fetch("SELECT rolname FROM pg_roles")}
        for name in sorted(made):
            stale_template = name.startswith(f"{self.prefix}_template_") and name != self.template
            if stale_template or (name.startswith(f"{self.prefix}_grading_") and name not in keep):
                await self._drop_database(home, name)
        for name in sorted(roles - keep):
            if name.startswith(f"{self.prefix}_grading_"):
                await home.execute(f"DROP ROLE IF EXISTS {name}")
        if self.learners not in roles:
            await home.execute(f"CREATE ROLE {self.learners} NOLOGIN")
        if self.learner not in roles:
            await self._make_role(home, self.learner, self.learner_password, limit=-1)
        else:  # a role may change its own password: an address that no longer works helps nobody
            await home.execute(f"ALTER ROLE {self.learner} PASSWORD '{self.learner_password}'")
        if self.template not in made:
            await self._make_template(home)
        if self.database not in made:
            await self._make_database(home, self.database, self.learner)
        if self.server.own and self.template not in made:
            for name in ("postgres", "template1"):
                await home.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")

    async def fresh(self) -> dict[str, str]:
        """A database and a role of its own for one grading."""
        name = f"{self.prefix}_grading_{secrets.token_hex(6)}"
        password = secrets.token_urlsafe(18)
        async with self._turn:
            home = await self._connection()
            try:
                await self._make_role(home, name, password, GRADING_CONNECTIONS)
                await self._make_database(home, name, name)
            except BaseException:
                await asyncio.shield(self._drop(home, name))
                raise
        return {
            "name": name,
            "role": name,
            "password": password,
            "dsn": self.address(name, password, name),
            "admin_dsn": self.server.admin_dsn(name),
        }

    async def drop(self, name: str) -> None:
        """Drops a grading's database and role, whoever is still connected."""
        if not name.startswith(f"{self.prefix}_grading_"):
            raise Problem(f"{name} is not a grading's database.")
        async with self._turn:
            await self._drop(await self._connection(), name)

    async def clear_away(self) -> None:
        """In somebody else's server: drops all that the lab made there."""
        home = await self._connection()
        names = [row[0] for row in await home.fetch("SELECT datname FROM pg_database")]
        for name in names:
            if self._mine(name):
                await self._drop_database(home, name)
        roles = [row[0] for row in await home.fetch("SELECT rolname FROM pg_roles")]
        for name in sorted(filter(self._mine, roles), key=lambda name: name == self.learners):
            await home.execute(f"DROP ROLE IF EXISTS {name}")
        await self.close()

    async def version(self) -> str:
        """As in "18.6"."""
        return str(await (await self._connection()).fetchval("SHOW server_version")).split()[0]

    async def answers(self) -> bool:
        """Whether the server lets its owner in; waits while it recovers from a killed backend."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while time.monotonic() < deadline:
            if self.server.own and not await listens(self.server.host, self.server.port):
                return False
            try:
                async with self._turn:
                    await (await self._connection()).execute("SELECT")
                return True
            except (*LOST, asyncpg.PostgresError, Problem):
                await self.close()
                if not self.server.own:
                    return False
                await asyncio.sleep(0.05)
        return False

    async def close(self) -> None:
        if self._home is not None and not self._home.is_closed():
            await self._home.close(timeout=2)
        self._home = None

    def _mine(self, name: str) -> bool:
        return name.startswith(f"{self.prefix}_")

    async def _connection(self) -> asyncpg.Connection:
        if self._home is None or self._home.is_closed():
            self._home = await self.server.connect(self.server.home)
        return self._home

    async def _make_role(self, home: asyncpg.Connection, name: str, password: str, limit: int) -> None:
        await home.execute(
            f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT "
            f"CONNECTION LIMIT {limit} PASSWORD '{password}' IN ROLE {self.learners}"
        )
        if not self.server.own:  # else it may not end the role's connections when it drops its database
            await home.execute(f"GRANT {name} TO CURRENT_USER")
        await home.execute(f"ALTER ROLE {name} SET statement_timeout = '{STATEMENT_SECONDS}s'")
        if self.server.own:  # only a superuser may set it
            await home.execute(f"ALTER ROLE {name} SET temp_file_limit = '{TEMPORARY_MIB}MB'")

    async def _make_database(self, home: asyncpg.Connection, name: str, role: str) -> None:
        await home.execute(f"CREATE DATABASE {name} TEMPLATE {self.template} {self._strategy(home)}")
        await home.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        await home.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {role}")

    def _strategy(self, home: asyncpg.Connection) -> str:
        # Without fsync, copying the files is faster than going through the log: 42 ms against 72
        # (tests/bench/database.py). Somebody else's server knows itself what is best for it.
        ours = self.server.own and home.get_server_version().major >= 15
        return "STRATEGY FILE_COPY" if ours else ""

    async def _make_template(self, home: asyncpg.Connection) -> None:
        """Under another name until it is whole."""
        new = f"{self.template}_new"
        await home.execute(f"CREATE DATABASE {new} TEMPLATE template0 ENCODING 'UTF8' {self._strategy(home)}")
        await home.execute(f"REVOKE ALL ON DATABASE {new} FROM PUBLIC")
        connection = await self.server.connect(new)
        try:
            async with connection.transaction():
                await connection.execute(SCHEMA.read_text().replace("{learners}", self.learners))
                for table, kinds in TABLES.items():
                    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
                        rows = csv.reader(file)
                        columns = next(rows)
                        records = [tuple(map(_call, kinds, row)) for row in rows]
                    await connection.copy_records_to_table(table, records=records, columns=columns)
                await connection.execute(AFTER_LOADING)
            await connection.execute("ANALYZE countries, cities")
        finally:
            await connection.close()
        await home.execute(f"ALTER DATABASE {new} RENAME TO {self.template}")

    async def _drop(self, home: asyncpg.Connection, name: str) -> None:
        await self._drop_database(home, name)
        await home.execute(f"DROP ROLE IF EXISTS {name}")

    async def _drop_database(self, home: asyncpg.Connection, name: str) -> None:
        await home.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


LOST = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError)
"""What a query raises whose server, or connection, has gone."""

SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # the shortest question that a postmaster answers

TABLES: dict[str, tuple[Callable[[str], object], ...]] = {
    "countries": (str, str, str, str, int, float, str),
    "cities": (int, str, str, int, float, float, str),
}


async def listens(host: str, port: int) -> bool:
    """Whether a postmaster answers there: a connection that is open already may outlive it."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(SSL_REQUEST)
                return await reader.readexactly(1) in (b"N", b"S")
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False


def _call(kind: Callable[[str], object], value: str) -> object:
    return kind(value)


# At once for all rows rather than row by row while they are loaded.
AFTER_LOADING = """
ALTER TABLE cities ADD FOREIGN KEY (country) REFERENCES countries;
CREATE INDEX ON cities (country);
"""


def fingerprint() -> str:
    """Changes with the schema and the data, so that a newer course brings its own template."""
    digest = hashlib.blake2b(digest_size=5)
    for path in (SCHEMA, Path(__file__), DATA / "countries.csv", DATA / "cities.csv"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def foreign_server(url: str) -> Server:
    """The server that DATABASE_URL names."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise Problem(
            "DATABASE_URL does not name a PostgreSQL server.",
            "Write it as postgresql://role:password@host:port/database, or unset it.",
        )

    def admin_dsn(database: str) -> str:
        return urlunsplit(parts._replace(path="/" + quote(database)))

    async def connect(database: str) -> asyncpg.Connection:
        try:
            return await asyncpg.connect(admin_dsn(database), timeout=10, statement_cache_size=0)
        except (OSError, asyncpg.PostgresError, TimeoutError, ValueError) as problem:
            raise Problem(
                f"The server that DATABASE_URL names can't be used: {problem or type(problem).__name__}.",
                "Check DATABASE_URL, or unset it to use the lab's own PostgreSQL.",
            ) from problem

    return Server(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 5432,
        connect=connect,
        admin_dsn=admin_dsn,
        home=parts.path.strip("/") or "postgres",
        own=False,
        socket_folder=None,
    )
