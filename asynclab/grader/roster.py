"""A folder or an archive of submissions: who handed in what.

Names and sizes in it are somebody else's: taken with care.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asynclab import course
from asynclab.grader.submission import decoded, task_named
from asynclab.grader.task import Task, all_tasks
from asynclab.problems import Problem

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
MOST_FILES = 20_000
MOST_BYTES = 2 * 1024**3  # of an unpacked archive
LARGEST_ANSWER = 64 * 1024 * 1024
DEPTH = 6  # folders below a learner's own that are looked into


@dataclass(frozen=True)
class HandedIn:
    """One learner's answer to one task, or why there is none."""

    learner: str
    task: Task | None
    text: str
    path: Path
    problem: str = ""


def is_archive(path: Path) -> bool:
    return path.is_file() and path.name.lower().endswith(ARCHIVES)


def handed_in(folder: Path, task: str | None, scratch: Path) -> list[HandedIn]:
    """Everything under `folder`: files and folders named after the learner, archives of them too.

    `scratch` is where archives are unpacked. What can't be read becomes an entry that says why.
    """
    asked = task_named(task) if task else None
    if is_archive(folder):
        folder = only_folder(unpacked(folder, scratch / "all"))
    found: list[HandedIn] = []
    for entry in sorted(folder.iterdir(), key=lambda each: each.name.casefold()):
        if entry.name.startswith((".", "__")) or entry.is_symlink():
            continue
        learner = _learner(entry)
        try:
            if is_archive(entry):
                found += _of_learner(learner, unpacked(entry, scratch / f"{len(found)}-{learner[:40]}"), asked)
            elif entry.is_dir():
                found += _of_learner(learner, entry, asked)
            elif entry.suffix in (".py", ".ipynb"):
                found += _of_file(learner, entry, asked, alone=True)
        except (Problem, OSError) as problem:
            said = problem.what if isinstance(problem, Problem) else f"It can't be read ({problem.strerror})."
            found.append(HandedIn(learner, asked, "", entry, said))
    return _once(found)


def _of_learner(learner: str, folder: Path, asked: Task | None) -> list[HandedIn]:
    files = list(_files(folder))
    if not files:
        return [HandedIn(learner, asked, "", folder, "It holds neither a notebook nor a .py file.")]
    scripts = [path for path in files if path.suffix == ".py"]
    found = [each for path in files for each in _of_file(learner, path, asked, alone=scripts == [path])]
    if asked and not found:
        return [HandedIn(learner, asked, "", folder, f"It holds no answer to {asked.name}.")]
    return found


def _of_file(learner: str, path: Path, asked: Task | None, alone: bool) -> list[HandedIn]:
    if path.stat().st_size > LARGEST_ANSWER:
        return [HandedIn(learner, asked, "", path, "The file is larger than an answer can be.")]
    if path.suffix == ".ipynb":
        try:
            cells = course.answer_cells(path)
        except Problem as problem:
            return [HandedIn(learner, asked, "", path, problem.what)]
        known = all_tasks()
        wanted = {name: text for name, text in cells.items() if name in known and asked in (None, known[name])}
        return [HandedIn(learner, known[name], text, path) for name, text in wanted.items()]
    task = _task_by_name(path) or (asked if alone else None)
    if asked and task is not asked:
        return []
    if task is None:
        return [HandedIn(learner, None, "", path, "Its name doesn't say which task it answers.")] if alone else []
    return [HandedIn(learner, task, decoded(path.read_bytes()), path)]


def _task_by_name(path: Path) -> Task | None:
    """By the file's name: 04_aiohttp.download.py or download.py."""
    for name, task in all_tasks().items():
        if path.stem in (name, task.function):
            return task
    return None


def _learner(path: Path) -> str:
    name = path.name if path.is_dir() else re.sub(r"\.(zip|tar(\.\w+)?|tgz|py|ipynb)$", "", path.name, flags=re.I)
    return name.strip() or path.name


def _files(folder: Path, depth: int = 0) -> Iterator[Path]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name.casefold()):
        if entry.is_symlink() or entry.name.startswith((".", "__")):
            continue  # a link may lead anywhere; checkpoints and caches are nobody's answer
        if entry.is_dir() and depth < DEPTH:
            yield from _files(entry, depth + 1)
        elif entry.is_file() and entry.suffix in (".py", ".ipynb"):
            yield entry


def _once(found: list[HandedIn]) -> list[HandedIn]:
    """Of several answers of one learner to one task the newest counts."""
    best: dict[tuple[str, str], HandedIn] = {}
    for each in found:
        key = (each.learner, each.task.name if each.task else "")
        other = best.get(key)
        if other is None or (other.problem and not each.problem) or _newer(each, other):
            best[key] = each
    return list(best.values())


def _newer(one: HandedIn, other: HandedIn) -> bool:
    if bool(one.problem) != bool(other.problem):
        return False
    return one.path.stat().st_mtime > other.path.stat().st_mtime


# ---------------------------------------------------------------- archives


def unpacked(archive: Path, target: Path) -> Path:
    """Unpacks an archive: plain files and folders only, nothing outside `target`. Raises Problem."""
    target.mkdir(parents=True)
    try:
        if archive.name.lower().endswith(".zip"):
            _unzip(archive, target)
        else:
            _untar(archive, target)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError, NotImplementedError, OSError) as error:
        raise Problem(f"{archive.name} can't be unpacked ({error}).", "Pack it again.") from error
    return target


def only_folder(folder: Path) -> Path:
    """An archive often holds one folder that holds everything."""
    entries = [each for each in folder.iterdir() if not each.name.startswith((".", "__"))]
    if len(entries) == 1 and entries[0].is_dir():
        inside = [each for each in entries[0].iterdir() if not each.name.startswith((".", "__"))]
        if len(inside) > 1:
            return entries[0]
    return folder


def _unzip(archive: Path, target: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        members = packed.infolist()
        _bounded(archive, len(members), sum(member.file_size for member in members))
        for member in members:
            if member.is_dir() or stat.S_ISLNK(member.external_attr >> 16):
                continue
            place = _inside(target, member.filename)
            if place is not None:
                with packed.open(member) as source:
                    _store(source, place, member.file_size)
                _keep_time(place, member.date_time)


def _untar(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as packed:
        count = size = 0
        for member in packed:
            count, size = count + 1, size + member.size
            _bounded(archive, count, size)
            place = _inside(target, member.name) if member.isfile() else None
            source = packed.extractfile(member) if place else None
            if source and place:
                _store(source, place, member.size)
                os.utime(place, (member.mtime, member.mtime))


def _bounded(archive: Path, files: int, size: int) -> None:
    if files > MOST_FILES or size > MOST_BYTES:
        raise Problem(f"{archive.name} unpacks to more than submissions can be.", "Take out what is no answer.")


def _inside(target: Path, name: str) -> Path | None:
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts or ".." in parts or len(parts) > DEPTH + 4 or any("\0" in part for part in parts):
        return None
    return target.joinpath(*parts)


def _store(source, place: Path, size: int) -> None:  # type: ignore[no-untyped-def]
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as file:
        shutil.copyfileobj(_AtMost(source, size), file)


class _AtMost:
    """Reads no more than the archive's index promised: what is packed may unpack to more."""

    def __init__(self, source, size: int) -> None:  # type: ignore[no-untyped-def]
        self._source, self._left = source, size

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._source.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(data)
        return data


def _keep_time(place: Path, moment: tuple[int, int, int, int, int, int]) -> None:
    import datetime

    try:
        stamp = datetime.datetime(*moment).timestamp()
        os.utime(place, (stamp, stamp))
    except (ValueError, OverflowError, OSError):
        pass  # a date that is none: the time of unpacking will do
