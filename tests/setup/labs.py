"""Starting a real lab from a test, and finding every process that came of it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from asynclab.paths import CHECKOUT

MARK = "ASYNCLAB_TEST_MARK"
GONE_WITHIN = 20.0  # seconds, on a busy machine; about 1 for JupyterLab and 3 for the services on a quiet one


class Lab:
    """``python -m asynclab lab --no-browser``, marked by a variable that all its processes inherit."""

    def __init__(
        self, data: Path, *options: str, checkout: Path = CHECKOUT, terminal: bool = False, user: int | None = None
    ) -> None:
        self.mark = uuid.uuid4().hex
        self.data = data
        self.errors = data.parent / f"{data.name}-errors.txt"
        self.runtime = data  # its kernels' folder, known once it runs
        variables = {name: value for name, value in os.environ.items() if name != "ASYNCLAB_READY"}
        variables |= {MARK: self.mark, "ASYNCLAB_DATA": str(data), "PYTHONPATH": str(checkout)}
        if user is not None:
            variables |= {"HOME": str(checkout)}
        self.terminal, its = pty.openpty() if terminal else (-1, -1)
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "asynclab", "lab", "--no-browser", *options],
                cwd=checkout,
                env=variables,
                stdin=its if terminal else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                preexec_fn=(lambda: take_terminal(its)) if terminal else None,
            )
        if terminal:
            os.close(its)
        self.url = ""

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_error: object) -> None:
        """However the test went: nothing of this lab outlives it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
        left = self.processes()
        for process in left:
            try:
                process.kill()
            except psutil.Error:
                pass
        psutil.wait_procs(left, timeout=GONE_WITHIN)
        assert self.process.stdout is not None
        self.process.stdout.close()
        if self.terminal >= 0:
            os.close(self.terminal)

    def wait(self) -> Lab:
        """Until the address is printed."""
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().rstrip("\n")
        assert self.url.startswith("http://127.0.0.1:"), self.errors.read_text()
        self.runtime = Path(self.part("guard").cmdline()[3])
        assert self.runtime.is_dir() and self.runtime.stat().st_mode & 0o777 == 0o700
        return self

    @property
    def token(self) -> str:
        return urllib.parse.parse_qs(urllib.parse.urlsplit(self.url).query)["token"][0]

    def ask(self, path: str, body: dict[str, Any] | None = None, token: bool = True) -> Any:
        """What Jupyter's API answers: a POST when there is a body."""
        port = urllib.parse.urlsplit(self.url).netloc
        headers = {"Authorization": f"token {self.token}"} if token else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{port}{path}", data=data, headers=headers)
        with direct().open(request, timeout=30) as response:
            return json.load(response)

    def processes(self) -> list[psutil.Process]:
        """All that live and carry the mark, wherever they hang in the tree."""
        return marked(self.mark, str(self.data))

    def part(self, name: str) -> psutil.Process:
        """One of its processes: "guard" or "jupyter"."""
        (found,) = [p for p in self.processes() if p.cmdline()[1:3] == ["-m", f"asynclab.lab.{name}"]]
        return found

    def left(self) -> list[str]:
        """What is still there of it, processes and files outside the data folder, as words."""
        found = []
        for process in self.processes():
            try:
                found.append(" ".join(process.cmdline())[:120])
            except psutil.Error:
                continue
        return found + ([str(self.runtime)] if self.runtime != self.data and self.runtime.exists() else [])


def marked(mark: str, named: str | None = None) -> list[psutil.Process]:
    """Processes that live and inherited this mark, or name `named` in their command.

    The latter for PostgreSQL, which overwrites its environment.
    """
    variable = f"{MARK}={mark}".encode()
    found = []
    for process in psutil.process_iter():
        try:
            if variable in Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0") or (
                named and named in " ".join(process.cmdline())
            ):
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def direct() -> urllib.request.OpenerDirector:
    """No proxy between a test and 127.0.0.1."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def take_terminal(its: int) -> None:
    """In the child: its session's terminal is this one."""
    import fcntl
    import termios

    fcntl.ioctl(its, termios.TIOCSCTTY, 0)


def until(condition: Callable[[], Any], seconds: float) -> float | None:
    """How long it took to come true; None when it didn't within `seconds`."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if condition():
            return time.monotonic() - start
        time.sleep(0.05)
    return time.monotonic() - start if condition() else None


def run(*arguments: str, cwd: Path = CHECKOUT, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command line, to its end."""
    return command([sys.executable, "-m", "asynclab", *arguments], cwd, **variables)


def command(
    words: Sequence[str], cwd: Path, seconds: float = 120, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd=cwd, env={**os.environ, **variables}, capture_output=True, text=True, timeout=seconds, check=False
    )
