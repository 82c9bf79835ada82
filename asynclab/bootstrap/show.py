"""Showing what set-up is doing: a line with a moving bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TextIO

BAR = 24
EVERY = 0.1  # seconds between two drawings


class Show:
    """One step after the other, each with an optional count. ASCII only: the terminal may be anything."""

    def __init__(self, steps: int, stream: TextIO | None = None) -> None:
        self.stream = stream if stream is not None else sys.stderr
        self.steps = steps
        self.number = 0
        self.moving = self.stream.isatty()
        self._title = ""
        self._started = self._drawn = 0.0
        self._open = False

    def say(self, text: str) -> None:
        """A line of its own."""
        self.pause()
        print(text, file=self.stream, flush=True)

    def step(self, title: str) -> None:
        """The next step begins (and the one before is done)."""
        self.done()
        self.number += 1
        self._title = f"  {self.number}/{self.steps} {title}"
        self._started = time.monotonic()
        self._open = True
        if self.moving:
            self._draw("")
        else:
            print(self._title, file=self.stream, flush=True)

    def at(self, what: str, done: int = 0, of: int = 0) -> None:
        """Where the step stands: what is being done, and a count when there is one."""
        if not self.moving or not self._open or time.monotonic() - self._drawn < EVERY:
            return
        bar = ""
        if of:
            full = min(BAR, BAR * done // of)
            bar = f"[{'#' * full}{'.' * (BAR - full)}] {done}/{of} "
        self._draw(bar + what)

    def done(self) -> None:
        """The step is over."""
        if not self._open:
            return
        if self.moving:
            self._draw(f"done ({time.monotonic() - self._started:.0f} s)")
            print(file=self.stream, flush=True)
        self._open = False

    def pause(self) -> None:
        """Leave the moving line as it stands, so that other text starts on a line of its own."""
        if self._open and self.moving:
            print(file=self.stream, flush=True)
        self._open = False

    def _draw(self, rest: str) -> None:
        self._drawn = time.monotonic()
        width = shutil.get_terminal_size().columns - 1
        line = f"{self._title}: {rest}" if rest else f"{self._title} ..."
        print("\r" + line[:width].ljust(width), end="", file=self.stream, flush=True)
