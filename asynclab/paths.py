"""Where things are: the checkout, and the data folder in which the lab keeps what is its own."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
"""The folder that holds README.md, lessons/ and asynclab/."""


def data_folder() -> Path:
    """The data folder: ASYNCLAB_DATA, else ``.asynclab/`` in the checkout. Made (0700) when absent.

    Raises OSError when it can't be made; `asynclab.problems.Problem` is raised by callers that
    speak to a person.
    """
    folder = Path(os.environ.get("ASYNCLAB_DATA") or CHECKOUT / ".asynclab").expanduser().absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
