"""The knobs of a visit, and what they draw: pure functions of seed, path and attempt.

Both sides compute with these: the site to behave, a grader to know beforehand how long the latencies
of a run must take and which requests will fail.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

FAILURES = ("503", "500", "404", "429", "reset", "stall")
DEFAULT_BODY = 65536  # bytes of /body/NAME.bin where the knob `body` says nothing
LARGEST_BODY = 1 << 30


@dataclass(frozen=True)
class Knobs:
    """How the site behaves in one visit. Seconds, bytes, shares from 0 to 1.

    Mind that aiohttp's client repeats a GET by itself, once, when the connection was reset before an
    answer came (aiohttp 3.14, `ClientSession._request`): the ledger has both attempts.

    Raises ValueError for what can't be, so that a typo never measures something else.
    """

    latency: float = 0.0  # seconds before a request is answered
    spread: float = 0.0  # drawn uniformly from latency * (1 ± spread), by seed, path and attempt
    failures: float = 0.0  # the share of paths whose first attempts fail
    failure: str = "503"  # how: one of FAILURES. Streamed bodies reset and stall half way
    failure_times: int = 1  # how many attempts of such a path fail
    retry_after: float | None = None  # the Retry-After header of 503 and 429
    rate: float | None = None  # requests a second, counted over any last second; beyond it 429
    body: int | None = None  # bytes of a streamed body
    pace: float | None = None  # bytes a second at which a body is streamed
    connections: int | None = None  # at most so many of the visit at once; beyond it 503, closed
    together: int | None = None  # pages are held until so many are in flight, then let go at one moment
    pages: int | None = None  # the world holds only so many cities
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # path -> knobs there

    def __post_init__(self) -> None:
        for name in ("latency", "spread", "failures", "failure_times"):
            _check(getattr(self, name) >= 0 and math.isfinite(getattr(self, name)), name, "at least 0")
        _check(self.spread <= 1, "spread", "at most 1")
        _check(self.failures <= 1, "failures", "at most 1")
        _check(self.failure in FAILURES, "failure", "one of " + ", ".join(FAILURES))
        for name in ("rate", "pace", "connections", "pages", "together"):
            _check(getattr(self, name) is None or getattr(self, name) > 0, name, "more than 0")
        _check(self.retry_after is None or self.retry_after >= 0, "retry_after", "at least 0")
        _check(self.body is None or 0 <= self.body <= LARGEST_BODY, "body", f"0 to {LARGEST_BODY}")
        for path, knobs in self.rules.items():
            _check(path.startswith("/"), "rules", 'paths below the visit, like "/body/a.bin"')
            _check("rules" not in knobs and "pages" not in knobs, "rules", "knobs of single paths")
            dataclasses.replace(self, rules={}, **knobs)

    def at(self, path: str) -> Knobs:
        """The knobs that hold at a path of the visit."""
        special = self.rules.get(path)
        return dataclasses.replace(self, rules={}, **special) if special else self

    def latency_of(self, seed: int, path: str, attempt: int) -> float:
        """Seconds that this attempt (from 1) waits. Give the knobs that hold at the path."""
        if not self.spread:
            return self.latency
        return self.latency * (1 + self.spread * (2 * draw(seed, "latency", path, attempt) - 1))

    def fails(self, seed: int, path: str, attempt: int) -> bool:
        """Whether this attempt (from 1) of the path fails."""
        if not self.failures or attempt > self.failure_times:
            return False
        return self.failures >= 1 or draw(seed, "failure", path) < self.failures

    def to_json(self) -> dict[str, Any]:
        """Those that differ from the defaults, as plain values."""
        values = {name: getattr(self, name) for name in _DEFAULTS}
        plain = {name: value for name, value in values.items() if value != _DEFAULTS[name]}
        if "rules" in plain:
            plain["rules"] = {path: dict(knobs) for path, knobs in self.rules.items()}
        return plain


def draw(seed: int, *what: object) -> float:
    """A number from 0 (included) to 1 (excluded), the same whenever and wherever it is asked for."""
    text = "\0".join(map(str, (seed, *what)))
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest()) / (1 << 56)


def _check(holds: bool, name: str, meant: str) -> None:
    if not holds:
        raise ValueError(f"knob {name}: {meant}")


_DEFAULTS: dict[str, Any] = {f.name: {} if f.name == "rules" else f.default for f in dataclasses.fields(Knobs)}
