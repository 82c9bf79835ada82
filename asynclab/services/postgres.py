"""A PostgreSQL cluster of the lab's own, in its data folder: made, started, mended and stopped.

As FACTS of the project have it: never `trust`, passwords by scram; a free loopback port and a private
socket folder; started from the keeper's main thread so that it ends with the keeper (PR_SET_PDEATHSIG).
The cluster can always be made again, so it runs without fsync. After the machine itself went down it is
not trusted and made afresh.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import functools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

from asynclab.problems import Problem
from asynclab.services.binaries import Binaries
from asynclab.services.disk import disk_problem, full
from asynclab.services.ports import listening_socket, remembered
from asynclab.services.processes import die_with_parent, until

OWNER = "asynclab_owner"
READY_SECONDS = 30.0
CLUSTER_BYTES = 80 * 1024 * 1024  # on the disk, for a new one

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # Relative to the data directory: a socket's address holds 100 bytes, a data folder's path may be longer.
    "unix_socket_directories": "../socket",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "superuser_reserved_connections": "5",
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",  # it would disturb what is being timed
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",  # no statement of a learner's, and no password, goes to the log
    "password_encryption": "scram-sha-256",
    "max_stack_depth": "2MB",
}


@dataclass(frozen=True)
class Way:
    """A way to run PostgreSQL's programs as somebody who isn't root."""

    name: str
    enter: Callable[[], None] | None  # called in the child, before the program
    owner: tuple[int, int] | None  # to whom the cluster's files must belong, None: to us


class Cluster:
    """The cluster in `folder` (made when absent). Not safe for two at once: the keeper is the one."""

    def __init__(self, folder: Path, binaries: Binaries) -> None:
        self.folder = folder.resolve()
        self.binaries = binaries
        self.data = self.folder / "data"
        self.socket_folder = self.folder / "socket"
        self.log = self.folder / "postgres.log"
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.way = ways()[0]

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def password(self) -> str:
        return (self.folder / "password").read_text()

    async def connect(self, database: str = "postgres") -> asyncpg.Connection:
        """A connection as the owner."""
        return await asyncpg.connect(
            host="127.0.0.1",
            port=self.port,
            user=OWNER,
            password=self.password,
            database=database,
            ssl=False,
            timeout=10,
            statement_cache_size=0,
        )

    async def start(self) -> None:
        """Makes the cluster run and answer. Raises Problem when it can't."""
        if self.running:
            return
        try:
            await self._end_leftovers()
            if self._doubtful():
                self._remove()
            if not self.data.exists():
                await self._make()
            try:
                await self._launch()
            except _Broken:
                # Whatever is wrong with its files: all that was in them can be made again.
                await self._end_leftovers()
                self._remove()
                await self._make()
                await self._launch()
        except _Broken as broken:
            raise Problem(f"The lab's PostgreSQL does not start: {broken}", f"Its log is {self.log}.") from broken
        except OSError as problem:
            raise disk_problem(problem, self.folder) from problem

    async def stop(self) -> None:
        """Ends it cleanly, or, where it doesn't listen, anyhow."""
        if self.process is None:
            return
        for number, seconds in ((signal.SIGINT, 8), (signal.SIGQUIT, 3), (signal.SIGKILL, 3)):
            if not self.running:
                break
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            await until(lambda: not self.running, seconds)
        if self.process.returncode == 0:
            (self.folder / "running").unlink(missing_ok=True)
        self.process = None
        await self._end_leftovers()

    # Making --------------------------------------------------------------------------------------

    async def _make(self) -> None:
        """A new cluster, under another name until it is whole: half a cluster never looks like one."""
        new = self.folder.with_name(self.folder.name + ".new")
        await end_processes_in(new / "data")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700, parents=True)
        (new / "socket").mkdir(mode=0o700)
        password = secrets.token_urlsafe(24)
        _write_private(new / "password", password)
        problem = ""
        for way in ways():
            arguments = [
                *("-D", str(new / "data"), "-U", OWNER, "-E", "UTF8", "--locale=C", "--no-sync"),
                *("-A", "scram-sha-256", f"--pwfile={new / 'password'}", "--no-instructions"),
                # Less to write: half the time that initdb spends in the kernel.
                *("--wal-segsize=4", *(["--no-data-checksums"] if self.binaries.major >= 18 else [])),
            ]
            try:
                self._hand_over(new, way)
                process = self._spawn("initdb", arguments, way, new / "initdb.log", signal.SIGKILL)
            except (OSError, subprocess.SubprocessError) as failure:
                problem = problem or str(failure)
                continue
            try:
                await until(lambda p=process: p.poll() is not None, 120)  # type: ignore[misc]
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            if process.returncode == 0:
                self.way = way
                break
            problem = _tail(new / "initdb.log")
            # It clears away what it wrote before it ends, and its log may be lost for want of space too.
            if "No space left" in problem or "quota" in problem or full(new, CLUSTER_BYTES):
                raise OSError(errno.ENOSPC, "No space left on device")
            shutil.rmtree(new / "data", ignore_errors=True)
        else:
            raise _Broken(problem)
        (new / "way").write_text(self.way.name)
        if self.folder.exists():
            shutil.rmtree(self.folder)
        new.rename(self.folder)

    def _hand_over(self, folder: Path, way: Way) -> None:
        """Gives the cluster's files, and nothing else, to whom this way runs as."""
        if os.geteuid() != 0:
            return
        user, group = way.owner or (os.geteuid(), os.getegid())
        for path in [folder, *folder.rglob("*")]:
            if path.lstat().st_uid != user:
                os.chown(path, user, group, follow_symlinks=False)

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _doubtful(self) -> bool:
        """Whether it was running when the machine went down: without fsync its files may be anything."""
        try:
            return (self.folder / "running").read_text() != boot()
        except FileNotFoundError:
            return False

    # Running -------------------------------------------------------------------------------------

    async def _launch(self) -> None:
        known = {way.name: way for way in ways()}
        try:
            kept = (self.folder / "way").read_text()
        except FileNotFoundError:
            kept = ""
        self.way = known.get(kept) or next(iter(known.values()))
        self._hand_over(self.folder, self.way)
        (self.folder / "running").write_text(boot())
        # Nobody runs in this folder (see _end_leftovers): what is noted there is stale, and its process
        # id may be another program's by now, at which PostgreSQL would refuse to start.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for path in self.socket_folder.iterdir():
            path.unlink()
        for _ in range(5):
            with listening_socket(self.port or remembered(self.folder / "port")) as probe:
                self.port = probe.getsockname()[1]
            arguments = ["-D", str(self.data), "-p", str(self.port)]
            for name, value in SETTINGS.items():
                arguments += ["-c", f"{name}={value}"]
            self.process = self._spawn("postgres", arguments, self.way, self.log, signal.SIGINT)
            if await self._answers():
                (self.folder / "port").write_text(str(self.port))
                return
            said = _tail(self.log)
            await self.stop()
            if "could not bind" in said or "could not create any TCP/IP sockets" in said:
                self.port = 0
                continue
            if "No space left" in said or full(self.folder):
                raise OSError(errno.ENOSPC, "No space left on device")
            raise _Broken(said or "it didn't answer in time")
        raise _Broken("no free port")

    async def _answers(self) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.running:
            try:
                connection = await self.connect()
            except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.InterfaceError):
                await asyncio.sleep(0.02)
                continue
            except asyncpg.PostgresError:  # it is up and has lost its roles, passwords or databases
                return False
            await connection.close()
            return True
        return False

    def _spawn(
        self, program: str, arguments: list[str], way: Way, log: Path, number: signal.Signals
    ) -> subprocess.Popen[bytes]:
        parent = os.getpid()

        def before() -> None:
            if way.enter is not None:
                way.enter()
            die_with_parent(parent, number)

        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PG", "LC_", "PYTHON")) and name != "LANG"
        }
        with log.open("wb") as output:
            if way.owner and os.geteuid() == 0:
                os.chown(log, *way.owner)
            return subprocess.Popen(
                [self.binaries.folder / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={**environment, "LC_ALL": "C", "TZ": "UTC"},
                preexec_fn=before,
                start_new_session=True,
            )

    async def _end_leftovers(self) -> None:
        await end_processes_in(self.data)


class _Broken(Exception):
    """It doesn't start, and neither the port nor the disk is to blame."""


def ways() -> list[Way]:
    """The ways that this machine may offer, the best first. PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return [Way("as the user", None, None)]
    found = []
    if sys.platform == "linux" and _user_namespaces():
        found.append(Way("user namespace", enter_user_namespace, None))
    unprivileged = (nobody(), nobody())
    if sys.platform == "linux":
        found.append(Way("unprivileged id that may pass folders", become_unprivileged_but_pass, unprivileged))
    found.append(Way("unprivileged id", become_unprivileged, unprivileged))
    return found


@functools.cache
def nobody() -> int:
    """The id of a user who isn't root. It must have a name: initdb looks it up."""
    users = {user.pw_name: user.pw_uid for user in pwd.getpwall() if user.pw_uid != 0}
    return users.get("nobody") or next(iter(users.values()), 65534)


@functools.cache
def _user_namespaces() -> bool:
    try:
        return subprocess.run(["/bin/true"], preexec_fn=enter_user_namespace, timeout=10).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def enter_user_namespace() -> None:
    """This process is no root in a namespace of its own, and still root to the files outside."""
    user, group, name_inside = os.geteuid(), os.getegid(), nobody()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000) != 0:  # CLONE_NEWUSER
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{name_inside} {user} 1"),
        ("gid_map", f"{name_inside} {group} 1"),
    ):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(descriptor, text.encode())
        os.close(descriptor)


def become_unprivileged() -> None:
    """This process is an unprivileged user for good."""
    os.setgroups([])
    user = nobody()
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def become_unprivileged_but_pass() -> None:
    """The same, but it still passes folders that are closed to others.

    A checkout below /root would otherwise be out of its reach, environment and cluster alike; opening
    those folders to everyone is no way (containers without user namespaces come here).
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(8, 1, 0, 0, 0)  # PR_SET_KEEPCAPS
    become_unprivileged()
    pass_folders = 1 << 2  # CAP_DAC_READ_SEARCH
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)(pass_folders, pass_folders, pass_folders, 0, 0, 0)
    if libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    if libc.prctl(47, 2, 2, 0, 0) != 0:  # PR_CAP_AMBIENT, raise, CAP_DAC_READ_SEARCH
        raise OSError(ctypes.get_errno(), "prctl")


def processes_in(folder: Path) -> list[psutil.Process]:
    """PostgreSQL's processes that work in a cluster's data folder: each of them has gone there."""
    wanted = str(folder)
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if "postgres" in (process.info["name"] or "") and process.cwd() == wanted:
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


async def end_processes_in(folder: Path) -> None:
    """Waits for what a killed postmaster or keeper left in the folder (resolved), and ends what stays."""
    for number, seconds in ((None, 1.0), (signal.SIGINT, 2.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 5.0)):
        left = processes_in(folder)
        if not left:
            return
        for process in left:
            if number is not None:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(number)
        await until(lambda: not processes_in(folder), seconds)


def boot() -> str:
    """Tells one start of the machine from another."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return str(int(psutil.boot_time()) // 60)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _tail(path: Path) -> str:
    try:
        lines = path.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return " ".join(line.strip() for line in lines[-4:])[-600:]
