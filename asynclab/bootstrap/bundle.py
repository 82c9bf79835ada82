"""Gathering the wheels of everything that set-up installs, for this machine or for others. Nothing is installed.

pip judges the conditions in requirements.txt (``; python_full_version < '3.12'``) by the Python that it runs in,
whatever it downloads for. So they are judged here, for each target, and pip is given plain names and versions.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from asynclab import __version__
from asynclab.bootstrap import find_pip, run, troubles, wheels
from asynclab.bootstrap.environment import Environment, fingerprint
from asynclab.bootstrap.install import environment_variables
from asynclab.bootstrap.show import Show
from asynclab.problems import Problem

MANYLINUX = [f"manylinux_2_{minor}" for minor in range(28, 4, -1)] + ["manylinux2014", "manylinux2010", "manylinux1"]
# Name to pip's tags. glibc 2.28 is Debian 10's, Ubuntu 18.10's and Red Hat 8's: wheels for it run on all newer ones.
PLATFORMS = {
    "linux-x86_64": [f"{tag}_x86_64" for tag in MANYLINUX],
    "linux-aarch64": [f"{tag}_aarch64" for tag in MANYLINUX],
    "macos-arm64": ["macosx_12_0_arm64"],
    "macos-x86_64": ["macosx_12_0_x86_64"],
}
HERE = "this"  # a platform that has no name above: whatever pip takes by itself
LOG = "bundle.log"  # in the folder, until it is whole
PYTHONS = ("3.11", "3.12", "3.13")


@dataclass(frozen=True)
class Target:
    """Whom wheels are for: any release of a Python (3.11), on a platform of `PLATFORMS`."""

    python: str
    platform: str

    def markers(self, patch: int) -> dict[str, str]:
        """What the conditions in requirements are judged by."""
        here = {"python_version": self.python, "python_full_version": f"{self.python}.{patch}"}
        if self.platform == HERE:
            return here
        system, machine = self.platform.split("-")
        linux = system == "linux"
        return {**here, "sys_platform": "linux" if linux else "darwin", "os_name": "posix", "platform_machine": machine,
                "platform_system": "Linux" if linux else "Darwin", "implementation_name": "cpython",
                "platform_python_implementation": "CPython"}  # fmt: skip

    def options(self, patch: int) -> list[str]:
        tags = PLATFORMS.get(self.platform, [])
        return ["--python-version", f"{self.python}.{patch}", *(word for tag in tags for word in ("--platform", tag))]

    def __str__(self) -> str:
        return f"Python {self.python}" + ("" if self.platform == HERE else f" on {self.platform}")


@dataclass(frozen=True)
class Bundle:
    folder: Path
    count: int
    size: int  # bytes


def this_python() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def this_platform() -> str:
    """This machine's name among `PLATFORMS`, else `HERE`."""
    system = {"linux": "linux", "darwin": "macos"}.get(sys.platform, "")
    name = f"{system}-{platform.machine()}"
    glibc = system != "linux" or platform.libc_ver()[0] == "glibc"
    return name if name in PLATFORMS and glibc else HERE


def make(folder: Path, targets: list[Target], requirements: Path, env: Environment) -> Bundle:
    """Download into `folder` what it lacks, and note there what it is for. Raises Problem."""
    pip = find_pip.command(env)
    if pip is None:
        raise troubles.no_venv()
    show = Show(len(targets))
    log = folder / LOG
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _drop_old(folder, requirements)
        show.say(f"Gathering the course's packages in {folder} (what is there already is kept).")
        with run.ending_children(), log.open("wb") as output:
            for target in targets:
                show.step(f"wheels for {target}")
                had: set[str] = set()
                for patch in (0, 99):  # some conditions are about a Python's patch release
                    wanted = [name for name in _wanted(pip, requirements, target.markers(patch)) if name not in had]
                    if wanted:
                        _download(pip, folder, target, patch, wanted, show, output)
                    had.update(wanted)
            show.done()
        _note(folder, targets, requirements)
        log.unlink()
    except OSError as error:
        raise troubles.of_error(error, folder) from error
    finally:
        show.pause()
    found = list(folder.glob("*.whl"))
    return Bundle(folder, len(found), sum(path.stat().st_size for path in found))


def _wanted(pip: list[str], requirements: Path, markers: dict[str, str]) -> list[str]:
    """["name==version"] for a target; by the Python that has that pip, whose reader of requirements is taken."""
    carried = find_pip.carried()
    command = [pip[0], "-I", str(Path(__file__).with_name("packages.py")), str(requirements), json.dumps(markers)]
    done = subprocess.run(
        [*command, *([str(carried)] if carried else [])], capture_output=True, text=True, check=True, timeout=60
    )
    return [str(name) for name in json.loads(done.stdout)]


def _download(
    pip: list[str], folder: Path, target: Target, patch: int, wanted: list[str], show: Show, output: IO[bytes]
) -> None:
    counter = run.Counter(len(wanted))
    # --no-deps: requirements.txt names every package, each with its exact version.
    command = [*pip, "download", "--no-deps", "--only-binary=:all:", "--progress-bar=off", "--retries=2",
               f"--dest={folder}", *target.options(patch), *wanted]  # fmt: skip
    output.write(f"$ {' '.join(command)}\n".encode())
    status, said = run.run(
        command, environment_variables(), on_text=lambda text: show.at(*counter.read(text)), log=output
    )
    if status == 0:
        return
    if troubles.is_unreachable(said):
        raise Problem(
            "The package index can't be reached from here, and a bundle is made of what it has.",
            "Connect to the network (behind a proxy set HTTPS_PROXY) and start again: it goes on where it stopped.",
        )
    lacking = re.search(r"No matching distribution found for (\S+)", said)
    if lacking:
        raise Problem(
            f"There is no wheel of {lacking[1]} for {target}.",
            "Leave that target out: there the course needs a network, and what builds packages.",
        )
    raise troubles.of_output("Downloading the wheels", said, folder, folder / LOG)


def _drop_old(folder: Path, requirements: Path) -> None:
    """Wheels of an earlier version of the course, from a folder that `bundle` made itself."""
    if not wheels.made_for(folder):
        return
    text = requirements.read_text("utf-8")
    pinned = {_normal(name) + "-" + version for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.M)}
    for path in folder.glob("*.whl"):
        name, version = path.name.split("-")[:2]
        if f"{_normal(name)}-{version}" not in pinned:
            path.unlink()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _note(folder: Path, targets: list[Target], requirements: Path) -> None:
    """Last: a folder with this in it is whole. Targets of earlier bundles for the same requirements stay."""
    before = wheels.made_for(folder)
    same = before.get("requirements") == fingerprint(requirements)
    earlier = [target for target in before.get("for", ()) if same and target not in map(asdict, targets)]
    noted = {"course": __version__, "requirements": fingerprint(requirements), "for": [*earlier, *map(asdict, targets)]}
    draft = folder / f"{wheels.MADE_FOR}.new"
    draft.write_text(json.dumps(noted, indent=1) + "\n", "utf-8")
    shutil.move(draft, folder / wheels.MADE_FOR)
