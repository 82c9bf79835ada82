"""The keeper: one for a data folder, found by connecting, and whatever is killed comes back."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from asynclab.paths import CHECKOUT
from asynclab.problems import Problem
from asynclab.services import hold_lease, lease, site
from asynclab.services.keeper import FOLDER, LINGER, SOCKET, take_lock
from tests.services.conftest import (
    end_user,
    nobody_listens,
    processes_of,
    run,
    use,
    user,
    wait_for,
    wait_until_gone,
)

ASK_SITE = """
from asynclab.services import site
from asynclab.services.lease import call
import urllib.request
with site.visit() as visit:
    assert urllib.request.urlopen(visit.url("/")).read() == visit.expected(visit.url("/"))
print(call("processes")["keeper"], site.url, flush=True)
"""
STAY = ASK_SITE + "import sys\nsys.stdin.read()\n"


def keeper() -> int:
    return int(lease.call("processes")["keeper"])


def answers() -> bool:
    with site.visit() as visit:
        return bool(urllib.request.urlopen(visit.url("/")).read() == visit.expected(visit.url("/")))


def test_a_race_of_eight_starts_one_keeper(lab: Path) -> None:
    racers = [user(STAY, lab) for _ in range(8)]
    said = {racer.stdout.readline() for racer in racers if racer.stdout}
    keepers = [p for p in processes_of(lab) if "asynclab.services.keeper" in p.cmdline()]
    for racer in racers:
        end_user(racer)
    assert len(said) == 1
    assert len(keepers) == 1
    assert {racer.returncode for racer in racers} == {0}


def test_it_lingers_and_then_leaves_nothing(lab: Path) -> None:
    first = run(ASK_SITE, lab)
    assert run(ASK_SITE, lab) == first  # the next user finds the same, though the first has gone
    began = time.monotonic()
    assert wait_until_gone(lab)
    assert time.monotonic() - began > LINGER / 2
    assert {path.name for path in (lab / FOLDER).iterdir() if path.is_socket()} == set()


def test_one_user_leaving_takes_nothing_from_another(lab: Path) -> None:
    stays = user(STAY, lab)
    assert stays.stdout
    said = stays.stdout.readline().strip()
    assert run(ASK_SITE, lab) == said
    time.sleep(LINGER + 1)
    assert run(ASK_SITE, lab) == said
    end_user(stays)


def test_a_killed_user_is_no_user(lab: Path) -> None:
    stays = user(STAY, lab)
    assert stays.stdout
    stays.stdout.readline()
    stays.kill()
    stays.wait()
    assert wait_until_gone(lab)


def test_a_killed_keeper_takes_everything_along_and_is_replaced(lab: Path) -> None:
    assert answers()
    old, url = keeper(), site.url
    children = psutil.Process(old).children(recursive=True)
    os.kill(old, signal.SIGKILL)
    assert wait_for(lambda: not any(child.is_running() and child.status() != "zombie" for child in children), 5)
    assert answers()
    assert keeper() != old
    assert site.url == url  # addresses stay good


def test_a_keeper_told_to_end_ends_cleanly_and_is_replaced(lab: Path) -> None:
    assert answers()
    old = keeper()
    os.kill(old, signal.SIGTERM)
    assert answers()
    assert keeper() != old


def test_a_killed_site_comes_back_at_the_same_address(lab: Path) -> None:
    visit = site.visit()
    for _ in range(3):
        url, pid = visit.url("/"), lease.call("processes")["site"]
        os.kill(pid, signal.SIGKILL)
        visit.clear()  # takes up the same visit in the new site
        assert urllib.request.urlopen(url).read() == visit.expected(url)
        assert lease.call("processes")["site"] != pid


def test_a_visit_of_a_killed_user_is_forgotten(lab: Path) -> None:
    gone = user(
        "from asynclab.services import site\nv = site.visit()\nprint(v.url(), flush=True)\nimport time\ntime.sleep(60)",
        lab,
    )
    assert gone.stdout
    url = gone.stdout.readline().strip()
    assert answers()
    assert urllib.request.urlopen(url).status == 200
    gone.kill()
    gone.wait()

    def forgotten() -> bool:
        try:
            urllib.request.urlopen(url)
        except urllib.error.HTTPError as problem:
            return problem.code == 404
        return False

    assert wait_for(forgotten, 5)


def test_two_data_folders_side_by_side(lab: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    first, second = user(STAY, lab), user(STAY, other)
    assert first.stdout
    assert second.stdout
    one, two = first.stdout.readline().split(), second.stdout.readline().split()
    assert one[0] != two[0]
    assert one[1] != two[1]
    end_user(first)
    assert wait_until_gone(lab)
    assert run(ASK_SITE, other).split() == two
    end_user(second)
    assert wait_until_gone(other)


@pytest.mark.parametrize("name", [f"a space, ümläuts and 100% {'x' * 220}"])
def test_folders_of_any_name(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = use(tmp_path / name, monkeypatch)
    assert answers()
    lease.release()
    assert wait_until_gone(folder)


def test_a_stale_socket_and_rubbish_are_no_hindrance(lab: Path) -> None:
    assert answers()
    os.kill(keeper(), signal.SIGKILL)
    lease.release()
    assert (lab / FOLDER / SOCKET).is_socket()
    assert wait_for(lambda: nobody_listens(lab), 5)
    assert answers()
    os.kill(keeper(), signal.SIGKILL)
    lease.release()
    assert wait_for(lambda: nobody_listens(lab), 5)
    (lab / FOLDER / SOCKET).unlink()
    (lab / FOLDER / SOCKET).write_text("rubbish")
    (lab / FOLDER / "port").write_text("rubbish")
    assert answers()


def test_ctrl_c_in_the_terminal_that_started_it_leaves_it_to_the_others(lab: Path) -> None:
    # The group of a terminal's foreground gets the signal: the starter and its children alike.
    starter = user(STAY, lab, start_new_session=True, stderr=subprocess.DEVNULL)
    assert starter.stdout
    said = starter.stdout.readline().strip()
    other = user(STAY, lab)
    assert other.stdout
    assert other.stdout.readline().strip() == said
    os.killpg(starter.pid, signal.SIGINT)
    starter.wait(timeout=10)
    assert run(ASK_SITE, lab) == said
    end_user(other)


def test_it_holds_nothing_of_its_starter(lab: Path) -> None:
    """Neither its output (a pipe's reader would wait for ever) nor its folder or its descriptors."""
    extra, theirs = os.pipe()
    os.set_inheritable(theirs, True)
    starter = user(ASK_SITE, lab, stderr=subprocess.PIPE, pass_fds=[theirs])
    os.close(theirs)
    starter.communicate(timeout=20)  # reads until every holder of the pipes has closed them
    assert os.read(extra, 1) == b""
    os.close(extra)
    running = processes_of(lab)
    assert len(running) >= 2
    assert {process.cwd() for process in running} == {"/"}
    for process in running:
        assert os.getsid(process.pid) != os.getsid(0)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # that is what is tried here
def test_a_forked_child_is_a_user_of_its_own(lab: Path) -> None:
    assert answers()
    mine = lease.owner()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=lambda: queue.put((lease.owner(), answers())))
    child.start()
    theirs, well = queue.get(timeout=20)
    child.join()
    assert well
    assert theirs != mine
    assert lease.owner() == mine


def test_a_deleted_data_folder_gets_a_new_keeper(lab: Path) -> None:
    assert answers()
    old = psutil.Process(keeper())
    shutil.rmtree(lab)
    assert answers()
    assert keeper() != old.pid
    assert wait_for(lambda: not old.is_running() or old.status() == "zombie", LINGER + 5)
    assert answers()  # the old one's end took nothing from the new one


def test_hold_lease_returns_at_once_and_starts_everything(lab: Path) -> None:
    hold_lease()
    hold_lease()
    assert wait_for(lambda: set(lease.call("processes")) == {"keeper", "site", "postgres"}, 20)


def test_one_cluster_has_one_server_however_it_was_asked_for(kept: Path) -> None:
    code = "from asynclab.services import database\nprint(database.dsn)"
    named = run(code, kept, environment={"ASYNCLAB_POSTGRES": "embedded"})
    assert run(code, kept, environment={"ASYNCLAB_POSTGRES": ""}) == named


def test_many_threads_may_ask(kept: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(16) as pool:
        urls = list(pool.map(lambda _: site.url, range(200)))
    assert len(set(urls)) == 1


def test_a_folder_that_can_not_be_written_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ASYNCLAB_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(Problem) as told:
        hold_lease()
    assert "ASYNCLAB_DATA" in told.value.todo


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    held = take_lock(tmp_path / "lock", 0)
    assert held is not None
    assert take_lock(tmp_path / "lock", 0.05) is None
    os.close(held)
    again = take_lock(tmp_path / "lock", 0)
    assert again is not None
    os.close(again)


def readable_by(user: int, *paths: Path) -> bool:
    looked = ["/usr/bin/env", "-i", "/usr/bin/test"]
    return all(
        subprocess.run([*looked, "-r", str(path)], user=user, group=user, extra_groups=[], cwd="/").returncode == 0
        for path in paths
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_as_an_ordinary_user() -> None:
    import tempfile

    if not readable_by(65534, Path(sys.executable).resolve(), CHECKOUT / "asynclab"):
        pytest.skip("this Python or this checkout can't be read by an ordinary user")
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        os.chmod(place, 0o755)
        folder = Path(place) / "data"
        folder.mkdir(mode=0o700)
        os.chown(folder, 65534, 65534)
        code = """
        import asyncio, os
        from asynclab.services import database, site
        async def main():
            async with database.pool(max_size=2) as pool:
                return await pool.fetchval("SELECT count(*) FROM cities")
        assert os.geteuid() == 65534
        print(site.url, asyncio.run(main()), database.found)
        """
        said = run(
            code,
            folder,
            user=65534,
            group=65534,
            extra_groups=[],
            environment={"HOME": place},
        )
        assert said.split()[1:] == ["6681", "embedded"]
        assert {path.stat().st_uid for path in folder.rglob("*")} == {65534}
        assert wait_until_gone(folder)


def test_what_it_is_started_with_does_not_change_it(lab: Path) -> None:
    """Debug modes of Python and settings of PostgreSQL's programs in the starter's environment."""
    odd = {"PYTHONASYNCIODEBUG": "1", "PYTHONDEVMODE": "1", "PGPORT": "1", "PGUSER": "nobody"}
    starter = user(STAY, lab, environment=odd, stderr=subprocess.DEVNULL)
    assert starter.stdout
    starter.stdout.readline()
    for process in processes_of(lab):
        assert not set(odd) & set(process.environ())
    end_user(starter)


def test_the_keepers_program_is_what_lease_starts() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import asynclab.services.keeper, sys; print('asyncpg' in sys.modules)"],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"  # what takes long to import waits until it is needed
