"""`clean`: what the lab keeps is told and removed on request, and nothing else ever is."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from asynclab.bootstrap import keeps, wheels
from asynclab.bootstrap.keeps import KINDS
from asynclab.commands.clean import amount
from tests.setup.labs import Lab, run

LABS = {
    "environment": ".venv/asynclab-stamp.json",
    "bundle": f"wheels/{wheels.MADE_FOR}",
    "databases": ".asynclab/postgres-18/data/PG_VERSION",
    "run-folders": ".asynclab/run/12-ab/answer.py",
    "logs": ".asynclab/lab.log",
    "caches": "asynclab/__pycache__/x.pyc",
}
YOURS = {
    "settings": ".asynclab/jupyter/settings/theme",
    "records": ".asynclab/records/00_start_here.greet-1.json",
    "progress": ".asynclab/progress.json",
    "old-exercises": "exercises/00_start_here.kept-2026-01-02_03-04-05.ipynb",
}
NEVER = (
    "exercises/00_start_here.ipynb",
    ".asynclab/mine.txt",
    "README.md",
    "lessons/x.md",
    "data/cities.csv",
)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A checkout in which everything lies that the lab keeps, and the code that is needed."""
    folder = tmp_path / "course"
    (folder / "asynclab").mkdir(parents=True)
    source = Path(keeps.__file__).parent.parent
    for name in (
        "__init__.py",
        "__main__.py",
        "cli.py",
        "paths.py",
        "problems.py",
        "scratch.py",
        "bootstrap",
        "commands",
    ):
        (folder / "asynclab" / name).symlink_to(source / name)
    for place in (*LABS.values(), *YOURS.values(), *NEVER):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"of": place}))
    (folder / wheels.FOLDER / "tiny-1.0-py3-none-any.whl").write_bytes(bytes(20_000))
    return folder


def clean(course: Path, *options: str) -> tuple[int, str, list[str]]:
    """In the course's own Python, without its packages. asynclab is linked, so the code is told where it is."""
    main = "import sys; sys.dont_write_bytecode = True; from pathlib import Path; from asynclab import paths; " \
        "paths.CHECKOUT = Path(sys.argv[1]); from asynclab import cli; sys.exit(cli.main(sys.argv[2:]))"  # fmt: skip
    variables = {name: value for name, value in os.environ.items() if name != "ASYNCLAB_DATA"}
    done = subprocess.run(
        [sys.executable, "-c", main, str(course), "clean", *options], env={**variables, "TMPDIR": str(course.parent)},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr.splitlines()


def there(course: Path) -> set[str]:
    return {str(path.relative_to(course)) for path in course.rglob("*") if path.is_file()}


def is_there(course: Path, *names: str) -> bool:
    return all((course / {**LABS, **YOURS}[name]).exists() for name in names)


def test_it_tells_everything_and_removes_nothing(course: Path) -> None:
    before = there(course)
    status, out, err = clean(course)
    assert (status, err) == (0, []) and there(course) == before
    for kind in KINDS:
        assert f"  {kind.name} " in out, out
    assert "Not the lab's, and never removed by it: .asynclab/mine.txt" in out
    assert out.index("Yours:") > out.index("caches") and "Nothing was removed" in out


def test_all_is_all_but_what_is_yours(course: Path) -> None:
    yours = {name: (course / name).read_text() for name in (*YOURS.values(), *NEVER)}
    status, out, err = clean(course, "--all", "--yes")
    assert (status, err) == (0, []), err
    assert not any((course / name).exists() for name in LABS.values())
    assert {name: (course / name).read_text() for name in yours} == yours


@pytest.mark.parametrize("name", [kind.name for kind in KINDS])
def test_each_goes_by_its_own_name_and_alone(course: Path, name: str) -> None:
    status, _, err = clean(course, f"--{name}", "--yes")
    assert status == 0, err
    others = [each for each in (*LABS, *YOURS) if each != name]
    assert not is_there(course, name) and is_there(course, *others)
    assert all((course / place).exists() for place in NEVER)
    status, out, _ = clean(course, f"--{name}", "--yes")
    assert status == 0 and "nothing to remove" in out


def test_it_asks_first(course: Path) -> None:
    before = there(course)
    status, _, err = clean(course, "--all")
    assert status == 2 and err == ["Nobody is there to be asked.", "Add --yes to remove it without being asked."]
    assert there(course) == before
    for answer, left in (("n\n", True), ("\n", True), ("y\n", False)):
        ours, its = pty.openpty()
        try:
            main = "import sys, pathlib; from asynclab import paths; paths.CHECKOUT = pathlib.Path(sys.argv[1]); " \
                "from asynclab import cli; sys.exit(cli.main(['clean', '--logs']))"  # fmt: skip
            variables = {name: value for name, value in os.environ.items() if name != "ASYNCLAB_DATA"}
            os.write(ours, answer.encode())
            done = subprocess.run(
                [sys.executable, "-c", main, str(course)], env=variables, stdin=its, capture_output=True, text=True,
                timeout=60, check=False,
            )  # fmt: skip
        finally:
            os.close(ours)
            os.close(its)
        assert "Remove it? [y/N]" in done.stdout and is_there(course, "logs") == left, done
        assert done.returncode == (1 if left else 0)


@pytest.fixture
def held() -> Iterator[Callable[[Path, int], None]]:
    """Locks, as other processes hold them."""
    descriptors = []

    def hold(path: Path, how: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptors.append(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        fcntl.flock(descriptors[-1], how)

    yield hold
    for descriptor in descriptors:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("lock", "how"),
    [("lab.lock", fcntl.LOCK_SH), pytest.param("services/keeper.lock", fcntl.LOCK_EX, marks=pytest.mark.slow)],
)
def test_not_while_a_lab_runs(course: Path, held: Callable[[Path, int], None], lock: str, how: int) -> None:
    """The second lasts: the services linger for some seconds after their last user, and are waited for."""
    held(course / ".asynclab" / lock, how)
    before = there(course)
    status, out, err = clean(course, "--all", "--yes")
    assert (status, out) == (2, "") and len(err) == 2 and err[0].startswith("The lab is running") and "End it" in err[1]
    assert there(course) == before


def test_not_the_environment_that_a_program_runs_from(course: Path) -> None:
    python = course / ".venv/bin/python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    with subprocess.Popen(
        [python, "-c", "print(flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        status, _, err = clean(course, "--environment", "--yes")
        assert status == 2 and err[0].startswith("A program runs from the environment"), err
        other.communicate(b"\n", timeout=20)
    assert is_there(course, "environment")
    assert clean(course, "--environment", "--yes")[0] == 0 and not (course / ".venv").exists()


def test_what_only_looks_like_the_labs_is_left(course: Path, tmp_path: Path) -> None:
    """An environment that the lab never touched, a folder of wheels filled by hand, a --data that names a home."""
    (course / LABS["environment"]).unlink()
    (course / LABS["bundle"]).unlink()
    home = tmp_path / "home"
    for name in ("services/mine", "run/mine", "records/mine", "progress.txt"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    before = there(course), there(home)
    asked = ("--environment", "--bundle", "--databases", "--run-folders", "--records", "--progress", "--yes")
    status, out, _ = clean(course, *asked, "--data", str(home))
    assert status == 0 and "nothing to remove" in out and (there(course), there(home)) == before


def test_a_link_goes_and_not_what_it_names(course: Path, tmp_path: Path) -> None:
    elsewhere = (course / ".venv").rename(tmp_path / "elsewhere")
    (course / ".venv").symlink_to(elsewhere)
    (course / ".asynclab/postgres-18/data/out").symlink_to(elsewhere)
    assert clean(course, "--environment", "--databases", "--yes")[0] == 0
    assert not os.path.lexists(course / ".venv") and (elsewhere / "asynclab-stamp.json").exists()


def test_sizes_are_those_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(256)) * 4000)
    once = keeps.size([tmp_path / "a"])
    assert 1_000_000 < once < 1_200_000
    os.link(tmp_path / "a", tmp_path / "b")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert once <= keeps.size([tmp_path]) < once + 20_000
    assert (amount(999), amount(1_234_567), amount(2_000_000_000)) == ("1 kB", "1.2 MB", "2,000.0 MB")


@pytest.mark.slow
def test_a_real_lab_is_not_pulled_from_under_a_learner(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Lab(data) as lab:
        lab.wait()
        done = run("clean", "--databases", "--logs", "--yes", ASYNCLAB_DATA=str(data))
        assert done.returncode == 2 and done.stderr.startswith("The lab is running"), done
        assert lab.ask("/api/status")["connections"] == 0
    assert list(data.glob("postgres-*/data/PG_VERSION"))
    done = run("clean", "--databases", "--logs", "--run-folders", "--settings", "--yes", ASYNCLAB_DATA=str(data))
    assert done.returncode == 0 and "Removed:" in done.stdout, done
    assert not data.exists(), sorted(data.rglob("*"))
