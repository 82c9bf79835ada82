"""What to tell a person whose data folder can't be written."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from asynclab.problems import Problem

LEAST_FREE = 2 * 1024 * 1024  # bytes: below it the disk counts as full


def disk_problem(problem: OSError, folder: Path) -> Problem:
    """The problem behind an OSError in the data folder."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return Problem(
            f"The disk that holds the lab's data folder ({folder}) is full.",
            "Free some space (about 200 MB), or name another folder with --data or ASYNCLAB_DATA.",
        )
    if problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Problem(
            f"The lab can't write to its data folder ({folder}): {problem.strerror}.",
            "Name another folder with --data or ASYNCLAB_DATA.",
        )
    return Problem(f"The lab's data folder ({folder}) fails: {problem}.", "Name another with ASYNCLAB_DATA.")


def full(folder: Path, needed: int = LEAST_FREE) -> bool:
    """Whether fewer bytes are free: programs that fail for that can't even write it into their logs."""
    try:
        return shutil.disk_usage(folder).free < needed
    except OSError:
        return False
