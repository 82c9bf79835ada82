"""The pictures of a card: the learner's requests beside the reference's, and memory over time. Plain SVG.

Each picture is an image of its own (a data URI), for three reasons: JupyterLab takes inline SVG out of a notebook
that isn't trusted yet, as every freshly cloned one is, but keeps images; its text can't run into the page's; and
an image carries one alternative text, in figures. The colours read on white and on black alike: Okabe and Ito's
blue, green and vermillion, told apart by hatch and dash as well.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from xml.sax.saxutils import escape

from asynclab.grader.verdict import Record
from asynclab.grader.wording import REFERENCE, own_runs
from asynclab.measure.evidence import MIB, Evidence

YOURS, THEIRS, TROUBLE, INK = "#2b83c4", "#0f9d76", "#d9660a", "#7d7d7d"
BARS = 150  # requests drawn of each run, evenly chosen; every one of them is counted
WIDTH, HEIGHT = 360, 228
LEFT, RIGHT = 46, 12  # margins
TOP, STAIRS, GAP, FLIGHT = 22, 100, 24, 58  # from top to bottom: a heading, the requests, a heading, in flight


@dataclass(frozen=True)
class Panel:
    """One picture."""

    title: str  # "Your requests"
    facts: str  # its figures, for the line below the title
    alt: str  # what it shows, in figures: what a screen reader and a terminal say
    svg: str

    @property
    def uri(self) -> str:
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg.encode()).decode()


@dataclass(frozen=True)
class Span:
    """One request, or one job: seconds since the go."""

    start: float
    end: float
    ok: bool = True


def panels(record: Record) -> list[Panel]:
    """The pictures for a record; none where nothing was seen that could be drawn."""
    return [*_request_panels(record), *_memory_panels(record)]


# ---------------------------------------------------------------- requests over time


def _request_panels(record: Record) -> list[Panel]:
    pair = _telling_pair(record)
    if pair is None:
        return []
    run, reference = pair
    ours, theirs = spans(run), spans(reference) if reference else []
    seconds = max(span.end for span in [*ours, *theirs])
    peak = max(_peak(ours), _peak(theirs))
    what = "job" if "jobs" in run.facts and not run.ledger.requests else "request"
    drawn = [_requests(f"Your {what}s", "Your answer", what, ours, run, YOURS, "hatch", seconds, peak)]
    if theirs and reference:
        title = f"The reference's {what}s"
        drawn.append(_requests(title, "The reference", what, theirs, reference, THEIRS, "dots", seconds, peak))
    return drawn


def _telling_pair(record: Record) -> tuple[Evidence, Evidence | None] | None:
    """The run to draw and its reference: the first of those that have one, else the one with most requests."""
    seen = [(name, run) for name, run in own_runs(record) if spans(run)]
    if not seen:
        return None
    for name, run in seen:
        reference = record.evidence.get(name + REFERENCE)
        if isinstance(reference, Evidence) and spans(reference):
            return run, reference
    return max((run for _, run in seen), key=lambda run: len(run.ledger)), None


def spans(run: Evidence) -> list[Span]:
    """What a run asked of the site, or the jobs it ran, in order of their starts."""
    if run.ledger.requests:
        go = run.go or min(request.start for request in run.ledger.requests)
        return [
            Span(max(0.0, r.start - go), max(0.0, r.end - go), r.status in range(200, 400) and not r.given_up)
            for r in run.ledger.requests
        ]
    found = []
    for _, start, end, outcome in run.facts.get("jobs") or ():
        if start is not None:  # one that had not ended is drawn up to the end of the call
            found.append(Span(float(start), float(run.wall if end is None else end), outcome == "done"))
    return sorted(found, key=lambda span: span.start)


def _requests(
    title: str, who: str, what: str, seen: list[Span], run: Evidence, colour: str, pattern: str, seconds: float,
    peak: int,
) -> Panel:  # fmt: skip
    canvas = _Canvas(seconds, colour, pattern)
    step = ceil(len(seen) / BARS)
    chosen = list(enumerate(seen))[::step]
    pitch = STAIRS / max(len(seen), 1)
    thick = min(max(pitch * step * 0.7, 1.2), 6.0)
    canvas.label(LEFT, TOP - 9, f"each {what} from start to end")
    canvas.label(4, TOP + 9, "1")
    canvas.label(4, TOP + STAIRS, str(len(seen)))
    for ok in (True, False):
        path = "".join(
            f"M{canvas.x(s.start):.1f} {TOP + (i + 0.5) * pitch:.1f}"
            f"H{max(canvas.x(s.end), canvas.x(s.start) + 1.5):.1f}"  # never too short to be seen
            for i, s in chosen
            if s.ok == ok
        )
        if path:
            dash = "" if ok else ' stroke-dasharray="3 2"'
            canvas.add(f'<path d="{path}" stroke="{colour if ok else TROUBLE}" stroke-width="{thick:.1f}"{dash}/>')
    floor = TOP + STAIRS + GAP + FLIGHT
    heights = _in_flight(seen, seconds, columns=WIDTH - LEFT - RIGHT)
    canvas.area(heights, floor, FLIGHT, peak)
    own = _peak(seen)
    height = FLIGHT * own / peak
    canvas.label(LEFT, floor - FLIGHT - 7, "in flight together")
    if height > 20:
        canvas.label(4, floor, "0")
    canvas.label(4, floor - height + (9 if height > 20 else 0), str(own))
    canvas.axis(floor)
    facts = _facts(what, seen, run)
    return Panel(title, facts, f"{who}: {facts}. {_shape(seen)}".strip(), canvas.svg(title))


def _facts(what: str, seen: list[Span], run: Evidence) -> str:
    """The picture's figures: "24 requests in 1.23 s, never more than 1 in flight, on 1 connection"."""
    duration = max(s.end for s in seen) - min(s.start for s in seen)
    peak, errors = _peak(seen), sum(not span.ok for span in seen)
    said = f"{len(seen)} {what}{'' if len(seen) == 1 else 's'} in {duration:.2f} s"
    if len(seen) > 1:
        said += f", at most {peak} in flight" if peak > 1 else ", never more than 1 in flight"
    if run.ledger.requests:
        said += f", on {run.ledger.connections} connection{'' if run.ledger.connections == 1 else 's'}"
    trouble = "without a good answer" if what == "request" else "failed, cancelled or not ended"
    return said + (f"; {errors} {trouble} (orange, dashed)" if errors else "")


def _shape(seen: list[Span]) -> str:
    """What the eye sees at once."""
    peak = _peak(seen)
    if len(seen) == 1:
        return ""
    if peak == 1:
        return "A staircase: each begins after the one before has ended."
    if peak >= 0.9 * len(seen):
        return "A block: all of them begin together."
    return "A band: as one ends, the next begins."


def _peak(seen: Sequence[Span]) -> int:
    count = peak = 0
    for _, change in sorted([(s.end, -1) for s in seen] + [(s.start, 1) for s in seen]):
        count += change
        peak = max(peak, count)
    return max(peak, 1)


def _in_flight(seen: Sequence[Span], seconds: float, columns: int) -> list[int]:
    """The most in flight in each of `columns` equal stretches of time."""
    heights = [0] * columns
    events = sorted([(s.end, -1) for s in seen] + [(s.start, 1) for s in seen])
    count, at = 0, 0
    for moment, change in events:
        column = min(columns - 1, int(moment / (seconds or 1.0) * columns))
        for between in range(at, column + 1):
            heights[between] = max(heights[between], count)
        at = column
        count += change
        heights[column] = max(heights[column], count)
    return heights


# ---------------------------------------------------------------- memory over time


def _memory_panels(record: Record) -> list[Panel]:
    if not _about_memory(record):
        return []
    runs = [(name, run) for name, run in own_runs(record) if len(run.memory) > 1]
    if not runs:
        return []
    name, run = max(runs, key=lambda each: each[1].peak_memory)
    reference = record.evidence.get(name + REFERENCE)
    theirs = reference if isinstance(reference, Evidence) and len(reference.memory) > 1 else None
    both = [run, theirs] if theirs else [run]
    seconds = max(moment for each in both for moment, _ in each.memory)
    # Below 16 MiB there is nothing to see: flat must look flat.
    most = max(16 * MIB, *(max(each.peak_memory, *(size for _, size in each.memory)) for each in both))
    canvas = _Canvas(seconds, YOURS, "hatch")
    floor, height = TOP + STAIRS + GAP + FLIGHT, STAIRS + GAP + FLIGHT
    scale = height / most

    def line(each: Evidence, colour: str, dash: str) -> None:
        points = "L".join(f"{canvas.x(m):.1f} {floor - max(size, 0) * scale:.1f}" for m, size in each.memory)
        canvas.add(f'<path d="M{points}" stroke="{colour}" stroke-width="2.5"{dash}/>')

    line(run, YOURS, "")
    said = f"your answer grew by at most {_mib(run.peak_memory)} (blue, solid)"
    if theirs:
        line(theirs, THEIRS, ' stroke-dasharray="7 4"')
        said += f", the reference by {_mib(theirs.peak_memory)} (green, dashed)"
    canvas.label(4, floor, "0")
    canvas.label(4, TOP + 9, f"{most / MIB:.0f}")
    canvas.label(LEFT, TOP - 9, "MiB above the start")
    canvas.axis(floor)
    title = "Memory above the start"
    return [Panel(title, said, f"{title}: {said}.", canvas.svg(title))]


def _mib(size: int) -> str:
    return f"{size / MIB:.0f} MiB" if size >= 10 * MIB else f"{size / MIB:.1f} MiB"


def _about_memory(record: Record) -> bool:
    told = [demand.name + demand.sentence for demand in record.demands]
    return record.verdict == "out_of_memory" or any("memory" in each.lower() for each in told)


# ---------------------------------------------------------------- drawing


class _Canvas:
    """An SVG with a time axis from 0 to `seconds`."""

    def __init__(self, seconds: float, colour: str, pattern: str) -> None:
        self.seconds = seconds or 1.0
        self.colour, self.pattern = colour, pattern
        self.parts: list[str] = []

    def x(self, moment: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(moment / self.seconds, 1.0)

    def add(self, part: str) -> None:
        self.parts.append(part)

    def label(self, x: float, y: float, said: str, anchor: str = "start") -> None:
        if anchor == "start" and x < LEFT:
            x, anchor = LEFT - 6, "end"
        self.add(f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(said)}</text>')

    def area(self, heights: list[int], floor: float, height: float, most: int) -> None:
        """A hatched area with its outline."""
        outline, last = "", None
        for column, value in enumerate(heights):
            if value != last:
                outline += f"V{floor - height * value / most:.1f}" if last is not None else ""
                outline = outline or f"M{LEFT} {floor - height * value / most:.1f}"
                last = value
            if column + 1 == len(heights) or heights[column + 1] != value:
                outline += f"H{LEFT + column + 1}"
        self.add(f'<path d="{outline}V{floor}H{LEFT}Z" fill="url(#{self.pattern})" stroke="none"/>')
        self.add(f'<path d="{outline}" stroke="{self.colour}" stroke-width="1.5"/>')

    def axis(self, floor: float) -> None:
        self.add(f'<path d="M{LEFT} {floor}H{WIDTH - RIGHT}" stroke="{INK}"/>')
        for tick in ticks(self.seconds):
            at = self.x(tick)
            self.add(f'<path d="M{at:.1f} {floor}v4" stroke="{INK}"/>')
            last = tick + (tick or self.seconds) > self.seconds
            self.label(at, floor + 17, f"{tick:g} s", "end" if last and at > WIDTH - 30 else "middle")

    def svg(self, title: str) -> str:
        c = self.colour
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
            f"<title>{escape(title)}</title><defs>"
            f'<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            f'<rect width="6" height="6" fill="{c}" fill-opacity=".18"/>'
            f'<path d="M0 0V6" stroke="{c}" stroke-width="2.5" stroke-opacity=".7"/></pattern>'
            f'<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">'
            f'<rect width="6" height="6" fill="{c}" fill-opacity=".18"/>'
            f'<circle cx="3" cy="3" r="1.3" fill="{c}" fill-opacity=".8"/></pattern></defs>'
            f'<g fill="none" stroke-linecap="butt">{"".join(p for p in self.parts if p.startswith("<path"))}</g>'
            f'<g fill="{INK}" font-family="system-ui,-apple-system,Segoe UI,Roboto,sans-serif" font-size="13">'
            f"{''.join(p for p in self.parts if p.startswith('<text'))}</g></svg>"
        )


def ticks(seconds: float) -> list[float]:
    """Two to four round moments from 0 on."""
    for step in (m * 10.0**e for e in range(-4, 6) for m in (1, 2, 5)):
        if seconds / step <= 4.5:
            return [round(i * step, 6) for i in range(int(seconds / step + 1e-9) + 1)]
    return [0.0]
