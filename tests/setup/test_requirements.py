"""requirements.txt is what pyproject.toml asks for, exactly, and names no index."""

from __future__ import annotations

import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from asynclab.paths import CHECKOUT

TEXT = (CHECKOUT / "requirements.txt").read_text("utf-8")
LINES = [Requirement(line) for line in TEXT.splitlines() if line and not line.startswith("#")]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
WANTED = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]


@pytest.mark.parametrize("python", ["3.11.0", "3.11.9", "3.12.1", "3.13.0"])
@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_every_requirement_has_one_exact_version_that_fits(python: str, system: str) -> None:
    here = {"python_full_version": python, "python_version": python.rpartition(".")[0], "sys_platform": system}
    pinned: dict[str, str] = {}
    for line in LINES:
        if line.marker is None or line.marker.evaluate(here):
            (exact,) = line.specifier
            assert exact.operator == "==" and "*" not in exact.version
            assert canonicalize_name(line.name) not in pinned
            pinned[canonicalize_name(line.name)] = exact.version
    for text in WANTED:
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate(here):
            assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), text


def test_no_index_is_named() -> None:
    assert "://" not in TEXT and "--index" not in "".join(TEXT.splitlines(keepends=True)[2:])
    assert "uv pip compile pyproject.toml" in TEXT.splitlines()[1]
