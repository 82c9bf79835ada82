"""CityService and its eight faults: each is named alone and in any company, and mending one hides no other."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterable

import pytest

from asynclab import course
from asynclab.grader import grade
from asynclab.grader.grading import warm

TASK = "07_pitfalls.CityService"
CODES = {
    "blocking call": "blocks-the-loop",
    "no limit": "unbounded-concurrency",
    "task nobody holds": "lost-task",
    "exception lost": "lost-exception",
    "cancellation swallowed": "swallowed-cancel",
    "race": "race",
    "connection kept": "leaked-connections",
    "not drained": "not-drained",
}
FAULTS = list(CODES)  # in the order in which the card names them
SECONDS = 45.0  # after these no further grading is begun
BESIDE = 3  # gradings at a time


def test_the_faults_are_those_of_the_exercise() -> None:
    assert sorted(course.faults(TASK)) == sorted(FAULTS)
    assert course.with_faults(TASK, FAULTS) == course.stub(TASK)
    assert course.with_faults(TASK, ()) == course.solution(TASK)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_has_each_fault_alone(fault: str) -> None:
    answers = {answer.name: answer for answer in course.answers(TASK)}
    answer = answers[f"wrong_only_{fault.replace(' ', '_')}"]
    code = "".join(line for line in answer.source.splitlines(True) if not line.startswith("#"))
    assert code == course.with_faults(TASK, [fault])
    assert answer.mistakes == (CODES[fault],)


def combinations() -> list[frozenset[str]]:
    """Which faults are left: first all pairs of faults, then all triples, in all their combinations of left and mended.

    Six rows cover every pair: the columns of eight faults are different sets of three rows of five, so that two of
    them differ both ways, meet in a row, and both miss the first. Sixteen cover every triple: a fault is left where
    its vector of odd weight has an odd product with the row's; three such vectors are independent of each other.
    """
    columns = list(itertools.combinations(range(1, 6), 3))[: len(FAULTS)]
    pairs = [frozenset(f for f, c in zip(FAULTS, columns, strict=True) if row in c) for row in range(6)]
    odd = [vector for vector in range(16) if vector.bit_count() % 2]
    triples = [frozenset(f for f, v in zip(FAULTS, odd, strict=True) if (v & row).bit_count() % 2) for row in range(16)]
    return list(dict.fromkeys([*pairs, *triples]))


@pytest.mark.parametrize(("rows", "size"), [(slice(0, 6), 2), (slice(None), 3)])
def test_the_combinations_cover_what_they_say(rows: slice, size: int) -> None:
    chosen = combinations()[rows]
    for some in itertools.combinations(FAULTS, size):
        assert {tuple(fault in left for fault in some) for left in chosen} == set(
            itertools.product((False, True), repeat=size)
        )


@pytest.mark.slow
@pytest.mark.measured
def test_mending_one_hides_no_other() -> None:
    """As many of the combinations as the time allows, at least those that cover every pair."""
    wrong, done = asyncio.run(graded(combinations()))
    assert not wrong, "\n".join(wrong)
    assert done >= 6, f"the machine was too busy: {done} gradings in {SECONDS:.0f} s"


async def graded(rows: Iterable[frozenset[str]], seconds: float = SECONDS) -> tuple[list[str], int]:
    """What came out wrong, and how many were graded."""
    began, left, wrong, done = time.monotonic(), iter(rows), list[str](), 0

    async def one(children: object) -> None:
        nonlocal done
        for faults in left:
            if time.monotonic() - began > seconds:
                return
            expected = [CODES[fault] for fault in FAULTS if fault in faults]
            source = course.with_faults(TASK, faults)
            source += "\nWORKED_ON = True\n"  # the program as it was given is not graded
            record = await grade(TASK, source, children=children)  # type: ignore[arg-type]
            found = [mistake.code for mistake in record.mistakes]
            done += 1
            if found != expected or record.points != len(FAULTS) - len(faults):
                wrong.append(f"{sorted(faults)}: {record.verdict} {found}, {record.points} points")

    async with warm() as children, asyncio.TaskGroup() as group:
        for _ in range(BESIDE):
            group.create_task(one(children))
    return wrong, done
