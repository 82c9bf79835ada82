"""A pip to ask, on a machine where nothing is set up yet. Nothing is installed for it."""

from __future__ import annotations

import os
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from asynclab.bootstrap.environment import Environment

OPTIONS = ("--disable-pip-version-check", "--no-input")


def command(env: Environment) -> list[str] | None:
    """The environment's own, this Python's, or the one that ensurepip carries to put into new environments."""
    if os.access(env.python, os.X_OK) and any(env.folder.glob("lib/*/site-packages/pip")):
        return [str(env.python), "-I", "-m", "pip", *OPTIONS]
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", *OPTIONS]
    wheel = carried()
    return None if wheel is None else [sys.executable, f"{wheel}/pip", *OPTIONS]


def carried() -> Path | None:
    """ensurepip's wheel: pip runs from it as it is."""
    spec = find_spec("ensurepip")
    places = [
        Path(folder) for folder in (sysconfig.get_config_var("WHEEL_PKG_DIR"), "/usr/share/python-wheels") if folder
    ]
    if spec is not None and spec.origin is not None:
        places.append(Path(spec.origin).parent / "_bundled")
    return next((found for place in places for found in sorted(place.glob("pip-*.whl"), reverse=True)), None)
