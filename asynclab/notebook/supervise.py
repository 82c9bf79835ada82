"""Runs one grading in a process of its own, shows how far it is, and ends all of it on Interrupt."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from asynclab import scratch
from asynclab.grader.record import from_json
from asynclab.paths import CHECKOUT, data_folder
from asynclab.problems import Problem

if TYPE_CHECKING:
    import psutil

    from asynclab.grader.verdict import Record

PROGRAM = (sys.executable, "-m", "asynclab.notebook.tether")
GRACE = 0.7  # seconds for the supervisor to end its own children before everything is killed
ANSWER_BYTES = 64 * 1024 * 1024  # of the record that it prints
STRAY_LINES = 20  # of what is no progress, kept for the message


def grade(task: str, source: str, on_progress: Callable[[dict[str, Any]], None]) -> tuple[Record, dict[str, Any]]:
    """Grades `source`; the record, and the record as it was printed.

    `on_progress` gets {"say", "done", "of"} as the supervisor tells it, and {} about twice a second in between.
    KeyboardInterrupt passes through, after the whole process tree has been ended. Raises Problem when nothing
    could be judged.
    """
    with scratch.folder() as folder:
        file = folder / "answer.py"
        file.write_bytes(source.encode("utf-8", "surrogatepass"))
        arguments = ["grade", "--task", task, "--json", "--progress", str(file)]
        printed, stray, status = _run(arguments, on_progress)
    try:
        found = json.loads(printed.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise _no_record(stray, status) from None
    return from_json(found), found


def _run(arguments: list[str], on_progress: Callable[[dict[str, Any]], None]) -> tuple[bytes, list[str], int]:
    process = subprocess.Popen(
        [*PROGRAM, str(os.getpid()), *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "ASYNCLAB_DATA": str(data_folder())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Jupyter sends Interrupt to the kernel's whole process group. In a session of its own the supervisor is
        # told by us alone, once, and in order.
        start_new_session=True,
    )
    try:
        return _listen(process, on_progress)
    finally:
        with _uninterrupted():
            end_tree(process)
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()


def _listen(
    process: subprocess.Popen[bytes], on_progress: Callable[[dict[str, Any]], None]
) -> tuple[bytes, list[str], int]:
    """Reads both pipes until the process ends; progress is passed on as it comes."""
    assert process.stdout and process.stderr
    printed, said = bytearray(), bytearray()
    stray: list[str] = []
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        selector.register(process.stderr, selectors.EVENT_READ)
        # A process that was left behind may hold the pipes open: the supervisor's end is what counts.
        while selector.get_map() and (process.poll() is None or selector.select(0)):
            ready = selector.select(0.5)
            if not ready:
                on_progress({})
            for key, _ in ready:
                data = os.read(key.fd, 65536)
                if not data:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    printed += data[: max(0, ANSWER_BYTES - len(printed))]
                else:
                    said += data
                    *lines, rest = bytes(said).split(b"\n")
                    said = bytearray(rest[-65536:])
                    for line in lines:
                        _take_line(line, on_progress, stray)
    if said:
        _take_line(bytes(said), on_progress, stray)
    return bytes(printed), stray, process.wait()


def _take_line(line: bytes, on_progress: Callable[[dict[str, Any]], None], stray: list[str]) -> None:
    try:
        told = json.loads(line)
    except ValueError:
        told = None
    if isinstance(told, dict) and "say" in told:
        on_progress(told)
    elif line.strip():
        stray.append(line.decode("utf-8", "replace").strip())
        del stray[:-STRAY_LINES]


def _no_record(stray: list[str], status: int) -> Problem:
    """The supervisor printed no record: in its own words where it found some."""
    if status < 0:
        return Problem(
            f"The grader was ended from outside (signal {-status}). Nothing was graded, no attempt counted.",
            "Run the cell again.",
        )
    if len(stray) >= 2 and status == 2:
        return Problem(stray[-2], stray[-1])
    last = f": {stray[-1]}" if stray else ""
    return Problem(
        f"The grader ended without a record (status {status}){last}",
        "Nothing was graded, no attempt counted. Run the cell again; if it happens again, please report it.",
    )


# ---------------------------------------------------------------- ending


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and all its descendants: first asked, then, after GRACE seconds, killed."""
    tree = _descendants(process.pid) if process.returncode is None else []
    if process.poll() is None:
        _signal(process, signal.SIGINT)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            tree += [each for each in _descendants(process.pid) if each not in tree]
            _signal(process, signal.SIGKILL)
            process.wait()
    for each in [*tree, *_session(process.pid)]:
        try:
            each.kill()  # psutil compares start times, so a pid used again is never hit
        except Exception:
            pass  # already gone, which is what is wanted


def _descendants(pid: int) -> list[psutil.Process]:
    import psutil

    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def _session(leader: int) -> list[psutil.Process]:
    """What is left of the session that the supervisor led: orphans of one that was killed."""
    import psutil

    found = []
    for pid in psutil.pids():
        try:
            if os.getsid(pid) == leader:
                found.append(psutil.Process(pid))
        except (OSError, psutil.Error):
            continue  # it ended while we looked
    return found


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        process.send_signal(number)
    except ProcessLookupError:
        pass


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A second Interrupt must not break off the ending of the first; it lasts a second at most."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
