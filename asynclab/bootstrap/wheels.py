"""A folder of wheels from which set-up installs without a network: what `asynclab bundle` makes."""

from __future__ import annotations

import os
from pathlib import Path

from asynclab.problems import Problem

VARIABLE = "ASYNCLAB_WHEELS"
FOLDER = "wheels"  # in the checkout


def place(checkout: Path) -> Path:
    """Where it lies: the folder that ASYNCLAB_WHEELS names, else ``wheels/`` in the checkout. It may not be there."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser().absolute() if named else checkout / FOLDER


def folder(checkout: Path) -> Path | None:
    """It, where there is one with wheels in it. Raises Problem when one was named and is no such folder."""
    found = place(checkout)
    if any(found.glob("*.whl")):
        return found
    if os.environ.get(VARIABLE):
        raise Problem(
            f"There are no wheels in {found}, which {VARIABLE} names.",
            "Name the folder that `python3 -m asynclab bundle` made, or leave the variable out.",
        )
    return None


def options(wheels: Path) -> list[str]:
    """For pip and for uv: these wheels, and no index."""
    return ["--no-index", "--find-links", str(wheels)]
