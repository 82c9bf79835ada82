"""One HTML page for the instructor: who passed what, and which mistakes the class makes most."""

from __future__ import annotations

from collections import Counter
from html import escape
from itertools import groupby
from typing import Any

from asynclab.grader import card, catalogue
from asynclab.grader.verdict import FREE_VERDICTS

# The wide table scrolls in a box of its own, under its heads and beside the learners' names, and not the page.
# Verdicts are told apart by sign and word, and in blue and orange, which differ for every colour vision.
STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1a1a1a; --soft: #595959; --line: #c9c9c9; --head: #f1f3f5;
  --passed: #d8ebf6; --passed-ink: #004d7a; --failed: #fde5d6; --failed-ink: #97350a; --free: #f4f4f4; --bar: #0072b2 }
@media (prefers-color-scheme: dark) { :root { --ground: #181818; --ink: #e6e6e6; --soft: #b0b0b0; --line: #4a4a4a;
  --head: #262a2e; --passed: #12313f; --passed-ink: #7cc9f2; --failed: #452413; --failed-ink: #ffab7a; --free: #222;
  --bar: #56b4e9 } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; padding: 1.5rem clamp(1rem, 3vw, 3rem) 4rem;
  color: var(--ink); background: var(--ground) }
h1 { font-size: 1.8rem; margin: 0 0 .3rem } h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem }
p { margin: .2rem 0; max-width: 60rem } .soft { color: var(--soft) }
.scroll { overflow: auto; max-height: 85vh; max-width: max-content; border: 1px solid var(--line) }
.scroll:focus-visible { outline: 3px solid var(--bar); outline-offset: 2px }
table { border-collapse: separate; border-spacing: 0; overflow-wrap: break-word }
th, td { padding: .45rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line) }
th { background: var(--head); font-weight: 600 } .list { border-top: 1px solid var(--line); max-width: 60rem }
.list td { overflow-wrap: anywhere }
code { font: .9em ui-monospace, Menlo, Consolas, monospace } small { font-size: .82rem; color: var(--soft) }
.number { white-space: nowrap; font-variant-numeric: tabular-nums }
.bar { display: inline-block; height: .7em; margin-left: .6em; background: var(--bar) }
.matrix th, .matrix td { border-right: 1px solid var(--line) }
.matrix td { min-width: 6.5rem; max-width: 11rem; line-height: 1.35 } .matrix td strong { white-space: nowrap }
.matrix thead th { position: sticky; top: 0; z-index: 1; white-space: nowrap }
.matrix thead tr + tr th { top: 2.45rem; font-weight: 400 }
.matrix [scope=row] { position: sticky; left: 0; min-width: 9rem; max-width: 14rem; overflow-wrap: anywhere }
.matrix thead th:first-child[rowspan] { left: 0; z-index: 2; vertical-align: bottom }
.passed { background: var(--passed) } .passed strong { color: var(--passed-ink) }
.failed { background: var(--failed) } .failed strong { color: var(--failed-ink) } .free { background: var(--free) }
.passed small, .failed small { color: inherit }
@media (max-width: 40rem) { .matrix [scope=row] { min-width: 6rem; max-width: 8rem } }
@media print { .scroll { max-height: none; overflow: visible } }
"""
SIGN = {"passed": "✓", "not_attempted": "○", "inconclusive": "!", "grader_error": "!"}  # ✗ for all others


def html(rows: list[tuple[str, dict[str, Any]]], at_once: int, protection: str) -> str:
    """The page. `rows`: learner and record (as JSON), in any order."""
    tasks = sorted({record["task"] for _, record in rows if record["task"]})
    learners = list(dict.fromkeys(learner for learner, _ in rows))
    passed = sum(record["verdict"] == "passed" for _, record in rows)
    how = f"{at_once} at once, each on processors of its own" if at_once > 1 else "one at a time"
    return "\n".join(
        [
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Grades</title>',
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>',
            "<main><h1>Grades</h1>",
            f"<p>{_count(len(learners), 'learner')}, {_count(len(rows), 'answer')}, {passed} passed.</p>",
            f'<p class="soft">Measured {how}, under the protection “{escape(protection)}”.</p>',
            _who(rows, tasks, learners),
            _mistakes(rows),
            _problems(rows),
            "</main></body></html>\n",
        ]
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _who(rows: list[tuple[str, dict[str, Any]]], tasks: list[str], learners: list[str]) -> str:
    if not tasks:
        return ""
    by = {(learner, record["task"]): record for learner, record in rows}
    lessons = [(lesson, list(found)) for lesson, found in groupby(tasks, lambda task: task.partition(".")[0])]
    heads = "".join(f'<th scope="colgroup" colspan="{len(of)}">{escape(lesson)}</th>' for lesson, of in lessons)
    names = "".join(f'<th scope="col"><code>{escape(task.partition(".")[2])}</code></th>' for task in tasks)
    lines = [
        '<h2 id="who">Who passed what</h2>',
        '<div class="scroll" role="region" aria-labelledby="who" tabindex="0"><table class="matrix">',
        f'<thead><tr><th scope="col" rowspan="2">Learner</th>{heads}<th scope="col" rowspan="2">Passed</th></tr>',
        f"<tr>{names}</tr></thead><tbody>",
    ]
    for learner in learners:
        records = [by.get((learner, task)) for task in tasks]
        passed = sum(record is not None and record["verdict"] == "passed" for record in records)
        lines.append(f'<tr><th scope="row">{escape(learner)}</th>{"".join(map(_cell, records))}<td>{passed}</td></tr>')
    counts = [sum(r["verdict"] == "passed" for _, r in rows if r["task"] == task) for task in tasks]
    ends = "".join(f"<td>{count} of {len(learners)}</td>" for count in counts)
    lines.append(f'</tbody><tfoot><tr><th scope="row">Passed</th>{ends}<td>{sum(counts)}</td></tr></tfoot>')
    return "\n".join([*lines, "</table></div>"])


def _cell(record: dict[str, Any] | None) -> str:
    if record is None:
        return '<td class="free"><small>no answer</small></td>'
    verdict = record["verdict"]
    kind = "passed" if verdict == "passed" else "free" if verdict in FREE_VERDICTS else "failed"
    points = f"<br>{record['points']} of {record['max_points']}" if record["max_points"] and kind != "free" else ""
    codes = "".join(f"<br><small>{escape(code)}</small>" for code in record["mistakes"])
    sign = f'<span aria-hidden="true">{SIGN.get(verdict, "✗")}</span>'
    return f'<td class="{kind}"><strong>{sign} {verdict.replace("_", " ")}</strong>{points}{codes}</td>'


def _mistakes(rows: list[tuple[str, dict[str, Any]]]) -> str:
    count = Counter((record["task"], code) for _, record in rows for code in record["mistakes"])
    if not count:
        return ""
    most = max(count.values())
    lines = [
        '<h2 id="mistakes">Which mistakes the class makes most</h2>',
        '<table class="list" aria-labelledby="mistakes"><thead><tr><th scope="col">Mistake</th>',
        '<th scope="col">Task</th><th scope="col">Answers</th></tr></thead><tbody>',
    ]
    for (task, code), times in count.most_common():
        where = catalogue.where(code, task)
        read = f"<br><small>explained in {escape(where.lesson)}: {escape(where.heading)}</small>" if where else ""
        bar = f'<span class="bar" style="width: {7 * times / most:.2f}em" aria-hidden="true"></span>'
        name = escape(catalogue.entry(code).name)
        lines.append(f"<tr><td>{name} <small>{escape(code)}</small>{read}</td><td><code>{escape(task)}</code></td>")
        lines.append(f'<td class="number">{times}{bar}</td></tr>')
    return "\n".join([*lines, "</tbody></table>"])


def _problems(rows: list[tuple[str, dict[str, Any]]]) -> str:
    """What an instructor should look at: submissions that hold nothing to run, gradings that couldn't judge."""
    odd = [(who, r) for who, r in rows if r.get("note") and r["verdict"] != "failed"]
    if not odd:
        return ""
    lines = [
        '<h2 id="notes">What the grader has to say</h2>',
        '<table class="list" aria-labelledby="notes"><thead><tr><th scope="col">Learner</th><th scope="col">Task</th>',
        '<th scope="col">Verdict</th><th scope="col">What was found</th></tr></thead><tbody>',
    ]
    for who, record in odd:
        lines.append(
            f"<tr><td>{escape(who)}</td><td><code>{escape(str(record['task']))}</code></td>"
            f"<td>{record['verdict'].replace('_', ' ')}</td><td>{card.prose(str(record['note']))}</td></tr>"
        )
    return "\n".join([*lines, "</tbody></table>"])
