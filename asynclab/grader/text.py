"""A record as text for a terminal: what the card says, 80 columns wide, without colour."""

from __future__ import annotations

from textwrap import fill, indent

from asynclab.grader import catalogue, picture, wording
from asynclab.grader.verdict import Mistake, Record
from asynclab.grader.wording import Help

WIDTH = 80


def text(record: Record, *, source: str = "", help: Help | None = None, kept: str = "") -> str:
    """The whole report.

    `source` is the answer, for quoting its lines; `help` the hints and attempts that are left; `kept` where the
    record is stored. The first line is `wording.sentence`, which holds no measured figure.
    """
    parts = [
        wording.sentence(record),
        _wrapped(f"{wording.lead(record)} {wording.free(record)}"),
        _traceback(record),
        _demands(record),
        *(_mistake(record, mistake, source) for mistake in record.mistakes),
        _pictures(record),
        _hanging("Next: ", wording.next_step(record)),
        _wrapped(wording.help_left(record, help)),
        _wrapped(" ".join(filter(None, [wording.small_print(record), f"Record: {kept}" if kept else ""]))),
    ]
    return wording.clean("\n\n".join(part for part in parts if part)) + "\n"


def _demands(record: Record) -> str:
    """One demand a block: in words whether it is met, and what is asked; below it the limit and what was measured."""
    if wording.measured_nothing(record):
        return f"None of the {len(record.demands)} demands could be measured."
    blocks = []
    for demand in record.demands:
        head = "[met]     " if demand.met else "[NOT MET] "
        lines = [_hanging(head, demand.sentence or demand.name)]
        if demand.limit:
            lines.append(_hanging("            limit     ", demand.limit))
        lines.append(_hanging("            measured  ", demand.measured))
        blocks.append("\n".join(lines))
    return "\n".join(blocks)


def _mistake(record: Record, mistake: Mistake, source: str) -> str:
    entry = catalogue.entry(mistake.code)
    lines = [_hanging("* ", f"{entry.name} ({mistake.code})"), _hanging("  ", mistake.seen)]
    quote = wording.quote(record, mistake, source)
    if quote:
        lines.append(f"  line {quote.line}: {quote.text}" if quote.text else f"  line {quote.line}")
    if entry.why:
        lines.append(_hanging("  Why: ", entry.why))
    if entry.mend:
        lines += ["  Instead:", indent(entry.mend, "      ")]
    if more := wording.learn_more(record, mistake):
        lines.append(_hanging("  ", f"Explained in: {more}."))
    return "\n".join(lines)


def _traceback(record: Record) -> str:
    if shown := wording.traceback(record):
        return indent(shown, "  | ")
    places = wording.stood_at(record)
    if not places:
        return ""
    return "It stood at\n" + "\n".join(f"  | line {p.line}: {p.text or p.function}" for p in places)


def _pictures(record: Record) -> str:
    """What the card draws, in figures."""
    return "\n".join(_wrapped(panel.alt) for panel in picture.panels(record))


def _wrapped(said: str) -> str:
    return fill(said, WIDTH) if said.strip() else ""


def _hanging(head: str, said: str) -> str:
    return fill(said, WIDTH, initial_indent=head, subsequent_indent=" " * len(head))
