"""Whole files or none, and versions that are kept beside their place with their date."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

KEPT = re.compile(r"(?P<stem>.+)\.kept-(?P<date>\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d)(?:-(?P<more>\d+))?(?P<suffix>\.\w+)?")


@dataclass(frozen=True)
class Kept:
    """A version that was put beside its place."""

    path: Path
    place: Path  # where it was
    saved: datetime  # when it was last saved, local time
    more: int = 0  # of several of the same second

    @classmethod
    def of(cls, path: Path) -> Kept | None:
        """What a file's name says; None for a file that isn't a kept version."""
        match = KEPT.fullmatch(path.name)
        if match is None:
            return None
        try:
            saved = datetime.strptime(match["date"], "%Y-%m-%d_%H-%M-%S")
        except ValueError:
            return None
        return cls(path, path.with_name(match["stem"] + (match["suffix"] or "")), saved, int(match["more"] or 0))


def write(path: Path, data: bytes, saved: float | None = None) -> None:
    """Puts `data` at `path`: written beside, on the disk, and then renamed. A reader sees the old file or the new.

    `saved` is the modification time it gets. Raises OSError; what lay at `path` then lies there still.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with open(new, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError):
            shutil.copymode(path, new)
        if saved is not None:
            os.utime(new, (saved, saved))
        os.replace(new, path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise
    sync([path.parent])


def keep(path: Path) -> Path:
    """Copies the file at `path` beside itself, under the date it was last saved on; the copy's path.

    The file stays where it is: whoever replaces it does so by `write`, so that its place is never empty. A version
    that is kept already (the same bytes) isn't kept twice.
    """
    data = path.read_bytes()
    for each in kept(path):
        if each.path.read_bytes() == data:
            return each.path
    saved = path.stat().st_mtime
    target = name_for(path, saved)
    write(target, data, saved)
    return target


def name_for(path: Path, saved: float) -> Path:
    """A free name beside `path` for a version saved at that time (seconds since the epoch)."""
    stem = f"{path.stem}.kept-{datetime.fromtimestamp(saved).strftime('%Y-%m-%d_%H-%M-%S')}"
    found, more = path.with_name(stem + path.suffix), 1
    while os.path.lexists(found):
        more += 1
        found = path.with_name(f"{stem}-{more}{path.suffix}")
    return found


def kept(path: Path) -> list[Kept]:
    """The versions kept of the file at `path`, the newest first."""
    return [each for each in all_kept(path.parent) if each.place == path]


def all_kept(folder: Path) -> list[Kept]:
    """Every kept version in a folder, by its file's name, the newest first."""
    found = [each for each in map(Kept.of, folder.glob("*.kept-*")) if each is not None]
    return sorted(sorted(found, key=lambda each: (each.saved, each.more), reverse=True), key=lambda each: each.place)


def sweep(folder: Path) -> None:
    """Removes what a `write` that was killed left half written."""
    for left in folder.glob(".*.new"):
        pid = left.name.split(".")[-2]
        if pid.isdigit() and not _lives(int(pid)):
            with contextlib.suppress(OSError):
                left.unlink()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sync(folders: Iterable[Path]) -> None:
    """Makes renames in these folders outlive a power cut."""
    for folder in set(folders):
        with contextlib.suppress(OSError):  # a file system that can't
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
