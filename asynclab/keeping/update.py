"""A newer course, by git, without a fight: looked at first, made ready beside, then put in place file by file.

Nothing of the course is touched before all that is needed lies ready on the disk: the new files, the exercises with
the learner's answers carried over, the copies of what is replaced, and last a journal that says which goes where.
From the journal on every step is a rename that can be done again, so an update that was killed at any moment goes on
where it stopped; before it, nothing has happened. git itself writes no file of the checkout: it would refuse where
the learner has worked, or leave half a file behind when it is killed.

All of this module is imported before the first step, since the steps may replace it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from asynclab.bootstrap import troubles
from asynclab.keeping import exercise, files
from asynclab.keeping.git import UNTOUCHED, Change, Git
from asynclab.paths import CHECKOUT, data_folder
from asynclab.problems import Problem
from asynclab.services import sockets

FOLDERS = ("exercises", "notebooks", "solutions")  # where people work; edits anywhere else stop an update
SHOWN = 3  # files named in a message
STEPS_LAST = ("asynclab/keeping/", "asynclab/commands/update.py", "asynclab/cli.py", "asynclab/__main__.py")


@dataclass(frozen=True)
class Step:
    """One file put in place or taken away. `before` and `after` are fingerprints; "" is no file."""

    path: str
    before: str
    after: str


@dataclass
class Ready:
    """An update that lies ready beside the checkout, and what there is to say about it."""

    old: str
    new: str
    upstream: str
    steps: list[Step] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    packages: bool = False  # whether requirements.txt changes


def update(say: Callable[[str], None]) -> None:
    """What the command does; `say` is given each line for the person. Raises Problem."""
    with _alone():
        git = Git(CHECKOUT)
        git.check()
        _nobody_works_here()
        for folder in FOLDERS:
            files.sweep(CHECKOUT / folder)
        if journal().exists():
            say("An update was cut short: going on where it stopped.")
            _finish(git, _read_journal(), say)
        shutil.rmtree(_stage(), ignore_errors=True)  # of an update that hadn't got as far as its journal
        branch = git.branch()
        remote, upstream = git.upstream(branch)
        say(f"Looking for a newer course ({upstream}).")
        git.fetch(remote)
        here, there = git.apart(upstream)
        if there == 0:
            say("This is the newest course there is.")
            return
        if here:
            raise Problem(
                f"This checkout has {_count(here, 'commit')} of its own, and {upstream} has {there} that are not here: "
                f"the two went different ways. {UNTOUCHED}",
                f"Bring them together by hand (git merge {upstream}), or put yours aside: "
                f"git branch mine && git reset --keep {upstream}",
            )
        made: list[Path] = []
        try:
            ready = prepare(git, upstream, made)
            _write_journal(ready)
        except BaseException as error:
            for path in made:
                with contextlib.suppress(OSError):
                    path.unlink()
            shutil.rmtree(_stage(), ignore_errors=True)
            if isinstance(error, OSError):
                raise _no_room(error) from error
            raise
        _finish(git, ready, say)
        say(f"The course is now the newest there is: {_count(there, 'change')}, {_count(len(ready.steps), 'file')}.")


def journal() -> Path:
    """Lies there from the moment when an update has all it needs until it is through."""
    return _stage() / "journal.json"


# ---------------------------------------------------------------- making ready


def prepare(git: Git, upstream: str, made: list[Path]) -> Ready:
    """Everything that the update needs, beside the checkout. `made` is told each copy of a version that is kept.

    Raises Problem when something could be lost, OSError when the disk is full.
    """
    old, new = git.line("rev-parse", "HEAD"), git.line("rev-parse", f"{upstream}^{{commit}}")
    ready = Ready(old, new, upstream)
    changes = [change for change in git.changes(old, new) if change.mode != "160000"]
    _refuse_other_edits(git.edited())
    _refuse_obstacles(changes)
    _stage_new(git, new, [change.path for change in changes if change.new])
    here = {c.path for c in changes if os.path.lexists(CHECKOUT / c.path)}
    names = git.names(path for path in here if not os.path.islink(CHECKOUT / path))
    for change in sorted(changes, key=_order):
        ready.packages |= change.path == "requirements.txt"
        now = names.get(change.path, "")
        if change.path in here and now not in (change.old, change.new):
            ready.said += _put_aside(git, ready, change, made)
        step = Step(change.path, _fingerprint(CHECKOUT / change.path), _fingerprint(_staged(change.path)))
        if step.before != step.after:
            ready.steps.append(step)
    return ready


def _refuse_other_edits(edited: dict[str, str]) -> None:
    unmerged = [path for path, letters in edited.items() if "U" in letters or letters in ("AA", "DD")]
    if unmerged:
        raise Problem(
            f"A merge has left {_some(unmerged)} with both versions in it. {UNTOUCHED}",
            "Mend the file, git add it, and start again.",
        )
    others = [path for path in edited if not _is_ours_to_keep(path)]
    if others:
        raise Problem(
            f"You have changed files of the course itself: {_some(others)}. An update would mix them with newer ones, "
            f"so it stops here. {UNTOUCHED}",
            "Put your changes aside (git stash), or commit them on a branch of your own, and start again.",
        )


def _refuse_obstacles(changes: list[Change]) -> None:
    for change in changes:
        place = CHECKOUT / change.path
        if change.new and place.is_dir() and not place.is_symlink():
            raise Problem(
                f"The newer course has a file {change.path}, where there is a folder here. {UNTOUCHED}",
                "Move the folder away and start again.",
            )
        for parent in place.parents:
            if parent == CHECKOUT:
                break
            if change.new and os.path.lexists(parent) and not parent.is_dir():
                name = parent.relative_to(CHECKOUT)
                raise Problem(
                    f"The newer course has a folder {name}, where there is a file here. {UNTOUCHED}",
                    "Move the file away and start again.",
                )


def _stage_new(git: Git, commit: str, paths: list[str]) -> None:
    """The new files as a checkout would hold them (line ends, permissions), in the stage and on the disk."""
    stage = _stage() / "new"
    stage.mkdir(parents=True)
    index = _stage() / "index"
    git.run("read-tree", commit, index=index)
    asked = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
    if asked:
        prefix = f"{stage.relative_to(CHECKOUT).as_posix()}/"
        git.run("checkout-index", "-z", "--stdin", f"--prefix={prefix}", data=asked, index=index)
    for path in paths:
        staged = _staged(path)
        if not staged.is_symlink():
            with open(staged, "rb") as file:
                os.fsync(file.fileno())


def _put_aside(git: Git, ready: Ready, change: Change, made: list[Path]) -> list[str]:
    """Keeps a copy of a file that isn't what git has; carries its answers into the new version. What to say of it."""
    if not _is_ours_to_keep(change.path) or (CHECKOUT / change.path).is_symlink():
        raise Problem(
            f"The newer course brings a file {change.path}, and there is another one of that name here. {UNTOUCHED}",
            "Move yours away and start again.",
        )
    place = CHECKOUT / change.path
    data = place.read_bytes()
    given, new = git.content(ready.old, change.path), _bytes(_staged(change.path))
    merged = _merge(change.path, data, given, new)
    if merged.data is not None:
        files.write(_staged(change.path), merged.data)
    kept, fresh = _keep(place, beside=merged.by_hand)
    if fresh:
        made.append(kept)
    return merged.said(change.path, kept)


@dataclass(frozen=True)
class _Merged:
    data: bytes | None  # the new version with answers in it; None where there is nothing to carry
    by_hand: bool  # whether the old one holds something that a person wrote
    carried: exercise.Carried | None = None
    readable: bool = True
    gone: bool = False

    def said(self, path: str, kept: Path) -> list[str]:
        if not self.by_hand and not self.gone:
            return []  # it had only been run
        if self.gone:
            first = "is no longer part of the course"
        elif not self.readable:
            first = "could not be read as a notebook, so it was replaced by the new version"
        elif self.carried is None:
            first = "has a new version"
        elif self.carried.tasks:
            first = f"has a new version, with your {_answers(self.carried.tasks)} in it"
        else:
            first = "has a new version; there was no answer in yours"
        lines = [f"{path} {first}.", f"  Yours as it was is kept as {_shown(kept)}."]
        if self.carried:
            lines += [
                f"  {task}: the course has changed this task; what is given now is shown above your answer."
                for task in self.carried.changed
            ]
            lines += [f"  {task} is no longer asked for; your answer is in the kept one." for task in self.carried.gone]
        return lines


def _merge(path: str, data: bytes, given: bytes | None, new: bytes | None) -> _Merged:
    try:
        old = exercise.read(data)
    except exercise.Unreadable:
        return _Merged(None, True, readable=False, gone=new is None)
    by_hand = not exercise.is_as_built(old)
    if new is None or not path.startswith("exercises/"):
        return _Merged(None, by_hand, gone=new is None)
    try:
        before = exercise.read(given) if given is not None else None
        carried = exercise.carry(old, before, exercise.read(new))
    except exercise.Unreadable:  # the course's own is broken: nothing to carry into
        return _Merged(None, by_hand)
    return _Merged(carried.data if carried.tasks else None, by_hand, carried)


def _keep(place: Path, beside: bool) -> tuple[Path, bool]:
    """A copy of what lies there, and whether it is a new one: beside its place, or where it was only run in the data
    folder, since it holds nothing but outputs."""
    if beside:
        before = {each.path for each in files.kept(place)}
        kept = files.keep(place)
        return kept, kept not in before
    folder = data_folder() / "kept" / place.parent.name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    saved = place.stat().st_mtime
    target = files.name_for(folder / place.name, saved)
    files.write(target, place.read_bytes(), saved)
    return target, True


# ---------------------------------------------------------------- putting in place


def _finish(git: Git, ready: Ready, say: Callable[[str], None]) -> None:
    """All that is left of an update, from its journal on. Can be done again at any point."""
    head = git.line("rev-parse", "HEAD")
    if head not in (ready.old, ready.new):
        raise Problem(
            "An update was cut short, and git has gone elsewhere since: it can't be gone on with.",
            f"See with git status what is there, then remove the folder {_stage()} and start again.",
        )
    with _undisturbed():
        try:
            for step in ready.steps:
                ready.said += _take(git, ready, step)
            files.sync((CHECKOUT / step.path).parent for step in ready.steps if (CHECKOUT / step.path).parent.is_dir())
            _move_head(git, ready, head)
        except OSError as error:
            raise Problem(
                f"The update stopped half-way: {error.strerror} ({error.filename}).",
                "Mend that, then start it again: it goes on where it stopped. Nothing is lost.",
            ) from error
        journal().unlink()
        shutil.rmtree(_stage(), ignore_errors=True)
    for line in ready.said:
        say(line)
    if ready.packages:
        say("It needs other packages: the next start of the lab installs them.")


def _take(git: Git, ready: Ready, step: Step) -> list[str]:
    """One step, if it isn't done yet. What to say, when the file was changed since it was made ready."""
    place, staged = CHECKOUT / step.path, _staged(step.path)
    now = _fingerprint(place)
    if now == step.after:
        return []
    said: list[str] = []
    if now not in (step.before, ""):
        # Somebody went on working after the update had been cut short: that is kept, too.
        merged = _merge(step.path, place.read_bytes(), git.content(ready.old, step.path), _content(git, ready, step))
        kept, _ = _keep(place, beside=True)
        said = merged.said(step.path, kept)
        if not _is_ours_to_keep(step.path):
            said = [f"{step.path} was changed while the update stood still; yours is kept as {_shown(kept)}."]
        if merged.data is not None:
            files.write(place, merged.data)
            return said
    if not step.after:
        place.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            place.parent.rmdir()  # when it was the last
        return said
    place.parent.mkdir(parents=True, exist_ok=True)
    os.replace(staged, place)
    return said


def _content(git: Git, ready: Ready, step: Step) -> bytes | None:
    return git.content(ready.new, step.path) if step.after else None


def _move_head(git: Git, ready: Ready, head: str) -> None:
    """git's own books: the index made beside and renamed, then the branch."""
    index = git.file("index")
    made = index.with_name("asynclab-index")
    for left in (made, made.with_name(f"{made.name}.lock")):  # by a git that was killed; nobody else uses these names
        left.unlink(missing_ok=True)
    git.run("read-tree", ready.new, index=made)
    git.try_to("update-index", "-q", "--refresh", index=made)  # says so where files differ, as answered exercises do
    os.replace(made, index)
    if head != ready.new:
        git.run("update-ref", "-m", "asynclab update", "HEAD", ready.new, ready.old)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits for the renames: a moment."""
    told: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda number, _: told.append(number)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if told:
            os.kill(os.getpid(), told[0])


# ---------------------------------------------------------------- the stage and the journal


def _stage() -> Path:
    return CHECKOUT / ".asynclab" / "update"  # in the checkout, whatever the data folder: renames need one file system


def _staged(path: str) -> Path:
    return _stage() / "new" / path


def _write_journal(ready: Ready) -> None:
    files.write(journal(), json.dumps({"format": 1, **asdict(ready)}, indent=1).encode())


def _read_journal() -> Ready:
    try:
        told: dict[str, Any] = json.loads(journal().read_bytes())
        if told.pop("format") != 1:
            raise ValueError("another format")
        return Ready(**{**told, "steps": [Step(**each) for each in told["steps"]]})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(
            f"An update was cut short, and its journal can't be read ({error}).",
            f"See with git status what is there, then remove the folder {_stage()} and start again.",
        ) from error


def _fingerprint(path: Path) -> str:
    """Of what lies there; "" for nothing."""
    if path.is_symlink():
        return f"link to {os.readlink(path)}"
    data = _bytes(path)
    if data is None:
        return ""
    executable = "x" if os.stat(path).st_mode & 0o100 else "-"
    return f"{executable}{hashlib.sha256(data).hexdigest()}"


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


# ---------------------------------------------------------------- who else is here


@contextmanager
def _alone() -> Iterator[None]:
    folder = CHECKOUT / ".asynclab"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = open(folder / "update.lock", "a")  # noqa: SIM115
    except OSError as error:
        raise troubles.of_error(error, CHECKOUT) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem("Another update of this course is running.", "Wait for it to end.") from None
        except OSError:
            pass  # a file system without locks
        yield


def _nobody_works_here() -> None:
    """Raises Problem while a lab, a notebook or a grading of this checkout runs: they would save over new files."""
    if _lab_runs() or _services_run():
        raise Problem(
            f"The lab, a notebook or a grading of this course is running. {UNTOUCHED}",
            "Save your notebooks, end the lab (Ctrl-C in its terminal, or File > Shut Down), and start again.",
        )


def _services_run() -> bool:
    """Whether anybody holds this data folder's services: every kernel, grading and lab does."""
    try:
        with contextlib.closing(sockets.connect(data_folder() / "services", "keeper", timeout=5)):
            return True
    except OSError:
        return False


def _lab_runs() -> bool:
    """Whether a lab was started in this checkout, with whatever data folder. Linux alone can tell."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if words[1:3] == [b"-m", b"asynclab.lab.guard"] and os.path.samefile(entry / "cwd", CHECKOUT):
                return True
        except OSError:
            continue
    return False


# ---------------------------------------------------------------- words


def _order(change: Change) -> tuple[int, str]:
    """The course's files, then the lab's, this very command's last: whatever is cut short, it can go on."""
    return (2 if change.path.startswith(STEPS_LAST) else change.path.startswith("asynclab/"), change.path)


def _is_ours_to_keep(path: str) -> bool:
    folder, _, name = path.partition("/")
    return folder in FOLDERS and "/" not in name and name.endswith(".ipynb")


def _shown(path: Path) -> str:
    return str(path.relative_to(CHECKOUT)) if path.is_relative_to(CHECKOUT) else str(path)


def _some(paths: list[str]) -> str:
    more = len(paths) - SHOWN
    return ", ".join(paths[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _answers(tasks: tuple[str, ...]) -> str:
    names = [task.partition(".")[2] or task for task in tasks]
    told = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"answer{'' if len(names) == 1 else 's'} to {told}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _no_room(error: OSError) -> Problem:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        known = troubles.full_disk(CHECKOUT)
        return Problem(f"{known.what} {UNTOUCHED}", "Make room and start again.")
    what = f"The update can't be made ready: {error.strerror} ({error.filename}). {UNTOUCHED}"
    return Problem(what, "Mend that and start again.")
