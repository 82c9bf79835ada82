"""Judges the evidence of a record again: to the same verdict, by whoever has the same grader."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from asynclab.grader import machine
from asynclab.grader.judging import decide
from asynclab.grader.record import from_json
from asynclab.grader.submission import task_named
from asynclab.grader.task import grading_file
from asynclab.grader.verdict import Record
from asynclab.problems import Problem

LARGEST = 64 * 1024 * 1024  # bytes of one line of a file of records


@dataclass(frozen=True)
class Replayed:
    """A record judged again."""

    recorded: Record
    judged: Record  # the same record with what its evidence gives now

    @property
    def same(self) -> bool:
        one, other = self.recorded, self.judged
        return (one.verdict, one.points, [m.code for m in one.mistakes]) == (
            other.verdict,
            other.points,
            [m.code for m in other.mistakes],
        )

    @property
    def same_grader(self) -> bool:
        """Whether it was made by this very grader; if not, a difference may be an improvement."""
        return self.recorded.grader_version == machine.grader_version(grading_file(self.recorded.task))


def replay(record: Record) -> Replayed:
    """Judges again from the stored evidence alone: nothing is run."""
    task = task_named(record.task)
    decision = decide(task, record.evidence)
    met = sum(demand.met for demand in decision.judgement.demands)
    judged = replace(
        record,
        verdict=decision.verdict,
        points=met if task.graded else 0,
        max_points=task.max_points,
        mistakes=decision.judgement.mistakes,
        demands=decision.judgement.demands,
        note=decision.note,
    )
    return Replayed(record, judged)


def read_records(path: Path) -> list[Record]:
    """The records in a file: one JSON object, or JSON Lines. Raises Problem when there are none."""
    try:
        if path.stat().st_size > LARGEST * 10:
            raise Problem(f"{path} is too large for a file of records.")
        text = path.read_text("utf-8")
    except OSError as error:
        raise Problem(f"{path} can't be read ({error.strerror}).", "Check its name and permissions.") from error
    except UnicodeDecodeError as error:
        raise Problem(f"{path} is no text.", "Give a file that `grade --json` printed.") from error
    try:
        found = [json.loads(text)]
    except ValueError:
        try:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError) as error:
            raise Problem(f"{path} holds no records.", "Give a file that `grade --json` printed.") from error
    except RecursionError as error:
        raise Problem(f"{path} holds no records.", "Give a file that `grade --json` printed.") from error
    if not found or not all(isinstance(each, dict) for each in found):
        raise Problem(f"{path} holds no records.", "Give a file that `grade --json` printed.")
    # The table of a class also holds lines for submissions in which there was nothing to run.
    return [from_json(each) for each in found if each.get("evidence") != {}]
