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
from dataclasses import dataclass, field
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


@dataclass
class Tally:
    """What came out of the gradings so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    matrix: Counter[tuple[str, str]] = field(default_factory=Counter)  # (expected, given) verdicts
    again: int = 0  # gradings that measured again
    began: float = field(default_factory=time.monotonic)

    def count(self, answer: course.Answer, record: Record) -> str:
        how = outcome(answer, record)
        self.outcomes[how] += 1
        self.matrix[answer.verdict, record.verdict] += 1
        self.again += record.measured_again > 0
        return how

    def figures(self) -> dict[str, Any]:
        gradings = sum(self.outcomes.values())
        return {
            "gradings": gradings,
            **{how: self.outcomes[how] for how in ("right", "false fail", "false pass", "wrong diagnosis")},
            **{how: self.outcomes[how] for how in ("inconclusive", "grader error")},
            "measured again": self.again,
            "seconds a grading": round((time.monotonic() - self.began) / max(1, gradings), 2),
            "expected -> given": {f"{one} -> {other}": n for (one, other), n in sorted(self.matrix.items())},
        }


def grade_each(answers: list[course.Answer], judge: Judge, kept: Path, tally: Tally) -> None:
    """One grading of each answer; what isn't right is printed, and its record kept."""
    for answer in answers:
        judge.ahead(answer.task, answer.source)
    for answer in tqdm(answers, "graded", leave=False, disable=None):
        record = judge(answer.task, answer.source)
        if (how := tally.count(answer, record)) != "right":
            codes = [mistake.code for mistake in record.mistakes]
            print(f"  {how}: {answer.task}/{answer.name}: {record.verdict} {codes}", flush=True)
            with kept.open("a", encoding="utf-8") as file:
                file.write(to_line(record) + "\n")


def measure(rounds: int, at_once: int, task: str | None, only: str | None) -> dict[str, Any]:
    """The figures of each company; Ctrl-C ends the measuring, and gives those so far."""
    answers = [answer for name in course.tasks() if task in (None, name) for answer in course.answers(name)]
    kept = data_folder() / "bench" / "misjudged.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("")
    figures: dict[str, Any] = {"answers": len(answers), "rounds": rounds, "graded at once": at_once}
    for company, loops in (("quiet", 0), ("busy", LOOPS)):
        if only not in (None, company):
            continue
        tally, judge = Tally(), Judge(at_once)
        try:
            with busy_loops(loops):
                for _ in range(rounds):
                    grade_each(answers, judge, kept, tally)
        except KeyboardInterrupt:
            figures["interrupted"] = True
        judge.close()
        figures[company] = {"busy loops beside them": loops, **tally.figures()}
        if "interrupted" in figures:
            break
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
