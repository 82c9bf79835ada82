"""Draws a recording of an event loop: a lane a task, time to the right, grey where the loop waits."""

from __future__ import annotations

from matplotlib.patches import Patch

from asynclab import plots
from asynclab.timeline.recording import LONG, Recording, Slice

MOST_LANES = 8
OTHERS = "others"
NOTEBOOK = "the notebook itself"

_THINNEST = 0.003  # of the width: a step of microseconds still leaves a visible line
_LONGEST_NAME = 24  # letters


def draw(recording: Recording) -> plots.Picture:
    """The lanes as a picture; its alternative text says in words what it shows."""
    lanes = _choose(recording)
    count = max(len(lanes), 1)
    with plots.picture("the lanes of the event loop", height=1.9 + 0.45 * count) as (picture, axes):
        scale, unit = (1e3, "ms") if recording.duration < 3 else (1.0, "s")
        axes.broken_barh(
            [(span.start * scale, span.duration * scale) for span in recording.idle],
            (-0.5, count),
            facecolor=plots.IDLE,
            linewidth=0,
        )
        thinnest = recording.duration * _THINNEST
        for row, (_, slices) in enumerate(lanes):
            short = _joined([piece for piece in slices if piece.duration <= LONG], thinnest)
            long = [(piece.start, piece.duration) for piece in slices if piece.duration > LONG]
            axes.broken_barh(
                [(start * scale, width * scale) for start, width in short],
                (row - 0.36, 0.72),
                facecolor=plots.BLUE,
                linewidth=0,
            )
            axes.broken_barh(
                [(start * scale, width * scale) for start, width in long],
                (row - 0.36, 0.72),
                facecolor=plots.WARNING,
                edgecolor="black",
                hatch=plots.WARNING_HATCH,
                linewidth=0.8,
            )
        axes.set_yticks(range(len(lanes)), [_short(name) for name, _ in lanes])
        axes.set_ylim(count - 0.5, -0.5)
        axes.set_xlim(0, recording.duration * scale or 1)
        axes.set_xlabel(f"time since the start, {unit}")
        axes.grid(False)
        if recording.note:
            axes.set_title(plots.wrapped(recording.note), loc="left", color=plots.WARNING)
        plots.legend_below(
            axes,
            [
                Patch(facecolor=plots.BLUE, label="holds the loop"),
                Patch(
                    facecolor=plots.WARNING,
                    edgecolor="black",
                    hatch=plots.WARNING_HATCH,
                    label=f"holds it over {LONG * 1e3:.0f} ms",
                ),
                Patch(facecolor=plots.IDLE, label="the loop waits"),
            ],
        )
        picture.alt = _in_words(recording, lanes)
    return picture


def _choose(recording: Recording) -> list[tuple[str, list[Slice]]]:
    """The lanes to draw: in the order of their first step, at most MOST_LANES, the rest in one."""
    by_name: dict[str, list[Slice]] = {}
    for piece in recording.slices:
        name = NOTEBOOK if piece.lane in recording.housekeeping else piece.lane
        by_name.setdefault(name, []).append(piece)
    own = by_name.pop(NOTEBOOK, [])
    own = [piece for piece in own if piece.duration > LONG]  # its small steps are nobody's business
    room = MOST_LANES - (1 if own else 0)
    lanes = list(by_name.items())
    if len(lanes) > room:
        held = {name: (max(s.duration for s in pieces), len(pieces)) for name, pieces in lanes}
        kept = set(sorted(held, key=lambda name: held[name], reverse=True)[: room - 1])
        folded = [piece for name, pieces in lanes if name not in kept for piece in pieces]
        folded.sort(key=lambda piece: piece.start)
        others = f"{OTHERS} ({len(lanes) - len(kept)})"
        lanes = [(name, pieces) for name, pieces in lanes if name in kept] + [(others, folded)]
    return lanes + ([(NOTEBOOK, own)] if own else [])


def _joined(slices: list[Slice], thinnest: float) -> list[tuple[float, float]]:
    """Slices as (start, width), those nearer to each other than a pixel drawn as one."""
    spans: list[list[float]] = []
    for piece in slices:
        end = max(piece.end, piece.start + thinnest)
        if spans and piece.start - spans[-1][1] < thinnest / 2:
            spans[-1][1] = max(end, spans[-1][1])
        else:
            spans.append([piece.start, end])
    return [(start, end - start) for start, end in spans]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _in_words(recording: Recording, lanes: list[tuple[str, list[Slice]]]) -> str:
    if recording.note and not recording.slices:
        return recording.note
    longest = recording.longest
    words = (
        f"Lanes of the event loop over {recording.duration * 1e3:.0f} ms: "
        f"{', '.join(name for name, _ in lanes)}. The loop waits {recording.idle_share:.0%} of the time."
    )
    if longest is not None:
        words += f" The longest hold is {longest.duration * 1e3:.1f} ms, by {longest.lane}."
    over = sum(piece.duration > LONG for piece in recording.slices)
    return f"{words} {over} hold{'s' if over != 1 else ''} of more than {LONG * 1e3:.0f} ms."
