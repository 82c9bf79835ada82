"""One grading from source to record: what is looked at first, what is run, when it is measured again."""

from __future__ import annotations

import asyncio
import secrets
import time
import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from asynclab import course
from asynclab.grader import machine
from asynclab.grader.bench import Bench, Enough, Progress, ReferenceFailed
from asynclab.grader.demands import MOST_ROUNDS
from asynclab.grader.judging import Decision, decide
from asynclab.grader.protection import strongest
from asynclab.grader.submission import classify, clues, sha256
from asynclab.grader.task import Task, find_task, grading_file
from asynclab.grader.verdict import Record
from asynclab.measure import Children
from asynclab.measure.evidence import Evidence, Raised
from asynclab.problems import Problem
from asynclab.services import hold_lease

Reader = Callable[[], Any]


async def grade(
    task: Task | str,
    source: str,
    *,
    protection: str | None = None,
    seed: int | None = None,
    on_progress: Progress | None = None,
    children: Children | None = None,
) -> Record:
    """Grades one answer.

    `protection` is the strongest that the machine offers unless given; `seed` decides the inputs, fresh ones
    unless given; `on_progress(say, done, of)` is told what is being measured; `children` are warm processes that
    are shared by several gradings. Whatever goes wrong on our side, services that don't start included, is
    a record too: ``grader_error``. Raises Problem when there is no such task or protection.
    """
    task = _task(task)
    source = source.removeprefix("\ufeff")  # a byte order mark is an editor's, not the answer's
    began = time.monotonic()
    seed = secrets.randbelow(2**32) if seed is None else seed
    protection = protection or strongest()
    at_first_sight = classify(source, task)
    rounds = 1
    if at_first_sight is not None:
        evidence: dict[str, Evidence] = {"main": at_first_sight}
    else:
        evidence, rounds = await _collect(task, source, protection, seed, on_progress, children)
    decision = _decide(task, evidence)
    return _record(task, source, evidence, decision, protection, seed, rounds, time.monotonic() - began)


@asynccontextmanager
async def warm(protection: str | None = None) -> AsyncIterator[Children]:
    """Children that are started ahead and shared by the gradings made inside."""
    async with Children(protection or strongest()) as children:
        yield children


# ---------------------------------------------------------------- running


async def _collect(
    task: Task, source: str, protection: str, seed: int, on_progress: Progress | None, shared: Children | None
) -> tuple[dict[str, Evidence], int]:
    """The evidence, and in how many rounds it was measured."""
    try:
        reference = course.solution(task.name)
    except Problem as problem:
        return {"grader": _fault(problem)}, 1
    if shared is not None:
        return await _on_bench(task, source, reference, shared, seed, on_progress)
    async with Children(protection) as children:
        preparing = children.prepare(2)  # they import while the services come up
        try:
            await asyncio.to_thread(hold_lease)
            await preparing
        except Problem as problem:
            return {"grader": _fault(problem)}, 1
        return await _on_bench(task, source, reference, children, seed, on_progress)


async def _on_bench(
    task: Task, source: str, reference: str, children: Children, seed: int, on_progress: Progress | None
) -> tuple[dict[str, Evidence], int]:
    async with Bench(task, source, reference, children, seed, clues(source, task), on_progress) as bench:
        try:
            try:
                await task.collect(bench)
            except Enough:
                pass
            while bench.rounds < MOST_ROUNDS and _in_doubt(task, bench.evidence):
                await bench.repeat()
        except Enough:
            pass
        except ReferenceFailed as failed:
            bench.evidence["grader"] = _fault(failed)
        except Exception as error:  # ours, whatever it is: the learner is told so and loses nothing
            bench.evidence["grader"] = _fault(error)
        return bench.evidence, bench.rounds


def _in_doubt(task: Task, evidence: Mapping[str, Evidence]) -> bool:
    """Whether the verdict hangs on a demand that came out too near its line to be believed at once."""
    decision = decide(task, evidence)
    return decision.verdict in ("passed", "inconclusive") and any(d.near for d in decision.judgement.demands)


def _decide(task: Task, evidence: dict[str, Evidence]) -> Decision:
    try:
        return decide(task, evidence)
    except Exception as error:
        evidence["grader"] = _fault(error)
        return decide(task, evidence)


def _fault(error: BaseException) -> Evidence:
    text = "".join(traceback.format_exception(error))[-2000:]
    bases = tuple(base.__name__ for base in type(error).__mro__[:-1])
    return Evidence("grader_error", error=Raised(type(error).__name__, str(error) or repr(error), bases, None, text))


# ---------------------------------------------------------------- the record


def _record(
    task: Task,
    source: str,
    evidence: dict[str, Evidence],
    decision: Decision,
    protection: str,
    seed: int,
    rounds: int,
    seconds: float,
) -> Record:
    met = sum(demand.met for demand in decision.judgement.demands)
    return Record(
        task=task.name,
        verdict=decision.verdict,
        points=met if task.graded else 0,
        max_points=task.max_points,
        mistakes=decision.judgement.mistakes,
        demands=decision.judgement.demands,
        evidence=dict(evidence),
        note=decision.note,
        protection=protection,
        machine=machine.facts(),
        answer_sha256=sha256(source),
        grader_version=machine.grader_version(grading_file(task.name)),
        seed=seed,
        measured_again=rounds - 1,
        graded_at=datetime.now(UTC).isoformat(timespec="seconds"),
        data_sha256=machine.data_sha256(),
        seconds=round(seconds, 3),
    )


def _task(task: Task | str) -> Task:
    if isinstance(task, Task):
        return task
    found = find_task(task)
    if found is None:
        raise Problem(f"There is no task {task}.", "`grade --help` says how tasks are named.")
    return found
