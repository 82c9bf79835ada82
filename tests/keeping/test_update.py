"""A newer course by git: real repositories, real kills, the learner's bytes compared before and after."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from asynclab.keeping import exercise, files, update
from asynclab.keeping.git import Git
from asynclab.paths import CHECKOUT
from asynclab.problems import Problem
from tests.keeping import notebooks
from tests.keeping.notebooks import LESSON, NAME, ONE, STUBS, TWO

if shutil.which("git") is None:
    pytest.skip("there is no git on this machine", allow_module_level=True)

LESSON_PAGE = f"notebooks/{LESSON.name}.ipynb"
WHO = ["-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false", "-c", "gc.auto=0"]


@dataclass(frozen=True)
class Done:
    """How an update ended, as a person sees it."""

    returncode: int
    stdout: str
    stderr: str


class Course:
    """An upstream repository and a learner's clone of it."""

    def __init__(self, folder: Path) -> None:
        self.upstream = folder / "upstream"
        self.clone = folder / "my clone, ünïcode"
        self.data = folder / "data"

    def publish(self, changes: dict[str, bytes | None]) -> None:
        """One more commit upstream: paths with their new content, None to delete."""
        for name, data in changes.items():
            path = self.upstream / name
            if data is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        git(self.upstream, "add", "-A", "-f")
        git(self.upstream, *WHO, "commit", "-q", "-m", "A newer course")

    def update(self) -> Done:
        """The update in this process (the fixture has pointed it to the clone): quick."""
        said: list[str] = []
        try:
            update.update(said.append)
        except Problem as problem:
            return Done(problem.status, "\n".join(said), f"{problem.what}\n{problem.todo}\n")
        return Done(0, "\n".join(said), "")

    def command_line(self) -> Done:
        """The command as a person types it, running the clone's own code."""
        done = subprocess.run(
            self.command, cwd=self.clone, env=self.variables, capture_output=True, text=True, timeout=60
        )
        return Done(done.returncode, done.stdout, done.stderr)

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "asynclab", "update"]

    @property
    def variables(self) -> dict[str, str]:
        own = {k: v for k, v in os.environ.items() if k != "ASYNCLAB_READY"}
        return own | {"ASYNCLAB_DATA": str(self.data), "PYTHONPATH": "", "GIT_CONFIG_GLOBAL": os.devnull}

    def state(self) -> dict[str, bytes]:
        """Every file of the clone that isn't git's or the update's own."""
        own = {".git", ".asynclab", "__pycache__"}
        found = (path for path in self.clone.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.clone)): path.read_bytes()
            for path in found
            if not own & set(path.relative_to(self.clone).parts)
        }

    def is_newest(self) -> None:
        """The clone is at upstream's commit, git's books are in order, no file but those of FOLDERS differs."""
        assert git(self.clone, "rev-parse", "HEAD") == git(self.upstream, "rev-parse", "HEAD")
        git(self.clone, "fsck", "--strict")
        changed = [line[3:] for line in git(self.clone, "status", "--porcelain").splitlines()]
        assert all(name.strip('"').startswith("exercises/") for name in changed), changed
        assert not (self.clone / ".asynclab" / "update").exists()
        assert not list(self.clone.rglob("*.new")) and not (self.clone / ".git" / "asynclab-index").exists()


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout.rstrip("\n")


def nb(content: dict[str, Any]) -> bytes:
    return exercise.write(content)


def repositories(folder: Path, code: bool) -> Path:
    """One exercise and one lesson page, with the lab's own code or a file in its place: upstream and a clone of it."""
    course = Course(folder)
    left_out = shutil.ignore_patterns("__pycache__")
    if code:
        shutil.copytree(CHECKOUT / "asynclab", course.upstream / "asynclab", ignore=left_out)
        shutil.copytree(LESSON.folder, course.upstream / "lessons" / LESSON.name, ignore=left_out)
    for name in ("asynclab/knobs.py", "lessons/lesson.md"):
        (course.upstream / name).parent.mkdir(parents=True, exist_ok=True)
        (course.upstream / name).write_text("theirs")
    for name in (".gitignore", "requirements.txt", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, course.upstream / name)
    for name in (NAME, LESSON_PAGE):
        (course.upstream / name).parent.mkdir()
        (course.upstream / name).write_bytes(nb(notebooks.given()))
    git(course.upstream, "init", "-q", "-b", "main", "--template=")
    git(course.upstream, "add", "-A")
    git(course.upstream, *WHO, "commit", "-q", "-m", "The course")
    git(course.upstream, "repack", "-a", "-d", "-q")  # few files to copy
    git(folder, "clone", "-q", "--template=", "upstream", course.clone.name)
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repositories(tmp_path_factory.mktemp("small"), code=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repositories(tmp_path_factory.mktemp("whole"), code=True)


@pytest.fixture
def course(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """For an update in this process."""
    made = copied(small, tmp_path / "c")
    monkeypatch.setenv("ASYNCLAB_DATA", str(made.data))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setattr(update, "CHECKOUT", made.clone)
    return made


@pytest.fixture
def real(whole: Path, tmp_path: Path) -> Course:
    """For the command line, with a clone that holds the lab's code."""
    return copied(whole, tmp_path / "c")


def copied(template: Path, folder: Path) -> Course:
    shutil.copytree(template, folder, symlinks=True)
    made = Course(folder)
    git(made.clone, "remote", "set-url", "origin", str(made.upstream))
    return made


def answer(course: Course, *tasks: str) -> bytes:
    data = nb(notebooks.mine(*tasks))
    (course.clone / NAME).write_bytes(data)
    return data


NEWER = nb(notebooks.newer(notebooks.given()))


# ---------------------------------------------------------------- it goes through


def test_answer_update_go_on(real: Course) -> None:
    before = answer(real, ONE)
    real.publish({NAME: NEWER, "asynclab/new.py": b"x = 1\n", "lessons/new/deep/file.md": b"new\n"})
    done = real.command_line()
    assert done.returncode == 0, done.stderr
    (kept,) = files.kept(real.clone / NAME)
    assert kept.path.read_bytes() == before
    assert kept.path.name in done.stdout and f"answer to {ONE.partition('.')[2]}" in done.stdout
    found = notebooks.sources(real.clone / NAME)
    assert found[ONE] == exercise.answered(notebooks.mine(ONE))[ONE]
    assert found[TWO] == notebooks.sources(real.upstream / NAME)[TWO]
    assert "A newer course." in (real.clone / NAME).read_text()
    real.is_newest()
    again = real.command_line()
    assert again.returncode == 0 and "newest" in again.stdout and len(files.kept(real.clone / NAME)) == 1
    # And on, to the next.
    real.publish({NAME: nb(notebooks.newer(notebooks.newer(notebooks.given()), stub=ONE)), "asynclab/new.py": None})
    done = real.command_line()
    assert done.returncode == 0 and "has changed this task" in done.stdout, done.stdout + done.stderr
    assert notebooks.sources(real.clone / NAME)[ONE] == found[ONE] and len(files.kept(real.clone / NAME)) == 2
    assert not (real.clone / "asynclab" / "new.py").exists()
    real.is_newest()


def test_an_exercise_that_upstream_leaves_alone_is_left_alone(course: Course) -> None:
    before = answer(course, ONE, TWO)
    course.publish({LESSON_PAGE: NEWER})
    assert course.update().returncode == 0
    assert (course.clone / NAME).read_bytes() == before and files.kept(course.clone / NAME) == []
    assert (course.clone / LESSON_PAGE).read_bytes() == NEWER
    course.is_newest()


def test_a_lesson_that_was_changed_is_kept_beside_and_one_that_was_run_in_the_data(course: Course) -> None:
    ran, changed = nb(notebooks.answered(notebooks.given())), nb(notebooks.mine(TWO))
    other = LESSON_PAGE.replace("notebooks/", "solutions/")
    course.publish({other: nb(notebooks.given())})
    assert course.update().returncode == 0
    (course.clone / LESSON_PAGE).write_bytes(ran)
    (course.clone / other).write_bytes(changed)
    course.publish({LESSON_PAGE: NEWER, other: NEWER})
    done = course.update()
    assert done.returncode == 0, done.stderr
    assert (course.clone / LESSON_PAGE).read_bytes() == (course.clone / other).read_bytes() == NEWER
    (kept,) = files.kept(course.clone / other)
    assert kept.path.read_bytes() == changed and other in done.stdout and LESSON_PAGE not in done.stdout
    (away,) = (course.data / "kept" / "notebooks").iterdir()
    assert away.read_bytes() == ran and files.kept(course.clone / LESSON_PAGE) == []
    course.is_newest()


def test_an_exercise_that_upstream_deletes_is_kept(course: Course) -> None:
    before = answer(course, ONE)
    course.publish({NAME: None})
    done = course.update()
    assert done.returncode == 0 and "no longer part of the course" in done.stdout, done.stderr
    (kept,) = files.all_kept(course.clone / "exercises")
    assert kept.path.read_bytes() == before and not (course.clone / NAME).exists()
    course.is_newest()


def test_an_exercise_that_is_new_upstream_and_there_already(course: Course) -> None:
    """A learner copied it from somebody, before it was in the course."""
    name = "exercises/99_new.ipynb"
    mine = nb(notebooks.mine(ONE))
    (course.clone / name).write_bytes(mine)
    course.publish({name: NEWER})
    assert course.update().returncode == 0
    (kept,) = files.kept(course.clone / name)
    assert kept.path.read_bytes() == mine
    assert notebooks.sources(course.clone / name)[ONE] == exercise.answered(notebooks.mine(ONE))[ONE]
    course.is_newest()


def test_a_torn_exercise_is_kept_and_replaced(course: Course) -> None:
    (course.clone / NAME).write_bytes(b'{"cells": [')
    course.publish({NAME: NEWER})
    done = course.update()
    assert done.returncode == 0 and "could not be read as a notebook" in done.stdout
    assert files.kept(course.clone / NAME)[0].path.read_bytes() == b'{"cells": ['
    assert (course.clone / NAME).read_bytes() == NEWER


def test_a_deleted_and_a_staged_exercise(course: Course) -> None:
    (course.clone / NAME).unlink()
    course.publish({NAME: NEWER})
    assert course.update().returncode == 0 and (course.clone / NAME).read_bytes() == NEWER
    before = answer(course, TWO)
    git(course.clone, "add", NAME)
    course.publish({NAME: nb(notebooks.newer(notebooks.newer(notebooks.given())))})
    assert course.update().returncode == 0
    assert files.kept(course.clone / NAME)[0].path.read_bytes() == before
    course.is_newest()


@pytest.mark.slow
def test_packages_that_change_are_told_and_a_shallow_clone_is_fine(course: Course) -> None:
    course.publish({"lessons/one.md": b"1\n"})
    shutil.rmtree(course.clone)
    git(course.upstream.parent, "clone", "-q", "--depth=1", course.upstream.as_uri(), course.clone.name)
    course.publish({"requirements.txt": b"# none\n"})
    done = course.update()
    assert done.returncode == 0 and "needs other packages" in done.stdout, done.stderr
    assert (course.clone / "requirements.txt").read_bytes() == b"# none\n"
    assert git(course.clone, "status", "--porcelain") == ""


@pytest.mark.slow
def test_permissions_and_what_lies_beside_stay(course: Course) -> None:
    (course.clone / "notes.txt").write_text("mine")
    (course.upstream / "asynclab" / "tool.sh").write_text("#!/bin/sh\n")
    (course.upstream / "asynclab" / "tool.sh").chmod(0o755)
    course.publish({})
    assert course.update().returncode == 0
    assert os.access(course.clone / "asynclab" / "tool.sh", os.X_OK)
    assert (course.clone / "notes.txt").read_text() == "mine"
    git(course.upstream, "update-index", "--chmod=-x", "asynclab/tool.sh")
    git(course.upstream, *WHO, "commit", "-q", "-m", "No program")
    assert course.update().returncode == 0
    assert not os.access(course.clone / "asynclab" / "tool.sh", os.X_OK)


# ---------------------------------------------------------------- it stops


def no_git(course: Course) -> dict[str, str]:
    return {"PATH": str(course.upstream)}


def no_repository(course: Course) -> None:
    shutil.rmtree(course.clone / ".git")


def inside_another_repository(course: Course) -> None:
    shutil.rmtree(course.clone / ".git")
    git(course.clone.parent, "init", "-q")


def no_upstream(course: Course) -> None:
    git(course.clone, "branch", "--unset-upstream")


def no_branch(course: Course) -> None:
    git(course.clone, "checkout", "-q", "--detach")


def diverged(course: Course) -> None:
    git(course.clone, *WHO, "commit", "-q", "--allow-empty", "-m", "mine")


def edited_code(course: Course) -> None:
    (course.clone / "asynclab" / "knobs.py").write_text("mine")


def edited_lesson_source(course: Course) -> None:
    (course.clone / "lessons" / "lesson.md").unlink()


def staged_code(course: Course) -> None:
    (course.clone / "asynclab" / "mine.py").write_text("mine")
    git(course.clone, "add", "asynclab/mine.py")


def hidden_edit(course: Course) -> None:
    git(course.clone, "update-index", "--assume-unchanged", "pyproject.toml")
    (course.clone / "pyproject.toml").write_text("mine")
    course.publish({"pyproject.toml": b"theirs"})


def untracked_in_the_way(course: Course) -> None:
    (course.clone / "lessons" / "new.md").write_text("mine")


def folder_in_the_way(course: Course) -> None:
    (course.clone / "lessons" / "new.md").mkdir()


def file_instead_of_a_folder(course: Course) -> None:
    (course.clone / "lessons" / "deep").write_text("mine")


def no_network(course: Course) -> None:
    git(course.clone, "remote", "set-url", "origin", "http://127.0.0.1:9/course.git")


def upstream_moved_away(course: Course) -> None:
    course.upstream.rename(course.upstream.with_name("elsewhere"))


def merge_under_way(course: Course) -> None:
    (course.clone / ".git" / "MERGE_HEAD").write_text(git(course.clone, "rev-parse", "HEAD"))


def git_at_work(course: Course) -> None:
    (course.clone / ".git" / "index.lock").touch()


STOPS: list[tuple[Callable[[Course], dict[str, str] | None], str]] = [
    (no_git, "no git on this machine"),
    (no_repository, "not cloned with git"),
    (inside_another_repository, "not cloned with git"),
    (no_upstream, "follows no other"),
    (no_branch, "No branch is checked out"),
    (diverged, "went different ways"),
    (edited_code, "You have changed files of the course itself: asynclab/knobs.py"),
    (edited_lesson_source, "You have changed files of the course itself: lessons/"),
    (staged_code, "You have changed files of the course itself: asynclab/mine.py"),
    (hidden_edit, "brings a file pyproject.toml"),
    (untracked_in_the_way, "brings a file lessons/new.md"),
    (folder_in_the_way, "has a file lessons/new.md"),
    (file_instead_of_a_folder, "has a folder lessons/deep"),
    (no_network, "can't be reached"),
    (upstream_moved_away, "can't be reached"),
    (merge_under_way, "merge is under way"),
    (git_at_work, "Another git is at work"),
]


SELDOM = {no_branch, inside_another_repository, edited_lesson_source, staged_code, folder_in_the_way}
SELDOM |= {file_instead_of_a_folder, merge_under_way, git_at_work, upstream_moved_away}


@pytest.mark.parametrize(
    ("trouble", "says"),
    [pytest.param(*each, marks=[pytest.mark.slow] if each[0] in SELDOM else []) for each in STOPS],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_it_stops_with_a_clear_word_and_changes_nothing(
    course: Course, trouble: Callable[[Course], dict[str, str] | None], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(course, ONE)
    course.publish({NAME: NEWER, "lessons/new.md": b"new", "lessons/deep/new.md": b"new"})
    variables = trouble(course) or {}
    before = course.state()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    done = course.update()
    assert done.returncode == 2 and says in done.stderr, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 2, "one sentence of what is wrong, one of what to do"
    assert course.state() == before
    assert not (course.clone / ".asynclab" / "update").exists()


def test_it_stops_while_a_notebook_runs(real: Course) -> None:
    answer(real, ONE)
    real.publish({NAME: NEWER})
    program = "from asynclab.services import hold_lease; hold_lease(); print('held', flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", program], cwd=real.clone, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=real.variables | {"PYTHONPATH": str(real.clone)},
    )  # fmt: skip
    try:
        assert holder.stdout and holder.stdout.readline() == b"held\n"
        before = real.state()
        done = real.command_line()
        assert done.returncode == 2 and "is running" in done.stderr and real.state() == before
    finally:
        holder.communicate(b"\n", timeout=20)
    deadline = time.monotonic() + 30
    while "is running" in (done := real.command_line()).stderr and time.monotonic() < deadline:
        time.sleep(0.3)  # the services linger
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can tell")
def test_it_stops_while_a_lab_with_other_data_runs(real: Course) -> None:
    """The lab's guard, as `lab` starts it."""
    real.publish({NAME: NEWER})
    (real.clone / "runtime").mkdir()
    guard = subprocess.Popen(
        [sys.executable, "-m", "asynclab.lab.guard", "runtime", "lab.log", "sleep", "60"],
        cwd=real.clone, stdin=subprocess.PIPE, env=real.variables,
    )  # fmt: skip
    try:
        done = real.command_line()
        assert done.returncode == 2 and "is running" in done.stderr
    finally:
        guard.communicate(timeout=20)
    assert real.command_line().returncode == 0


@pytest.mark.slow
def test_two_updates_at_once(real: Course) -> None:
    answer(real, ONE)
    real.publish({NAME: NEWER} | {f"lessons/many/{i}.md": b"x" for i in range(50)})
    both = [
        subprocess.Popen(real.command, cwd=real.clone, env=real.variables, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [each.communicate(timeout=60)[1] for each in both]
    assert sorted(each.returncode for each in both) in ([0, 0], [0, 2])
    assert all(not text or "Another update" in text for text in said)
    assert len(files.kept(real.clone / NAME)) == 1
    real.is_newest()


# ---------------------------------------------------------------- it is cut short


def test_other_commands_wait_for_it(real: Course) -> None:
    (real.clone / ".asynclab" / "update").mkdir(parents=True)
    (real.clone / ".asynclab" / "update" / "journal.json").write_text("{")
    done = subprocess.run(
        [sys.executable, "-m", "asynclab", "progress"], cwd=real.clone, env=real.variables, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 2 and "cut short" in done.stderr and "update" in done.stderr
    assert "journal can't be read" in real.command_line().stderr


def test_a_full_disk_changes_nothing(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(course, ONE)
    course.publish({NAME: NEWER, "lessons/new.md": b"new"})
    before = course.state()
    real = os.fsync
    for room in range(4):  # for so many files

        def full(descriptor: int, left: list[int] = [room]) -> None:  # noqa: B006
            left[0] -= 1
            if left[0] < 0:
                raise OSError(28, "No space left on device", str(course.clone))
            real(descriptor)

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(Problem, match="disk is full.*Nothing was changed"):
            update.update(lambda line: None)
        assert course.state() == before, room
        assert not (course.clone / ".asynclab" / "update").exists()
    monkeypatch.setattr(os, "fsync", real)
    update.update(lambda line: None)
    course.is_newest()


@pytest.mark.parametrize("cut", range(4))  # of the exercise, two files and the index
def test_cut_short_at_each_step(course: Course, cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The n-th rename from the journal on is the last that happens; then the update is run again."""
    before = answer(course, ONE)
    course.publish({NAME: NEWER, "lessons/new.md": b"new", "asynclab/knobs.py": b"# newer\n", "pyproject.toml": None})
    real, done = os.replace, [-1]

    class Killed(BaseException):
        pass

    def replace(source: object, target: object) -> None:
        if done[0] == cut:
            raise Killed
        real(source, target)  # type: ignore[arg-type]
        if done[0] >= 0 or Path(str(target)).name == "journal.json":
            done[0] += 1

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(Killed):
        update.update(lambda line: None)
    assert (course.clone / ".asynclab" / "update" / "journal.json").exists()
    now = (course.clone / NAME).read_bytes()
    assert exercise.answered(exercise.read(now))[ONE] == exercise.answered(exercise.read(before))[ONE]
    monkeypatch.setattr(os, "replace", real)
    assert course.update().returncode == 0
    assert [each.path.read_bytes() for each in files.kept(course.clone / NAME)] == [before]
    course.is_newest()


def test_what_is_written_while_it_stands_still_is_kept(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(course, ONE)
    course.publish({NAME: NEWER, "lessons/new.md": b"new"})
    finish = update._finish
    monkeypatch.setattr(update, "_finish", lambda *_: None)
    update.update(lambda line: None)
    monkeypatch.setattr(update, "_finish", finish)
    meanwhile = answer(course, ONE, TWO)
    (course.clone / "lessons" / "new.md").write_text("mine")
    done = course.update()
    assert done.returncode == 0 and "stood still" in done.stdout, done.stderr
    assert files.kept(course.clone / "lessons" / "new.md")[0].path.read_text() == "mine"
    assert meanwhile in [each.path.read_bytes() for each in files.kept(course.clone / NAME)]
    found = exercise.answered(exercise.read((course.clone / NAME).read_bytes()), STUBS)
    assert found == exercise.answered(notebooks.mine(ONE, TWO), STUBS)
    course.is_newest()


def test_what_a_killed_git_left_of_our_own_is_no_hindrance(course: Course) -> None:
    before = answer(course, ONE)
    course.publish({NAME: nb(notebooks.newer(notebooks.given()))})
    for name in ("asynclab-index", "asynclab-index.lock"):
        (course.clone / ".git" / name).write_bytes(b"cut sh")
    done = course.update()
    assert done.returncode == 0, done.stderr
    assert before in [each.path.read_bytes() for each in files.kept(course.clone / NAME)]
    course.is_newest()
    assert not list((course.clone / ".git").glob("asynclab-index*"))


@pytest.mark.parametrize("kills", [2, pytest.param(16, marks=pytest.mark.slow)])
def test_kill_9_at_any_moment(real: Course, kills: int) -> None:
    """All of it, git's processes included, at moments spread over the whole update and its second half."""
    chance = random.Random(7)
    before, content = answer(real, ONE), notebooks.given()
    versions, cut = {before}, 0
    for round in range(kills):
        content = notebooks.newer(content)
        many = {f"lessons/many/{i}.md": f"{round} {i}\n".encode() * 50 for i in range(150)}
        real.publish({NAME: nb(content), "asynclab/knobs.py": f"# {round}\n".encode(), **many})
        killed = subprocess.Popen(
            real.command, cwd=real.clone, env=real.variables, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if round % 2 == 0:  # from the journal on
            deadline = time.monotonic() + 30
            while not (real.clone / ".asynclab/update/journal.json").exists() and time.monotonic() < deadline:
                if killed.poll() is not None:
                    break
            time.sleep(chance.uniform(0, 0.06))
        else:
            time.sleep(chance.uniform(0, 0.6))
        try:
            os.killpg(killed.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        killed.wait(timeout=20)
        cut += (real.clone / ".asynclab" / "update" / "journal.json").exists()
        now = exercise.read((real.clone / NAME).read_bytes())
        assert exercise.answered(now)[ONE] == exercise.answered(exercise.read(before))[ONE], "whole, at every moment"
        done = real.command_line()
        assert done.returncode == 0, (round, done.stdout, done.stderr)
        real.is_newest()
        kept = {each.path.read_bytes() for each in files.kept(real.clone / NAME)}
        assert versions <= kept, "every version that was replaced is there, byte by byte"
        versions.add((real.clone / NAME).read_bytes())
    assert cut or kills < 10, "not one kill came between the journal and the end"
    assert json.loads(git(real.clone, "show", f"HEAD:{NAME}"))["cells"][0]["source"] == ["A newer course."]


# ---------------------------------------------------------------- what is not the course's


def test_progress_and_records_survive(course: Course) -> None:
    kept = {
        "progress.json": b'{"format": 1, "tasks": {"99_gone.task": {"passed_at": "2025-01-01T00:00:00+00:00"}}}',
        "records/one.json": b"{}\n",
    }
    for name, data in kept.items():
        (course.data / name).parent.mkdir(parents=True, exist_ok=True)
        (course.data / name).write_bytes(data)
    answer(course, ONE)
    course.publish({NAME: NEWER, "lessons/other/new.md": b"new"})
    assert course.update().returncode == 0
    assert {name: (course.data / name).read_bytes() for name in kept} == kept


def test_gits_own_view_is_read_right(course: Course) -> None:
    course.publish({"lessons/ünï çode\tx.md": b"1", NAME: NEWER})
    git(course.clone, "fetch", "-q")
    here = Git(course.clone)
    changes = {change.path: change for change in here.changes("HEAD", "origin/main")}
    assert set(changes) == {"lessons/ünï çode\tx.md", NAME}
    assert changes[NAME].old and not changes["lessons/ünï çode\tx.md"].old
    assert here.names([NAME])[NAME] == changes[NAME].old
    assert here.apart("origin/main") == (0, 1)
    assert course.update().returncode == 0
    assert (course.clone / "lessons" / "ünï çode\tx.md").read_bytes() == b"1"
