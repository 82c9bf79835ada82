"""Two people at one machine, and two clones of one person: each has services, ports, files and grades of their own."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import urllib.error
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from asynclab.paths import CHECKOUT
from tests.services.conftest import wait_until_gone
from tests.services.test_keeper import readable_by
from tests.setup.labs import GONE_WITHIN, Lab, until

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")
TASK = "00_start_here.greet"

# A learner who uses the services, has something graded, and stays until told to go.
LEARN = f"""
import asyncio, json, sys, urllib.request
from asynclab import database, progress, site
from asynclab.paths import data_folder
async def rows():
    async with database.pool(max_size=1) as pool:
        return await pool.fetchval("SELECT count(*) FROM cities")
visit = site.visit()
progress.show_hint({TASK!r}, 3)
print(json.dumps({{
    "site": site.url, "dsn": database.dsn, "visit": visit.url(), "rows": asyncio.run(rows()),
    "data": str(data_folder()),
    "status": urllib.request.urlopen(visit.url()).status, "hints": progress.of({TASK!r}).hints,
}}), flush=True)
sys.stdin.read()
"""


@dataclass
class Person:
    """A user of the machine with a folder of their own, and one of the lab's users there."""

    uid: int
    folder: Path
    process: subprocess.Popen[str]
    told: dict[str, Any]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def tries(self, code: str) -> str:
        """What a program of theirs prints, or the name of what it raised."""
        program = "try:\n" + textwrap.indent(textwrap.dedent(code).strip(), "    ")
        program += "\nexcept Exception as why:\n    print(type(why).__name__)"
        done = as_user(self.uid, self.folder, program)
        out, err = done.communicate(timeout=60)
        assert done.returncode == 0, err
        return out.strip()


def as_user(uid: int, folder: Path, code: str) -> subprocess.Popen[str]:
    other = uid != os.geteuid()
    own = {"HOME": str(folder), "ASYNCLAB_DATA": str(folder / "data")}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), **own},
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        **({"user": uid, "group": uid, "extra_groups": []} if other else {}),  # type: ignore[arg-type]
    )  # fmt: skip


def others() -> list[int]:
    """Ids of two ordinary users that have names (PostgreSQL looks them up), as far as root can become them."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    ids = sorted({user.pw_uid for user in pwd.getpwall() if user.pw_uid != 0}, reverse=True)[:2]
    for uid in ids:
        if not readable_by(
            uid, Path(sys.executable).resolve(), CHECKOUT / "asynclab/__init__.py", CHECKOUT / "data/cities.csv"
        ):
            pytest.skip("this Python or this checkout can't be read by an ordinary user")
    if os.stat(os.devnull).st_mode & 0o6 != 0o6:
        pytest.skip("/dev/null is closed to ordinary users here: chmod 666 /dev/null")
    return ids


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user can enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="asynclab-two-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def people(place: Path) -> Iterator[Callable[..., list[Person]]]:
    """People by their ids, who begin at the same moment."""
    begun: list[Person] = []

    def begin(*ids: int) -> list[Person]:
        for number, uid in enumerate(ids):
            folder = place / f"home-{number}"
            folder.mkdir(mode=0o755)  # as open as many homes are
            os.chown(folder, uid, uid)
            begun.append(Person(uid, folder, as_user(uid, folder, LEARN), {}))
        for person in begun:
            assert person.process.stdout and person.process.stderr
            line = person.process.stdout.readline()
            assert line, person.process.stderr.read()
            person.told = json.loads(line)
        return begun

    yield begin
    for person in begun:
        person.process.communicate(timeout=60)
    assert [person for person in begun if not wait_until_gone(person.data)] == []


def own_and_apart(people: list[Person]) -> None:
    for person in people:
        assert person.told["status"] == 200 and person.told["rows"] > 6000
        assert person.told["hints"] == 1, "another's progress counted here"
        assert person.told["data"] == str(person.data)
    for what in ("site", "dsn"):
        assert len({person.told[what] for person in people}) == len(people), f"the same {what}"


@linux
def test_two_users_side_by_side(people: Callable[..., list[Person]]) -> None:
    one, other = people(*others())
    own_and_apart([one, other])
    for person in (one, other):
        assert {path.lstat().st_uid for path in person.data.rglob("*")} == {person.uid}
        assert person.data.stat().st_mode & 0o777 == 0o700
    # What one could try with what every user of the machine sees: ports, and where the other's home is.
    assert other.tries(f"import os; print(os.listdir({str(one.data)!r}))") == "PermissionError"
    assert other.tries(f"print(open({str(one.data / 'progress.json')!r}).read())") == "PermissionError"
    keeper = str(one.data / "services/keeper")
    assert other.tries(f"import socket; print(socket.socket(socket.AF_UNIX).connect({keeper!r}))") == "PermissionError"
    mine, theirs = other.told["dsn"], one.told["dsn"]
    swapped = mine.rpartition("@")[0] + "@" + theirs.rpartition("@")[2]  # one's own password at the other's server
    assert other.tries(
        f"import asyncio, asyncpg\nprint(asyncio.run(asyncpg.connect({swapped!r}, timeout=10)))"
    ) == "InvalidPasswordError"  # fmt: skip
    visit = other.told["visit"].removeprefix(other.told["site"])
    assert other.tries(f"import urllib.request; urllib.request.urlopen({one.told['site'] + visit!r})") == "HTTPError"
    assert other.tries(f"import urllib.request; urllib.request.urlopen({one.told['site'] + '/v/'!r})") == "HTTPError"
    assert other.tries(f"import os; os.kill({one.process.pid}, 0)") == "PermissionError"


@linux
def test_two_folders_of_one_user_side_by_side(people: Callable[..., list[Person]]) -> None:
    one, other = people(os.geteuid(), os.geteuid())
    own_and_apart([one, other])
    # The end of one takes nothing from the other.
    one.process.communicate(timeout=60)
    assert wait_until_gone(one.data)
    assert other.tries(f"import urllib.request; print(urllib.request.urlopen({other.told['visit']!r}).status)") == "200"


@linux
@pytest.mark.slow
def test_a_data_folder_of_somebody_else_is_a_problem_in_two_sentences(
    people: Callable[..., list[Person]], place: Path
) -> None:
    first, second = others()
    (one,) = people(first)
    asked = f"""
    import os
    os.environ["ASYNCLAB_DATA"] = {str(one.data)!r}
    from asynclab import site
    from asynclab.problems import Problem
    try: site.url
    except Problem as problem: print(problem.todo)
    """
    folder = place / "second"
    folder.mkdir()
    assert "ASYNCLAB_DATA" in Person(second, folder, one.process, {}).tries(asked)


# Whole labs --------------------------------------------------------------------------------------


@pytest.fixture
def clone(place: Path) -> Callable[[str, int], Path]:
    """A clone of the course in a folder of its user's."""

    def make(name: str, uid: int) -> Path:
        left_out = shutil.ignore_patterns(".git", ".venv", ".asynclab", "__pycache__", ".*_cache", "answers")
        made = Path(shutil.copytree(CHECKOUT, place / name, ignore=left_out))
        if uid != os.geteuid():
            subprocess.run(["chown", "-R", f"{uid}:{uid}", made], check=True)
        return made

    return make


def labs_apart(one: Lab, other: Lab) -> None:
    """Two labs that run: neither opens with the other's token, and each shows its own clone."""
    assert one.url != other.url and one.token != other.token and one.runtime != other.runtime
    for lab in (one, other):
        names = {entry["name"] for entry in lab.ask("/api/contents/exercises")["content"]}
        assert f"{lab.data.parent.name}.txt" in names and len([name for name in names if name.endswith(".txt")]) == 1
    stolen = one.token
    other_s_own, other.url = other.url, other.url.replace(other.token, stolen)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        other.ask("/api/contents/exercises")
    other.url = other_s_own
    assert not {process.pid for process in one.processes()} & {process.pid for process in other.processes()}


def begin(checkout: Path, user: int | None = None) -> Lab:
    (checkout / "exercises" / f"{checkout.name}.txt").touch()
    return Lab(checkout / ".asynclab", checkout=checkout, user=user)


@linux
@pytest.mark.slow
def test_labs_of_two_clones_of_one_user(clone: Callable[[str, int], Path]) -> None:
    checkouts = [clone(name, os.geteuid()) for name in ("one", "other")]
    with begin(checkouts[0]) as one, begin(checkouts[1]) as other:
        labs_apart(one.wait(), other.wait())
        for lab in (one, other):
            lab.process.send_signal(signal.SIGTERM)
            assert until(lambda lab=lab: not lab.left(), GONE_WITHIN) is not None, lab.left()


@linux
@pytest.mark.slow
def test_labs_of_two_users(clone: Callable[[str, int], Path]) -> None:
    ids = others()
    checkouts = [clone(name, uid) for name, uid in zip(("one", "other"), ids, strict=True)]
    with begin(checkouts[0], ids[0]) as one, begin(checkouts[1], ids[1]) as other:
        labs_apart(one.wait(), other.wait())
        for lab, uid in ((one, ids[0]), (other, ids[1])):
            assert {process.uids().real for process in lab.processes()} == {uid}
            assert lab.data.stat().st_mode & 0o777 == lab.runtime.stat().st_mode & 0o777 == 0o700
