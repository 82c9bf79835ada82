"""What requirements.txt asks for, and what of it a Python has. Run as a file by that Python; it imports no asynclab.

``python -I packages.py REQUIREMENTS [MARKERS [PIP]]`` looks at what is installed beside it and prints {"python",
"wanted", "missing": ["name==version"], "other": [[name, wanted, found]]}. With MARKERS (JSON: another environment's,
say {"python_full_version": "3.12.0"}) it prints what is wanted there, ["name==version"]. PIP is a wheel of pip's
to read requirements with, for a Python that has none.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path
from typing import Any


def wanted(requirements: Path, markers: dict[str, str]) -> dict[str, str]:
    """Name to exact version."""
    requirement_of, canonical = _packaging()
    found = {}
    for line in requirements.read_text("utf-8").splitlines():
        if "==" not in line or line.lstrip().startswith("#"):
            continue
        requirement = requirement_of(line)
        if requirement.marker is None or requirement.marker.evaluate(markers):
            (exact,) = requirement.specifier
            found[str(canonical(requirement.name))] = str(exact.version)
    return found


def installed() -> dict[str, str]:
    """Name to version, of this Python."""
    found: dict[str, str] = {}
    for each in distributions():
        name = each.metadata["Name"]
        if name:
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), each.version)
    return found


def compare(requirements: Path) -> dict[str, Any]:
    asked, there = wanted(requirements, {}), installed()
    return {
        "python": platform.python_version(),
        "wanted": len(asked),
        "missing": [f"{name}=={version}" for name, version in asked.items() if name not in there],
        "other": [[name, v, there[name]] for name, v in asked.items() if there.get(name, v) != v],
    }


def _packaging() -> tuple[Any, Any]:
    """packaging's parser and its normal form of names; pip brings a copy of its own, so every environment has one."""
    try:
        from packaging import requirements, utils

        return requirements.Requirement, utils.canonicalize_name
    except ImportError:
        carried, names = (import_module(f"pip._vendor.packaging.{name}") for name in ("requirements", "utils"))
        return carried.Requirement, names.canonicalize_name


if __name__ == "__main__":
    path = Path(sys.argv[1])
    sys.path += sys.argv[3:]
    if len(sys.argv) > 2:
        print(json.dumps([f"{name}=={version}" for name, version in wanted(path, json.loads(sys.argv[2])).items()]))
    else:
        print(json.dumps(compare(path)))
