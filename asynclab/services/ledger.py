"""The ledger: what the site saw of one visit, request by request. Plain data, written by the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server saw it. Times are seconds on the site's clock (CLOCK_MONOTONIC)."""

    path: str  # below the visit: "/city/2643743"
    connection: int  # numbered from 0 in the order in which the visit's connections came
    start: float  # its head had been read
    end: float  # its last byte was handed to the socket, or it was given up
    status: int  # what was answered; 0 when the connection was reset or given up before an answer
    sent: int  # bytes of body sent
    attempt: int  # 1 for the first request of this path in the visit
    given_up: bool  # the client went away before the answer was whole
    latency: float  # seconds of latency this request was due (the knobs' draw)


@dataclass(frozen=True)
class Ledger:
    """All requests of one visit, in the order in which they started."""

    requests: tuple[Request, ...] = ()

    def __len__(self) -> int:
        return len(self.requests)

    @cached_property
    def peak_in_flight(self) -> int:
        """The most requests that were in flight at one moment."""
        return max((count for _, count in self.in_flight()), default=0)

    @cached_property
    def connections(self) -> int:
        """How many connections the requests came on."""
        return len({request.connection for request in self.requests})

    @cached_property
    def duration(self) -> float:
        """Seconds from the first start to the last end."""
        if not self.requests:
            return 0.0
        return max(r.end for r in self.requests) - min(r.start for r in self.requests)

    @cached_property
    def average_in_flight(self) -> float:
        """In flight on average over `duration` (Little's law: the sum of the times over the whole)."""
        return sum(r.end - r.start for r in self.requests) / self.duration if self.duration else 0.0

    @cached_property
    def attempts(self) -> Counter[str]:
        """Path to how often it was asked for."""
        return Counter(request.path for request in self.requests)

    def in_flight(self) -> list[tuple[float, int]]:
        """Steps of (time, requests in flight from then on); ends come before starts at one instant."""
        events = sorted([(r.end, -1) for r in self.requests] + [(r.start, 1) for r in self.requests])
        steps, count = [], 0
        for moment, change in events:
            count += change
            steps.append((moment, count))
        return steps

    def to_rows(self) -> list[list[object]]:
        """As plain JSON rows, in the order of Request's fields."""
        return [[getattr(r, name) for name in Request.__dataclass_fields__] for r in self.requests]

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[object]]) -> Ledger:
        """The inverse of `to_rows`."""
        return cls(tuple(Request(*row) for row in rows))  # type: ignore[arg-type]
