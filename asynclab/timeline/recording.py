"""A recording of an event loop as plain data: slices, idle spans, and what can be asked of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape

LONG = 0.020
"""Seconds. A slice longer than this is drawn as a warning: at 50 answers a second, everyone notices."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One uninterrupted hold of the loop. Seconds since the recording began."""

    lane: str  # the task's or the callback's name
    start: float
    end: float

    @property
    def duration(self) -> float:
        """Seconds for which nothing else could run."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Idle:
    """A span in which the loop waited for something to happen. Seconds since the recording began."""

    start: float
    end: float

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class Lane:
    """One task, or all callbacks of one name: a line of the table and of the picture."""

    name: str
    slices: int
    held: float  # seconds, together
    longest: float  # seconds, the longest single slice


@dataclass(frozen=True)
class Table:
    """The lanes as a table: HTML in a notebook, text elsewhere; `rows` for programs."""

    rows: tuple[Lane, ...]
    duration: float

    def __str__(self) -> str:
        wide = max((len(row.name) for row in self.rows), default=4)
        lines = [f"{'lane':<{wide}}  slices   held ms  longest ms  share"]
        for row in self.rows:
            lines.append(
                f"{row.name:<{wide}}  {row.slices:>6}  {row.held * 1e3:>8.1f}  {row.longest * 1e3:>10.1f}"
                f"  {self._share(row):>5.0%}"
            )
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col">{name}</th>'
            for name in ("lane", "slices", "held, ms", "longest, ms", "share of the time")
        )
        body = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(row.name)}</th><td>{row.slices}</td>'
            f"<td>{row.held * 1e3:.1f}</td><td>{row.longest * 1e3:.1f}</td><td>{self._share(row):.0%}</td></tr>"
            for row in self.rows
        )
        return f"<table><caption>Who held the loop</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _share(self, row: Lane) -> float:
        return row.held / self.duration if self.duration else 0.0


@dataclass(frozen=True)
class Recording:
    """All that was seen between entering and leaving a timeline."""

    slices: tuple[Slice, ...]  # in the order in which they began
    idle: tuple[Idle, ...]
    duration: float  # seconds from entering to leaving
    housekeeping: frozenset[str]  # lanes that belong to the notebook and not to the code in it
    note: str  # a sentence where the recording is not the whole truth (uvloop, too many slices)

    @cached_property
    def longest(self) -> Slice | None:
        """The slice that held the loop longest; None when nothing was seen."""
        return max(self.slices, key=lambda s: s.duration, default=None)

    @cached_property
    def idle_share(self) -> float:
        """The share of the time, 0 to 1, in which the loop waited."""
        return sum(span.duration for span in self.idle) / self.duration if self.duration else 0.0

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        """A lane for each task and each kind of callback, in the order in which they first ran."""
        seen: dict[str, list[float]] = {}
        for piece in self.slices:
            seen.setdefault(piece.lane, []).append(piece.duration)
        return tuple(Lane(name, len(times), sum(times), max(times)) for name, times in seen.items())
