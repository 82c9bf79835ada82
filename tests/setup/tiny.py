"""A checkout with the real set-up and tiny requirements, served from a folder of wheels made on the spot.

Nothing is downloaded: pip is told (by its own variables) to look in that folder alone, and uv has to
learn it from there. uv's wheel is packed from the one that is installed.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from asynclab.paths import CHECKOUT

PARTS = ("__init__.py", "__main__.py", "cli.py", "paths.py", "problems.py", "bootstrap")
BUNDLE = "commands/bundle.py"
MADE_BY_INSTALLERS = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")
PROBE = '''"""Say where this runs."""
import json, sys
def add_arguments(parser): pass
def run(options):
    import asynclab
    try:
        from tiny import VERSION
    except ImportError:
        VERSION = None
    print(json.dumps({"prefix": sys.prefix, "tiny": VERSION, "asynclab": asynclab.__file__}))
'''


# A namespace without a network (its loopback device is down, too).
OFFLINE = ("unshare", "--user", "--map-root-user", "--net")


def open_folder() -> Path:
    """A folder that other users can enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="asynclab-setup-"))
    folder.chmod(0o755)
    return folder


def bare_python() -> str:
    """A Python of the system's, new enough, that has nothing of the course installed."""
    for name in (getattr(sys, "_base_executable", sys.executable), "/usr/bin/python3", sys.executable):
        check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"
        if subprocess.run([name, "-c", check], capture_output=True, check=False).returncode == 0:
            return str(name)
    raise AssertionError("this machine has no Python with a venv module")


@dataclass
class Tiny:
    """The checkout, and how to start it."""

    folder: Path
    places: tuple[Path, ...] | None  # the folders with wheels that pip is told of; None: its own index
    python: str = field(default_factory=bare_python)
    user: int | None = None  # None: whoever runs the test
    prefix: tuple[str, ...] = ()  # a command that the start is wrapped in: unshare and the like
    more: dict[str, str] = field(default_factory=dict)  # variables

    @property
    def venv(self) -> Path:
        return self.folder / ".venv"

    def log(self) -> str:
        """What set-up's commands were and said."""
        return (self.venv / "asynclab-setup.log").read_text("utf-8")

    def running(self) -> list[str]:
        """The processes of this checkout, as words."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                if str(self.venv) in words:
                    found.append(words)
            except OSError:
                continue
        return found

    def require(self, *lines: str) -> None:
        (self.folder / "requirements.txt").write_text("".join(f"{line}\n" for line in lines), "utf-8")

    def variables(self) -> dict[str, str]:
        variables = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TERM", "TMPDIR")}
        variables |= {"HOME": str(self.folder.parent / "home"), "PIP_CONFIG_FILE": os.devnull}
        if self.places is not None:
            variables |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": " ".join(place.as_uri() for place in self.places)}
        return {**variables, **self.more}

    def start(self, *command: str) -> subprocess.Popen[str]:
        """``python -m asynclab probe`` (or another command) in the checkout, as a learner would."""
        return subprocess.Popen(
            [*self.prefix, self.python, "-m", "asynclab", *(command or ("probe",))],
            cwd=self.folder,
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        with self.start(*command) as process:
            out, err = process.communicate(timeout=120)
            return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def works(self, version: str = "1.0") -> dict[str, str]:
        """Start it and look: the command ran in `.venv` with the package and the checkout's own asynclab."""
        done = self.run()
        assert done.returncode == 0, done.stderr
        found: dict[str, str] = json.loads(done.stdout)
        assert found == {
            "prefix": str(self.venv),
            "tiny": version,
            "asynclab": str(self.folder / "asynclab/__init__.py"),
        }
        # From anywhere, as a kernel would: the .pth alone, under a locale that knows ASCII only.
        elsewhere = subprocess.run(
            [*self.prefix, self.venv / "bin/python", "-I", "-c", "import asynclab; print(ascii(asynclab.__file__))"],
            cwd="/",
            env={"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert elsewhere.stdout.strip() == ascii(found["asynclab"])
        return {**found, "said": done.stderr}

    def sentences(self, *command: str, status: int = 2) -> list[str]:
        """Start it where it can't work: what it says at the end, which is two lines and no traceback."""
        done = self.run(*command)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr and done.stdout == ""
        return done.stderr.strip().splitlines()[-2:]


Checkout = Callable[..., Tiny]
"""What the fixture of that name gives: (name, uv, user) to a tiny checkout."""


def make(folder: Path, places: tuple[Path, ...], user: int | None, requirements: tuple[str, ...]) -> Tiny:
    """A tiny checkout in `folder`, owned by `user`."""
    (folder / "asynclab" / "commands").mkdir(parents=True)
    (folder.parent / "home").mkdir(exist_ok=True)
    for part in PARTS:
        source, target = CHECKOUT / "asynclab" / part, folder / "asynclab" / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (folder / "asynclab/commands/__init__.py").touch()
    shutil.copy(CHECKOUT / "asynclab" / BUNDLE, folder / "asynclab" / BUNDLE)
    (folder / "asynclab/commands/probe.py").write_text(PROBE)
    (folder / "pyproject.toml").write_text('[project]\ndependencies = ["jupyterlab>=4"]\n')
    made = Tiny(folder, places, user=user)
    made.require(*requirements)
    if user is not None:
        made.python = "/usr/bin/python3"  # ours may lie where nobody else may look
        for path in (folder, folder.parent / "home", *folder.rglob("*")):
            os.chown(path, user, user)
    return made


def wheel(folder: Path, name: str, version: str, files: Mapping[str, bytes]) -> None:
    """A pure wheel with these files."""
    info = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    _pack(folder / f"{name}-{version}-py3-none-any.whl", info, files)


def repacked(folder: Path, name: str) -> Path:
    """A wheel of what is installed under that name, in `folder`: the same files, and none downloaded."""
    found = importlib.metadata.distribution(name)
    wheel_info = found.read_text("WHEEL") or ""
    tags = [line.removeprefix("Tag: ").split("-") for line in wheel_info.splitlines() if line.startswith("Tag: ")]
    tag = "-".join(".".join(dict.fromkeys(parts)) for parts in zip(*tags, strict=True))  # py2.py3-none-any
    info = next(entry.parts[0] for entry in found.files or () if entry.parts[0].endswith(".dist-info"))
    label = info.removesuffix(".dist-info")
    commands = {point.name for point in found.entry_points if point.group == "console_scripts"}
    files, executable = {}, set()
    for entry in found.files or ():
        path = Path(str(entry.locate()))
        if path.suffix == ".pyc" or entry.name in MADE_BY_INSTALLERS:
            continue
        inside = str(entry)
        if entry.parts[0] == "..":  # out of site-packages: a program, or a file below share/ or etc/
            below = path.resolve().relative_to(Path(sys.prefix).resolve())
            if below.parts[0] == "bin" and below.name in commands:
                continue  # made by the installer
            program = below.parts[0] == "bin"
            inside = f"{label}.data/scripts/{below.name}" if program else f"{label}.data/data/{below}"
        content = path.read_bytes()
        if "/scripts/" in inside and content.startswith(b"#!") and b"python" in content.partition(b"\n")[0]:
            content = b"#!python\n" + content.partition(b"\n")[2]
        files[inside] = content
        if os.access(path, os.X_OK):
            executable.add(inside)
    target = folder / f"{label}-{tag}.whl"
    _pack(target, info, files, executable)
    return target


def _pack(path: Path, info: str, files: Mapping[str, bytes], executable: Collection[str] = ()) -> None:
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for name, data in files.items()
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100755 if name in executable else 0o100644) << 16
            archive.writestr(entry, data)
    path.chmod(0o644)


def uv_version() -> str:
    return importlib.metadata.version("uv")


def nobody() -> int:
    """An unprivileged user's id."""
    return pwd.getpwnam("nobody").pw_uid
