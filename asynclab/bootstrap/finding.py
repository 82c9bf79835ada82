"""What a look at the machine found: a line for a person, an object for a program."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

OK, WARNING, PROBLEM = "ok", "warning", "problem"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    `state`: "ok"; "warning" where the course works, but less well or not at once; "problem" where it doesn't work
    until that is mended. `todo` is what to do, empty where nothing needs to be done. `facts` are the
    figures behind `seen`, for programs.
    """

    name: str
    state: str
    seen: str
    todo: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def ok(name: str, seen: str, todo: str = "", **facts: Any) -> Finding:
    return Finding(name, OK, seen, todo, facts)


def warning(name: str, seen: str, todo: str, **facts: Any) -> Finding:
    return Finding(name, WARNING, seen, todo, facts)


def problem(name: str, seen: str, todo: str, **facts: Any) -> Finding:
    return Finding(name, PROBLEM, seen, todo, facts)
