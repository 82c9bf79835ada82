"""The learner's answers and records in one file, which ``grade FOLDER`` takes as one learner's submission."""

from __future__ import annotations

import getpass
import io
import json
import os
import re
import time
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from asynclab import __version__, course, progress
from asynclab.grader.submission import sha256
from asynclab.grader.task import find_task
from asynclab.keeping import exercise, files
from asynclab.keeping.reset import place_of, stubs
from asynclab.paths import CHECKOUT, data_folder
from asynclab.problems import Problem

CONTENTS = "pack.json"  # in the archive: what is in it, for a program
LARGEST = 64 * 1024 * 1024  # bytes of one notebook that a grading reads


@dataclass(frozen=True)
class Packed:
    """What went into the file."""

    path: Path
    size: int  # bytes
    answers: dict[str, bool]  # every task of the course: is there an answer?
    passed: frozenset[str]
    records: int
    said: tuple[str, ...] = ()  # what the learner should know


def pack(name: str | None, target: Path | None, checkout: Path = CHECKOUT) -> Packed:
    """Writes the file: `target`, or NAME.zip in the working folder. Raises Problem when nothing is answered.

    In it are the exercises as they are, the records of gradings, and the progress file. A file of that name is
    replaced when it is such a file itself.
    """
    name = learner(name)
    target = (target or Path(f"{name}.zip")).expanduser().absolute()
    if target.is_dir():
        target = target / f"{name}.zip"
    if target.suffix != ".zip":
        target = target.with_name(target.name + ".zip")
    _check(target)
    members: dict[str, tuple[bytes, float]] = {}
    answers: dict[str, bool] = {}
    said: list[str] = []
    hashes: dict[str, str] = {}
    for lesson in course.lessons(checkout):
        place = place_of(lesson, checkout)
        answers |= dict.fromkeys(lesson.tasks, False)
        if not lesson.tasks or not place.is_file():
            continue
        data = place.read_bytes()
        if len(data) > LARGEST:
            said.append(
                f"exercises/{place.name} is larger than a grading takes; clear its outputs, save it, pack again."
            )
        members[f"exercises/{place.name}"] = (data, place.stat().st_mtime)
        try:
            found = exercise.answered(exercise.read(data), stubs(lesson, checkout))
        except exercise.Unreadable:
            said.append(f"exercises/{place.name} is in it, but can't be read as a notebook: open it and save it anew.")
            continue
        answers |= {task: True for task in found if task in answers}
        hashes |= {task: sha256(course.without_magic(source)) for task, source in found.items()}
    if not any(answers.values()):
        raise Problem(
            "There is nothing to hand in: no exercise has an answer yet.", "Answer one in exercises/, and save it."
        )
    records = _records(data_folder() / "records")
    members |= records
    if progress.path().is_file():
        members["progress.json"] = (progress.path().read_bytes(), progress.path().stat().st_mtime)
    contents = {
        "format": 1,
        "learner": name,
        "packed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "course": __version__,
        "answers": hashes,
    }
    members = {CONTENTS: (json.dumps(contents, indent=1, ensure_ascii=False).encode() + b"\n", time.time()), **members}
    archive = _zip(members)
    try:
        files.write(target, archive)
    except OSError as error:
        raise Problem(f"{target} can't be written: {error.strerror}.", "Name another place: --to FILE") from error
    passed = frozenset(task for task in answers if find_task(task) and progress.of(task).passed)
    return Packed(target, len(archive), answers, passed, len(records), tuple(said))


def learner(name: str | None) -> str:
    """A name that can be a file's: the grading's table names the learner by it. Raises Problem when there is none."""
    if name is None:
        try:
            name = getpass.getuser()
        except (OSError, KeyError):
            name = ""
    plain = re.sub(r"[\x00-\x1f/\\:*?\"<>|]+", " ", name).strip(" .")
    if not plain or len(os.fsencode(plain)) > 200:
        raise Problem(f"{name!r} can't be the name of a file.", "Name yourself with letters: --name 'Ada Lovelace'")
    return plain


def _check(target: Path) -> None:
    if not target.parent.is_dir():
        raise Problem(f"There is no folder {target.parent}.", "Make it, or name another place: --to FILE")
    if not target.exists():
        return
    try:
        with zipfile.ZipFile(target) as archive:
            if CONTENTS in archive.namelist():
                return
    except (OSError, zipfile.BadZipFile):
        pass
    raise Problem(f"{target} is there already, and wasn't made by pack.", "Name another place: --to FILE")


def _records(folder: Path) -> dict[str, tuple[bytes, float]]:
    found = {}
    for path in sorted(folder.glob("*.json")):
        found[f"records/{path.name}"] = (path.read_bytes(), path.stat().st_mtime)
    return found


def _zip(members: dict[str, tuple[bytes, float]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (data, saved) in members.items():
            year, *rest = time.localtime(saved)[:6]
            moment = (min(max(year, 1980), 2107), *rest)  # what a zip can say
            entry = zipfile.ZipInfo(name, moment)  # type: ignore[arg-type]
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return packed.getvalue()
