"""What a protection denies. Each denial is first shown to succeed under rlimits alone: so it is the protection
that denies it, and not the machine."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from asynclab import paths
from asynclab.measure import DSN, POOL, Children, Evidence, PoolSpec, Protection, Run, Source, protections
from asynclab.measure.protection import HOME_INSIDE, RLIMITS, mounts
from asynclab.services import database, site
from asynclab.services.databases import FreshDatabase
from tests.measure.conftest import each, once


@pytest.fixture(params=each(isolating=True))
def isolating(request: pytest.FixtureRequest) -> Protection:
    found: Protection = request.param
    return found


def attempt(code: str, *args: object, under: Protection) -> bool:
    """Whether `code` (of a function's body, with `a` its arguments) runs without an OSError."""
    lines = [
        "import os, socket, ctypes, signal",
        "def answer(*a):",
        "    try:",
        *("        " + line for line in code.splitlines()),
        "    except OSError:",
        "        return False",
        "    return True",
    ]
    text = "\n".join(lines)
    evidence = once(text, *args, under=under)
    assert evidence.outcome == "returned", evidence
    return bool(evidence.value)


def denied(code: str, *args: object, under: Protection) -> bool:
    """`code` succeeds with the protection off and fails with it on."""
    assert attempt(code, *args, under=RLIMITS), "it must succeed with the protection off"
    return not attempt(code, *args, under=under)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    file = tmp_path / "canary"
    file.write_text("seen")
    return file


def test_files_outside_are_not_seen(isolating: Protection, canary: Path) -> None:
    assert denied("open(a[0]).read()", str(canary), under=isolating)
    assert denied("os.listdir(a[0])", str(paths.CHECKOUT / "lessons"), under=isolating)
    assert denied("open(a[0]).read()", str(paths.CHECKOUT / "asynclab" / "measure" / "watch.py"), under=isolating)
    assert denied("os.listdir(a[0])", str(paths.data_folder()), under=isolating)
    assert denied("open('/etc/fstab').close() if os.path.exists('/etc/fstab') else os.listdir('/var')", under=isolating)


def test_nothing_outside_can_be_written(isolating: Protection, tmp_path: Path) -> None:
    assert denied("open(a[0], 'w').close()", str(tmp_path / "new"), under=isolating)
    (tmp_path / "new").unlink()
    own = """
open(os.path.expanduser('~/mine'), 'w').close()
open('/tmp/mine', 'w').close()
open('/dev/null', 'w').close()
"""
    assert attempt(own, under=isolating)
    for place in ("/", "/usr", "/etc", "/home", "/run", "/dev", os.path.dirname(sys.executable), "/proc/sys/kernel"):
        assert not attempt("open(a[0] + '/asynclab-was-here', 'w').close()", place, under=isolating)


def test_other_processes_are_not_seen_or_reached(isolating: Protection) -> None:
    pid = os.getpid()
    assert denied("os.kill(a[0], 0)", pid, under=isolating)
    assert denied("open(f'/proc/{a[0]}/cmdline').read()", pid, under=isolating)
    seen = once(
        "import os\ndef answer():\n    return [p for p in os.listdir('/proc') if p.isdigit()]\n", under=isolating
    )
    assert seen.value == ["1", "2"]


def test_sockets_outside_are_not_reached(isolating: Protection, tmp_path: Path) -> None:
    with (
        socket.socket(socket.AF_UNIX) as named,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.create_server(("127.0.0.1", 0)) as loopback,
    ):
        named.bind(str(tmp_path / "socket"))
        name = f"\0asynclab-test-{os.getpid()}"
        abstract.bind(name)
        named.listen()
        abstract.listen()
        connect = "with socket.socket(socket.AF_UNIX) as s:\n    s.connect(a[0])"
        assert denied(connect, str(tmp_path / "socket"), under=isolating)
        assert denied(connect, name, under=isolating)
        port = loopback.getsockname()[1]
        assert denied("socket.create_connection(('127.0.0.1', a[0]), 5).close()", port, under=isolating)


def test_the_sites_control_is_not_reached(isolating: Protection) -> None:
    with site.visit():
        found = [str(path) for path in paths.data_folder().rglob("*") if path.is_socket()]
        assert found
        connect = "with socket.socket(socket.AF_UNIX) as s:\n    s.connect(a[0])"
        for control in found:
            assert denied(connect, control, under=isolating)


def test_outside_addresses_are_unreachable(isolating: Protection) -> None:
    """Only tried from inside: nothing is sent to anybody."""
    text = """
import errno, socket
def answer():
    found = []
    for address in ('192.0.2.1', '198.51.100.1', '255.255.255.255'):
        try:
            socket.create_connection((address, 80), 2)
        except OSError as error:
            found.append(errno.errorcode.get(error.errno, str(error)))
    return found, [name for _, name in socket.if_nameindex()]
"""
    reached, interfaces = once(text, under=isolating).value
    assert reached == ["ENETUNREACH"] * 3
    assert interfaces == ["lo"]


def test_no_new_rights(isolating: Protection) -> None:
    unshare = "if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):\n    raise OSError(ctypes.get_errno())"
    assert denied(unshare, under=isolating)
    mount = "if ctypes.CDLL(None, use_errno=True).mount(b'none', b'/tmp', b'tmpfs', 0, None):\n    raise OSError"
    assert not attempt(mount, under=isolating)
    status = once("def answer():\n    return open('/proc/self/status').read()\n", under=isolating).value
    for line in (
        "CapEff:\t0000000000000000",
        "CapPrm:\t0000000000000000",
        "CapBnd:\t0000000000000000",
        "NoNewPrivs:\t1",
    ):
        assert line in status
    with open("/proc/sys/kernel/core_pattern") as file:
        before = file.read()
    if os.getuid() == 0:
        assert denied("os.close(os.open('/proc/sys/kernel/core_pattern', os.O_WRONLY))", under=isolating)
    assert Path("/proc/sys/kernel/core_pattern").read_text() == before


def test_its_first_process_cannot_be_ended(isolating: Protection) -> None:
    text = """
import os, signal, time
def answer():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGSEGV, signal.SIGKILL):
        try:
            os.kill(1, number)
        except OSError:
            pass
    time.sleep(0.2)
    return os.getppid()
"""
    evidence = once(text, under=isolating)
    assert (evidence.outcome, evidence.value) == ("returned", 1)


def test_what_it_needs_is_there(isolating: Protection) -> None:
    text = """
import asyncio, multiprocessing, os, sqlite3, ssl, subprocess, sys, tempfile, zoneinfo
import aiofiles, aiohttp, asyncpg, psycopg2, requests
async def answer():
    ssl.create_default_context()
    with tempfile.TemporaryFile() as file:
        file.write(b'x')
    lock = multiprocessing.Lock()
    listing = subprocess.run(['sh', '-c', 'ls / | wc -l'], capture_output=True, text=True, check=True).stdout
    again = subprocess.run([sys.executable, '-c', 'import aiohttp; print(1)'], capture_output=True, text=True)
    server = await asyncio.start_server(lambda r, w: w.close(), '127.0.0.1', 0)
    server.close()
    return int(listing) > 3, again.stdout, os.path.expanduser('~')
"""
    evidence = once(text, under=isolating)
    assert evidence.outcome == "returned", evidence.error
    assert evidence.value == (True, "1\n", HOME_INSIDE)


def test_the_checkout_is_hidden_even_inside_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    checkout = environment / "course"
    (checkout / ".venv").mkdir(parents=True)
    monkeypatch.setattr(paths, "CHECKOUT", checkout)
    monkeypatch.setattr(sys, "base_prefix", str(environment))
    monkeypatch.setattr(sys, "prefix", str(checkout / ".venv"))
    monkeypatch.setattr(sys, "exec_prefix", str(checkout / ".venv"))
    plan = mounts(tmp_path / "home")
    order = [(kind, target) for kind, _, target in plan]
    shown = order.index(("ro", str(environment)))
    hidden = order.index(("tmpfs", str(checkout)))
    again = len(order) - 1 - order[::-1].index(("ro", str(checkout / ".venv")))
    assert shown < hidden < again


@pytest.fixture(scope="module")
def fresh() -> Iterator[FreshDatabase]:
    with database.fresh() as made:
        yield made


QUERY = """
async def answer(pool, statement):
    async with pool.acquire() as connection:
        return [tuple(row) for row in await connection.fetch(statement)]
"""


def in_database(fresh: FreshDatabase | Remote, statement: str, under: Protection) -> Evidence:
    async def main() -> Evidence:
        async with Children(under, network=False) as children:
            run = Run("answer", [POOL, statement], pool=PoolSpec(fresh, 3))
            return await children.run(Source(QUERY), run)

    return asyncio.run(main())


def test_the_database_comes_in_as_its_socket(isolating: Protection, fresh: FreshDatabase) -> None:
    evidence = in_database(fresh, "SELECT count(*) > 0, inet_server_addr() IS NULL FROM cities", isolating)
    assert evidence.value == [(True, True)], evidence
    assert evidence.left == () and evidence.facts["pool"] == {"held_after": 0}
    port = int(fresh.dsn.rpartition(":")[2].partition("/")[0])
    assert denied("socket.create_connection(('127.0.0.1', a[0]), 5).close()", port, under=isolating)


class Remote:
    """As a database that DATABASE_URL names: there is no socket of this machine's to bind in."""

    socket_folder = None

    def __init__(self, fresh: FreshDatabase) -> None:
        self.dsn, self.dsn_in = fresh.dsn, fresh.dsn_in
        self.clear, self.ledger = fresh.clear, fresh.ledger


def test_a_server_elsewhere_is_reached_through_a_relay(isolating: Protection, fresh: FreshDatabase) -> None:
    evidence = in_database(Remote(fresh), "SELECT count(*) > 0, inet_server_addr() IS NULL FROM cities", isolating)
    assert evidence.value == [(True, False)], evidence


def test_the_servers_own_files_and_programs_are_denied(isolating: Protection, fresh: FreshDatabase) -> None:
    for statement in (
        "COPY countries FROM PROGRAM 'cat /etc/passwd'",
        "COPY countries FROM '/etc/passwd'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_ls_dir('.')",
    ):
        evidence = in_database(fresh, statement, isolating)
        assert evidence.outcome == "raised" and evidence.error is not None
        assert "InsufficientPrivilege" in evidence.error.type, evidence.error


def test_a_program_makes_its_own_connection(isolating: Protection, fresh: FreshDatabase) -> None:
    """The address that DSN stands for is good where the answer runs, for a driver that blocks, too."""
    text = """
import psycopg2
def answer(dsn):
    connection = psycopg2.connect(dsn)
    cursor = connection.cursor()
    cursor.execute("SELECT current_database()")
    found = cursor.fetchone()[0]
    connection.close()
    return found
"""

    async def main() -> Evidence:
        async with Children(isolating, network=False) as children:
            return await children.run(Source(text), Run("answer", [DSN], pool=PoolSpec(fresh, 1), in_loop=False))

    evidence = asyncio.run(main())
    assert evidence.value == fresh.name, evidence


REPORTS = """
import asyncio

async def answer(pool):
    query = "SELECT * FROM country_report($1)"
    await asyncio.gather(*(pool.fetchrow(query, code) for code in ("FR", "DE", "IT")))
"""


def test_without_a_visit_the_ledger_is_the_databases(isolating: Protection, fresh: FreshDatabase) -> None:
    async def main() -> Evidence:
        async with Children(isolating, network=False) as children:
            run = Run("answer", [POOL], pool=PoolSpec(fresh, 3))
            await children.run(Source(REPORTS), run)
            return await children.run(Source(REPORTS), run)

    evidence = asyncio.run(main())
    assert evidence.ledger.attempts == {"FR": 1, "DE": 1, "IT": 1}, evidence  # of this run alone
    assert (evidence.ledger.peak_in_flight, evidence.ledger.connections) == (3, 3)
    first, last = evidence.ledger.requests[0], evidence.ledger.requests[-1]
    assert evidence.go - 0.01 < first.start < last.end < evidence.go + evidence.wall + 0.01


UNWAITED = """
import asyncio

async def answer(pool):
    global task
    task = asyncio.create_task(pool.fetchval("SELECT pg_sleep(20)"))
    await asyncio.sleep(0.05)
"""


def test_a_task_of_the_pools_query_is_the_answers(isolating: Protection, fresh: FreshDatabase) -> None:
    async def main() -> Evidence:
        async with Children(isolating, network=False) as children:
            return await children.run(Source(UNWAITED), Run("answer", [POOL], pool=PoolSpec(fresh, 3)))

    evidence = asyncio.run(main())
    assert sorted(one.what for one in evidence.left) == ["connection", "task"]


def test_a_connection_kept_is_left_behind(isolating: Protection, fresh: FreshDatabase) -> None:
    async def main() -> Evidence:
        async with Children(isolating, network=False) as children:
            text = "async def answer(pool):\n    global kept\n    kept = await pool.acquire()\n"
            return await children.run(Source(text), Run("answer", [POOL], pool=PoolSpec(fresh, 3)))

    evidence = asyncio.run(main())
    assert [one.what for one in evidence.left] == ["connection"]


USER = """
import asyncio, json, os, sys
from asynclab.measure import Children, Run, Source, protections
async def main():
    told = {}
    for protection in protections():
        async with Children(protection, network=False) as children:
            text = "import os\\nasync def answer():\\n    return os.getuid(), os.access('/etc', os.W_OK)\\n"
            evidence = await children.run(Source(text), Run("answer"))
            told[protection.name] = [evidence.outcome, evidence.value, evidence.baseline_memory > 1 << 20]
    print(json.dumps(told))
asyncio.run(main())
"""


@pytest.mark.skipif(os.getuid() != 0, reason="an ordinary user runs every test here as an ordinary user already")
def test_an_ordinary_user_has_the_same_protections(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    own = Path("/tmp") / f"asynclab-user-{os.getpid()}"
    own.mkdir()
    os.chown(own, 65534, 65534)
    try:
        done = subprocess.run(
            [sys.executable, "-c", USER],
            user=65534,
            group=65534,
            extra_groups=[],
            cwd="/",
            env={
                "PYTHONPATH": str(paths.CHECKOUT),
                "ASYNCLAB_DATA": str(own),
                "PATH": os.environ["PATH"],
                "HOME": str(own),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    except PermissionError:
        pytest.skip("this Python is in a folder that other users can't read")
    finally:
        subprocess.run(["rm", "-rf", str(own)], check=False)
    if "Permission denied" in done.stderr and "asynclab" not in done.stderr:
        pytest.skip("this Python is in a folder that other users can't read")
    assert done.returncode == 0, done.stderr
    import json

    told = json.loads(done.stdout)
    assert set(told) == {protection.name for protection in protections()}
    assert all(outcome == ["returned", [65534, False], True] for outcome in told.values()), told


def test_threads_of_the_test_itself_are_gone() -> None:
    """The runs' own threads end with them."""
    assert not [thread.name for thread in threading.enumerate() if thread.name == "asynclab-measure"]
