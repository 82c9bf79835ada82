"""The way to the keeper: finds it, starts it when there is none, and holds this process's lease.

Every call goes over a connection of its own, so any thread may call; one more connection, open as long
as this process lives, is the lease. A keeper that was killed is replaced at the next use.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from asynclab.paths import CHECKOUT, data_folder
from asynclab.problems import Problem
from asynclab.services import sockets
from asynclab.services.disk import disk_problem
from asynclab.services.keeper import FOLDER, PATIENCE, PROTOCOL, SOCKET, identity, take_lock

SECONDS = 90.0  # for an answer: a first start on a slow disk takes its time
TRIES = 4

_lock = threading.RLock()
_leases: dict[Path, tuple[socket.socket, str]] = {}


def hold_lease() -> None:
    """Starts the services when they don't run, and keeps them until this process ends.

    Returns as soon as the keeper is there; site and database start behind it. Called implicitly by
    every use of either. Raises Problem when the data folder can't be used.
    """
    call("begin", **database_wanted())


def call(operation: str, **message: Any) -> dict[str, Any]:
    """Asks the keeper. Raises Problem, the keeper's own ones included."""
    folder = _folder()
    for attempt in range(TRIES):
        owner = _lease(folder)
        question = {"op": operation, "owner": owner, **message}
        try:
            answer = sockets.ask(folder / FOLDER, SOCKET, question, SECONDS)
        except TimeoutError:
            raise Problem("The lab's services don't answer.", f"Look into {folder / FOLDER}.") from None
        except (FileNotFoundError, ConnectionRefusedError):
            release(folder)  # the folder was deleted under a keeper that lives on: it is no longer ours
            continue
        except OSError:  # it has ended meanwhile: another takes its place
            time.sleep(0.05 * attempt)
            continue
        if "unknown_owner" in answer:
            release(folder)
            continue
        if "problem" in answer:
            raise Problem(*answer["problem"])
        return answer
    raise Problem("The lab's services end as soon as they start.", f"Look into {folder / FOLDER}.")


def owner() -> str:
    """The name under which the keeper and the site know this process."""
    return _lease(_folder())


def database_wanted() -> dict[str, Any]:
    """Which database this process wants: its own environment counts, not the keeper's."""
    return {
        "url": os.environ.get("DATABASE_URL", ""),
        "wanted": os.environ.get("ASYNCLAB_POSTGRES") or None,
    }


def used() -> bool:
    """Whether this process holds a lease, or held one until its keeper was killed."""
    return bool(_leases)


def release(folder: Path | None = None) -> None:
    """Gives the lease back before this process ends (tests, and `lab` on its way out)."""
    with _lock:
        for path in [folder] if folder else list(_leases):
            if path in _leases:
                _leases.pop(path)[0].close()


def _folder() -> Path:
    try:
        folder = data_folder()
        (folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
    except OSError as problem:
        raise disk_problem(problem, Path(problem.filename or ".asynclab")) from problem
    return folder


def _lease(folder: Path) -> str:
    with _lock:
        kept = _leases.get(folder)
        if kept is not None:
            if not _closed(kept[0]):
                return kept[1]
            release(folder)
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                connection, name = _connect(folder)
            except OSError as problem:
                if time.monotonic() > deadline:
                    raise Problem(
                        f"The lab's keeper can't be reached: {problem}.", f"Look into {folder / FOLDER}."
                    ) from problem
                _start(folder)
                continue
            _leases[folder] = (connection, name)
            return name


def _connect(folder: Path) -> tuple[socket.socket, str]:
    connection = sockets.connect(folder / FOLDER, SOCKET, timeout=20)
    try:
        sockets.send(connection, {"op": "lease", "protocol": PROTOCOL})
        answer = sockets.receive(connection)
        if "problem" in answer:
            raise Problem(*answer["problem"])
        if answer["folder"] != identity(folder):  # the folder was moved here with its socket
            raise ConnectionError("another data folder's keeper")
    except BaseException:
        connection.close()
        raise
    return connection, answer["owner"]


def _closed(connection: socket.socket) -> bool:
    """Whether the keeper has gone: it never says anything on a lease, so readable means the end."""
    poll = select.poll()
    poll.register(connection, select.POLLIN | select.POLLHUP)
    return bool(poll.poll(0))


def _start(folder: Path) -> None:
    """Starts a keeper, unless somebody else does at this moment: then waits for that one."""
    try:
        lock = take_lock(folder / FOLDER / "start.lock", PATIENCE + 10)
    except OSError as problem:
        raise disk_problem(problem, folder) from problem
    if lock is None:
        raise Problem("Another program has been starting the lab's services for too long.", "Try again.")
    try:
        try:
            sockets.connect(folder / FOLDER, SOCKET, timeout=5).close()
            return  # somebody was faster
        except OSError:
            pass
        mine, theirs = os.pipe()
        try:
            with (folder / FOLDER / "keeper.log").open("wb") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "asynclab.services.keeper", str(folder), str(theirs)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[theirs],
                    env=_environment(),
                    start_new_session=True,
                )
            os.close(theirs)
            process.wait()  # it forks at once and goes on as nobody's child
            said = os.read(mine, 4096)
        except OSError as problem:
            raise disk_problem(problem, folder) from problem
        finally:
            os.close(mine)
        if not said:
            raise Problem("The keeper of the lab's services ended at its start.", f"Its log is {log.name}.")
        answer = json.loads(said)
        if "problem" in answer:
            raise Problem(*answer["problem"])
    finally:
        os.close(lock)


def _environment() -> dict[str, str]:
    """The starter's, without what would change how Python or PostgreSQL's programs behave."""
    kept = {"PYTHONHOME", "PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE"}
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in kept or not name.startswith(("PYTHON", "PG", "COVERAGE", "DATABASE_URL", "ASYNCLAB_"))
    }
    path = os.environ.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join([str(CHECKOUT), *([path] if path else [])])
    return environment


def _after_fork() -> None:
    # A forked child is another user: holding the parent's lease would keep the services alive for it.
    global _lock
    _lock = threading.RLock()
    release()


os.register_at_fork(after_in_child=_after_fork)
