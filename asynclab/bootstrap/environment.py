"""The course's environment on the disk: is it whole, is it the one for these requirements?

The answer costs a few file look-ups, since every start asks. The stamp, written last, says what was
installed from which requirements with which Python; what is missing or other than it says is mended
by installing again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PTH = "asynclab-checkout.pth"


@dataclass(frozen=True)
class Environment:
    """A virtual environment that the course makes or uses, by its folder."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        """Where this Python's packages lie (of the running version: no other is ever installed for)."""
        return self.folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    @property
    def stamp(self) -> Path:
        return self.folder / "asynclab-stamp.json"

    @property
    def lock(self) -> Path:
        return self.folder / "asynclab.lock"

    @property
    def making(self) -> Path:
        """Lies there while the environment itself is being made: found at the start, it was cut short."""
        return self.folder / "asynclab-making"

    @property
    def scratch(self) -> Path:
        """Where the installers' temporary files lie: what a kill leaves of them goes at the next start."""
        return self.folder / "asynclab-scratch"

    @property
    def log(self) -> Path:
        return self.folder / "asynclab-setup.log"

    def is_running(self) -> bool:
        """Is this very process running in it?"""
        return Path(sys.prefix) == self.folder or (self.folder.exists() and os.path.samefile(sys.prefix, self.folder))

    def is_current(self, requirements: Path | None = None) -> bool:
        """Does the stamp fit the requirements, the Python behind it, and what lies there?"""
        try:
            stamp = json.loads(self.stamp.read_text("utf-8"))
            packages = self.folder / stamp["site_packages"]
            return (
                stamp["requirements"] == fingerprint(requirements or self.folder.parent / "requirements.txt")
                and stamp["python"] == os.path.realpath(self.python)
                and os.access(self.python, os.X_OK)
                and set(stamp["packages"]) <= set(os.listdir(packages))
            )
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def write_stamp(self, requirements: Path) -> None:
        """Say that all is there. The last step: until it is written the environment counts as unfinished."""
        packages = sorted(name for name in os.listdir(self.site_packages) if name.endswith(".dist-info"))
        stamp: dict[str, Any] = {
            "requirements": fingerprint(requirements),
            "python": os.path.realpath(self.python),
            "site_packages": str(self.site_packages.relative_to(self.folder)),
            "packages": [*packages, PTH],
        }
        draft = self.stamp.with_suffix(".draft")
        draft.write_text(json.dumps(stamp, indent=1) + "\n", "utf-8")
        os.replace(draft, self.stamp)


def fingerprint(requirements: Path) -> str:
    """Of the requirements' text."""
    return hashlib.sha256(requirements.read_bytes()).hexdigest()


def has_packages(pyproject: Path, extra: str = "") -> bool:
    """Has the running Python all that `pyproject` asks for (loosely), the extra's included?

    A bare Python says no at the first package; a full environment costs about 30 ms.
    """
    from importlib.metadata import PackageNotFoundError, version

    try:
        version("jupyterlab")
        from packaging.requirements import Requirement
    except (PackageNotFoundError, ImportError):
        return False
    import tomllib

    project = tomllib.loads(pyproject.read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project.get("optional-dependencies", {}).get(extra, ())]
    for text in wanted:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            return False
        if not requirement.specifier.contains(found, prereleases=True):
            return False
    return True
