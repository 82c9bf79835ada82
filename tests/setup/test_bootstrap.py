"""Set-up as a learner meets it: a bare Python, good and bad surroundings, starts that are cut short."""

from __future__ import annotations

import json
import os
import pty
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.setup import tiny
from tests.setup.labs import until
from tests.setup.tiny import OFFLINE, Checkout, Tiny

linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
slow = pytest.mark.slow

# A namespace in which one is root over mounts. It works for ordinary users too.
MOUNTS = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")


def test_from_nothing_in_any_path_then_nothing_to_do(checkout: Checkout) -> None:
    course = checkout("Kürs mit Leerzeichen 課程")
    said = course.works()["said"].splitlines()
    assert [line.split()[0] for line in said[1:]] == ["1/4", "2/4", "3/4", "4/4"], said
    assert "uv pip install" in course.log() and " -m pip install --progress-bar off --retries" not in course.log()
    assert list(course.venv.glob("lib/*/site-packages/tiny/__pycache__/m1.*.pyc")), "the packages are not compiled"
    before = snapshot(course.venv)
    # The second start finds everything: nothing is looked for, nothing changes.
    course.places = ()
    assert course.works()["said"] == ""
    assert snapshot(course.venv) == before
    course.folder = course.folder.rename(course.folder.parent / "moved – elsewhere")
    assert course.works()["said"] == ""


@slow
def test_what_changed_or_broke_is_mended(checkout: Checkout) -> None:
    course = checkout()
    course.works()
    course.require("tiny==2.0", f"uv=={tiny.uv_version()}")  # a newer course
    assert "3/4" in course.works("2.0")["said"]
    assert course.works("2.0")["said"] == ""
    # A package that somebody took out
    command = [course.venv / "bin/uv", "pip", "uninstall", "-q", "--python", course.venv / "bin/python", "tiny"]
    subprocess.run(command, check=True)
    assert "3/4" in course.works("2.0")["said"]
    # A file that went away unseen: found as soon as set-up has any reason to look
    next(course.venv.glob("lib/*/site-packages/tiny/m7.py")).unlink()
    (course.venv / "asynclab-stamp.json").unlink()
    assert "making the environment anew" in course.works("2.0")["said"]
    # The Python that it was made from went away
    (course.venv / "bin/python").unlink()
    (course.venv / "bin/python").symlink_to("/nowhere/python3.11")
    assert "1/4" in course.works("2.0")["said"]


@slow
def test_plain_pip_where_uv_cannot_be_had(checkout: Checkout) -> None:
    course = checkout(uv=False)
    course.works()
    assert not (course.venv / "bin/uv").exists()
    assert "No matching distribution found for uv" in course.log()


@slow
def test_an_environment_of_ones_own_is_used(checkout: Checkout) -> None:
    """A `.venv` made by hand and activated: what is in it stays, what lacks is added."""
    course = checkout()
    subprocess.run([course.python, "-m", "venv", course.venv], check=True)
    other = next(course.venv.glob("lib/*/site-packages")) / "other.py"
    other.touch()
    course.python = str(course.venv / "bin/python")
    course.works()
    assert other.exists()


def test_an_environment_with_everything_is_left_as_it_is(checkout: Checkout) -> None:
    """A hub's image: nothing is installed, no `.venv` is made, even where nothing can be written."""
    course = checkout()
    course.python = sys.executable
    done = course.run()
    assert done.returncode == 0 and done.stderr == ""
    assert json.loads(done.stdout)["prefix"] == sys.prefix
    assert not course.venv.exists()


@slow
def test_an_environment_with_too_little_is_not_taken(checkout: Checkout) -> None:
    course = checkout()
    course.python = sys.executable
    (course.folder / "pyproject.toml").write_text('[project]\ndependencies = ["jupyterlab>=99"]\n')
    assert course.works()["tiny"] == "1.0"


@pytest.mark.parametrize(
    ("step", "after", "end"),  # seconds after the step began
    [
        ("1/4", 0.3, "one"),
        pytest.param("1/4", 0.6, "all", marks=slow),
        pytest.param("2/4", 0.4, "one", marks=slow),
        pytest.param("3/4", 0.1, "all", marks=slow),
    ],
)
def test_goes_on_after_a_kill(checkout: Checkout, step: str, after: float, end: str) -> None:
    """kill -9 of the start alone, and of everything at once as when the power goes."""
    course = checkout()
    cut_short(course, step, after, signal.SIGKILL, whole=end == "all")
    assert not (course.venv / "asynclab-stamp.json").exists()
    course.works()


@slow
@pytest.mark.parametrize("seed", range(4))
def test_goes_on_after_kills_at_any_moment(
    checkout: Checkout, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    course = checkout(uv=seed != 0)
    draw = random.Random(seed)
    for _ in range(3):
        with course.start() as process:
            time.sleep(draw.uniform(0.2, 6))
            os.killpg(process.pid, draw.choice([signal.SIGKILL, signal.SIGINT, signal.SIGTERM]))
            process.communicate(timeout=30)
    course.works()
    assert os.listdir(temporary) == [], "what a kill leaves lies in .venv, and goes with the next start"
    assert not (course.venv / "asynclab-scratch").exists()


@slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_stopped_by_hand(checkout: Checkout, number: signal.Signals, status: int) -> None:
    """Told alone, not its children: they are ended too, and the next start goes on."""
    course = checkout()
    found, said = cut_short(course, "1/4", 0.5, number)
    assert found == status and "Traceback" not in said
    assert until(lambda: not course.running(), 5) is not None, course.running()
    course.works()


@pytest.mark.slow
def test_two_starts_at_once(checkout: Checkout) -> None:
    course = checkout()
    starts = [course.start(), course.start()]
    said = []
    for process in starts:
        with process:
            out, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
            assert json.loads(out)["tiny"] == "1.0"
            said.append(err)
    assert sum("Another start is setting the course up" in text for text in said) == 1
    assert sum("4/4" in text for text in said) == 1


@slow
def test_progress_moves_on_a_terminal(checkout: Checkout) -> None:
    course = checkout()
    ours, its = pty.openpty()
    with subprocess.Popen(
        [course.python, "-m", "asynclab", "probe"], cwd=course.folder, env=course.variables(), stdout=its, stderr=its
    ) as process:
        os.close(its)
        said = b""
        while True:
            try:
                said += os.read(ours, 4096)
            except OSError:
                break
    os.close(ours)
    assert process.returncode == 0, said
    lines = said.decode().split("\r\n")
    assert any(line.count("\r") >= 3 for line in lines), "no line was drawn over"
    assert [line.rpartition("\r")[2].split(":")[0].strip() for line in lines if "done (" in line] == [
        "1/4 a Python environment",
        "2/4 uv, the installer",
        "3/4 the course's packages",
        "4/4 checking that all is there",
    ]


@as_root
def test_as_an_ordinary_user(checkout: Checkout) -> None:
    course = checkout("clône", user=tiny.nobody())
    course.works()
    assert {path.stat().st_uid for path in course.venv.iterdir()} == {tiny.nobody()}


# Bad surroundings: a sentence of what is wrong and one of what to do.


@pytest.mark.slow
def test_no_network_at_the_first_start(checkout: Checkout) -> None:
    course = checkout()
    course.places = None  # the index that pip takes by itself
    if subprocess.run([*OFFLINE, "true"], check=False).returncode == 0:
        course.prefix = OFFLINE
    else:
        course.more = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple"}  # nobody listens on that port
    what, todo = course.sentences()
    assert "can't be reached" in what and "start again" in todo


@linux
@pytest.mark.parametrize("size", ["12m", pytest.param("45m", marks=slow)])  # full in step 1, and in step 2
def test_full_disk(checkout: Checkout, size: str) -> None:
    course = checkout()
    course.venv.mkdir(mode=0o755)
    course.prefix = mounted(f"mount -t tmpfs -o size={size} tmpfs '{course.venv}'")
    what, todo = course.sentences()
    assert what.startswith("The disk is full:") and todo.startswith("Free about 1 GB")


@linux
def test_read_only_folder(checkout: Checkout) -> None:
    course = checkout()
    course.prefix = mounted(
        f"mount --bind '{course.folder}' '{course.folder}' && mount -o remount,bind,ro '{course.folder}'"
    )
    what, todo = course.sentences()
    assert "can't be written to" in what and "a folder of your own" in todo


@as_root
def test_a_folder_of_somebody_elses(checkout: Checkout) -> None:
    course = checkout()
    course.python, course.user = "/usr/bin/python3", tiny.nobody()
    what, todo = course.sentences()
    assert "can't be written to" in what and "a folder of your own" in todo


@linux
def test_no_venv_module(checkout: Checkout, tmp_path: Path) -> None:
    """Debian without python3-venv: venv is there, ensurepip is not."""
    course = checkout()
    library = subprocess.check_output(
        [course.python, "-c", "import ensurepip; print(ensurepip.__path__[0])"], text=True
    )
    (tmp_path / "empty").mkdir()
    course.prefix = mounted(f"mount --bind '{tmp_path}/empty' '{library.strip()}'")
    what, todo = course.sentences()
    assert "has no venv module" in what and "-venv" in todo


def test_a_file_in_the_place_of_the_environment(checkout: Checkout) -> None:
    course = checkout()
    course.venv.write_text("")
    what, todo = course.sentences()
    assert ".venv" in what and "start again" in todo


@slow
def test_a_package_that_is_nowhere(checkout: Checkout) -> None:
    course = checkout()
    course.require("tiny==3.0", f"uv=={tiny.uv_version()}")
    what, todo = course.sentences()
    assert "is not to be had for this Python" in what and str(course.venv / "asynclab-setup.log") in todo


def older_pythons() -> list[str]:
    found = []
    places = [*map(str, Path.home().glob(".pyenv/versions/*/bin")), *os.environ.get("PATH", "").split(":")]
    for name in ("python2.7", "python3.6", "python3.8", "python3.10"):
        path = shutil.which(name, path=":".join(places))
        if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            found.append(path)
    return found


@pytest.mark.parametrize("python", older_pythons(), ids=lambda path: Path(path).name)
def test_python_too_old(checkout: Checkout, python: str) -> None:
    course = checkout()
    course.python = python
    what, todo = course.sentences()
    assert "needs Python 3.11 or later" in what
    assert "start again with" in todo
    assert not course.venv.exists()


def test_the_first_file_is_readable_by_older_pythons() -> None:
    """Where no old Python is at hand: nothing newer than 3.4 in what they read, no annotations, no f-strings."""
    import ast

    for name in ("__init__.py", "__main__.py"):
        tree = ast.parse((tiny.CHECKOUT / "asynclab" / name).read_text("utf-8"), feature_version=(3, 4))
        for node in ast.walk(tree):
            assert not isinstance(node, (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef))
            if isinstance(node, ast.FunctionDef):
                assert node.returns is None and all(argument.annotation is None for argument in node.args.args)


def mounted(mounts: str) -> tuple[str, ...]:
    """A prefix under which these mounts hold; skips where the machine allows none."""
    if subprocess.run([*MOUNTS, "mount -t tmpfs tmpfs /mnt"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine allows no mounts in a namespace")
    return (*MOUNTS, f'{mounts} && exec "$@"', "sh")


def cut_short(course: Tiny, step: str, after: float, number: signal.Signals, whole: bool = False) -> tuple[int, str]:
    """Start, and signal `after` seconds into the step: the exit status, and what was said."""
    with course.start() as process:
        assert process.stderr is not None
        said = ""
        while step not in said:
            line = process.stderr.readline()
            assert line, f"it ended before step {step}: {said}"
            said += line
        time.sleep(after)
        if whole:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        return process.wait(timeout=30), said + process.stderr.read()


def snapshot(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.lstat().st_mtime_ns for path in folder.rglob("*")}
