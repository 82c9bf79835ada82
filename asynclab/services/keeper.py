"""The keeper: one process for a data folder, which owns the site and the database.

Every user (a kernel, a grading, the lab) holds a connection to it, a *lease*. When the last has been
gone for `LINGER` seconds, it ends everything and itself. If it is killed, the site and PostgreSQL end
with it, and the next user starts a new one.

It is found by connecting to its socket in the data folder. A lock that it holds as long as it lives
makes it the only one; its socket is only ever replaced under that lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from asynclab import scratch
from asynclab.problems import Problem
from asynclab.services import binaries, sockets
from asynclab.services.disk import disk_problem, full
from asynclab.services.ports import listening_socket, remembered
from asynclab.services.processes import raise_descriptors, until

PROTOCOL = 1
FOLDER = "services"  # in the data folder
SOCKET = "keeper"
CONTROL = "site"
LINGER = 2.0  # seconds after the last lease
PATIENCE = 20.0  # seconds for the first lease to come, and for a keeper on its way out to go
SITE_SECONDS = 20.0  # for the site to be ready
LONG_LIFE = 5.0  # seconds: what died sooner may die again at once
LONGEST_WAIT = 60.0  # seconds before it is started again
PYTHON = [sys.executable, "-m"]
# Python 3.13 looks up the socket's path, which may be one of /proc (sockets.py), and removes at the end what lies
# there then: a next keeper's, if it got the same inode.
LEAVE_THE_SOCKET: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}


class Keeper:
    def __init__(self, folder: Path) -> None:
        self.data = folder
        self.folder = folder / FOLDER
        self.leases: dict[str, asyncio.StreamWriter] = {}
        self.mine = Sockets(self.folder)
        self.site = SiteProcess(self.folder, self.mine)
        self.databases: dict[str, Database] = {}
        self.programs: dict[str | None, binaries.Binaries] = {}  # by what was wanted
        self.stopping = asyncio.Event()
        self.tasks: set[asyncio.Task[Any]] = set()
        self._linger: asyncio.TimerHandle | None = None

    async def run(self, listening: socket.socket, ready: int) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self.stopping.set)
        loop.add_signal_handler(signal.SIGCHLD, self.reap)
        server = await asyncio.start_unix_server(self.serve, sock=listening, **LEAVE_THE_SOCKET)
        self.end_in(PATIENCE)
        with contextlib.suppress(OSError):  # the starter may have been interrupted meanwhile
            os.write(ready, b"{}")
        os.close(ready)
        await self.stopping.wait()
        # From here on nobody is let in: who comes starts another keeper, which waits for our lock.
        self.mine.unlink(SOCKET)
        server.close()
        for writer in self.leases.values():
            writer.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        loop.remove_signal_handler(signal.SIGCHLD)
        await self.site.stop()
        for database in self.databases.values():
            with contextlib.suppress(Problem):
                await database.stop()
        await asyncio.to_thread(scratch.sweep, self.data)
        self.reap()

    # Users ---------------------------------------------------------------------------------------

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: a lease, or one question."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            message = await read(reader)
            if message["op"] == "lease":
                await self.lease(reader, writer, message)
                return
            try:
                answer = await self.answer(message)
            except Problem as problem:
                answer = {"problem": [problem.what, problem.todo]}
            except Exception as problem:  # a fault of ours must reach the user, not end the keeper
                answer = {"problem": [f"The lab's keeper failed: {problem!r}.", "Try again."]}
            writer.write(sockets.pack(answer))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError, KeyError):
            pass
        finally:
            self.tasks.discard(task)
            writer.close()

    async def lease(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
        if message["protocol"] != PROTOCOL:
            writer.write(sockets.pack({"problem": OTHER_VERSION}))
            return
        owner = secrets.token_hex(8)
        self.leases[owner] = writer
        if self._linger is not None:
            self._linger.cancel()
        writer.write(sockets.pack({"owner": owner, "folder": identity(self.data)}))
        try:
            await reader.read()  # until the user closes it, or ends
        finally:
            del self.leases[owner]
            if not self.leases:
                self.end_in(LINGER)
            self.start(self.forget(owner))

    async def forget(self, owner: str) -> None:
        """Drops what a user who has gone left behind."""
        if self.site.running:
            await self.site.command({"op": "forget", "owner": owner})
        for database in self.databases.values():
            await database.forget(owner)

    async def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        operation = message["op"]
        if message["owner"] not in self.leases:
            return {"unknown_owner": True}
        if operation == "begin":  # without waiting: whoever needs one of them asks for it
            self.start(self.site.ready())
            self.start(self.begin_database(message["url"], message["wanted"]))
            return {}
        if operation == "site":
            await self.site.ready()
            return {"url": self.site.url, "pid": self.site.pid}
        if operation == "processes":
            processes = {"keeper": os.getpid()}
            if self.site.running:
                processes["site"] = self.site.pid
            for database in self.databases.values():
                if (pid := database.pid) is not None:
                    processes["postgres"] = pid
            return processes
        database = await self.database(message["url"], message["wanted"])
        if operation == "database":
            return await database.describe()
        if operation == "fresh":
            return await database.fresh(message["owner"])
        if operation == "drop":
            await database.drop(message["name"])
            return {}
        raise Problem(f"The keeper knows no {operation!r}.")

    async def begin_database(self, url: str, wanted: str | None) -> None:
        await (await self.database(url, wanted)).ready()

    async def database(self, url: str, wanted: str | None) -> Database:
        """The server that the user wants: one for each address, and one for each cluster of ours."""
        if url:
            return self.databases.setdefault(url, Database(self.data, url, None))
        if wanted not in self.programs:
            self.programs[wanted] = await asyncio.to_thread(binaries.find, wanted)
        programs = self.programs[wanted]
        return self.databases.setdefault(f"postgres-{programs.major}", Database(self.data, "", programs))

    # Life and death ------------------------------------------------------------------------------

    def start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled():
            task.exception()  # who asks for the service itself is told

    def end_in(self, seconds: float) -> None:
        if self._linger is not None:
            self._linger.cancel()
        self._linger = asyncio.get_running_loop().call_later(seconds, self.stopping.set)

    def reap(self) -> None:
        """A child has ended: brings the site and PostgreSQL back while anybody wants them."""
        services: list[SiteProcess | Database] = [self.site, *self.databases.values()]
        for service in services:
            if service.dead and not service.returning:
                service.returning = True
                self.start(self.bring_back(service))

    async def bring_back(self, service: SiteProcess | Database) -> None:
        """Starts it again: at once when it has lived, later and later when it dies at its start."""
        lived = time.monotonic() - service.started
        service.deaths = 0 if lived > LONG_LIFE else service.deaths + 1
        try:
            if service.deaths:
                await asyncio.sleep(min(0.1 * 2**service.deaths, LONGEST_WAIT))
            if self.leases:
                await service.ready()
        finally:
            service.returning = False


class Sockets:
    """The keeper's sockets in its folder, which may have been deleted, and made anew by another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.identity = identity(folder)

    def unlink(self, name: str) -> None:
        with contextlib.suppress(OSError):
            if identity(self.folder) == self.identity:
                sockets.unlink(self.folder, name)


class SiteProcess:
    """The site's process. Its sockets are bound here, so that its address outlives it."""

    def __init__(self, folder: Path, mine: Sockets) -> None:
        self.folder = folder
        self.mine = mine
        self.lifeline: tuple[int, int] | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.listening: socket.socket | None = None
        self.control: socket.socket | None = None
        self.url = ""
        self._turn = asyncio.Lock()
        self.started = 0.0
        self.deaths = 0  # soon after its start, one after the other
        self.returning = False

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        return self.process.pid if self.process is not None else 0

    @property
    def dead(self) -> bool:
        """Whether it was started and has ended by itself."""
        return self.process is not None and not self.running

    async def ready(self) -> None:
        async with self._turn:
            if not self.running:
                await self._start()

    async def _start(self) -> None:
        if self.listening is None or self.control is None:
            self.listening = listening_socket(remembered(self.folder / "port"))
            (self.folder / "port").write_text(str(self.listening.getsockname()[1]))
            self.control = sockets.listen(self.folder, CONTROL)
            self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
            self.lifeline = os.pipe()
        self.started = time.monotonic()
        assert self.lifeline is not None
        mine, theirs = os.pipe()
        try:
            passed = (self.listening.fileno(), self.control.fileno(), theirs, self.lifeline[0])
            with (self.folder / "site.log").open("wb") as log:
                # Not asyncio's subprocesses: this one must be a child of the main thread, which it is.
                self.process = subprocess.Popen(  # noqa: ASYNC220
                    [*PYTHON, "asynclab.services.webserver", *map(str, passed), str(os.getpid())],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    pass_fds=passed,
                )
        except OSError as problem:
            os.close(mine)
            raise disk_problem(problem, self.folder) from problem
        finally:
            os.close(theirs)
        try:
            said = await first_bytes(mine, SITE_SECONDS)
        finally:
            os.close(mine)
        if said != b"ready":
            self.process.kill()
            if full(self.folder):
                raise disk_problem(OSError(errno.ENOSPC, "full"), self.folder)
            raise Problem("The lab's site does not start.", f"Its log is {self.folder / 'site.log'}.")

    async def command(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            await asyncio.to_thread(sockets.ask, self.folder, CONTROL, message, 5.0)

    async def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            if not await until(lambda: not self.running, 2):
                self.process.kill()
                self.process.wait()
        for each in (self.listening, self.control):
            if each is not None:
                each.close()
        self.mine.unlink(CONTROL)


class Database:
    """A database server: the lab's own cluster, or the one that DATABASE_URL names."""

    def __init__(self, data: Path, url: str, programs: binaries.Binaries | None) -> None:
        self.data = data
        self.url = url
        self.programs = programs
        self.cluster: Any = None  # asynclab.services.postgres.Cluster, imported when needed
        self.contents: Any = None
        self.gradings: dict[str, str] = {}  # database -> owner
        self.version = ""
        self.found = ""
        self._turn = asyncio.Lock()
        self.started = 0.0
        self.deaths = 0  # soon after its start, one after the other
        self.returning = False

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        return None if self.cluster is None else self.cluster.process

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None and self.process.poll() is None else None

    @property
    def dead(self) -> bool:
        """Whether it ran and has ended by itself."""
        return self.contents is not None and self.process is not None and self.process.poll() is not None

    async def ready(self) -> None:
        async with self._turn:
            if self.contents is not None and (self.url or self.cluster.running):
                if await self.contents.answers():
                    return
                if not self.url:
                    await self.cluster.stop()  # it runs and lets nobody in
            self.started = time.monotonic()
            await self._start()

    async def _start(self) -> None:
        # asyncpg and psutil take 100 ms to import: not before somebody needs them.
        from asynclab.services import contents, postgres

        mark = hashlib.blake2b(os.fsencode(self.data.resolve()), digest_size=4).hexdigest()
        try:
            password = stored_password(self.data / FOLDER / "learner")
        except OSError as problem:
            raise disk_problem(problem, self.data) from problem
        if self.url:
            server = contents.foreign_server(self.url)
            self.found = "DATABASE_URL"
        else:
            assert self.programs is not None
            if self.cluster is None:
                self.cluster = postgres.Cluster(self.data / f"postgres-{self.programs.major}", self.programs)
                self.found = self.programs.found
            cluster = self.cluster
            await cluster.start()

            def admin_dsn(database: str) -> str:
                return f"postgresql://{postgres.OWNER}:{cluster.password}@127.0.0.1:{cluster.port}/{database}"

            server = contents.Server(
                host="127.0.0.1",
                port=cluster.port,
                connect=cluster.connect,
                admin_dsn=admin_dsn,
                home="postgres",
                own=True,
                socket_folder=str(cluster.socket_folder),
            )
        made = contents.Contents(server, mark, password)
        try:
            await made.prepare(keep=set(self.gradings))
            self.version = await made.version()
        except BaseException:
            await made.close()
            raise
        self.contents = made

    async def describe(self) -> dict[str, Any]:
        await self.ready()
        server = self.contents.server
        return {
            "dsn": self.contents.dsn,
            "version": self.version.split()[0],
            "found": self.found,
            "socket_folder": server.socket_folder,
            "admin_dsn": server.admin_dsn(self.contents.database),
            "port": server.port,
        }

    async def fresh(self, owner: str) -> dict[str, Any]:
        described, made = await self._twice(lambda: self.contents.fresh())
        self.gradings[made["name"]] = owner
        return {**described, **made}

    async def drop(self, name: str) -> None:
        if self.contents is not None:
            await self._twice(lambda: self.contents.drop(name))
        self.gradings.pop(name, None)

    async def _twice(self, work: Callable[[], Awaitable[Any]]) -> tuple[dict[str, Any], Any]:
        """Does it again when the server was killed just now: it was there when it was asked for."""
        from asynclab.services.contents import LOST

        described = await self.describe()
        try:
            return described, await work()
        except LOST:
            return await self.describe(), await work()

    async def forget(self, owner: str) -> None:
        for name in [name for name, of in self.gradings.items() if of == owner]:
            await self.drop(name)

    async def stop(self) -> None:
        if self.contents is not None:
            if self.url:
                await self.contents.clear_away()
            else:
                with contextlib.suppress(Exception):
                    await self.contents.close()
        if self.cluster is not None:
            await self.cluster.stop()


OTHER_VERSION = (
    "The lab's services that are running belong to another version of the course.",
    "Close the other notebooks of this course, wait a few seconds and try again.",
)


def identity(folder: Path) -> list[int]:
    """What tells one folder from another, whatever its path."""
    seen = folder.stat()
    return [seen.st_dev, seen.st_ino]


def stored_password(path: Path) -> str:
    """The password kept in a file that only we can read; made when absent."""
    try:
        if kept := path.read_text().strip():
            return kept
    except FileNotFoundError:
        pass
    password = secrets.token_urlsafe(18)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password)
    new.rename(path)
    return password


async def read(reader: asyncio.StreamReader) -> dict[str, Any]:
    async with asyncio.timeout(30):
        size = sockets.size_of(await reader.readexactly(sockets.HEAD_SIZE))
        return json.loads(await reader.readexactly(min(size, 1 << 20)))


async def first_bytes(descriptor: int, seconds: float) -> bytes:
    """What comes out of a pipe first; b"" when it is closed or nothing comes in time."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(descriptor, lambda: None if ready.done() else ready.set_result(None))
    try:
        async with asyncio.timeout(seconds):
            await ready
    except TimeoutError:
        return b""
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, 100)


def take_lock(path: Path, seconds: float) -> int | None:
    """The descriptor of a lock on this file, or None when another held it all that time."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(descriptor)
                return None
            time.sleep(0.01)


def main() -> None:
    """``python -m asynclab.services.keeper FOLDER READY``: started by asynclab.services.lease."""
    folder, ready = Path(sys.argv[1]), int(sys.argv[2])
    # Out of the starter's family: nobody waits for us, and no Ctrl-C of its terminal reaches us.
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    raise_descriptors()
    try:
        lock = take_lock(folder / FOLDER / "keeper.lock", PATIENCE)
        if lock is None:
            os.write(ready, json.dumps({"problem": STUCK}).encode())
            return
        listening = sockets.listen(folder / FOLDER, SOCKET)
    except OSError as failure:
        problem = disk_problem(failure, folder)
        os.write(ready, json.dumps({"problem": [problem.what, problem.todo]}).encode())
        return
    asyncio.run(keep(folder, listening, ready))


async def keep(folder: Path, listening: socket.socket, ready: int) -> None:
    await Keeper(folder).run(listening, ready)


STUCK = (
    "Another keeper of the lab's services holds the data folder and doesn't answer.",
    "Wait half a minute and try again; if it stays, end the process that `asynclab.services.keeper` names.",
)

if __name__ == "__main__":
    main()
