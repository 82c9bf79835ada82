"""Run every test of the course (--all: with every known answer and the slow ones too)."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from asynclab.paths import CHECKOUT

NEEDS = "test"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="grade every known answer, and run the slow tests")
    parser.add_argument("pytest", nargs="*", metavar="ARGUMENT", help="what follows a -- goes to pytest as it is")


def run(options: argparse.Namespace) -> int:
    """pytest as pyproject.toml and conftest.py set it up; ruff and mypy are among the tests.

    Tests use a data folder of their own and never meet a learner's. The output is pytest's, its closing
    line last.
    """
    command = [sys.executable, "-m", "pytest", *(["--all"] if options.all else []), *options.pytest]
    with subprocess.Popen(command, cwd=CHECKOUT, env={**os.environ, "PYTHONPATH": str(CHECKOUT)}) as pytest:
        while True:
            try:
                return pytest.wait()
            except KeyboardInterrupt:  # the terminal told pytest too: let it tidy up and report
                continue
