"""Keeps the kernel's event loop awake, so that Interrupt works while a cell awaits something long.

Python handles a signal between two steps of the interpreter; a loop asleep in select() makes none. Measured: a
long ``await`` could not be interrupted from JupyterLab within 10 s, with a loop that wakes every 0.2 s it took
0.2 to 0.4 s. A timer and not a task: it shows in no list of tasks that a lesson prints.
"""

from __future__ import annotations

import asyncio

PERIOD = 0.2  # seconds


class Wake:
    """A timer that wakes the running loop again and again."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Starts on the running loop; does nothing where none runs (IPython in a terminal)."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._timer is None:
            self._timer = loop.call_later(PERIOD, self._again, loop)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _again(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(PERIOD, self._again, loop)
