"""Folders for a moment's work, in the data folder.

Each is named after the process that made it, so that what a killed one leaves behind is known as such, and
goes at the next grading or when the services stop.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asynclab.paths import data_folder

FOLDER = "run"  # in the data folder


def make() -> Path:
    """A fresh folder (0700), named after this process. Whoever makes it removes it."""
    base = data_folder() / FOLDER
    base.mkdir(mode=0o700, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=base))


@contextmanager
def folder() -> Iterator[Path]:
    """`make`, removed at the end."""
    made = make()
    try:
        yield made
    finally:
        remove(made)


def remove(folder: Path) -> None:
    """Deletes a folder, however deep or odd an answer made it."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        # A tree deeper than Python's recursion, or folders without permissions.
        subprocess.run(["chmod", "-R", "u+rwx", str(folder)], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", str(folder)], check=False, stderr=subprocess.DEVNULL)


def sweep(data: Path | None = None) -> None:
    """Removes the folders of processes that were killed before they could."""
    for left in ((data or data_folder()) / FOLDER).glob("*-*"):
        pid = left.name.partition("-")[0]
        if pid.isdigit() and _gone(int(pid)):
            remove(left)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # somebody else's by now: ours has ended
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state == b"Z"
