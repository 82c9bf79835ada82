"""Running one command of set-up: its words are kept, and read as they come to show how far it is."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType
from typing import IO

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COUNT = re.compile(r"[\[(](\d+)/(\d+)[\])]\s*(.*)")
PR_SET_PDEATHSIG = 1


def run(
    command: Sequence[str],
    variables: Mapping[str, str],
    on_text: Callable[[str], None],
    log: IO[bytes],
    terminal: bool = False,
    keep: tuple[int, ...] = (),
) -> tuple[int, str]:
    """Run it to its end: exit status and all it said. `on_text` is given each line as it is drawn.

    With `terminal` it is made to believe that it writes to one: uv counts aloud only there. `keep` are
    file descriptors that it inherits. It ends when this process ends, however that comes. It is a process
    group of its own, so that what it started itself (venv starts ensurepip, ensurepip starts pip) ends with it.
    """
    ours, its = _pseudo_terminal() if terminal else os.pipe()
    try:
        process = subprocess.Popen(
            command,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=its,
            stderr=its,
            pass_fds=keep,
            process_group=0,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )
    except OSError as error:
        os.close(ours)
        log.write(f"{error}\n".encode())
        return 127, str(error)
    finally:
        os.close(its)
    said = bytearray()
    try:
        while chunk := _read(ours):
            said += chunk
            log.write(chunk)
            for piece in re.split(r"[\r\n]+", CONTROL.sub("", chunk.decode("utf-8", "replace"))):
                if piece.strip():
                    on_text(piece.strip())
        return process.wait(), CONTROL.sub("", said.decode("utf-8", "replace"))
    finally:
        os.close(ours)
        if process.poll() is None:
            _end(process)


@contextlib.contextmanager
def ending_children() -> Iterator[None]:
    """Make SIGTERM and a closed terminal unwind like Ctrl-C does, so that no installer is left running."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Counter:
    """Makes of a line of uv's or pip's what is being done, how many are done, and of how many."""

    def __init__(self, total: int = 0) -> None:
        self.total = total
        self.seen = 0

    def read(self, line: str) -> tuple[str, int, int]:
        counted = COUNT.search(line)
        if counted:
            return counted[3], int(counted[1]), int(counted[2])
        line = line.lstrip("\u2800\u280b\u2819\u2839\u2838\u283c\u2834\u2826\u2827\u2807\u280f ")  # uv's spinner
        if line.startswith("Collecting "):  # pip's
            self.seen += 1
            return line.split()[1], min(self.seen, self.total), self.total
        return line.encode("ascii", "replace").decode(), 0, 0


def _pseudo_terminal() -> tuple[int, int]:
    import fcntl
    import pty
    import struct
    import termios

    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))  # without a width uv draws nothing
    return ours, its


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError as error:
        if error.errno == errno.EIO:  # Linux's way to say that a terminal's other side is closed
            return b""
        raise


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        pass
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
