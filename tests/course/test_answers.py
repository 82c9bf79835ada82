"""The judge on known answers: stubs are not attempted, solutions pass, answers/ come out as their headers say.

By default a few answers a task; with --all every one, and the solutions outside their notebooks too. Four are graded
at once, which is busier than a learner's machine and a quarter of the time. A wrong verdict fails at once. A right
verdict with another diagnosis is graded twice again, must come out right both times, and is told in the summary:
hundreds of gradings on a machine that other programs use, too, meet a moment in which one mistake looks like its
neighbour.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from asynclab import course
from asynclab.grader import Record
from tests.judge import Judge

TASKS = course.tasks()
FEW = 3  # answers a task without --all: a right one and two wrong ones

pytestmark = pytest.mark.measured


def few(answers: list[course.Answer]) -> list[course.Answer]:
    """The first right answer, and wrong ones whose mistakes differ."""
    chosen = [a for a in answers if a.right][:1]
    for answer in answers:
        if not answer.right and answer.mistakes[:1] not in [a.mistakes[:1] for a in chosen]:
            chosen.append(answer)
    return chosen[:FEW]


def every_answer() -> list[ParameterSet]:
    params = []
    for task in TASKS:
        answers = course.answers(task)
        default = few(answers)
        for answer in answers:
            marks = () if answer in default else pytest.mark.slow
            params.append(pytest.param(answer, id=f"{task}-{answer.name}", marks=marks))
    return params


@pytest.fixture(scope="module")
def judged(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Grades everything that this session's tests will ask for, from the first of them on."""
    judge = Judge(tries=3)  # then a machine that is too busy to tell is a failure
    for item in request.session.items:
        if item.path == request.path and isinstance(item, pytest.Function) and not item.get_closest_marker("skip"):
            if asks := ASKS.get(item.originalname):
                judge.ahead(*asks(item.callspec.params))
    yield judge
    judge.close()


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
def test_the_stub_is_not_attempted(judged: Judge, task: str) -> None:
    record = judged(task, course.stub(task))
    assert record.verdict == "not_attempted", told(record)
    assert record.points == 0 and not record.mistakes


@pytest.mark.slow  # solutions/ grades each of them too, and its verdicts are compared (nbval_strict)
@pytest.mark.parametrize("task", TASKS)
def test_the_solution_passes(judged: Judge, task: str) -> None:
    record = judged(task, course.solution(task))
    assert record.verdict == "passed", told(record)
    assert record.points == record.max_points and not record.mistakes


@pytest.mark.parametrize("answer", every_answer())
def test_the_answer_is_judged_as_its_header_says(judged: Judge, answer: course.Answer) -> None:
    record = judged(answer.task, answer.source)
    if record.verdict == answer.verdict and diagnosis(record) != answer.mistakes:
        warnings.warn(f"{answer.path.name}: graded again, as {', '.join(diagnosis(record))} was named", stacklevel=1)
        others = [judged(answer.task, answer.source) for _ in range(2)]
        record = next((other for other in others if diagnosis(other) != answer.mistakes), others[0])
    found = (record.verdict, diagnosis(record))
    assert found == (answer.verdict, answer.mistakes), f"{answer.path.name}: {answer.says}\n{told(record)}"


ASKS: dict[str, Callable[[dict[str, Any]], tuple[str, str]]] = {
    "test_the_stub_is_not_attempted": lambda given: (given["task"], course.stub(given["task"])),
    "test_the_solution_passes": lambda given: (given["task"], course.solution(given["task"])),
    "test_the_answer_is_judged_as_its_header_says": lambda given: (given["answer"].task, given["answer"].source),
}  # what each test will ask the judge for


def diagnosis(record: Record) -> tuple[str, ...]:
    return tuple(mistake.code for mistake in record.mistakes)


@pytest.mark.parametrize("task", TASKS)
def test_answers_of_both_kinds(task: str) -> None:
    answers = course.answers(task)
    assert sum(a.right for a in answers) >= 4, f"{task}: write four right answers in different styles in answers/"
    assert sum(not a.right for a in answers) >= 6, f"{task}: write six wrong answers in answers/"
