"""A folder of wheels from which set-up installs without a network: what `asynclab bundle` makes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from asynclab.bootstrap.environment import fingerprint
from asynclab.problems import Problem

VARIABLE = "ASYNCLAB_WHEELS"
FOLDER = "wheels"  # in the checkout
MADE_FOR = "asynclab-bundle.json"  # in that folder: what it was made for


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


def made_for(wheels: Path) -> dict[str, Any]:
    """What `bundle` noted there; empty in a folder that somebody filled by hand."""
    try:
        found = json.loads((wheels / MADE_FOR).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def unfit(wheels: Path, checkout: Path) -> str:
    """Why the wheels are not for this course and this Python, empty when they are as far as one can tell."""
    noted = made_for(wheels)
    if not noted:
        return ""
    if noted.get("requirements") != fingerprint(checkout / "requirements.txt"):
        return "were gathered for another version of the course"
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    pythons = sorted({str(target.get("python")) for target in noted.get("for", ())})
    return "" if version in pythons else f"are for Python {', '.join(pythons)} and not for {version}"
