"""The judge on known answers: stubs are not attempted, solutions pass, answers/ come out as their headers say.

By default a few answers a task; with --all every one, and the solutions outside their notebooks too. One after the
other, nothing beside them: they are judged by their time too. A wrong verdict fails at once. A right verdict with
another diagnosis is graded again, must come out right then, and is told in the summary: hundreds of gradings on a
machine that other programs use, too, meet a moment in which one mistake looks like its neighbour.
"""

from __future__ import annotations

import asyncio
import warnings

import pytest

from asynclab import course
from asynclab.grader import Record, grade

TASKS = course.tasks()
FEW = 3  # answers a task without --all: a right one and two wrong ones
AGAIN = 3  # gradings until a machine that is too busy to tell is a failure

pytestmark = pytest.mark.measured


def few(answers: list[course.Answer]) -> list[course.Answer]:
    """The first right answer, and wrong ones whose mistakes differ."""
    chosen = [a for a in answers if a.right][:1]
    for answer in answers:
        if not answer.right and answer.mistakes[:1] not in [a.mistakes[:1] for a in chosen]:
            chosen.append(answer)
    return chosen[:FEW]


def every_answer() -> list[object]:
    params = []
    for task in TASKS:
        answers = course.answers(task)
        default = few(answers)
        for answer in answers:
            marks = () if answer in default else pytest.mark.slow
            params.append(pytest.param(answer, id=f"{task}-{answer.name}", marks=marks))
    return params


def judged(task: str, source: str) -> Record:
    """The record, graded anew while the machine is too busy to tell."""
    for _ in range(AGAIN):
        record = asyncio.run(grade(task, source))
        if record.verdict != "inconclusive":
            break
    return record


def told(record: Record) -> str:
    """What a failure should show: everything that led to the verdict."""
    lines = [f"{record.verdict}, {record.points} of {record.max_points} points. {record.note}"]
    lines += [f"  mistake {m.code}: {m.seen}" for m in record.mistakes]
    lines += [f"  {'met    ' if d.met else 'NOT MET'} {d.name}: {d.measured} (limit {d.limit})" for d in record.demands]
    for name, run in record.evidence.items():
        raised = f", {run.error.type} {run.error.message[:100]}" if run.error else ""
        lines.append(f"  run {name}: {run.outcome} in {run.wall:.2f} s{raised}")
    return "\n".join(lines)


@pytest.mark.parametrize("task", TASKS)
def test_the_stub_is_not_attempted(task: str) -> None:
    record = judged(task, course.stub(task))
    assert record.verdict == "not_attempted", told(record)
    assert record.points == 0 and not record.mistakes


@pytest.mark.slow  # solutions/ grades each of them too, and its verdicts are compared (nbval_strict)
@pytest.mark.parametrize("task", TASKS)
def test_the_solution_passes(task: str) -> None:
    record = judged(task, course.solution(task))
    assert record.verdict == "passed", told(record)
    assert record.points == record.max_points and not record.mistakes


@pytest.mark.parametrize("answer", every_answer())
def test_the_answer_is_judged_as_its_header_says(answer: course.Answer) -> None:
    record = judged(answer.task, answer.source)
    if record.verdict == answer.verdict and diagnosis(record) != answer.mistakes:
        warnings.warn(f"{answer.path.name}: graded again, as {', '.join(diagnosis(record))} was named", stacklevel=1)
        others = [judged(answer.task, answer.source) for _ in range(2)]
        record = next((other for other in others if diagnosis(other) != answer.mistakes), others[0])
    found = (record.verdict, diagnosis(record))
    assert found == (answer.verdict, answer.mistakes), f"{answer.path.name}: {answer.says}\n{told(record)}"


def diagnosis(record: Record) -> tuple[str, ...]:
    return tuple(mistake.code for mistake in record.mistakes)


@pytest.mark.parametrize("task", TASKS)
def test_answers_of_both_kinds(task: str) -> None:
    answers = course.answers(task)
    assert sum(a.right for a in answers) >= 3, f"{task}: write three right answers in different styles in answers/"
    assert sum(not a.right for a in answers) >= 6, f"{task}: write six wrong answers in answers/"
