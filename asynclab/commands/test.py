"""Run every test of the course (--all: with every known answer and the slow ones too)."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from asynclab.paths import CHECKOUT

NEEDS = "test"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="grade every known answer, and run the slow tests")
    parser.add_argument("pytest", nargs="*", metavar="ARGUMENT", help="what follows a -- goes to pytest as it is")


def run(options: argparse.Namespace) -> int:
    """pytest as pyproject.toml sets it up (ruff and mypy are among the tests), in a data folder of its own.

    The folder is removed after, so that no test ever meets a learner's progress. The output is pytest's,
    its closing line last.
    """
    data = tempfile.mkdtemp(prefix="asynclab-test-")
    variables = {**os.environ, "ASYNCLAB_DATA": data, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "pytest", *(["--all"] if options.all else []), *options.pytest]
    try:
        with subprocess.Popen(command, cwd=CHECKOUT, env=variables) as pytest:
            while True:
                try:
                    return pytest.wait()
                except KeyboardInterrupt:  # the terminal told pytest too: let it tidy up and report
                    continue
    finally:
        shutil.rmtree(data, ignore_errors=True)
