"""One HTML page for the instructor: who passed what, and which mistakes the class makes most."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import Any

from asynclab.grader import catalogue

STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a }
table { border-collapse: collapse; margin: 1rem 0 2rem }
caption { text-align: left; font-weight: 600; padding: .3rem 0 }
th, td { border: 1px solid #bbb; padding: .3rem .6rem; text-align: left; vertical-align: top }
td.number { text-align: right } th { background: #f0f0f0 } .bar { background: #3b6ea5; height: .8rem }
.passed { background: #dff0df } .failed { background: #fbe3dd } .other { background: #fdf3d3 }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #e6e6e6 } th { background: #2a2a2a }
 .passed { background: #1e3a1e } .failed { background: #4a211a } .other { background: #453a12 } }
"""
SIGN = {"passed": "✓", "failed": "✗", "crashed": "✗", "timed_out": "✗", "not_attempted": "○"}


def html(rows: list[tuple[str, dict[str, Any]]], at_once: int, protection: str) -> str:
    """The page. `rows`: learner and record (as JSON), in any order."""
    tasks = sorted({record["task"] for _, record in rows if record["task"]})
    learners = list(dict.fromkeys(learner for learner, _ in rows))
    passed = sum(record["verdict"] == "passed" for _, record in rows)
    how = f"{at_once} at once, each on processors of its own" if at_once > 1 else "one at a time"
    return "\n".join(
        [
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Grades</title>',
            f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><h1>Grades</h1>',
            f"<p>{len(learners)} learners, {len(rows)} answers, {passed} passed. Measured {how}, "
            f"under the protection “{escape(protection)}”.</p>",
            _who(rows, tasks, learners),
            _mistakes(rows),
            _problems(rows),
            "</body></html>\n",
        ]
    )


def _who(rows: list[tuple[str, dict[str, Any]]], tasks: list[str], learners: list[str]) -> str:
    by = {(learner, record["task"]): record for learner, record in rows}
    head = "".join(f'<th scope="col">{escape(task)}</th>' for task in tasks)
    lines = [f'<table><caption>Who passed what</caption><tr><th scope="col">Learner</th>{head}</tr>']
    for learner in learners:
        cells = "".join(_cell(by.get((learner, task))) for task in tasks)
        lines.append(f'<tr><th scope="row">{escape(learner)}</th>{cells}</tr>')
    passed = (sum(r["verdict"] == "passed" for _, r in rows if r["task"] == task) for task in tasks)
    lines.append('<tr><th scope="row">Passed</th>' + "".join(f"<td>{count}</td>" for count in passed) + "</tr></table>")
    return "\n".join(lines)


def _cell(record: dict[str, Any] | None) -> str:
    if record is None:
        return "<td></td>"
    verdict = record["verdict"]
    kind = verdict if verdict in ("passed", "failed") else "other"
    points = f", {record['points']} of {record['max_points']}" if record["max_points"] else ""
    codes = f"<br><small>{escape(', '.join(record['mistakes']))}</small>" if record["mistakes"] else ""
    word = verdict.replace("_", " ")
    return f'<td class="{kind}">{SIGN.get(verdict, "!")} {word}{points}{codes}</td>'


def _mistakes(rows: list[tuple[str, dict[str, Any]]]) -> str:
    count = Counter((record["task"], code) for _, record in rows for code in record["mistakes"])
    if not count:
        return ""
    most = max(count.values())
    lines = ["<table><caption>Which mistakes the class makes most</caption>"]
    lines.append('<tr><th scope="col">Mistake</th><th scope="col">Task</th><th scope="col">Answers</th><th></th></tr>')
    for (task, code), times in count.most_common():
        where = catalogue.where(code, task)
        read = f"<br><small>explained in {escape(where.lesson)}: {escape(where.heading)}</small>" if where else ""
        bar = f'<div class="bar" style="width: {round(160 * times / most)}px"></div>'
        name = escape(catalogue.entry(code).name)
        lines.append(f"<tr><td>{name} <small>({escape(code)})</small>{read}</td><td>{escape(task)}</td>")
        lines.append(f'<td class="number">{times}</td><td aria-hidden="true">{bar}</td></tr>')
    return "\n".join([*lines, "</table>"])


def _problems(rows: list[tuple[str, dict[str, Any]]]) -> str:
    """What an instructor should look at: submissions that hold nothing to run, gradings that couldn't judge."""
    odd = [(who, r) for who, r in rows if r.get("note") and r["verdict"] != "failed"]
    if not odd:
        return ""
    lines = ["<table><caption>What the grader has to say</caption>"]
    lines.append('<tr><th scope="col">Learner</th><th scope="col">Task</th><th scope="col">Verdict</th><th></th></tr>')
    for who, record in odd:
        cells = (who, record["task"], record["verdict"].replace("_", " "), record["note"])
        lines.append("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>")
    return "\n".join([*lines, "</table>"])
