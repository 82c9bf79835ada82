"""The database: made, confined, killed in every way, and working at the next use with the data there."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import psycopg2
import pytest

from asynclab.paths import CHECKOUT
from asynclab.problems import Problem
from asynclab.services import FreshDatabase, binaries, database, lease, postgres
from tests.services.conftest import processes_of, run, use, wait_for, wait_until_gone

CITIES = 6681
COUNT_CITIES = """
import asyncio
from asynclab.services import database
async def main():
    async with database.pool(max_size=2) as pool:
        return await pool.fetchval("SELECT count(*) FROM cities")
print(asyncio.run(main()), database.found, database.version)
"""


def query(dsn: str, statement: str, *values: Any) -> Any:
    """The first value that a statement gives, on a connection of its own."""

    async def main() -> Any:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()

    return asyncio.run(main())


def works() -> bool:
    """Whether the lab's database answers with the data there, and gives a fresh one."""
    with database.fresh() as fresh:
        counts = {query(dsn, "SELECT count(*) FROM cities") for dsn in (database.dsn, fresh.dsn)}
    return counts == {CITIES}


def postmaster() -> int:
    return int(lease.call("processes")["postgres"])


def cluster(folder: Path) -> Path:
    [found] = [path for path in folder.glob("postgres-*") if not path.name.endswith(".new")]
    return found


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a cluster, from which tests that break one take a copy: initdb takes a second."""
    folder = tmp_path_factory.mktemp("made")
    assert run(COUNT_CITIES, folder, environment={"ASYNCLAB_POSTGRES": "embedded"}).startswith(str(CITIES))
    assert wait_until_gone(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def warm(lab: Path, made: Path) -> Path:
    """The services in a data folder of this test's own, with a cluster that was stopped cleanly."""
    shutil.copytree(made, lab, dirs_exist_ok=True)
    return lab


# What it holds and who may what ------------------------------------------------------------------


@pytest.fixture
def fresh(kept: Path) -> Iterator[FreshDatabase]:
    with database.fresh() as fresh:
        yield fresh


def test_it_is_the_embedded_one_with_the_real_data(kept: Path) -> None:
    assert database.found == "embedded"
    assert database.version.split(".")[0].isdigit()
    assert query(database.dsn, "SELECT count(*) FROM cities") == CITIES
    assert query(database.dsn, "SELECT name FROM cities WHERE id = 32900") == "Golestān"
    assert query(database.dsn, "SELECT count(*) FROM countries") == 246
    for table in ("readings", "accounts"):
        assert query(database.dsn, f"SELECT count(*) FROM {table}") == 0


def test_country_report_is_right_and_takes_a_while(fresh: FreshDatabase) -> None:
    async def main() -> None:
        async with asyncpg.create_pool(fresh.dsn, min_size=10, max_size=10) as pool:
            took = {}
            for code in ("DE", "FR", "US", "VA"):
                began = time.monotonic()
                [row] = await pool.fetch("SELECT * FROM country_report($1)", code)
                took[code] = time.monotonic() - began
                assert row["country"] == code
                assert row["cities"] == await pool.fetchval("SELECT count(*) FROM cities WHERE country = $1", code)
            assert row["name"] == row["largest"] == "Vatican City" or row["name"] == "Vatican"
            assert min(took.values()) > 0.04
            assert len({round(seconds, 2) for seconds in took.values()}) > 1
            assert await pool.fetch("SELECT * FROM country_report('XX')") == []

    asyncio.run(main())


def test_the_ledger_of_reports(fresh: FreshDatabase) -> None:
    report = "SELECT name FROM country_report($1)"

    async def main() -> None:
        async with asyncpg.create_pool(fresh.dsn, min_size=2, max_size=2) as pool:
            began = time.monotonic()
            await asyncio.gather(pool.fetchval(report, "FR"), pool.fetchval(report, "DE"))
            fresh.ask("INSERT INTO lab.rules VALUES ('FR', 0.3, NULL), ('DE', 0.0, 'not today')")
            await pool.fetchval(report, "FR")
            with pytest.raises(asyncpg.RaiseError, match="not today"):
                await pool.fetchval(report, "DE")
            took = time.monotonic() - began
            for statement in ("SELECT * FROM lab.calls", "DELETE FROM lab.rules", "TRUNCATE lab.calls"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await pool.execute(statement)
        seen = fresh.ledger()
        assert seen.attempts == {"FR": 2, "DE": 1}  # the one that failed came to no end
        assert (seen.connections, seen.peak_in_flight) == (2, 2)
        assert seen.requests[-1].end - seen.requests[-1].start >= 0.3
        assert began - 0.02 < seen.requests[0].start < seen.requests[-1].end < began + took + 0.02
        fresh.clear()
        assert len(fresh.ledger()) == 0

    asyncio.run(main())


def test_pool_of_fewer_than_ten(kept: Path) -> None:
    async def main() -> None:
        pool = await database.pool(max_size=3)
        assert pool.get_max_size() == 3
        assert await pool.fetchval("SELECT 1") == 1
        await pool.close()
        async with database.pool(min_size=1, max_size=2) as pool:
            assert await pool.fetchval("SELECT current_user") == "asynclab_learner"

    asyncio.run(main())


def test_the_learner_may_do_what_lessons_need_and_spoil_nothing(kept: Path) -> None:
    async def main() -> None:
        connection = await asyncpg.connect(database.dsn)
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("INSERT INTO accounts VALUES (1, 10)")
        await connection.execute("TRUNCATE readings")
        await connection.execute("CREATE TABLE of_mine (id int)")
        await connection.execute("CREATE TEMPORARY TABLE for_now (id int)")
        await transaction.rollback()
        for forbidden in (
            "DELETE FROM cities",
            "DROP TABLE countries",
            "CREATE DATABASE another",
            "CREATE ROLE another",
            "SET ROLE asynclab_owner",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(forbidden)
        await connection.close()

    asyncio.run(main())


def test_gradings_are_apart(fresh: FreshDatabase) -> None:
    with database.fresh() as other:
        assert len({fresh.name, other.name, fresh.password, other.password}) == 4
        query(fresh.dsn, "INSERT INTO accounts VALUES (1, 10) RETURNING id")
        assert query(other.dsn, "SELECT count(*) FROM accounts") == 0
        assert query(database.dsn, "SELECT count(*) FROM accounts") == 0


def test_a_gradings_role_is_confined(fresh: FreshDatabase, kept: Path) -> None:
    with database.fresh() as other:
        elsewhere = [other.name, "asynclab", "postgres", "template1"]
        for name in elsewhere:
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.InvalidAuthorizationSpecificationError)):
                query(fresh.dsn.rsplit("/", 1)[0] + "/" + name, "SELECT 1")
        attempts = {
            "COPY accounts FROM PROGRAM 'echo 1,1'": asyncpg.InsufficientPrivilegeError,
            "COPY accounts TO '/tmp/asynclab-out'": asyncpg.InsufficientPrivilegeError,
            "SELECT pg_read_file('PG_VERSION')": asyncpg.InsufficientPrivilegeError,
            "SELECT pg_ls_dir('.')": asyncpg.InsufficientPrivilegeError,
            "SELECT lo_import('/etc/passwd')": asyncpg.InsufficientPrivilegeError,
            "SELECT rolpassword FROM pg_authid": asyncpg.InsufficientPrivilegeError,
            "CREATE EXTENSION dblink": asyncpg.PostgresError,
            "CREATE ROLE another SUPERUSER": asyncpg.InsufficientPrivilegeError,
            f"ALTER ROLE {fresh.role} SUPERUSER": asyncpg.InsufficientPrivilegeError,
            "ALTER SYSTEM SET fsync = on": asyncpg.InsufficientPrivilegeError,
            f"DROP DATABASE {other.name}": asyncpg.PostgresError,
            "SET temp_file_limit = -1": asyncpg.InsufficientPrivilegeError,
            f"GRANT {other.role} TO {fresh.role}": asyncpg.InsufficientPrivilegeError,
        }
        for statement, refusal in attempts.items():
            with pytest.raises(refusal):
                query(fresh.dsn, statement)
        # Others' statements and their ends are none of its business.
        ended = query(
            fresh.dsn,
            "SELECT count(*) FROM pg_stat_activity WHERE datname <> current_database() AND query <> '' "
            "AND query <> '<insufficient privilege>'",
        )
        assert ended == 0
    assert query(fresh.dsn, "SHOW statement_timeout") == "2min"
    assert query(fresh.dsn, "SHOW temp_file_limit") == "512MB"


def test_the_wrong_password_is_refused_wherever_one_connects(fresh: FreshDatabase) -> None:
    wrong = fresh.dsn.replace(fresh.password, "wrong")
    with pytest.raises(asyncpg.InvalidPasswordError):
        query(wrong, "SELECT 1")
    assert fresh.socket_folder
    folder = fresh.dsn_in(fresh.socket_folder)
    with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
        psycopg2.connect(folder.replace(fresh.password, "wrong"))


def test_the_socket_serves_where_its_folder_is_seen(fresh: FreshDatabase, tmp_path: Path) -> None:
    assert fresh.socket_folder
    (tmp_path / "pg").symlink_to(fresh.socket_folder)
    dsn = fresh.dsn_in(str(tmp_path / "pg"))
    assert query(dsn, "SELECT current_user") == fresh.role
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == (fresh.name,)
    connection.close()


def test_files_are_ours_alone(kept: Path) -> None:
    assert database.dsn
    for path in (cluster(kept), cluster(kept) / "data", cluster(kept) / "socket", cluster(kept) / "password"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert (kept / "services" / "learner").stat().st_mode & 0o077 == 0


def test_close_drops_it_whoever_is_connected(kept: Path) -> None:
    fresh = database.fresh()

    async def main() -> None:
        connection = await asyncpg.connect(fresh.dsn)
        await asyncio.to_thread(fresh.close)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await connection.fetchval("SELECT 1")

    asyncio.run(main())
    left = "SELECT count(*) FROM pg_database WHERE datname = $1"
    assert query(database.admin_dsn, left, fresh.name) == 0
    assert query(database.admin_dsn, "SELECT count(*) FROM pg_roles WHERE rolname = $1", fresh.role) == 0


def test_a_killed_users_database_is_dropped(kept: Path) -> None:
    from tests.services.conftest import user

    assert database.dsn
    gone = user(
        "from asynclab.services import database\nf = database.fresh()\nprint(f.name, flush=True)\n"
        "import time\ntime.sleep(60)",
        kept,
    )
    assert gone.stdout
    name = gone.stdout.readline().strip()
    count = "SELECT count(*) FROM pg_database WHERE datname = $1"
    assert query(database.admin_dsn, count, name) == 1
    gone.kill()
    gone.wait()
    assert wait_for(lambda: query(database.admin_dsn, count, name) == 0)


def test_a_learner_who_changed_the_password_is_let_in_after_a_restart(warm: Path) -> None:
    query(database.dsn, "ALTER ROLE asynclab_learner PASSWORD 'changed'")
    with pytest.raises(asyncpg.InvalidPasswordError):
        query(database.dsn, "SELECT 1")
    os.kill(lease.call("processes")["keeper"], signal.SIGTERM)
    assert works()


# Killed, interrupted, broken ---------------------------------------------------------------------


@pytest.mark.slow
def test_cold_and_warm(lab: Path) -> None:
    began = time.monotonic()
    assert database.dsn
    cold = time.monotonic() - began
    lease.release()
    assert wait_until_gone(lab)
    assert not (cluster(lab) / "running").exists()
    began = time.monotonic()
    assert database.dsn
    assert time.monotonic() - began < cold  # tests/bench/database.py has the figures
    assert works()


def test_a_killed_postmaster(warm: Path) -> None:
    """With a busy backend left over, which holds the shared memory that the next one needs."""
    with database.fresh() as kept_database:
        busy = "SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 1000) b"

        async def main() -> None:
            connection = await asyncpg.connect(kept_database.dsn)
            task = asyncio.create_task(connection.execute(busy))
            await asyncio.sleep(0.3)
            os.kill(await asyncio.to_thread(postmaster), signal.SIGKILL)
            assert await asyncio.to_thread(works)
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
                async with asyncio.timeout(20):
                    await task

        address = database.dsn
        asyncio.run(main())
        assert database.dsn == address
        assert query(kept_database.dsn, "SELECT count(*) FROM cities") == CITIES  # its grading can go on


def test_a_killed_postmaster_comes_back_by_itself(warm: Path) -> None:
    dsn = database.dsn
    os.kill(postmaster(), signal.SIGKILL)

    def answers() -> bool:
        try:
            return bool(query(dsn, "SELECT count(*) FROM cities") == CITIES)
        except (OSError, asyncpg.PostgresError):
            return False

    assert wait_for(answers, 15)


def test_a_killed_backend(warm: Path) -> None:
    async def main() -> None:
        connection = await asyncpg.connect(database.dsn)
        os.kill(await connection.fetchval("SELECT pg_backend_pid()"), signal.SIGKILL)
        assert await asyncio.to_thread(works)

    asyncio.run(main())


def test_a_killed_keeper(warm: Path) -> None:
    query(database.dsn, "INSERT INTO accounts VALUES (7, 70) RETURNING id")
    old = postmaster()
    os.kill(lease.call("processes")["keeper"], signal.SIGKILL)
    assert works()
    assert postmaster() != old
    assert query(database.dsn, "SELECT balance FROM accounts WHERE id = 7") == 70
    assert not psutil.pid_exists(old) or psutil.Process(old).status() == psutil.STATUS_ZOMBIE


def test_keeper_and_postmaster_killed_together(warm: Path) -> None:
    assert works()
    processes = lease.call("processes")
    for name in ("postgres", "keeper"):
        os.kill(processes[name], signal.SIGKILL)
    assert works()


def test_a_stale_pid_file_that_names_a_living_process(warm: Path) -> None:
    pid_file = cluster(warm) / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{cluster(warm) / 'data'}\n0\n5432\n../socket\n127.0.0.1\n  1 1\nready\n")
    (cluster(warm) / "running").write_text(postgres.boot())
    assert works()


def test_a_machine_that_went_down_under_it(warm: Path) -> None:
    """It runs without fsync: after that its files may be anything, so they are made anew."""
    query(database.dsn, "INSERT INTO accounts VALUES (7, 70) RETURNING id")
    os.kill(lease.call("processes")["keeper"], signal.SIGKILL)
    lease.release()
    assert wait_for(lambda: not processes_of(warm), 10)
    (cluster(warm) / "running").write_text("an earlier start of the machine")
    assert works()
    assert query(database.dsn, "SELECT count(*) FROM accounts") == 0


@pytest.mark.parametrize(
    "what",
    [
        "global/pg_control",
        "../password",
        *(pytest.param(what, marks=pytest.mark.slow) for what in ("base", "PG_VERSION", "../way")),
    ],
)
def test_broken_files(warm: Path, what: str) -> None:
    path = cluster(warm) / "data" / what
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.write_bytes(b"rubbish")
    assert works()


def test_an_interrupted_initdb(lab: Path) -> None:
    lease.hold_lease()
    new = lab / f"postgres-{binaries.find('embedded').major}.new"
    assert wait_for(lambda: (new / "data" / "base").exists(), 10)
    os.kill(lease.call("processes")["keeper"], signal.SIGKILL)
    lease.release()
    assert wait_for(lambda: not processes_of(lab), 10)
    assert not (lab / new.stem).exists()
    assert works()
    assert not new.exists()


def test_a_port_that_is_taken_meanwhile(warm: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        (cluster(warm) / "port").write_text(str(taken.getsockname()[1]))
        assert works()
        assert database.dsn.split(":")[-1] != f"{taken.getsockname()[1]}/asynclab"


@pytest.mark.parametrize("name", [f"a space, a comma and ümläuts {'x' * 150}"])
def test_folders_of_any_name(made: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = use(tmp_path / name, monkeypatch)
    shutil.copytree(made, folder, dirs_exist_ok=True)
    assert works()
    lease.release()
    assert wait_until_gone(folder)
    shutil.rmtree(folder)


def test_a_full_disk_is_a_problem_and_then_none() -> None:
    script = f"""
    mount -t tmpfs -o size=20m none /mnt && cd / && exec {shlex.quote(sys.executable)} - <<'END'
import os
from asynclab.problems import Problem
from asynclab.services import database, lease, site
os.environ["ASYNCLAB_DATA"] = "/mnt/data"
os.environ["ASYNCLAB_POSTGRES"] = "embedded"
try:
    print(database.dsn)
except Problem as problem:
    print("PROBLEM", problem.what, "TODO", problem.todo)
print(len(site.url) > 10)
os.system("mount -o remount,size=300m /mnt")
print(database.dsn[:10])
with open("/mnt/rest", "wb") as rest:
    try:
        while True:
            rest.write(bytes(1 << 20))
    except OSError:
        pass
lease.release()
END
    """
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        timeout=60,
    )
    if "unshare" in done.stderr:
        pytest.skip("no namespaces here")
    lines = done.stdout.splitlines()
    assert "is full" in lines[0], done
    assert "ASYNCLAB_DATA" in lines[0]
    assert lines[1:] == ["True", "postgresql"], done


# Ways to run it, and other servers ----------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="for root alone: others run it as themselves")
@pytest.mark.parametrize("way", ["user namespace", "unprivileged id that may pass folders", "unprivileged id"])
def test_every_way_of_not_being_root(way: str) -> None:
    """Permissions outside its own folder stay as they are; the first two work below closed folders."""
    import tempfile

    ways = {each.name: each for each in postgres.ways()}
    if way not in ways:
        pytest.skip("not on this machine")
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        os.chmod(place, 0o755 if way == "unprivileged id" else 0o700)
        folder = Path(place) / "postgres"
        before = os.stat(place)

        async def main() -> None:
            made = postgres.Cluster(folder, binaries.find("embedded"))
            original = postgres.ways
            postgres.ways = lambda: [ways[way]]
            try:
                await made.start()
                connection = await made.connect()
                assert await connection.fetchval("SELECT 1") == 1
                await connection.close()
                await made.stop()
                await made.start()
                assert made.way.name == way
            finally:
                postgres.ways = original
                await made.stop()

        asyncio.run(main())
        after = os.stat(place)
        assert (after.st_mode, after.st_uid) == (before.st_mode, before.st_uid)
        assert postgres.processes_in(folder / "data") == []


def test_no_postgresql_of_the_machines_own_is_needed(lab: Path) -> None:
    """With the machine's own hidden, and the embedded one not asked for by name."""
    hide = ["unshare", "-Urm", "sh", "-c", 'mount -t tmpfs none /usr/lib/postgresql && exec "$@"', "sh"]
    if not Path("/usr/lib/postgresql").exists() or subprocess.run([*hide, "true"], check=False).returncode:
        pytest.skip("the machine has none to hide, or lets nobody hide it")
    done = subprocess.run(
        [*hide, sys.executable, "-c", COUNT_CITIES],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "ASYNCLAB_POSTGRES": "", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split()[:2] == [str(CITIES), "embedded"], done.stderr


def machines_own() -> Path | None:
    return next((folder for folder, found in binaries.candidates() if found == str(folder)), None)


@pytest.mark.slow
def test_the_machines_own_serves_too(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = machines_own()
    if own is None:
        pytest.skip("this machine has none")
    monkeypatch.setenv("ASYNCLAB_POSTGRES", str(own))
    assert database.found == str(own)
    assert works()


def test_programs_that_do_not_run_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "bin"
    broken.mkdir()
    for name in ("postgres", "initdb"):
        (broken / name).write_text("#!/bin/sh\nexit 127\n")
        (broken / name).chmod(0o755)
    real = list(binaries.candidates())
    monkeypatch.setattr(binaries, "candidates", lambda: iter([(broken, "embedded"), *real]))
    monkeypatch.delenv("ASYNCLAB_POSTGRES", raising=False)
    assert binaries.find().folder == real[0][0]
    monkeypatch.setattr(binaries, "candidates", lambda: iter([(broken, "embedded")]))
    with pytest.raises(Problem, match="No PostgreSQL"):
        binaries.find()


USE_AND_LEAVE = (
    COUNT_CITIES
    + """
import psycopg2
with database.fresh() as fresh:
    connection = psycopg2.connect(fresh.dsn)
    cursor = connection.cursor()
    cursor.execute("SELECT count(*) FROM cities")
    assert cursor.fetchone() == (6681,)
    assert fresh.socket_folder is None
left = database.fresh()
"""
)


@pytest.mark.parametrize("superuser", [pytest.param(True, marks=pytest.mark.slow), False])
def test_database_url(lab: Path, made: Path, tmp_path: Path, superuser: bool) -> None:
    """In somebody else's server the lab touches only what it made, and leaves nothing."""
    folder = tmp_path / "server"
    shutil.copytree(made / cluster(made).name, folder)
    server = postgres.Cluster(folder, binaries.find("embedded"))

    async def listing() -> set[str]:
        connection = await server.connect()
        rows = await connection.fetch(
            "SELECT datname || coalesce(datacl::text, '') FROM pg_database UNION SELECT rolname FROM pg_roles"
        )
        await connection.close()
        return {row[0] for row in rows}

    async def main() -> None:
        await server.start()
        try:
            admin = await server.connect()
            await admin.execute(
                f"CREATE ROLE class LOGIN PASSWORD 'x y' {'SUPERUSER' if superuser else 'CREATEDB CREATEROLE'}"
            )
            await admin.execute("CREATE DATABASE theirs OWNER class")
            before = await listing()
            url = f"postgresql://class:x%20y@127.0.0.1:{server.port}/theirs"
            said = await asyncio.to_thread(run, USE_AND_LEAVE, lab, environment={"DATABASE_URL": url})
            assert said.split()[:2] == [str(CITIES), "DATABASE_URL"]
            during = await listing()
            assert before < during
            assert {name[:9] for name in during - before} == {"asynclab_"}
            assert await asyncio.to_thread(wait_until_gone, lab)
            assert await listing() == before
            await admin.close()
        finally:
            await server.stop()
            shutil.rmtree(folder)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://nobody:x@127.0.0.1:1/none", "can't be used"),
        ("mysql://somewhere/else", "does not name a PostgreSQL"),
    ],
)
def test_a_database_url_that_does_not_work(kept: Path, monkeypatch: pytest.MonkeyPatch, url: str, says: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(Problem, match=says) as told:
        assert database.dsn
    assert "DATABASE_URL" in str(told.value)


def test_a_database_url_whose_role_may_not_enough(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database.dsn)  # the learner's own role
    with pytest.raises(Problem, match="may not") as told:
        assert database.dsn
    assert "CREATEDB" in told.value.todo
