"""The map, kept up to date while its notebook is open: what is passed elsewhere shows without running a cell."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Any

from IPython.display import DisplayHandle, display

from asynclab import progress
from asynclab.notebook import overview
from asynclab.notebook.show import Shown

EVERY = 1.0  # seconds between two looks at the progress file
STILL = "ASYNCLAB_STILL"
"""Set where a notebook is built or tested: what a cell has shown must not change when a later one passes a task."""


def shown(link: overview.Link) -> Shown:
    """The map as it is now."""
    lessons = progress.summary()
    return Shown(overview.map_html(lessons, link), overview.map_text(lessons))


class LivingMap:
    """One map on display. The next one takes its place: a kernel keeps a single one up to date."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._link = overview.link_here()
        stamp = _stamp()
        handle = display(shown(self._link), display_id=True)
        if STILL not in os.environ and isinstance(handle, DisplayHandle):
            threading.Thread(target=self._watch, args=(handle, stamp), name="asynclab map", daemon=True).start()

    def end(self) -> None:
        self._ended.set()

    def _watch(self, handle: DisplayHandle, seen: Any) -> None:
        while not self._ended.wait(EVERY):
            stamp = _stamp()
            if stamp != seen:
                seen = stamp
                with contextlib.suppress(Exception):  # a map that isn't quite new is no reason for a word
                    handle.update(shown(self._link))


def _stamp() -> Any:
    """What changes when the progress file does."""
    try:
        status = os.stat(progress.path())
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino
