"""The ladder of protections, and what an answer sees under each.

"namespaces" and "bubblewrap" show an answer the same and deny it the same, by the same means of the kernel
(one set of tests holds for both). Namespaces of our own come first because children can be forked into them
from a warm server in some 20 ms; bwrap must execute a program, which imports for 0.3 to 0.4 s of CPU beside what
is being measured. Where an ordinary user may not make user namespaces, a setuid bwrap still can.

Under "bubblewrap" and "namespaces" an answer sees the Python environment and the system's programs
(read-only), a folder of its own, a /proc with its own processes, a network with nothing but the site,
and the database's unix socket. "rlimits" hides nothing: it only limits and watches.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asynclab import paths

HOME_INSIDE = "/home/learner"
PROGRAM_INSIDE = "/run/asynclab"
SOCKETS_INSIDE = "/run/db"
_SYSTEM_FOLDERS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_FROM_ETC = ("alternatives", "ca-certificates", "ld.so.cache", "localtime", "mime.types", "pki", "ssl")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_SHARED_MEMORY = 8 * 1024 * 1024  # /dev/shm: no part of the folder, so it is kept small

Mount = tuple[str, str, str]
"""(kind, source, target): "ro" and "rw" binds, "dev" nodes, "tmpfs" (source is its size), "link", "text", "proc"."""


@dataclass(frozen=True)
class Protection:
    """One rung of the ladder. `isolates`: an answer can't see the checkout, others' work or the network."""

    name: str
    isolates: bool
    says: str


BUBBLEWRAP = Protection("bubblewrap", True, "bubblewrap: own files, processes and network")
NAMESPACES = Protection("namespaces", True, "own user, mount, process and network namespaces")
RLIMITS = Protection("rlimits", False, "limits alone: the answer could see what this user sees")
LADDER = (NAMESPACES, BUBBLEWRAP, RLIMITS)


def named(name: str) -> Protection:
    """The protection of that name. Raises KeyError."""
    return {protection.name: protection for protection in LADDER}[name]


@functools.cache
def protections() -> tuple[Protection, ...]:
    """Those that work on this machine, strongest first: each was tried. "rlimits" always does."""
    return tuple(protection for protection in LADDER if not protection.isolates or works(protection))


def works(protection: Protection) -> bool:
    """Whether a process can really be started under `protection` here (about 50 ms)."""
    if sys.platform != "linux" or not shutil.which("bwrap") and protection == BUBBLEWRAP:
        return False
    with tempfile.TemporaryDirectory(prefix="asynclab-probe-") as folder:
        home = Path(folder)
        (home / "tmp").mkdir()
        plan: dict[str, Any] = {"mode": "probe", "protection": protection.name, "stage": str(home / "tmp")}
        laid = mounts(home, program=True)
        program = str(Path(__file__).with_name("child.py"))
        wrap, fds = list[str](), list[int]()
        if protection == BUBBLEWRAP:
            (wrap, fds), program = bubblewrap(laid), f"{PROGRAM_INSIDE}/child.py"
        else:
            plan["mounts"] = laid
        command = [*wrap, sys.executable, "-I", "-S", "-X", "utf8", program, json.dumps(plan)]
        try:
            result = subprocess.run(
                command, pass_fds=fds, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False
            )
        except (OSError, subprocess.SubprocessError):
            return False
        finally:
            for fd in fds:
                os.close(fd)
        return result.returncode == 0


def mounts(home: Path, sockets: Path | None = None, program: bool = False) -> list[Mount]:
    """What an answer sees of the machine, in the order in which it is laid."""
    plan: list[Mount] = [("ro", "/usr", "/usr")]
    for folder in _SYSTEM_FOLDERS:
        if os.path.islink(folder):
            plan.append(("link", os.readlink(folder), folder))
        elif os.path.isdir(folder):
            plan.append(("ro", folder, folder))
    plan += [("ro", f"/etc/{name}", f"/etc/{name}") for name in _FROM_ETC if os.path.exists(f"/etc/{name}")]
    plan += [("text", text, f"/etc/{name}") for name, text in _etc().items()]
    plan += [("dev", f"/dev/{name}", f"/dev/{name}") for name in _DEVICES]
    plan += [("link", "/proc/self/fd", "/dev/fd"), ("tmpfs", str(_SHARED_MEMORY), "/dev/shm")]
    # Its own folder first: a checkout in /tmp or in a home of the same name is laid over it, not hidden by it.
    plan += [("rw", str(home), HOME_INSIDE), ("rw", str(home / "tmp"), "/tmp"), ("proc", "", "/proc")]
    environment = _environment()
    plan += [("ro", folder, folder) for folder in environment]
    hidden = [folder for folder in _ours() if any(_within(folder, shown) for shown in ("/usr", *environment))]
    plan += [("tmpfs", "4096", folder) for folder in hidden]
    plan += [("ro", folder, folder) for folder in environment if any(_within(folder, over) for over in hidden)]
    if sockets is not None:
        plan.append(("ro", str(sockets), SOCKETS_INSIDE))
    if program:
        here = Path(__file__).parent
        names = ("child.py", "confine.py", "given.py", "wire.py")
        plan += [("ro", str(here / name), f"{PROGRAM_INSIDE}/{name}") for name in names]
    return plan


def bubblewrap(plan: list[Mount]) -> tuple[list[str], list[int]]:
    """bwrap's command line for these mounts, and the descriptors that it must inherit (the caller closes them)."""
    command = [str(shutil.which("bwrap")), "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc"]
    command += ["--unshare-uts", "--unshare-cgroup-try", "--hostname", "asynclab", "--as-pid-1"]
    if "--disable-userns" in _bwrap_help():
        command += ["--disable-userns"]
    fds = []
    for kind, source, target in plan:
        if kind == "ro":
            command += ["--ro-bind", source, target]
        elif kind == "rw":
            command += ["--bind", source, target]
        elif kind == "dev":
            command += ["--dev-bind", source, target]
        elif kind == "tmpfs":
            command += ["--size", source, "--tmpfs", target] if "--size" in _bwrap_help() else ["--tmpfs", target]
        elif kind == "link":
            command += ["--symlink", source, target]
        elif kind == "proc":
            command += ["--proc", target]
            # bwrap itself leaves these writable to root, though a root without capabilities may write some.
            for name in ("sys", "sysrq-trigger", "irq", "bus"):
                if os.path.exists(f"/proc/{name}"):
                    command += ["--ro-bind", f"/proc/{name}", f"/proc/{name}"]
        elif kind == "text":
            fd = os.memfd_create("asynclab")
            os.write(fd, source.encode())
            os.lseek(fd, 0, os.SEEK_SET)
            fds.append(fd)
            command += ["--ro-bind-data", str(fd), target]
    command += ["--remount-ro", "/", "--"]
    return command, fds


@functools.cache
def _bwrap_help() -> str:
    return subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=False).stdout


def _environment() -> list[str]:
    """The folders that this Python and its packages live in, beyond /usr."""
    from asynclab.measure.launch import site_folders

    executable = os.path.realpath(sys.executable)
    wanted = [sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.path.dirname(executable))]
    wanted += site_folders()
    for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":"):
        if folder and os.path.isdir(folder):
            wanted.append(folder)
    if os.path.isdir("/nix/store") and any(_within(folder, "/nix/store") for folder in wanted):
        wanted.insert(0, "/nix/store")
    chosen: list[str] = []
    for folder in wanted:
        if folder == "/" or any(_within(folder, shown) for shown in ("/usr", *chosen)):
            continue
        chosen.append(folder)
    # A folder that holds another one comes first, so that it doesn't cover it.
    return sorted(chosen, key=len)


def _ours() -> list[str]:
    return [str(paths.CHECKOUT), str(paths.data_folder())]


def _within(folder: str | Path, other: str | Path) -> bool:
    return Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(other))


def _etc() -> dict[str, str]:
    uid, gid = os.getuid(), os.getgid()
    return {
        "group": f"learner:x:{gid}:\n",
        "hosts": "127.0.0.1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        "passwd": f"learner:x:{uid}:{gid}::{HOME_INSIDE}:/bin/sh\n",
        "resolv.conf": "",
    }
