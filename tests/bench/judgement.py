"""How often the judge is right: every known answer graded again and again, quiet and beside four busy loops.

    python -m tests.bench.judgement [--rounds K] [--at-once N] [--task TASK] [--only quiet|busy]

Several answers are graded at once, as the tests do. Prints the confusion matrix, and what came out wrong. A false
fail is a right answer that was not passed; a false pass a wrong answer that was; a wrong diagnosis a wrong answer
whose verdict or mistakes are not its header's. `inconclusive` is none of these, and is counted apart. The records of
what wasn't right are kept in the data folder's bench/, for `grade --replay`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from asynclab import course
from asynclab.grader import Record
from asynclab.grader.record import to_line
from asynclab.paths import data_folder
from tests.bench.figures import show, store
from tests.judge import AT_ONCE, Judge

LOOPS = 4  # busy loops beside it, on whatever number of processors


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """Processes that compute without end beside what is measured."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def outcome(answer: course.Answer, record: Record) -> str:
    """What one grading was: "right", or how it was wrong."""
    if record.verdict == "inconclusive":
        return "inconclusive"
    if record.verdict == "grader_error":
        return "grader error"
    if answer.right:
        return "right" if record.verdict == "passed" else "false fail"
    if record.verdict == "passed":
        return "false pass"
    codes = tuple(mistake.code for mistake in record.mistakes)
    return "right" if (record.verdict, codes) == (answer.verdict, answer.mistakes) else "wrong diagnosis"


def round_of(
    answers: list[course.Answer], judge: Judge, kept: Path
) -> tuple[Counter[str], Counter[tuple[str, str]], int]:
    """One grading of each answer: outcomes, the matrix of (expected, given) verdicts, how many measured again."""
    outcomes: Counter[str] = Counter()
    matrix: Counter[tuple[str, str]] = Counter()
    again = 0
    for answer in answers:
        judge.ahead(answer.task, answer.source)
    for answer in tqdm(answers, "graded", leave=False, disable=None):
        record = judge(answer.task, answer.source)
        how = outcome(answer, record)
        outcomes[how] += 1
        matrix[answer.verdict, record.verdict] += 1
        again += record.measured_again > 0
        if how != "right":
            codes = [mistake.code for mistake in record.mistakes]
            print(f"  {how}: {answer.task}/{answer.name}: {record.verdict} {codes}", flush=True)
            with kept.open("a", encoding="utf-8") as file:
                file.write(to_line(record) + "\n")
    return outcomes, matrix, again


def measure(rounds: int, at_once: int, task: str | None, only: str | None) -> dict[str, Any]:
    answers = [answer for name in course.tasks() if task in (None, name) for answer in course.answers(name)]
    kept = data_folder() / "bench" / "misjudged.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("")
    figures: dict[str, Any] = {"answers": len(answers), "rounds": rounds, "graded at once": at_once}
    for company, loops in (("quiet", 0), ("busy", LOOPS)):
        if only not in (None, company):
            continue
        outcomes: Counter[str] = Counter()
        matrix: Counter[tuple[str, str]] = Counter()
        again, began = 0, time.monotonic()
        judge = Judge(at_once)
        with busy_loops(loops):
            for _ in range(rounds):
                found, table, repeated = round_of(answers, judge, kept)
                outcomes, matrix, again = outcomes + found, matrix + table, again + repeated
        judge.close()
        gradings = sum(outcomes.values())
        figures[company] = {
            "gradings": gradings,
            "busy loops beside them": loops,
            **{how: outcomes[how] for how in ("right", "false fail", "false pass", "wrong diagnosis")},
            **{how: outcomes[how] for how in ("inconclusive", "grader error")},
            "measured again": again,
            "seconds a grading": round((time.monotonic() - began) / max(1, gradings), 2),
            "expected -> given": {f"{one} -> {other}": n for (one, other), n in sorted(matrix.items())},
        }
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1, help="how often each answer is graded")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="how many are graded at once")
    parser.add_argument("--task", choices=course.tasks(), metavar="TASK", help="the answers to this task alone")
    parser.add_argument("--only", choices=("quiet", "busy"), help="one of the two alone")
    parser.add_argument("--json", type=Path, help="where the figures go")
    options = parser.parse_args()
    figures = measure(options.rounds, options.at_once, options.task, options.only)
    show(figures)
    store("judgement", figures, options.json)
    wrong = ("false fail", "false pass", "wrong diagnosis", "grader error")
    return int(any(figures[company][how] for company in ("quiet", "busy") if company in figures for how in wrong))


if __name__ == "__main__":
    sys.exit(main())
