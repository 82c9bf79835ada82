"""Starts children: the sockets between supervisor and child, the folder, the plan, the program."""

from __future__ import annotations

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("child.py")
_SO_TIMESTAMPNS = 35
_SO_PASSCRED = getattr(socket, "SO_PASSCRED", 16)


@dataclass
class Child:
    """The supervisor's side of one child."""

    control: socket.socket
    beats: socket.socket
    calls: socket.socket
    tender: socket.socket
    stacks: int
    output: int
    home: Path  # outside
    home_inside: str
    own_network: bool
    process: subprocess.Popen[bytes] | None = None
    sockets: Path | None = None  # the database's socket folder that it was given
    closed: bool = field(default=False)

    def close(self) -> None:
        """Lets go of everything: the tender ends the tree when its line closes."""
        if self.closed:
            return
        self.closed = True
        for line in (self.tender, self.control, self.beats, self.calls):
            line.close()
        os.close(self.stacks)
        os.close(self.output)

    def remove_folder(self) -> None:
        """Deletes the child's folder, however deep or odd the answer made it."""
        shutil.rmtree(self.home, ignore_errors=True)
        if self.home.exists():
            # A tree deeper than Python's recursion, or folders without permissions.
            subprocess.run(["chmod", "-R", "u+rwx", str(self.home)], check=False, stderr=subprocess.DEVNULL)
            subprocess.run(["rm", "-rf", str(self.home)], check=False, stderr=subprocess.DEVNULL)


def start(protection: str, port: int | None = None, importable: tuple[str, ...] = ()) -> Child:
    """Starts one child as a program of its own. Returns at once; the child says hello when it is warm."""
    child, theirs = make_lines()
    plan = {
        "mode": "once",
        "protection": protection,
        "fds": theirs,
        "paths": [*site_folders(), *importable],
        "home": str(child.home),
        "environ": environ(str(child.home)),
        "listen": port,
    }
    try:
        child.process = subprocess.Popen(
            command(plan),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if not os.environ.get("ASYNCLAB_MEASURE_DEBUG") else None,
            pass_fds=tuple(theirs.values()),
            env=environ(str(child.home)),
            cwd="/",
        )
    finally:
        for fd in theirs.values():
            os.close(fd)
    return child


def command(plan: dict[str, Any]) -> list[str]:
    """The child's command line."""
    return [sys.executable, "-I", "-X", "utf8", str(PROGRAM), json.dumps(plan)]


def make_lines() -> tuple[Child, dict[str, int]]:
    """The sockets and pipes between supervisor and child: our ends, and theirs by name."""
    control, their_control = socket.socketpair()
    beats, their_beats = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    calls, their_calls = socket.socketpair()
    tender, their_tender = socket.socketpair()
    stacks, their_stacks = os.pipe()
    output, their_output = os.pipe()
    for line in (control, tender):
        line.setsockopt(socket.SOL_SOCKET, _SO_PASSCRED, 1)
    if sys.platform == "linux":
        # The kernel stamps each beat as it comes, so a busy supervisor doesn't see holds that were none.
        beats.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    os.set_blocking(their_stacks, False)  # a dump is never to wait for its reader
    home = Path(tempfile.mkdtemp(prefix="asynclab-run-"))
    for name in ("folder", "tmp"):
        (home / name).mkdir()
    child = Child(control, beats, calls, tender, stacks, output, home, str(home), own_network=False)
    theirs = {
        "control": their_control.detach(),
        "beats": their_beats.detach(),
        "calls": their_calls.detach(),
        "tender": their_tender.detach(),
        "stacks": their_stacks,
        "output": their_output,
    }
    return child, theirs


def environ(home: str) -> dict[str, str]:
    """The child's whole environment: nothing of ours is in it."""
    clean = {
        "HOME": home,
        "LANG": "C.UTF-8",
        "PATH": f"{Path(sys.prefix, 'bin')}:/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": f"{home}/tmp",
    }
    if os.environ.get("LD_LIBRARY_PATH"):  # some Pythons don't start without it
        clean["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    return clean


def site_folders() -> list[str]:
    """Where this interpreter's packages are, a user's own ones too, which -I leaves out."""
    return [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]


def sender_of(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    """The pid, as it is here, of the process that sent a message."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == getattr(socket, "SCM_CREDENTIALS", 2):
            return int(struct.unpack("3i", data[:12])[0])
    return None


def descriptors_of(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    """The descriptors that came with a message."""
    fds: list[int] = []
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds += struct.unpack(f"{len(data) // 4}i", data[: len(data) // 4 * 4])
    return fds
