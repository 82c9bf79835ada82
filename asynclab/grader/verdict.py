"""What a grading says: demands met or not, mistakes, the verdict, and the record of it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

VERDICTS = (
    "passed",
    "failed",
    "not_attempted",
    "crashed",
    "timed_out",
    "out_of_memory",
    "too_much_output",
    "inconclusive",  # the machine was too busy to tell
    "grader_error",  # our fault
)
FREE_VERDICTS = ("not_attempted", "inconclusive", "grader_error")  # these cost no attempt


@dataclass(frozen=True)
class Demand:
    """One thing asked of an answer, and how it came out. One point each."""

    name: str  # short, for the table: "time"
    sentence: str  # what is asked, in the learner's words
    limit: str  # "at most 3 times the reference"
    measured: str  # "1.1 times (0.62 s against 0.57 s)"
    met: bool
    near: bool = False  # so near its line that it should be measured again before it is believed


@dataclass(frozen=True)
class Mistake:
    """A catalogue entry as seen in one answer."""

    code: str
    seen: str  # the evidence in a sentence with its figures
    line: int | None = None  # the guilty line of the learner's code, where it is known


@dataclass(frozen=True)
class Judgement:
    """What a task's `judge` makes of the evidence: pure data from pure data."""

    demands: tuple[Demand, ...]
    mistakes: tuple[Mistake, ...] = ()  # the most telling first
    verdict: str | None = None  # only where it doesn't follow from the demands (timed_out, crashed…)


@dataclass(frozen=True)
class Record:
    """One grading of one task: what `--json` prints, the card draws and `--replay` judges again."""

    task: str
    verdict: str
    points: int
    max_points: int
    mistakes: tuple[Mistake, ...]
    demands: tuple[Demand, ...]
    evidence: dict[str, Any]  # run name -> Evidence
    note: str  # one sentence for the learner where the verdict needs one (which name was found, …)
    protection: str
    machine: dict[str, Any]
    answer_sha256: str
    grader_version: str
    seed: int
    measured_again: int  # how often the grader measured again before it spoke
    graded_at: str  # ISO 8601, UTC
    data_sha256: str = ""
    seconds: float = 0.0  # what the grading took in all
