"""Which protection a grading runs under: the strongest that the machine offers, unless another is named."""

from __future__ import annotations

from functools import lru_cache

from asynclab.measure import protections
from asynclab.problems import Problem

WEAKEST = "rlimits"  # limits alone: the answer can read what the learner can


@lru_cache
def offered() -> tuple[str, ...]:
    """The names of the protections that this machine offers, the strongest first."""
    return tuple(protection.name for protection in protections())


def strongest() -> str:
    return offered()[0]


def named(name: str | None) -> str:
    """The protection of that name, the strongest for None. Raises Problem when this machine lacks it."""
    if name is None:
        return strongest()
    if name not in offered():
        raise Problem(f"This machine doesn't offer the protection {name!r}.", f"It offers: {', '.join(offered())}.")
    return name
