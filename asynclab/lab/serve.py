"""The process that the person started: services and JupyterLab up, the address printed, all of it ended."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import urllib.error
import urllib.request
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from asynclab.bootstrap.locks import in_use
from asynclab.lab import guard, places
from asynclab.lab.jupyter import SETTINGS
from asynclab.paths import CHECKOUT, data_folder
from asynclab.problems import Problem

PATIENCE = 120.0  # seconds for JupyterLab to answer: a cold disk, a busy machine
TRIES = 3  # another program may take the free port between our look and JupyterLab's
TICK = 0.05


async def serve(port: int | None, browser: bool) -> int:
    """Run the lab until it is told to end (Ctrl-C, SIGTERM, a closed terminal, its page's Shut Down).

    `port` None means any free one. Raises Problem when it can't start or ends unexpectedly.
    """
    if port is not None:
        _check(port)
    with in_use(data_folder()):
        return await _serve(port, browser)


async def _serve(port: int | None, browser: bool) -> int:
    told = _Told()
    say("Starting the lab: web site, database, JupyterLab.")
    services = asyncio.create_task(asyncio.to_thread(_hold_services))
    for attempt in range(TRIES):
        number = port or _free_port()
        answers = asyncio.Event()
        async with _jupyter(number, told) as jupyter:
            work = asyncio.create_task(_show(jupyter, answers, services, browser))
            any_of: list[asyncio.Future[Any]] = [work, told.first, jupyter.ended]
            await asyncio.wait(any_of, return_when=asyncio.FIRST_COMPLETED)
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work  # raises what went wrong in it
        if told.first.done():
            say("The lab has ended.")
            return 0
        status = jupyter.ended.result()
        if status == 0:
            say("The lab was shut down from its page.")
            return 0
        # One that has answered had the port, and may have it for a moment more when it was its guard that was killed.
        taken = port is None and not answers.is_set() and not _is_free(number)
        if not taken or attempt == TRIES - 1:
            break
    raise Problem(
        f"JupyterLab ended unexpectedly (status {status}).",
        f"Start the lab again; why it ended stands at the end of {jupyter.where.log}",
    )


@dataclass(frozen=True)
class _Jupyter:
    """A JupyterLab that has been started, and will answer."""

    where: places.Places
    address: str  # "http://127.0.0.1:PORT"
    token: str
    ended: asyncio.Task[int]  # the guard's exit status, which is JupyterLab's

    @property
    def url(self) -> str:
        """Of the start page, token included."""
        page = f"/lab/tree/{quote(places.START_PAGE)}" if (CHECKOUT / places.START_PAGE).exists() else "/lab"
        return f"{self.address}{page}?token={self.token}"


@asynccontextmanager
async def _jupyter(port: int, told: _Told) -> AsyncIterator[_Jupyter]:
    """JupyterLab below its guard, which ends it and all it started on leaving, or when we are killed."""
    where = places.prepare(data_folder())
    token = secrets.token_hex(24)
    variables = where.variables(os.environ)
    variables[SETTINGS] = json.dumps({"port": port, "token": token})
    python = sys.executable
    try:
        process = await asyncio.create_subprocess_exec(
            *(python, "-m", "asynclab.lab.guard", str(where.runtime), str(where.log)),
            *(python, "-m", "asynclab.lab.jupyter"),
            cwd=CHECKOUT,
            env=variables,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        assert process.stdin is not None
        ended = asyncio.create_task(process.wait())
        try:
            yield _Jupyter(where, f"http://127.0.0.1:{port}", token, ended)
        finally:
            process.stdin.write(b".")
            urgent = asyncio.create_task(told.again.wait())
            await asyncio.wait([ended, urgent], return_when=asyncio.FIRST_COMPLETED)
            if urgent.done():
                process.stdin.write(guard.NOW)
            urgent.cancel()
            await ended
            process.stdin.close()
    finally:
        shutil.rmtree(where.runtime, ignore_errors=True)  # the guard has, unless it was killed itself


async def _show(jupyter: _Jupyter, answers: asyncio.Event, services: asyncio.Task[None], browser: bool) -> None:
    """Wait until all is there, print the address alone on a line of standard output, and stay."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await asyncio.to_thread(_answers, jupyter):  # noqa: ASYNC110 (there is no event to wait for)
                await asyncio.sleep(TICK)
    except TimeoutError:
        raise Problem(
            f"JupyterLab did not answer within {PATIENCE:.0f} seconds.",
            f"Start the lab again when the machine is less busy; its log is {jupyter.where.log}",
        ) from None
    answers.set()
    await services
    say("The lab runs; Ctrl-C ends it. Its address:")
    with contextlib.suppress(OSError):
        print(jupyter.url, flush=True)
    page = jupyter.where.data / "open.html"
    try:
        if browser:
            await asyncio.to_thread(_open_browser, jupyter.url, page)
        await asyncio.Event().wait()
    finally:
        page.unlink(missing_ok=True)


def _answers(jupyter: _Jupyter) -> bool:
    """Does the start page come, from the JupyterLab that we started and no other program on that port?"""
    if not any(jupyter.where.runtime.glob("jpserver-*.json")):
        return False
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(jupyter.url, timeout=10) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _hold_services() -> None:
    """The site and the database run as long as this process lives. Without them the lessons still open."""
    from asynclab.services import hold_lease

    try:
        hold_lease()
    except Problem as problem:
        say(f"{problem.what}\n{problem.todo}\nThe lab starts without the services; lessons that need them say so.")


class _Told:
    """Ctrl-C, SIGTERM and a closed terminal: `first` when the lab is told to end, `again` when it should hurry."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.first: asyncio.Future[int] = loop.create_future()
        self.again = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._tell, number)

    def _tell(self, number: int) -> None:
        if self.first.done():
            self.again.set()
        else:
            say("\nEnding the lab.")
            self.first.set_result(number)


def say(text: str) -> None:
    """To the person, on standard error; a terminal that was closed hears nothing."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _check(port: int) -> None:
    try:
        _bind(port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            what = f"Port {port} of 127.0.0.1 is in use by another program."
        else:
            what = f"Port {port} of 127.0.0.1 can't be had: {error.strerror}."
        raise Problem(what, "Name another with --port, or leave --port out and the lab takes a free one.") from error


def _is_free(port: int) -> bool:
    try:
        _bind(port)
    except OSError:
        return False
    return True


def _free_port() -> int:
    return _bind(0)


def _bind(port: int) -> int:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind(("127.0.0.1", port))
        return int(trial.getsockname()[1])


def _open_browser(url: str, page: Path) -> None:
    """Open the start page, by way of a file that only its owner can read: a browser's command line,
    token and all, could be read by every user of the machine."""
    if sys.platform == "linux" and not any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")):
        return  # no screen: a text browser would take the terminal over
    page.unlink(missing_ok=True)
    with open(os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={url}">')
        file.write(f'<a href="{url}">The lab</a>')
    with contextlib.suppress(webbrowser.Error, OSError):
        webbrowser.open(page.as_uri())
