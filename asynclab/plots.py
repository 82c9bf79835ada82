"""The pictures of the lessons, drawn from evidence and ledgers.

All alike: 9 inches wide, 14 point, colours that a colour-blind reader can tell apart, and hatching
wherever a colour carries meaning. Each function returns a `Picture`: a matplotlib Figure that brings
its alternative text along (`picture.alt`), in the output's metadata and for programs.

::

    plots.requests({"in turn": slow.ledger, "together": quick.ledger})   # staircase and block
    plots.in_flight({"limit 100": evidence})
    plots.percentiles({"aiohttp": latencies})
    plots.curve("limit", {"time, s": points})
    plots.lives({"gather": (rows, 0.2), "TaskGroup": (others, 0.2)})   # what became of each task
    plots.memory({"threads": evidence})
    plots.table({"threads": {"time, s": 1.2, "connections": 100}}, "a thousand pages")
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from asynclab.measure.evidence import MIB, Evidence
from asynclab.services.ledger import Ledger, Request

WIDTH = 9.0  # inches: the width of a notebook's cell, and of a projected page
DPI = 100

# Okabe and Ito's palette: told apart with any colour vision (https://jfly.uni-koeln.de/color/).
BLUE, WARNING, GREEN, PINK, SKY, YELLOW = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"
IDLE = "#DDDDDD"
INK = "#222222"
WARNING_HATCH = "///"
CAPTION = 'style="text-align:left;font-weight:600;padding-bottom:.4em"'  # of tables, where a reader looks for a title
SERIES = (
    # (colour, hatch, line, marker): the n-th series differs in all four from its neighbours
    (BLUE, "", "-", "o"),
    (WARNING, "///", "--", "s"),
    (GREEN, "...", "-.", "^"),
    (PINK, "xxx", ":", "D"),
    (SKY, "\\\\\\", "-", "v"),
    (YELLOW, "+++", "--", "P"),
)
STYLE: dict[str, Any] = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.facecolor": "white",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 14,
    "axes.labelsize": 14,
    "font.size": 14,
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so pictures look alike everywhere
    "grid.color": "#E6E6E6",
    "hatch.linewidth": 0.8,
    "legend.fontsize": 14,
    "legend.frameon": False,
    "lines.linewidth": 2.2,
    "text.color": INK,
    "xtick.labelsize": 14,
    "ytick.labelsize": 14,
    "xtick.color": INK,
    "ytick.color": INK,
}


class Picture(Figure):
    """A Figure that shows itself with its alternative text, and needs no pyplot and no backend.

    `alt` says in words what is to be seen. nbconvert's HTML reads it from the output's metadata; JupyterLab 4
    doesn't yet, so the lab brings it an extension that does (asynclab/lab/labextensions). Elsewhere nothing
    says it but the text around, so that says what matters too.
    """

    def __init__(self, *args: Any, what: str = "picture", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.what = what  # what kind of picture, without figures: the same in every run
        self.alt = what

    def __repr__(self) -> str:
        return f"<picture: {self.what}>"

    def png(self) -> bytes:
        """The picture as PNG, the same bytes for the same content."""
        target = io.BytesIO()
        with matplotlib.rc_context(STYLE):  # type: ignore[arg-type]
            self.savefig(target, format="png", dpi=DPI, metadata={"Software": None, "Description": self.alt})
        return target.getvalue()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """IPython's hook: the picture, and a text that doesn't differ from run to run."""
        return {"image/png": self.png(), "text/plain": repr(self)}, {"image/png": {"alt": self.alt}}


@contextmanager
def picture(what: str, *, height: float = 3.8, columns: int = 1, **kwargs: Any) -> Iterator[tuple[Any, Any]]:
    """An empty picture in the course's style: gives (picture, axes), or (picture, [axes…]).

    For pictures of your own::

        with plots.picture("what it shows") as (picture, axes):
            axes.plot(…)
        picture
    """
    with matplotlib.rc_context(STYLE):  # type: ignore[arg-type]
        made = Picture(figsize=(WIDTH, height), dpi=DPI, layout="constrained", what=what)
        made.get_layout_engine().set(w_pad=0.12, h_pad=0.1)  # type: ignore[union-attr, call-arg]
        axes = made.subplots(1, columns, **kwargs)
        yield made, axes


def requests(runs: Mapping[str, Ledger | Evidence], *, most: int = 400, title: str = "") -> Picture:
    """One row a request, time to the right: in turn it is a staircase, together a block.

    One panel a run, all on the same two axes, so that what is longer or higher *is* more. Of more than `most`
    requests evenly spaced ones are drawn, each at its own number, and the label says so. Failed requests (no answer,
    or a status of 400 and above) are hatched.
    """
    names = list(runs)
    longest = max((_ledger(run).duration for run in runs.values()), default=0.0)
    count = max((len(_ledger(run)) for run in runs.values()), default=0)
    step = max(1, -(-count // most))
    scale, unit = (1e3, "ms") if longest < 3 else (1.0, "s")
    words = []
    with picture("requests as rows", height=4.2, columns=len(names), squeeze=False, sharey=True) as (made, grid):
        failed_seen = False
        for axes, name in zip(grid[0], names, strict=True):
            ledger = _ledger(runs[name])
            everything = ledger.requests
            begin = min((request.start for request in everything), default=0.0)
            rows = [
                ((r.start - begin) * scale, (r.end - r.start) * scale, number + (step - 1) / 2, _failed(r))
                for number, r in enumerate(everything, start=1)
                if number % step == 1 or step == 1
            ]
            few = count <= 60  # more rows than that have no room for gaps and outlines: they would be all one sees
            for bad in (False, True):
                part = [row for row in rows if row[3] is bad]
                if part:
                    # One collection and not a bar each: with hundreds of rows that is several times as quick.
                    axes.add_collection(
                        PolyCollection(
                            [
                                _box(row[0], max(row[1], longest * scale * 0.002), row[2], 0.75 if few else step)
                                for row in part
                            ],
                            facecolor=WARNING if bad else BLUE,
                            edgecolor="black" if bad else BLUE,
                            linewidth=0.4 if bad and few else 0,
                            antialiased=few,  # else the seams between rows show as white stripes
                            hatch=WARNING_HATCH if bad else "",
                            label="failed" if bad else "answered",
                        )
                    )
                    failed_seen = failed_seen or bad
            axes.set_title(name, loc="left")
            axes.set_xlim(0, longest * scale * 1.02 or 1)
            axes.set_xlabel(f"time, {unit}")
            axes.grid(axis="y", visible=False)
            words.append(
                f"{name}: {len(everything)} requests in {ledger.duration:.2f} s, at most "
                f"{ledger.peak_in_flight} in flight, {sum(map(_failed, everything))} failed"
            )
        grid[0][0].set_ylim(max(count, 4) + 0.5, 0.5)  # a single request is no wall
        grid[0][0].set_yticks(_row_numbers(count))
        grid[0][0].set_ylabel("request" if step == 1 else f"request (1 in {step} drawn)")
        if failed_seen:
            handles = {}
            for axes in grid[0]:
                for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
                    handles[label] = handle
            made.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2)
        if title:
            made.suptitle(title, x=0.01, ha="left")
        made.alt = "One row a request. " + "; ".join(words) + "."
    return made


def in_flight(runs: Mapping[str, Ledger | Evidence], *, title: str = "") -> Picture:
    """How many requests were in flight at each moment, a line a run, as the server counted them."""
    longest = max((_ledger(run).duration for run in runs.values()), default=0.0)
    scale, unit = (1e3, "ms") if longest < 3 else (1.0, "s")
    words = []
    with picture("requests in flight over time") as (made, axes):
        for (name, run), (colour, hatch, line, _) in zip(runs.items(), SERIES, strict=False):
            ledger = _ledger(run)
            steps = ledger.in_flight()
            begin = steps[0][0] if steps else 0.0
            times = [0.0] + [(moment - begin) * scale for moment, _ in steps]
            counts = [0] + [count for _, count in steps]
            axes.step(times, counts, where="post", color=colour, linestyle=line, label=name)
            axes.fill_between(
                times,
                counts,
                step="post",
                facecolor=colour,
                alpha=0.18,
                hatch=hatch,
                edgecolor=colour,
                linewidth=0,
            )
            words.append(f"{name}: up to {ledger.peak_in_flight} during {ledger.duration:.2f} s")
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
        axes.set_xlabel(f"time, {unit}")
        axes.set_ylabel("requests in flight")
        if title:
            axes.set_title(title, loc="left")
        if len(runs) > 1:
            legend_below(axes)
        made.alt = "Requests in flight over time. " + "; ".join(words) + "."
    return made


def percentiles(
    runs: Mapping[str, Sequence[float]], *, points: Sequence[float] = (50, 90, 99, 100), title: str = ""
) -> Picture:
    """Latency percentiles as bars, a group a percentile; `runs` gives seconds, one number a request.

    The axis is logarithmic: the slowest of a thousand is often a hundred times the middle one.
    """
    words = []
    with picture("latency percentiles", height=4.4) as (made, axes):
        width = 0.8 / max(len(runs), 1)
        for index, ((name, seconds), (colour, hatch, _, _)) in enumerate(zip(runs.items(), SERIES, strict=False)):
            if not seconds:
                words.append(f"{name}: none")
                continue
            values = [percentile(seconds, point) * 1e3 for point in points]
            places = [position + (index - (len(runs) - 1) / 2) * width for position in range(len(points))]
            bars = axes.bar(
                places,
                values,
                width * 0.92,
                color=colour,
                hatch=hatch,
                edgecolor="black",
                linewidth=0.6,
                label=name,
            )
            axes.bar_label(bars, [f"{value:,.0f}" if value >= 10 else f"{value:.2g}" for value in values], padding=2)
            words.append(f"{name}: " + ", ".join(f"p{p:g} {v:.0f} ms" for p, v in zip(points, values, strict=True)))
        quickest = min((value for seconds in runs.values() for value in seconds), default=0.0) * 1e3
        if quickest > 0:
            axes.set_yscale("log")
            slowest = max(value for seconds in runs.values() for value in seconds) * 1e3
            axes.set_ylim(10 ** math.floor(math.log10(quickest)), slowest * 1.8)  # room for the figures
            _plain_ticks(axes)
        axes.set_xticks(range(len(points)), ["slowest" if p == 100 else f"p{p:g}" for p in points])
        axes.set_ylabel("milliseconds")
        axes.grid(axis="x", visible=False)
        if title:
            axes.set_title(title, loc="left")
        if len(runs) > 1:
            legend_below(axes)
        made.alt = "Latency percentiles. " + "; ".join(words) + "."
    return made


def curve(
    across: str,
    series: Mapping[str, Sequence[tuple[float, float]]],
    *,
    up: str = "time, s",
    log: bool = True,
    line_at: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    title: str = "",
) -> Picture:
    """Points (x, y) joined by lines, a line a series: time against limit, against pool size.

    `line_at` adds thin grey dashed lines, such as what the latency alone would allow.
    """
    words = []
    with picture(f"{up.split(',')[0]} against {across}", height=4.0) as (made, axes):
        dashes = ((0, (4, 3)), (0, (1, 2)), (0, (6, 2, 1, 2)))
        for (name, points), dash in zip((line_at or {}).items(), dashes, strict=False):
            axes.plot(*zip(*points, strict=True), color="#555555", linestyle=dash, linewidth=1.8, label=name)
        for (name, points), (colour, _, line, marker) in zip(series.items(), SERIES, strict=False):
            axes.plot(
                *zip(*points, strict=True),
                color=colour,
                linestyle=line,
                marker=marker,
                markersize=8,
                label=name,
            )
            words.append(f"{name}: " + ", ".join(f"{y:.3g} at {x:g}" for x, y in points))
        if log:
            axes.set_xscale("log")
            axes.set_yscale("log")
            ticks = sorted({x for points in series.values() for x, _ in points})
            axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
            axes.minorticks_off()
            _plain_ticks(axes)
        else:
            axes.set_ylim(bottom=0)
            whole = all(isinstance(x, int) for points in series.values() for x, _ in points)
            axes.xaxis.set_major_locator(MaxNLocator(integer=whole))
        axes.set_xlabel(across)
        axes.set_ylabel(up)
        if title:
            axes.set_title(title, loc="left")
        if len(series) + len(line_at or {}) > 1:
            legend_below(axes)
        made.alt = f"{up} against {across}. " + "; ".join(words) + "."
    return made


ENDS = {
    "done": (BLUE, ""),
    "failed": (WARNING, WARNING_HATCH),
    "cancelled": (YELLOW, "xxx"),
    "still alive": (IDLE, "..."),
}
"""What can become of a task, and how `lives` draws it."""


def lives(
    runs: Mapping[str, tuple[Sequence[tuple[str, float, float, str]], float]],
    *,
    over: str = "the call is over",
    before: str = "not over yet",
    after: str = "runs on, unseen",
    ends: Mapping[str, str] | None = None,
    title: str = "",
) -> Picture:
    """One row a task, from its start to its end, drawn by how it ended; a dashed line where the call was over.

    A run is (tasks, end of the call); a task is (name, start, end, one of ENDS), all in seconds on whatever clock:
    the picture begins with the first start. A task that was not over by the end of the call is white up to there, and
    pale and dotted from there on: nobody waits for it any more. `over`, `before` and `after` are the legend's words
    for these; `ends` gives some of ENDS other words.
    """
    called = {how: how for how in ENDS} | dict(ends or {})
    runs = {name: _from_the_first_start(*run) for name, run in runs.items()}
    longest = max((max([end, *(task[2] for task in tasks)]) for tasks, end in runs.values()), default=0.0)
    scale, unit = (1e3, "ms") if longest < 0.3 else (1.0, "s")
    names = list(dict.fromkeys(task[0] for tasks, _ in runs.values() for task in tasks))
    words, seen = [], dict[str, Any]()
    height = 2.2 + 0.45 * max(len(names), 1)
    with picture("what became of each task", height=height, columns=len(runs), squeeze=False, sharey=True) as (
        made,
        grid,
    ):
        for axes, (name, (tasks, end)) in zip(grid[0], runs.items(), strict=True):
            for who, start, stop, how in tasks:
                colour, hatch = ENDS[how]
                place, late = names.index(who), max(0.0, stop - max(end, start))
                look: dict[str, Any] = {"edgecolor": "black", "linewidth": 0.6}
                if late <= longest * 0.01:
                    length = max(stop - start, longest * 0.004) * scale  # however short, it is seen
                    axes.barh(place, length, 0.7, left=start * scale, color=colour, hatch=hatch, **look)
                    seen.setdefault(how, Patch(facecolor=colour, hatch=hatch, label=called[how], **look))
                    continue
                axes.barh(place, (stop - start - late) * scale, 0.7, left=start * scale, color="white", **look)
                seen.setdefault(before, Patch(facecolor="white", label=before, **look))
                axes.barh(place, late * scale, 0.7, left=(stop - late) * scale, color=IDLE, hatch="...", **look)
                seen.setdefault(after, Patch(facecolor=IDLE, hatch="...", label=after, **look))
            axes.axvline(end * scale, color=INK, linestyle="--", linewidth=1.8)
            axes.set_title(name, loc="left")
            axes.set_xlim(0, longest * scale * 1.05 or 1)
            axes.set_xlabel(f"time, {unit}")
            axes.grid(axis="y", visible=False)
            became = ", ".join(f"{who} {called[how]} after {stop:.2f} s" for who, _, stop, how in tasks)
            words.append(f"{name}: {over} after {end:.2f} s; {became}")
        grid[0][0].set_yticks(range(len(names)), names)
        grid[0][0].set_ylim(max(len(names), 1) - 0.5, -0.5)
        if title:
            made.suptitle(title, x=0.01, ha="left")
        line = Line2D([], [], color=INK, linestyle="--", linewidth=1.8, label=over)
        order = [seen[how] for how in (*ENDS, before, after) if how in seen]
        legend_below(grid[0][0], [*order, line])
        made.alt = "One row a task. " + "; ".join(words) + "."
    return made


def memory(runs: Mapping[str, Evidence | Sequence[tuple[float, float]]], *, title: str = "") -> Picture:
    """Memory over time above the baseline, MB, a line a run; points are (seconds, bytes)."""
    words = []
    with picture("memory over time") as (made, axes):
        for (name, run), (colour, hatch, line, _) in zip(runs.items(), SERIES, strict=False):
            samples: Sequence[tuple[float, float]] = run.memory if isinstance(run, Evidence) else run
            times = [moment for moment, _ in samples]
            sizes = [size / MIB for _, size in samples]
            axes.plot(times, sizes, color=colour, linestyle=line, label=name)
            axes.fill_between(times, sizes, facecolor=colour, alpha=0.15, hatch=hatch, edgecolor=colour, linewidth=0)
            words.append(f"{name}: at most {max(sizes, default=0):.0f} MB over {max(times, default=0):.1f} s")
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
        axes.set_xlabel("time, s")
        axes.set_ylabel("memory, MB")
        if title:
            axes.set_title(title, loc="left")
        if len(runs) > 1:
            legend_below(axes)
        made.alt = "Memory over time. " + "; ".join(words) + "."
    return made


def bars(
    values: Mapping[str, float],
    *,
    across: str,
    baseline: float | None = None,
    title: str = "",
) -> Picture:
    """One horizontal bar a name: time, CPU or connections of several ways to do one thing."""
    with picture(f"{across.split(',')[0]} compared", height=1.4 + 0.55 * len(values)) as (made, axes):
        for row, (value, (colour, hatch, _, _)) in enumerate(zip(values.values(), SERIES, strict=False)):
            axes.barh(row, value, 0.7, color=colour, hatch=hatch, edgecolor="black", linewidth=0.6)
            axes.annotate(
                f" {_three_digits(value)}", (value, row), va="center", xytext=(3, 0), textcoords="offset points"
            )
        if baseline is not None:
            axes.axvline(baseline, color=INK, linestyle="--", linewidth=1.4)
        axes.set_yticks(range(len(values)), list(values))
        axes.set_ylim(len(values) - 0.5, -0.5)
        axes.margins(x=0.12)
        axes.set_xlim(left=0)
        axes.set_xlabel(across)
        axes.grid(axis="y", visible=False)
        if title:
            axes.set_title(title, loc="left")
        made.alt = f"{across}: " + ", ".join(f"{name} {value:.3g}" for name, value in values.items()) + "."
    return made


class Table:
    """Figures side by side: HTML in a notebook, text with ``print(table)``; `rows` for programs."""

    def __init__(self, rows: Mapping[str, Mapping[str, Any]], what: str) -> None:
        self.rows = rows
        self.what = what  # the caption: the same in every run
        self.columns = list(dict.fromkeys(column for row in rows.values() for column in row))

    def __repr__(self) -> str:
        return f"<table: {self.what}>"

    def __str__(self) -> str:
        lines = [["", *self.columns]]
        lines += [[name, *(_cell(row.get(c)) for c in self.columns)] for name, row in self.rows.items()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                [line[0].ljust(widths[0]), *(text.rjust(w) for text, w in zip(line[1:], widths[1:], strict=True))]
            )
            for line in lines
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        head = "".join(f'<th scope="col">{escape(column)}</th>' for column in self.columns)
        body = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(name)}</th>'
            + "".join(f"<td>{escape(_cell(row.get(column)))}</td>" for column in self.columns)
            + "</tr>"
            for name, row in self.rows.items()
        )
        table = (
            f'<table style="font-size:1.05em"><caption {CAPTION}>{escape(self.what)}</caption>'
            f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
        )
        return {"text/html": table, "text/plain": repr(self)}


def table(rows: Mapping[str, Mapping[str, Any]], what: str) -> Table:
    """A line a name, a column a figure: ``table({"requests": {"time, s": 81.2}}, "1000 pages")``."""
    return Table(rows, what)


def percentile(values: Sequence[float], point: float) -> float:
    """The value that `point` percent of `values` don't exceed (nearest rank); nan when there are none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered), -int(-len(ordered) * point // 100)) - 1)]


def legend_below(axes: Axes, handles: Sequence[Any] | None = None) -> None:
    """A legend beneath the picture, where it covers nothing, in as many rows as its names need."""
    figure = axes.get_figure()
    assert figure is not None
    shown = axes.get_legend_handles_labels()[0] if handles is None else list(handles)
    widths = [0.8 + 0.11 * len(str(handle.get_label())) for handle in shown]  # inches: handle and gaps, letters
    in_a_row = len(shown) if sum(widths) < WIDTH else max(1, int(WIDTH / max(widths)))
    figure.legend(handles=shown, loc="outside lower center", ncols=max(1, in_a_row), handlelength=2.2)


def wrapped(text: str, letters: int = 78) -> str:
    """Text broken into lines that fit the width of a picture."""
    return textwrap.fill(text, letters)


def _from_the_first_start(
    tasks: Sequence[tuple[str, float, float, str]], end: float
) -> tuple[list[tuple[str, float, float, str]], float]:
    zero = min((start for _, start, _, _ in tasks), default=0.0)
    return [(who, start - zero, stop - zero, how) for who, start, stop, how in tasks], end - zero


def _ledger(run: Ledger | Evidence) -> Ledger:
    return run.ledger if isinstance(run, Evidence) else run


def _box(left: float, width: float, row: float, height: float) -> list[tuple[float, float]]:
    """The corners of a bar."""
    low, high = row - height / 2, row + height / 2
    return [(left, low), (left, high), (left + width, high), (left + width, low)]


def _failed(request: Request) -> bool:
    return request.status == 0 or request.status >= 400 or request.given_up


def _row_numbers(count: int) -> list[int]:
    """Which rows of `count` have their number beside them: the first, the last, and round ones between."""
    if count <= 12:
        return list(range(1, count + 1))
    step = next(base * 10**power for power in range(9) for base in (5, 10, 20) if count <= 6 * base * 10**power)
    return [1, *(number for number in range(step, count, step) if count - number >= step / 2), count]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return _three_digits(value) if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _three_digits(value: float) -> str:
    """As people write it, never 4.89e-05: what is too small for that is 0.00005."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    short = f"{value:.3g}"
    return short if "e" not in short else f"{value:.5f}".rstrip("0").rstrip(".")


def _plain_ticks(axes: Axes) -> None:
    """Numbers as people write them on a logarithmic axis: 0.5, 1, 2, 5 instead of powers of ten."""
    low, high = axes.get_ylim()
    subs = (1.0, 2.0, 5.0) if high / low < 200 else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(base=10, subs=subs, numticks=12))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
