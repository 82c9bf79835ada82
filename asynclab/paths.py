"""Where things are: the checkout, and the data folder in which the lab keeps what is its own."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
"""The folder that holds README.md, lessons/ and asynclab/."""


def data_path() -> Path:
    """The data folder's place: ASYNCLAB_DATA, else ``.asynclab/`` in the checkout, whether it exists or not."""
    return Path(os.environ.get("ASYNCLAB_DATA") or CHECKOUT / ".asynclab").expanduser().absolute()


def data_folder() -> Path:
    """The data folder. Made (0700) when absent.

    Raises OSError when it can't be made; `asynclab.problems.Problem` is raised by callers that
    speak to a person.
    """
    folder = data_path()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
