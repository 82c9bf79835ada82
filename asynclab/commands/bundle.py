"""Gather the course's packages in a folder, for set-up without a network.

Downloads the wheel of each package in requirements.txt into FOLDER (wheels/ in the checkout unless told). Put that
folder as wheels/ into another clone, or name it there in the variable ASYNCLAB_WHEELS: the first start installs from
it and asks no network. A class with several kinds of machines takes several --python and --platform.
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path

from asynclab.bootstrap import bundle, wheels
from asynclab.bootstrap.environment import Environment
from asynclab.paths import CHECKOUT

NEEDS = "nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, help="where to (wheels/ in the checkout)")
    parser.add_argument(
        "--python",
        metavar="VERSION",
        action="append",
        choices=bundle.PYTHONS,
        help=f"for this Python ({', '.join(bundle.PYTHONS)}), the running one unless told; may be given several times",
    )
    parser.add_argument(
        "--platform",
        metavar="NAME",
        action="append",
        choices=[*bundle.PLATFORMS],
        help=f"for these machines ({', '.join(bundle.PLATFORMS)}), this one's kind unless told; several times, too",
    )


def run(options: argparse.Namespace) -> int:
    folder = (options.folder or CHECKOUT / wheels.FOLDER).expanduser().absolute()
    pythons = options.python or [bundle.this_python()]
    platforms = options.platform or [bundle.this_platform()]
    targets = [bundle.Target(python, platform) for python, platform in product(dict.fromkeys(pythons), platforms)]
    made = bundle.make(folder, targets, CHECKOUT / "requirements.txt", Environment(CHECKOUT / ".venv"))
    print(f"{made.count} wheels, {made.size / 1e6:.0f} MB, in {made.folder}")
    print(f"For {'; '.join(map(str, targets))}.")
    if made.folder == CHECKOUT / wheels.FOLDER:
        print("Copy that folder into another clone of the course: its first start needs no network.")
    else:
        print(f"Copy it as wheels/ into a clone, or set {wheels.VARIABLE}: the first start there needs no network.")
    return 0
