"""Making the environment: four steps, each of which finds out what the last start left and goes on.

1. the virtual environment; 2. uv, by its own pip; 3. the packages, by uv (plain pip where uv can't be
had); 4. a look at every file that should be there, then the stamp. A start that was cut short anywhere,
by Ctrl-C or by kill -9, leaves no stamp, so that the next one comes through here again: what was
downloaded is in the package cache, and what was half written is found in step 4 and made anew.
"""

from __future__ import annotations

import csv
import fcntl
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from asynclab.bootstrap import pip_settings, run, troubles, wheels
from asynclab.bootstrap.environment import PTH, Environment
from asynclab.bootstrap.show import Show
from asynclab.problems import Problem

# Variables that would lead Python, pip or uv away from the environment that is being made.
MISLEADING = (
    "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON",
    "UV_SYSTEM_PYTHON", "UV_BREAK_SYSTEM_PACKAGES", "UV_TARGET", "UV_PREFIX", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON",
)  # fmt: skip
# What pip says of a package whose files it can't tell.
BEYOND_PIP = re.compile(r"uninstall-no-record-file|Cannot uninstall|Invalid distribution")


class Broken(Exception):
    """What lies in the environment is damaged in a way that only making it anew mends."""


def install(env: Environment, requirements: Path, checkout: Path) -> None:
    """Make `env` hold exactly `requirements`, and `checkout` importable in it. Raises Problem."""
    show = Show(steps=4)
    from_wheels = wheels.folder(checkout)
    try:
        with run.ending_children(), _alone(env, show) as lock:
            if env.is_current(requirements):
                return  # another start made it while this one waited
            work = _Work(env, requirements, checkout, show, lock, from_wheels)
            try:
                work.do()
            except Broken:
                show.say("What an earlier start left is damaged: making the environment anew.")
                show.number = 0
                _clear(env)
                work.do()
            finally:
                shutil.rmtree(env.scratch, ignore_errors=True)
    except Broken as broken:
        raise Problem(f"The environment in {env.folder} came out damaged: {broken}.", "Start again.") from broken
    except OSError as error:
        raise troubles.of_error(error, env.folder) from error
    finally:
        show.pause()


@dataclass
class _Work:
    env: Environment
    requirements: Path
    checkout: Path
    show: Show
    lock: int
    wheels: Path | None

    def do(self) -> None:
        env, show = self.env, self.show
        show.say(f"Setting up the course's environment in {env.folder} (once; what is there already is kept).")
        if self.wheels is not None:
            show.say(f"Its packages come from the wheels in {self.wheels}.")
        env.log.write_text("", "utf-8")
        show.step("a Python environment")
        self._environment()
        show.step("uv, the installer")
        uv = self._uv()
        show.step("the course's packages")
        self._packages(uv)
        show.step("checking that all is there")
        lacking = damaged(env.site_packages)
        if lacking:
            raise Broken(f"files of {', '.join(lacking[:3])} are missing")
        # Relative and plain ASCII: right in a path with any letters, under any locale, and after the
        # checkout was moved (Python 3.11 and 3.12 read .pth files in the locale's encoding).
        (env.site_packages / PTH).write_text(os.path.relpath(self.checkout, env.site_packages) + "\n", "utf-8")
        env.write_stamp(self.requirements)
        show.done()

    def _environment(self) -> None:
        env = self.env
        if not env.making.exists() and self._has_pip():
            return
        if not can_make_environments():
            raise troubles.no_venv()
        _wait_for_orphans(env)
        _clear(env)
        env.making.touch()
        # The Python underneath, when this one is itself a virtual environment's.
        base = getattr(sys, "_base_executable", None) or sys.executable
        status, output = self._run([base, "-I", "-m", "venv", str(env.folder)])
        if status != 0:
            if "ensurepip is not available" in output:
                raise troubles.no_venv()
            raise troubles.of_output("Making a Python environment", output, env.folder, env.log)
        env.making.unlink()

    def _has_pip(self) -> bool:
        """Is there an environment of this Python's version with a pip that starts?"""
        if not os.access(self.env.python, os.X_OK):
            return False
        status, output = self._run([*self._pip, "--version"])
        return status == 0 and f"(python {sys.version_info[0]}.{sys.version_info[1]})" in output

    def _uv(self) -> Path | None:
        """uv in the environment, in the version that the requirements name; None where it can't be had."""
        pinned = re.search(r"^uv==(\S+)", self.requirements.read_text("utf-8"), re.M)
        if pinned is None:
            return None
        uv = self.env.folder / "bin" / "uv"
        if self._answers(uv, pinned[1]):
            return uv
        # --ignore-installed: a pip that was killed leaves a uv that counts as installed and isn't whole
        command = [*self._pip, "install", "--ignore-installed", "--no-deps", "--progress-bar", "off"]
        if self.wheels is not None:
            status, _ = self._run([*command, *wheels.options(self.wheels), f"uv=={pinned[1]}"])
            if status == 0 and self._answers(uv, pinned[1]):
                return uv
            if any(self.wheels.glob("[!u]*.whl")):  # a folder without uv serves, too
                return None
        status, output = self._run([*command, f"uv=={pinned[1]}"])
        if status == 0 and self._answers(uv, pinned[1]):
            return uv
        if troubles.is_full(output) or troubles.is_unreachable(output):
            raise troubles.of_output("Downloading the installer", output, self.env.folder, self.env.log)
        return None

    def _answers(self, uv: Path, version: str) -> bool:
        if not uv.exists():
            return False
        status, output = self._run([str(uv), "--version"])
        return status == 0 and output.split()[1:2] == [version]

    def _packages(self, uv: Path | None) -> None:
        requirements = self.requirements
        if uv is None:
            requirements = self.env.folder / "requirements-without-uv.txt"
            lines = self.requirements.read_text("utf-8").splitlines(keepends=True)
            requirements.write_text("".join(line for line in lines if not line.startswith("uv==")), "utf-8")
        if self.wheels is not None:
            if self._from_wheels(uv, requirements, self.wheels):
                return
            self.show.say("  they don't hold all that this Python needs: asking the package index, too")
        settings = pip_settings.for_uv(pip_settings.read(self._pip, self._variables())) if uv else None
        more = [] if self.wheels is None else ["--find-links", str(self.wheels)]
        if uv is not None and settings is not None:
            status, output = self._by_uv(uv, requirements, [*settings.options, *more], settings.variables)
            if status == 0:
                return
            if troubles.is_full(output):
                raise troubles.of_output("Installing the packages", output, self.env.folder, self.env.log)
            self.show.say("  uv could not install them: trying plain pip")
        elif uv is not None:
            self.show.say("  pip has settings here that uv doesn't know: using plain pip")
        status, output = self._by_pip(requirements, more)
        if status != 0:
            if BEYOND_PIP.search(output):
                raise Broken("a package in it can't be replaced")
            if self.wheels is not None and troubles.is_unreachable(output):
                raise troubles.too_few_wheels(self.wheels)
            raise troubles.of_output("Installing the packages", output, self.env.folder, self.env.log)

    def _from_wheels(self, uv: Path | None, requirements: Path, folder: Path) -> bool:
        """Install without any index; False where the wheels don't suffice. Indexes that pip and uv are set to
        are left out: with a network that is cut off, each would be waited for."""
        options = wheels.options(folder)
        if uv is not None:
            status, output = self._by_uv(uv, requirements, options, dict.fromkeys(pip_settings.OWN_INDEX, ""))
        else:
            status, output = self._by_pip(requirements, options)
        if status != 0 and BEYOND_PIP.search(output):
            raise Broken("a package in it can't be replaced")
        if status != 0 and not troubles.NOT_FOR_THIS.search(output):
            raise troubles.of_output("Installing the packages", output, self.env.folder, self.env.log)
        return status == 0

    def _by_uv(self, uv: Path, requirements: Path, options: list[str], more: Mapping[str, str]) -> tuple[int, str]:
        command = [str(uv), "pip", "install", "--python", str(self.env.python), "--compile-bytecode"]
        return self._run(
            [*command, *_cache_options(), *options, "--requirement", str(requirements)], more, terminal=True
        )

    def _by_pip(self, requirements: Path, options: list[str]) -> tuple[int, str]:
        command = [*self._pip, "install", "--progress-bar", "off", "--retries", "2", *options]
        total = sum(1 for line in requirements.read_text("utf-8").splitlines() if "==" in line)
        return self._run([*command, "--requirement", str(requirements)], total=total)

    @property
    def _pip(self) -> list[str]:
        return [str(self.env.python), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input"]

    def _variables(self) -> dict[str, str]:
        return environment_variables()

    def _run(
        self, command: list[str], more: Mapping[str, str] | None = None, terminal: bool = False, total: int = 0
    ) -> tuple[int, str]:
        counter = run.Counter(total)
        self.env.scratch.mkdir(exist_ok=True)
        variables = {**self._variables(), "TMPDIR": str(self.env.scratch), **(more or {})}
        with self.env.log.open("ab") as log:
            log.write(f"$ {' '.join(command)}\n".encode())
            return run.run(
                command,
                {name: value for name, value in variables.items() if value},
                on_text=lambda text: self.show.at(*counter.read(text)),
                log=log,
                terminal=terminal and self.show.moving,
                keep=(self.lock,),
            )


def environment_variables() -> dict[str, str]:
    """Ours, for pip and uv: without what would lead them elsewhere."""
    variables = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    return {**variables, "PIP_USER": "0"}  # a pip.conf with user=true would refuse an environment


def can_make_environments() -> bool:
    """Debian without python3-venv has venv, and no ensurepip behind it."""
    from importlib.util import find_spec

    specs = [find_spec(name) for name in ("venv", "ensurepip")]
    return all(spec is not None and spec.origin is not None for spec in specs)


def _cache_options() -> list[str]:
    """uv stops when it can't make its cache; pip merely goes without."""
    cache = os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    place = Path(cache)
    while not place.exists() and place != place.parent:
        place = place.parent
    return [] if os.access(place, os.W_OK) else ["--no-cache"]


def _clear(env: Environment) -> None:
    """Take everything out but the lock, which other starts may be waiting at."""
    for entry in env.folder.iterdir():
        if entry == env.lock:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _wait_for_orphans(env: Environment, seconds: float = 30.0) -> None:
    """Until no pip of a start that was killed writes here any more. ensurepip starts its pip without our
    lock, and that pip outlives a kill -9 of those above it by a second or two."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and any(_pips_of(env)):
        time.sleep(0.1)


def _pips_of(env: Environment) -> Iterator[int]:
    for entry in Path("/proc").glob("[0-9]*"):  # nothing on macOS
        try:
            python, *words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if python.startswith(os.fsencode(env.folder / "bin")) and any(
            word in (b"pip", b"ensurepip") or b'run_module("pip"' in word for word in words
        ):
            yield int(entry.name)


def damaged(site_packages: Path) -> list[str]:
    """Packages of which a file is missing or cut short, by their own records."""
    found = []
    for info in sorted(site_packages.glob("*.dist-info")):
        try:
            with (info / "RECORD").open(encoding="utf-8", newline="") as record:
                for path, _hash, size in csv.reader(record):
                    if not path.endswith(".pyc") and not _is_whole(site_packages / path, size):
                        found.append(info.name)
                        break
        except (OSError, ValueError):
            found.append(info.name)
    return found


def _is_whole(path: Path, size: str) -> bool:
    try:
        return os.stat(path).st_size >= int(size or 0)
    except FileNotFoundError:
        return False


@contextmanager
def _alone(env: Environment, show: Show) -> Iterator[int]:
    """One start at a time. The children inherit the lock: it is free when the last of them has ended."""
    env.folder.mkdir(exist_ok=True)
    with env.lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _wait(file, show)
        except OSError:
            pass  # a file system without locks: better two starts at once than none
        yield file.fileno()


def _wait(file: IO[str], show: Show) -> None:
    show.say("Another start is setting the course up: waiting for it.")
    fcntl.flock(file, fcntl.LOCK_EX)
