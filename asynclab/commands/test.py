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
    parser.add_argument("pytest", nargs="*", metavar="-- ARGUMENT", help="what follows -- goes to pytest as it stands")


def run(options: argparse.Namespace) -> int:
    """pytest over tests/ (ruff and mypy are among them) in a data folder that is thrown away after."""
    data = tempfile.mkdtemp(prefix="asynclab-test-")
    variables = {**os.environ, "ASYNCLAB_DATA": data, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "pytest"]
    if not any(os.path.exists(CHECKOUT / argument.split("::")[0]) for argument in options.pytest):
        command.append("tests")
    command += ["--all"] if options.all else []
    try:
        # Its output is ours, and its closing line the last one.
        with subprocess.Popen([*command, *options.pytest], cwd=CHECKOUT, env=variables) as pytest:
            while True:
                try:
                    return pytest.wait()
                except KeyboardInterrupt:  # the terminal told pytest too: let it tidy up and report
                    continue
    finally:
        shutil.rmtree(data, ignore_errors=True)
