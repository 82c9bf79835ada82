"""The scorecard: every claim of the article with what this machine measured of it, as a table and as a picture.

::

    from asynclab import scorecard

    await scorecard.complete()     # measures, briefly, what no lesson has measured on this machine
    scorecard.picture()            # how far the article's figure is from this machine's
    scorecard.table()              # all of it

What a lesson measured counts; a short measurement (`brief`) is kept only where there is none, is marked as such, and
gives way as soon as its lesson is run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from asynclab import claims, plots
from asynclab.claims import NOT_YET, VERDICTS, Card

__all__ = ["FIGURES", "Figure", "complete", "figure", "picture", "table"]


@dataclass(frozen=True)
class Figure:
    """The one number of a claim that can be laid beside the article's."""

    keys: tuple[str, ...]  # among the figures that the claim's measurement records
    article: float
    unit: str
    of: Callable[..., float] = lambda value: value  # makes the number of them


FIGURES: dict[str, Figure] = {
    "sequential-82s": Figure(("seconds",), 82, "s"),
    "thread-8mb": Figure(("resident_kb",), 8, "MB", lambda kb: kb / 1024),
    "switching-40-percent": Figure(("small_pieces",), 40, "%", lambda share: 100 * share),
    "three-tasks-2s": Figure(("together",), 2, "s"),
    "coroutine-1kb": Figure(("waiting_tasks",), 1, "KB"),
    "switch-one-twentieth": Figure(("ratio",), 20, "times"),
    "memory-50-220": Figure(("threads", "tasks"), 220 / 50, "times", lambda threads, tasks: threads / tasks),
    "resources-90-percent": Figure(("saved",), 90, "%", lambda share: 100 * share),
    "aiohttp-1-8s": Figure(("aiohttp",), 1.8, "s"),
    "p99-30s-2ms": Figure(("aiohttp",), 2.3, "ms", lambda seconds: 1000 * seconds),
    "pool-reuse-3x": Figure(("at_80_ms",), 3, "times"),
    "two-thousand-at-once": Figure(("answered",), 2000, "pages"),
    "queries-4000": Figure(("psycopg2", "asyncpg"), 1.8 / 0.19, "times", lambda before, after: before / after),
    "asyncpg-5x": Figure(("in_turn",), 5, "times"),
    "ten-times-faster": Figure(("against_one",), 10, "times"),
    "memory-70-percent": Figure(("fall",), 70, "%", lambda share: 100 * share),
}
"""Claims whose article gives a figure that a measurement can be laid beside; the others are words."""


async def complete(on_progress: Callable[[str], None] = lambda claim: None) -> list[str]:
    """Measures, briefly, every claim that nothing was measured of; returns which. About 20 seconds for all 25."""
    missing = [claim.id for claim in claims.claims() if claims.measured(claim.id) is None]
    if missing:
        from asynclab.scorecard import brief  # with it come the libraries that the claims are about

        with brief.bench() as bench:
            for name in missing:
                on_progress(name)
                text, verdict, figures = await brief.BRIEF[name](bench)
                claims.record_briefly(name, text, verdict, **figures)
    return missing


def figure(card: Card) -> float | None:
    """This machine's number to lay beside the article's; None where there is none."""
    known, found = FIGURES.get(card.claim.id), card.found
    if known is None or found is None or not all(key in found.figures for key in known.keys):
        return None
    return known.of(*(found.figures[key] for key in known.keys))


# ---------------------------------------------------------------- the picture

LOOKS = {  # verdict: colour, marker
    "holds": (plots.GREEN, "o"),
    "holds when": (plots.BLUE, "s"),
    "does not hold": (plots.WARNING, "X"),
    "not measurable": (plots.PINK, "D"),
}
FARTHEST = 1000.0  # times; what lies beyond is drawn at the edge


def picture(cards: Sequence[Card] | None = None) -> plots.Picture:
    """This machine's figure as a multiple of the article's, a row a claim, on a logarithmic axis.

    On the dashed line the two agree. Claims without a figure are in the table alone.
    """
    from matplotlib.lines import Line2D

    drawn = [(card, value) for card in cards or claims.scorecard() if (value := figure(card)) is not None]
    drawn.sort(key=lambda pair: _multiple(*pair))
    words = []
    with plots.picture("this machine's figures over the article's", height=1.9 + 0.42 * len(drawn)) as (made, axes):
        for row, (card, value) in enumerate(drawn):
            assert card.found is not None
            known, multiple = FIGURES[card.claim.id], _multiple(card, value)
            colour, marker = LOOKS[card.found.verdict]
            axes.plot([1, multiple], [row, row], color=colour, linewidth=2.5, zorder=2)
            axes.plot([multiple], [row], marker, color=colour, markersize=10, markeredgecolor="black", zorder=3)
            told = f"{_short(known.article)} → {_short(value)} {known.unit}"
            axes.annotate(told, (1.02, row), xycoords=("axes fraction", "data"), va="center", fontsize=12)
            words.append(f"{card.claim.id}: article {_short(known.article)}, here {_short(value)} {known.unit}")
        axes.axvline(1, color=plots.INK, linestyle="--", linewidth=1.6, zorder=1)
        axes.set_xscale("log")
        axes.set_xlim(1 / FARTHEST, FARTHEST)
        axes.set_xticks(
            [0.001, 0.01, 0.1, 1, 10, 100, 1000], ["1/1000", "1/100", "1/10", "same", "10", "100", "1000"], fontsize=12
        )
        axes.minorticks_off()
        axes.set_yticks(range(len(drawn)), [card.claim.id for card, _ in drawn], fontsize=12)
        axes.set_ylim(len(drawn) - 0.5, -0.5)
        axes.set_xlabel("this machine's figure, in multiples of the article's")
        axes.set_title("article → here", loc="right", fontsize=12, x=1.32)
        seen = [verdict for verdict in VERDICTS if any(c.found and c.found.verdict == verdict for c, _ in drawn)]
        plots.legend_below(
            axes, [Line2D([], [], color=LOOKS[v][0], marker=LOOKS[v][1], linestyle="", markersize=10,
                          markeredgecolor="black", label=v) for v in seen],
        )  # fmt: skip
        made.alt = "The article's figures and this machine's. " + "; ".join(words) + "."
    return made


def _multiple(card: Card, value: float) -> float:
    return min(FARTHEST, max(1 / FARTHEST, value / FIGURES[card.claim.id].article))


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}" if value >= 1 else f"{value:.2g}"


# ---------------------------------------------------------------- the table


@dataclass(frozen=True)
class Table:
    """Every claim, the article's figure beside this machine's: HTML in a notebook, text with `print`."""

    cards: tuple[Card, ...]

    @property
    def verdicts(self) -> Mapping[str, int]:
        """How often each verdict was given."""
        found = Counter(card.found.verdict if card.found else NOT_YET for card in self.cards)
        return {verdict: found[verdict] for verdict in (*VERDICTS, NOT_YET) if found[verdict]}

    def __repr__(self) -> str:
        measured = sum(card.found is not None for card in self.cards)
        return f"<scorecard: {len(self.cards)} claims, {measured} measured on this machine>"

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.cards))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        # text/plain is the line that a test compares; the HTML carries this run's figures and verdicts.
        return {"text/html": self.html(), "text/plain": repr(self)}

    def html(self) -> str:
        """The table, in the reader's own theme; each claim links its lesson."""
        heads = ("The article says", "its figure", "this machine", "verdict", "what decides", "lesson")
        head = "".join(f'<th scope="col" style="text-align:left">{each}</th>' for each in heads)
        return (
            f"<table><caption {plots.CAPTION}>{escape(self._sum())}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{''.join(map(_row, self.cards))}</tbody></table>"
        )

    def _sum(self) -> str:
        return f"{len(self.cards)} claims: " + ", ".join(f"{n} {verdict}" for verdict, n in self.verdicts.items())


def table(cards: Sequence[Card] | None = None) -> Table:
    """Every claim with what was measured of it, in the lessons' order."""
    return Table(tuple(cards or claims.scorecard()))


def _row(card: Card) -> str:
    claim, found = card.claim, card.found
    text = escape(found.text) if found else NOT_YET
    if found and found.brief:
        text += " <em>(a short run)</em>"
    verdict = found.verdict if found else NOT_YET
    mark = {"holds": "✓", "holds when": "≈", "does not hold": "✗"}.get(verdict, "·")
    lesson = f'<a href="{claim.lesson}.ipynb" aria-label="lesson {claim.lesson[:2]}">{claim.lesson[:2]}</a>'
    cells = (escape(claim.article), text, f'<strong><span aria-hidden="true">{mark}</span> {verdict}</strong>',
             escape(claim.condition), lesson)  # fmt: skip
    top = "text-align:left;vertical-align:top"
    name = f'<br><span style="opacity:.8">{escape(claim.id)}</span>' if claim.id in FIGURES else ""  # as in the picture
    return (
        f'<tr><th scope="row" style="{top};font-weight:normal">{escape(claim.statement)}{name}</th>'
        + "".join(f'<td style="{top}">{cell}</td>' for cell in cells)
        + "</tr>"
    )
