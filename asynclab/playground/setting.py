"""What a run of the playground is asked to do, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from asynclab.problems import Problem

WHAT = {"pages": "web pages", "queries": "database queries"}
WAYS = {"in turn": "one after the other", "threads": "threads", "coroutines": "coroutines"}
KB, MB = 1024, 1024 * 1024

MOST_REQUESTS = 2000
MOST_AT_ONCE = 1000  # threads that one process may have here, and connections that the site is asked for
MOST_POOL = 300  # more than the lab's PostgreSQL takes (200): that can be tried too
LARGEST_BODY = 64 * MB
LONGEST = 10.0  # seconds of latency


@dataclass(frozen=True)
class Setting:
    """The position of every knob. Raises Problem for what can't be.

    `at_once` counts the threads or coroutines that ask; for one after the other it is 1 whatever it says.
    `pool` is the database's alone: connections that those who ask have to share.
    """

    way: str = "coroutines"  # one of WAYS
    what: str = "pages"  # one of WHAT
    requests: int = 100
    latency: float = 0.08  # seconds
    spread: float = 0.0  # drawn from latency * (1 ± spread)
    failures: float = 0.0  # the share of requests that are answered by an error
    at_once: int = 20
    pool: int = 10
    body: int = 0  # bytes of one answer; 0: a page, or a row, as it comes

    def __post_init__(self) -> None:
        for name, known in (("way", WAYS), ("what", WHAT)):
            if getattr(self, name) not in known:
                raise Problem(
                    f"The playground doesn't know {name}={getattr(self, name)!r}.",
                    f"Write one of: {', '.join(map(repr, known))}.",
                )
        for name, least, most in (
            ("requests", 1, MOST_REQUESTS),
            ("at_once", 1, MOST_AT_ONCE),
            ("pool", 1, MOST_POOL),
            ("body", 0, LARGEST_BODY),
        ):
            self._check(name, int, least, most)
        for name, top in (("latency", LONGEST), ("spread", 1), ("failures", 1)):
            self._check(name, (int, float), 0, top)

    def _check(self, name: str, kind: type[int] | tuple[type[int], type[float]], least: float, most: float) -> None:
        value = getattr(self, name)
        if not isinstance(value, kind) or isinstance(value, bool) or not least <= value <= most:
            number = "a whole number" if kind is int else "a number"
            raise Problem(f"The playground can't take {name}={value!r}.", f"Write {number} from {least:,} to {most:,}.")

    @property
    def most_in_flight(self) -> int:
        """How many requests can be under way at one moment."""
        if self.way == "in turn":
            return 1
        shared = min(self.at_once, self.pool) if self.what == "queries" else self.at_once
        return min(shared, self.requests)

    @property
    def floor(self) -> float:
        """Seconds that the latencies alone take: ⌈n / limit⌉ × latency. About, where they differ."""
        if self.spread:
            return max(self.requests / self.most_in_flight, 1.0) * self.latency
        return math.ceil(self.requests / self.most_in_flight) * self.latency

    def by(self, way: str) -> Setting:
        """The same, another way."""
        return replace(self, way=way)

    def __str__(self) -> str:
        """In a few words: "100 pages of 80 ms ± 50%, 1 MB each, 5% failing"."""
        one = {"pages": "page", "queries": "query"}[self.what]
        words = [f"{self.requests:,} {one if self.requests == 1 else self.what} of {milliseconds(self.latency)}"]
        if self.spread:
            words[0] += f" ± {self.spread:.0%}"
        if self.body:
            words.append(f"{size(self.body)} each")
        if self.failures:
            words.append(f"{self.failures:.0%} failing")
        return ", ".join(words)

    @property
    def who(self) -> str:
        """Who asks: "20 threads", and the pool that they share."""
        if self.way == "in turn":
            return WAYS[self.way]
        who = f"{self.at_once} {self.way if self.at_once > 1 else self.way.removesuffix('s')}"
        return f"{who}, pool {self.pool}" if self.what == "queries" else who


def milliseconds(seconds: float) -> str:
    """ "80 ms", "2 s"."""
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1e3:g} ms"


def size(count: int) -> str:
    """ "64 KB", "4 MB"."""
    return f"{count / MB:g} MB" if count >= MB else f"{count / KB:g} KB"
