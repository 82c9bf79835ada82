from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from asynclab.paths import CHECKOUT
from tests.setup import tiny
from tests.setup.tiny import Checkout, Tiny


@pytest.fixture
def clone(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of the checkout as git has it or would have it, below the test's folder."""

    def make(name: str) -> Path:
        left_out = shutil.ignore_patterns(".git", ".venv", ".asynclab", "wheels", "__pycache__", ".*_cache")
        return Path(shutil.copytree(CHECKOUT, tmp_path / name, ignore=left_out))

    return make


@pytest.fixture(scope="session")
def wheels() -> Iterator[Path]:
    """tiny 1.0 and 2.0, with some hundred files so that installing them takes a moment; uv beside them."""
    folder = tiny.open_folder()
    for version in ("1.0", "2.0"):
        filler = {f"tiny/m{number}.py": b"x = 1\n" * 2000 for number in range(300)}
        tiny.wheel(folder, "tiny", version, {"tiny/__init__.py": f"VERSION = {version!r}\n".encode(), **filler})
    (folder / "uv").mkdir()
    tiny.repacked(folder / "uv", "uv")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def checkout(wheels: Path) -> Iterator[Checkout]:
    parent = tiny.open_folder()

    def make(name: str = "course", uv: bool = True, user: int | None = None) -> Tiny:
        requirements = ("tiny==1.0", f"uv=={tiny.uv_version()}")
        places = (wheels, wheels / "uv") if uv else (wheels,)
        return tiny.make(parent / name, places, user, requirements)

    yield make
    shutil.rmtree(parent, ignore_errors=True)
