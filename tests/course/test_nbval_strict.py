"""The notebooks' comparison itself: what passes, what fails, on a small checkout with the toy lesson in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbval.plugin import get_sanitize_patterns

from asynclab.paths import CHECKOUT

TOY = Path(__file__).parent / "data"
PATTERNS = get_sanitize_patterns((Path(__file__).parent / "nbval_sanitize.cfg").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose only lesson is the toy, built, in git."""
    checkout = tmp_path_factory.mktemp("checkout")
    for name in ("asynclab", "tests"):
        shutil.copytree(CHECKOUT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml", "requirements.txt"):
        shutil.copy(CHECKOUT / name, checkout)
    shutil.copytree(TOY, checkout, dirs_exist_ok=True)
    built = run(checkout, "-m", "asynclab", "build")
    assert built.returncode == 0, built.stdout + built.stderr
    assert "3 of 3 notebooks written" in built.stdout
    author = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for arguments in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "toy"]):
        subprocess.run(["git", *arguments], cwd=checkout, check=True)
    return checkout


@pytest.fixture
def checkout(small: Path) -> Path:
    """The small checkout, put back to what is committed."""
    subprocess.run(["git", "checkout", "-q", "."], cwd=small, check=True)
    subprocess.run(["git", "clean", "-fdq"], cwd=small, check=True)
    return small


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, *arguments], cwd=checkout, env=env, capture_output=True, text=True)


def validate(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(checkout, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", "-q", *arguments)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.slow
def test_the_build_command(checkout: Path) -> None:
    assert "nothing to build" in run(checkout, "-m", "asynclab", "build").stdout
    assert run(checkout, "-m", "asynclab", "build", "--check").returncode == 0
    source = checkout / "lessons" / "00_toy" / "exercise.md"
    replace(source, "Say hello to everyone.", "Say hello to all.")
    checked = run(checkout, "-m", "asynclab", "build", "--check", "00")
    assert checked.returncode == 1
    assert "exercises/00_toy.ipynb is not what its lesson gives" in checked.stdout
    assert "notebooks/00_toy.ipynb" not in checked.stdout
    replace(source, "# end answer", "")
    refused = run(checkout, "-m", "asynclab", "build")
    assert refused.returncode == 1
    assert "lessons/00_toy/exercise.md:" in refused.stderr and "Traceback" not in refused.stderr
    unknown = run(checkout, "-m", "asynclab", "build", "99")
    assert unknown.returncode == 2 and "The lessons are: 00_toy." in unknown.stderr


def test_what_was_built_passes_whatever_was_measured(checkout: Path) -> None:
    replace(checkout / "notebooks" / "00_toy.ipynb", "took 12.5 ms", "took 1,007.25 ms")
    replace(checkout / "notebooks" / "00_toy.ipynb", "<p>after</p>", "<p>drawn otherwise</p>")
    done = validate(checkout, "notebooks", "exercises", "solutions")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout, "each code cell is a test"


@pytest.mark.slow
def test_a_learners_files_are_nobodys_tests(checkout: Path) -> None:
    """A broken answer in the exercise, a run lesson, a notebook of the learner's own: git's versions are tested."""
    replace(checkout / "exercises" / "00_toy.ipynb", "    ...", "    return 1 / 0 +")
    replace(checkout / "notebooks" / "00_toy.ipynb", "slept\\n", "something else\\n")
    replace(checkout / "notebooks" / "00_toy.ipynb", '"execution_count": 4', '"execution_count": 11')
    (checkout / "exercises" / "Untitled.ipynb").write_text("no notebook at all")
    done = validate(checkout, "notebooks", "exercises", "tests/course/test_notebooks.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_stored_output_that_a_run_does_not_give_fails(checkout: Path) -> None:
    """A word, a picture that is not drawn, a whole number: a cell each."""
    stored = checkout / "notebooks" / "00_toy.ipynb"
    replace(stored, "slept\\n", "slapt\\n")
    replace(stored, '"image/png"', '"image/svg+xml"')
    replace(stored, '"42"', '"43"')
    done = validate(checkout, "notebooks")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "3 failed, 1 passed" in done.stdout
    for says in ("slapt", "shows image/svg+xml", "43", "python3 -m asynclab build --force 00_toy"):
        assert says in done.stdout


def masked(text: str) -> str:
    for pattern, replacement in PATTERNS:
        text = re.sub(pattern, replacement, text)
    return text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("took 0.82 s", "took 12 s"),
        ("took   8.21 ms", "took 1,008.00 ms"),
        ("peak 12 MB, at least 10 times: True", "peak 3.25 MB, at least 10 times: True"),
        ("http://127.0.0.1:4711/v/ab-1/city/5", "http://127.0.0.1:9/v/zz/city/5"),
        ("<object at 0x7f00>", "<object at 0xdeadbeef>"),
        ("under bubblewrap", "under rlimits"),
        ("3% of 12.1", "99.5 % of 7.0"),
        ("2026-01-02T03:04:05Z", "2025-12-31 23:59"),
    ],
)
def test_masked_alike(one: str, other: str) -> None:
    assert masked(one) == masked(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("at least 10 times: True", "at least 10 times: False"),
        ("100 connections", "99 connections"),
        ("passed", "failed"),
        ("12 ms", "12 MB"),
        ("city 2643743", "city 2643744"),
        ("6 solutions", "7 solutions"),
    ],
)
def test_kept_apart(one: str, other: str) -> None:
    assert masked(one) != masked(other)
