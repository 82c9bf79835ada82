"""What the lab keeps on the disk, where, and how it is removed. Standard library only: the environment may be gone.

Only names that the lab gives are known here. Whatever else lies in the data folder is somebody else's, and stays.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from asynclab import scratch
from asynclab.bootstrap import wheels
from asynclab.bootstrap.environment import Environment
from asynclab.paths import CHECKOUT

CACHE_FOLDERS = (".pytest_cache", ".mypy_cache", ".ruff_cache")
CODE = ("asynclab", "tests", "lessons")
WRITTEN = ("exercises", "notebooks", "solutions", "lessons")  # where a learner's version may be kept beside a new one


@dataclass(frozen=True)
class Kind:
    """One kind of thing. `yours`: what a person did is in it, so only its own name removes it, never ``--all``."""

    name: str
    is_what: str
    yours: bool = False


ENVIRONMENT = Kind("environment", "the packages; the next start installs them anew")
BUNDLE = Kind("bundle", "wheels for set-up without a network; `bundle` gathers them anew")
DATABASES = Kind("databases", "of the lessons, with the services' logs; made anew at their next use")
RUN_FOLDERS = Kind("run-folders", "of gradings and labs that were cut short")
LOGS = Kind("logs", "of the lab, and of its faults")
CACHES = Kind("caches", "of Python and of the tests")
SETTINGS = Kind("settings", "of JupyterLab: theme, windows, history", yours=True)
RECORDS = Kind("records", "of your gradings, and what lessons measured here", yours=True)
PROGRESS = Kind("progress", "what you passed, your points and attempts", yours=True)
OLD_EXERCISES = Kind("old-exercises", "your versions that were kept beside newer ones", yours=True)
KINDS = (ENVIRONMENT, BUNDLE, DATABASES, RUN_FOLDERS, LOGS, CACHES, SETTINGS, RECORDS, PROGRESS, OLD_EXERCISES)

IN_DATA = {
    DATABASES: ("postgres-*", "services"),
    RUN_FOLDERS: ("run", "class"),
    LOGS: ("lab.log", "fault.txt", "open.html"),
    SETTINGS: ("jupyter", "ipython", "matplotlib"),
    RECORDS: ("records", "claims"),
    PROGRESS: ("progress.*",),
}
MARKS = ("lab.lock", "progress.lock", "services/start.lock")  # one of them lies in every data folder of the lab's


def places(data: Path, checkout: Path = CHECKOUT) -> dict[Kind, list[Path]]:
    """Of every kind, where there is something of it now."""
    found: dict[Kind, list[Path]] = {kind: [] for kind in KINDS}
    environment = Environment(checkout / ".venv")
    if any(mark.exists() for mark in (environment.stamp, environment.lock, environment.making)):
        found[ENVIRONMENT] = [environment.folder]  # without a mark it is not ours
    if wheels.made_for(checkout / wheels.FOLDER):
        found[BUNDLE] = [checkout / wheels.FOLDER]
    if data == checkout / ".asynclab" or any((data / mark).exists() for mark in MARKS):
        for kind, patterns in IN_DATA.items():
            found[kind] = sorted(path for pattern in patterns for path in data.glob(pattern))
    found[RUN_FOLDERS] += _left()
    found[CACHES] = list(_caches(checkout))
    found[OLD_EXERCISES] = list(_old(checkout))
    return found


def others(data: Path, known: Iterable[Path]) -> list[Path]:
    """What lies in the data folder and is not the lab's."""
    ours = {*known, *(data / mark for mark in MARKS)}
    try:
        return sorted(path for path in data.iterdir() if path not in ours)
    except OSError:
        return []


def size(places: Iterable[Path]) -> int:
    """Bytes on the disk, each file once however many names it has. Nothing is followed out of them."""
    seen: set[tuple[int, int]] = set()
    total, waiting = 0, [os.fspath(place) for place in places]
    while waiting:
        path = waiting.pop()
        try:
            found = os.lstat(path)
            if (found.st_dev, found.st_ino) in seen:
                continue
            seen.add((found.st_dev, found.st_ino))
            total += found.st_blocks * 512
            if os.path.isdir(path) and not os.path.islink(path):
                waiting += [entry.path for entry in os.scandir(path)]
        except OSError:
            continue  # it went away, or isn't ours to read
    return total


def remove(place: Path) -> bool:
    """Delete a file, a link (and not what it names) or a folder, however deep; whether it is gone."""
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
    else:
        # First what says that it is whole: cut short here, set-up sees it as unfinished.
        for mark in (place / "asynclab-stamp.json", place / wheels.MADE_FOR):
            mark.unlink(missing_ok=True)
        scratch.remove(place)
    return not os.path.lexists(place)


def _old(checkout: Path) -> Iterator[Path]:
    """Notebooks that `build`, `reset` and `update` put aside, and JupyterLab's own copies of exercises."""
    for name in WRITTEN:
        for pattern in ("*.kept-*", "*.before-build-*"):
            yield from sorted((checkout / name).rglob(pattern))
        yield from sorted((checkout / name).glob(".ipynb_checkpoints"))


def _caches(checkout: Path) -> Iterator[Path]:
    yield from (checkout / name for name in CACHE_FOLDERS if (checkout / name).is_dir())
    for name in CODE:
        yield from sorted((checkout / name).rglob("__pycache__"))


def _left() -> Iterator[Path]:
    """Runtime folders of labs whose every process was killed: ours, and named by no living process's command line."""
    if not Path("/proc/self/cmdline").exists():
        return
    for top in {Path("/tmp"), Path(tempfile.gettempdir())}:
        for path in top.glob("asynclab-lab-*"):
            if _is_ours(path) and not any(os.fsencode(path) in line for line in command_lines()):
                yield path


def _is_ours(path: Path) -> bool:
    try:
        return path.lstat().st_uid == os.getuid() and not path.is_symlink()
    except OSError:
        return False


def command_lines() -> Iterator[bytes]:
    """Of all other processes, where the system tells (Linux)."""
    for entry in Path("/proc").glob("[0-9]*"):
        if entry.name != str(os.getpid()):
            try:
                yield (entry / "cmdline").read_bytes()
            except OSError:
                continue


def runs_from(environment: Path) -> bool:
    """Whether another process runs the environment's Python: a kernel, a test, a start."""
    inside = os.fsencode(environment / "bin") + b"/"
    return any(line.startswith(inside) for line in command_lines())
