from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from asynclab.paths import CHECKOUT


@pytest.fixture
def clone(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of the checkout as git has it or would have it, below the test's folder."""

    def make(name: str) -> Path:
        left_out = shutil.ignore_patterns(".git", ".venv", ".asynclab", "__pycache__", ".*_cache")
        return Path(shutil.copytree(CHECKOUT, tmp_path / name, ignore=left_out))

    return make
