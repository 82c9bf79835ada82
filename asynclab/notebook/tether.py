"""Runs ``python -m asynclab …`` so that it ends when its parent does: ``python -m asynclab.notebook.tether grade …``.

A kernel that is restarted is killed with -9 and can't clean up: the grading that it started must not go on alone.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1


def tie_to_parent(parent: int) -> None:
    """Asks the kernel for a SIGTERM when the process `parent` ends (Linux; elsewhere there is no such thing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it ended before we asked
            raise SystemExit(143)


if __name__ == "__main__":
    tie_to_parent(int(sys.argv.pop(1)))
    runpy.run_module("asynclab", run_name="__main__", alter_sys=True)
