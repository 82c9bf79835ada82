"""From a bare Python to the course's environment. Standard library only.

`ensure` is what the command line calls before a command that needs packages: it returns in a Python
that has them, and it may replace the running process by one to get there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from asynclab.bootstrap import environment
from asynclab.bootstrap.environment import Environment
from asynclab.paths import CHECKOUT

READY = "ASYNCLAB_READY"
"""Set to the prefix of the environment that was found good, for the processes started from it."""


def ensure(arguments: Sequence[str], extra: str = "") -> None:
    """Return in a Python that has the course's packages, `extra`'s too; make `.venv` if need be.

    `arguments` are the command line's, for starting it again in the environment's Python. Raises
    Problem with what to do about it when the environment can't be made.
    """
    ready = f"{sys.prefix}+{extra}"
    if os.environ.get(READY) in (ready, f"{sys.prefix}+test"):
        return
    own = Environment(CHECKOUT / ".venv")
    inside = own.is_running()
    if own.is_current():
        if not inside:
            _start_again(own, arguments)
    elif not inside and environment.has_packages(CHECKOUT / "pyproject.toml", extra):
        pass  # somebody else's environment (a hub's image, an activated one) with all that is needed
    else:
        from asynclab.bootstrap.install import install

        install(own, CHECKOUT / "requirements.txt", CHECKOUT)
        _start_again(own, arguments)
    os.environ[READY] = ready


def _start_again(env: Environment, arguments: Sequence[str]) -> NoReturn:
    """Replace this process by the environment's Python with the same command line."""
    os.environ["PYTHONPATH"] = str(CHECKOUT)  # and not the caller's: it would shadow the exact versions
    os.environ.pop("PYTHONHOME", None)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(env.python, [str(env.python), "-m", "asynclab", *arguments])
