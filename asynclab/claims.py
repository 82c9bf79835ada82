"""The article's claims, what this machine measured of them, and the verdict on each.

`data/claims.toml` holds the claims; a lesson measures one and says what it found::

    claims.record("two-thousand-at-once", "2000 in flight, 2000 answered", "holds", in_flight=2000)
    claims.card("two-thousand-at-once")

What was measured lies in the data folder, one file a claim, so that lesson 07 can gather all of them.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from asynclab.paths import CHECKOUT, data_folder
from asynclab.problems import Problem

VERDICTS = ("holds", "holds when", "does not hold", "not measurable")
NOT_YET = "not measured yet"

SOURCE = CHECKOUT / "data" / "claims.toml"


@dataclass(frozen=True)
class Claim:
    """One statement of the article, as data/claims.toml has it."""

    id: str
    statement: str
    article: str  # the article's figure
    lesson: str
    measured: str  # how the lesson measures it
    condition: str  # what decides
    expect: str  # the authors' verdict: what to expect, not what to believe


@dataclass(frozen=True)
class Measured:
    """What a run on this machine found."""

    id: str
    text: str  # the figures in a few words
    verdict: str  # one of VERDICTS
    figures: dict[str, float]  # for lesson 07's drawing
    brief: bool = False  # by a short run for the scorecard, not in the claim's own lesson


@dataclass(frozen=True)
class Card:
    """A claim beside what was measured: HTML in a notebook, text elsewhere."""

    claim: Claim
    found: Measured | None

    def __str__(self) -> str:
        verdict = self.found.verdict if self.found else NOT_YET
        # The verdict's line comes first and holds no figure that differs from run to run.
        return "\n".join(
            (
                f"{self.claim.id}: {verdict}",
                f"  the article says   {self.claim.statement} ({self.claim.article})",
                f"  this machine       {self.found.text if self.found else NOT_YET}",
                f"  what decides       {self.claim.condition}",
            )
        )

    def __repr__(self) -> str:
        return f"{self.claim.id}: {self.found.verdict if self.found else NOT_YET}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        # text/plain is the one line that a test compares; the HTML carries this run's figures.
        return {"text/html": self.html(), "text/plain": repr(self)}

    def html(self) -> str:
        """A small table in the reader's own theme."""
        verdict = self.found.verdict if self.found else NOT_YET
        mark = {"holds": "✓", "holds when": "≈", "does not hold": "✗"}.get(verdict, "·")
        rows = (
            ("The article says", f"{escape(self.claim.statement)} <em>({escape(self.claim.article)})</em>"),
            ("This machine", escape(self.found.text if self.found else NOT_YET)),
            ("Verdict", f"<strong>{mark} {escape(verdict)}</strong>"),
            ("What decides", escape(self.claim.condition)),
        )
        body = "".join(
            f'<tr><th scope="row" style="text-align:left;white-space:nowrap;vertical-align:top">{name}</th>'
            f'<td style="text-align:left">{text}</td></tr>'
            for name, text in rows
        )
        return f'<table style="font-size:1.05em"><tbody>{body}</tbody></table>'


def record(claim: str, measured: str, verdict: str, **figures: float) -> Card:
    """Keeps what this machine measured of a claim, and gives its card.

    `measured` says it in a few words with units; `verdict` is one of VERDICTS; `figures` are numbers
    for drawing. A claim measured again is overwritten. Raises Problem for an unknown id or verdict.
    """
    return _keep(claim, measured, verdict, figures, brief=False)


def record_briefly(claim: str, measured: str, verdict: str, **figures: float) -> Card:
    """As `record`, of a short run for the scorecard: marked as such until the claim's lesson measures it whole."""
    return _keep(claim, measured, verdict, figures, brief=True)


def _keep(claim: str, measured: str, verdict: str, figures: Mapping[str, float], brief: bool) -> Card:
    known = find(claim)
    if verdict not in VERDICTS:
        raise Problem(f"{verdict!r} is no verdict on a claim.", f"Use one of: {', '.join(VERDICTS)}.")
    found = Measured(claim, measured, verdict, {name: float(value) for name, value in figures.items()}, brief)
    kept = {"id": claim, "text": measured, "verdict": verdict, "figures": found.figures, "brief": brief}
    _write(_file(claim), kept)
    return Card(known, found)


def card(claim: str) -> Card:
    """The claim beside what this machine measured, or "not measured yet"."""
    return Card(find(claim), measured(claim))


def measured(claim: str) -> Measured | None:
    """What the last run found; None when the claim was not measured in this data folder."""
    try:
        kept = json.loads(_file(claim).read_text("utf-8"))
        if kept["verdict"] in VERDICTS:
            brief = bool(kept.get("brief"))
            return Measured(claim, str(kept["text"]), kept["verdict"], dict(kept["figures"]), brief)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # absent, or written by something else: the next run writes it anew
    return None


def scorecard() -> list[Card]:
    """Every claim, in the lessons' order, with what was measured of it."""
    return [card(claim.id) for claim in claims()]


def find(claim: str) -> Claim:
    """The claim of this id. Raises Problem when there is none."""
    for known in claims():
        if known.id == claim:
            return known
    raise Problem(f"There is no claim {claim!r}.", f"data/claims.toml has: {', '.join(c.id for c in claims())}.")


@lru_cache
def claims() -> tuple[Claim, ...]:
    """All claims of data/claims.toml, in its order."""
    found = tuple(Claim(**entry) for entry in tomllib.loads(SOURCE.read_text("utf-8"))["claim"])
    for claim in found:
        if not re.fullmatch(r"[a-z0-9-]+", claim.id) or claim.expect not in VERDICTS:
            raise Problem(f"data/claims.toml: {claim.id!r} has a bad id or verdict.", "Mend that entry.")
    return found


def _file(claim: str) -> Path:
    return data_folder() / "claims" / f"{claim}.json"


def _write(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all: two notebooks may measure at once."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".new")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
    Path(temporary).replace(path)
