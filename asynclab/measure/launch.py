"""Starts children: the sockets between supervisor and child, the folder, the plan, the program.

Under "namespaces" and "rlimits" children are forked by a warm *server*, a process that imported what
answers use and never runs anything of an answer: that takes milliseconds instead of half a second of CPU
that would disturb what is measured beside it. Under "bubblewrap" each child is a program of its own.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asynclab import scratch
from asynclab.measure import protection as ladder

PROGRAM = Path(__file__).with_name("child.py")
STAMPED = sys.platform == "linux"  # the kernel stamps each beat as it comes
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
    home: Path  # as it is called outside
    home_inside: str
    listens_on: int | None = None  # the port, in a network of its own, that it listens on for the site
    sockets: Path | None = None  # the database's socket folder that it sees, at ladder.SOCKETS_INSIDE
    process: subprocess.Popen[bytes] | None = None
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
        """Deletes the child's folder."""
        scratch.remove(self.home)


class Launcher:
    """Starts children of one kind. `port` is where a child with a network of its own listens for the site."""

    def __init__(
        self, protection: ladder.Protection, port: int | None = None, importable: tuple[str, ...] = ()
    ) -> None:
        self.protection = protection
        self.port = port
        self.sockets: Path | None = None
        self._importable = importable
        self._server: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (closed with this object: it must outlive the server)

    def start(self) -> Child:
        """Starts one child. Returns at once; the child says hello when it is warm."""
        child, theirs = make_lines()
        try:
            plan = self._plan(child)
            if self.protection.name == "bubblewrap":
                self._start_program(child, plan, theirs)
            else:
                self._ask_server(plan, theirs)
        finally:
            for fd in theirs.values():
                os.close(fd)
        return child

    def warm_up(self) -> None:
        """Starts the server that children are forked from, where there is one."""
        if self.protection.name == "bubblewrap" or (self._server is not None and self._server.poll() is None):
            return
        self.close()
        scratch.sweep()
        self._line, theirs = socket.socketpair()
        plan = {"mode": "server", "line": theirs.fileno(), "paths": self._paths()}
        command = [sys.executable, "-I", "-X", "utf8", str(PROGRAM), json.dumps(plan)]
        with theirs:
            self._server = _popen(command, (theirs.fileno(),), self._said.fileno())

    def close(self) -> None:
        """Ends the server; children that it made are ended by their own lines."""
        if self._line is not None:
            self._line.close()
        if self._server is not None:
            self._server.kill()
            self._server.wait()
        self._line = self._server = None

    def said(self) -> str:
        """What the server wrote on standard error: nothing, unless something is wrong with it."""
        self._said.seek(0)
        return self._said.read()[-2000:].decode("utf-8", "replace").strip()

    def _paths(self) -> list[str]:
        return [*site_folders(), *self._importable]

    def _plan(self, child: Child) -> dict[str, Any]:
        """What the child must know of its surroundings."""
        child.sockets = self.sockets
        plan: dict[str, Any] = {"mode": "fork", "protection": self.protection.name, "paths": self._paths()}
        if self.protection.isolates:
            child.home_inside = ladder.HOME_INSIDE
            own_program = self.protection.name == "bubblewrap"
            plan["mounts"] = ladder.mounts(child.home, self.sockets, program=own_program)
            plan["stage"] = str(child.home / "tmp")
            plan["listen"] = child.listens_on = self.port
        return {**plan, "home": child.home_inside, "environ": environ(child.home_inside)}

    def _ask_server(self, plan: dict[str, Any], theirs: dict[str, int]) -> None:
        self.warm_up()
        assert self._line is not None
        request = json.dumps({**plan, "names": list(theirs)}).encode()
        socket.send_fds(self._line, [len(request).to_bytes(4, "big") + request], list(theirs.values()))

    def _start_program(self, child: Child, plan: dict[str, Any], theirs: dict[str, int]) -> None:
        wrap, fds = ladder.bubblewrap(plan.pop("mounts"))
        program = f"{ladder.PROGRAM_INSIDE}/child.py"
        plan = {**plan, "mode": "once", "fds": theirs}
        try:
            command = [*wrap, sys.executable, "-I", "-X", "utf8", program, json.dumps(plan)]
            child.process = _popen(command, (*theirs.values(), *fds), theirs["output"])
        finally:
            for fd in fds:
                os.close(fd)


def _popen(command: list[str], fds: tuple[int, ...], output: int | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if output is None else output,
        pass_fds=fds,
        env=environ("/"),
        cwd="/",
        start_new_session=True,  # a Ctrl-C in the terminal is the supervisor's to hear
    )


def make_lines() -> tuple[Child, dict[str, int]]:
    """The sockets and pipes between supervisor and child: our ends, and theirs by name."""
    control, their_control = socket.socketpair()
    beats, their_beats = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    calls, their_calls = socket.socketpair()
    tender, their_tender = socket.socketpair()
    stacks, their_stacks = os.pipe()
    output, their_output = os.pipe()
    if sys.platform == "linux":
        for line in (control, tender):
            line.setsockopt(socket.SOL_SOCKET, _SO_PASSCRED, 1)
    if STAMPED:  # so a busy supervisor doesn't see holds that were none
        beats.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    os.set_blocking(their_stacks, False)  # a dump is never to wait for its reader
    home = scratch.make()
    for name in ("folder", "tmp"):
        (home / name).mkdir()
    child = Child(control, beats, calls, tender, stacks, output, home, str(home))
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
