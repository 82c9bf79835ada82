"""Jobs, work, steps, rows: the supervisor holds their time and their value."""

from __future__ import annotations

import pytest

from asynclab.measure import (
    JOBS,
    JOBS_ITERATOR,
    MIB,
    ROWS,
    STEP,
    WORK,
    WRITE,
    Jobs,
    JobSpec,
    Limits,
    Rows,
    WorkStep,
)
from asynclab.measure.given import rows
from tests.measure.conftest import once

GATHER = """\
import asyncio
async def answer(jobs):
    return await asyncio.gather(*(job() for job in jobs))
"""


def test_jobs_run_together_and_give_their_values() -> None:
    specs = [JobSpec(0.1, value=f"v{index}") for index in range(20)]
    evidence = once(GATHER, JOBS, jobs=specs)
    assert evidence.value == [spec.value for spec in specs]
    assert 0.1 <= evidence.wall < 0.5
    rows_seen = evidence.facts["jobs"]
    assert [row[0] for row in rows_seen] == list(range(20))
    assert all(row[3] == "done" and 0.1 <= row[2] - row[1] < 0.4 for row in rows_seen)


def test_jobs_on_loops_of_their_own_in_threads_give_their_values_too() -> None:
    text = (
        "import asyncio\n"
        "async def answer(jobs):\n"
        "    return await asyncio.gather(*(asyncio.to_thread(asyncio.run, job()) for job in jobs))\n"
    )
    specs = [JobSpec(0.1, value=f"v{index}") for index in range(4)]
    evidence = once(text, JOBS, jobs=specs, limits=Limits(seconds=20))
    assert evidence.value == [spec.value for spec in specs]
    assert evidence.threads_started >= 4


def test_a_failing_job_raises_what_it_was_told() -> None:
    evidence = once(GATHER, JOBS, jobs=[JobSpec(0.01, error=("LookupError", "no such city")), JobSpec(0.05, value=1)])
    assert evidence.outcome == "raised"
    assert evidence.error is not None and (evidence.error.type, evidence.error.message) == (
        "LookupError",
        "no such city",
    )


def test_a_job_can_be_cancelled_on_its_own() -> None:
    text = GATHER.replace("for job in jobs)", "for job in jobs), return_exceptions=True")
    evidence = once(text, JOBS, jobs=[JobSpec(0.01, error=("CancelledError", "")), JobSpec(0.05, value=1)])
    assert evidence.outcome == "returned" and evidence.value[1] == 1
    assert evidence.value[0].type.endswith("CancelledError")


def test_how_far_ahead_jobs_are_drawn_is_counted() -> None:
    lazy = "async def answer(jobs):\n    return [await job() for job in jobs]\n"
    jobs = [JobSpec(0.001) for _ in range(30)]
    assert once(lazy, JOBS_ITERATOR, jobs=jobs).facts["drawn_ahead"] == 0
    assert once(GATHER, JOBS_ITERATOR, jobs=jobs).facts["drawn_ahead"] == 29


def test_cancelled_jobs_take_their_clean_up() -> None:
    text = """
import asyncio
async def answer(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    %s
    return done.pop().result()
"""
    specs = [JobSpec(0.05, value="first"), JobSpec(9, cleanup=0.2), JobSpec(9, cleanup=0.1)]
    waited = once(text % "await asyncio.wait(pending)", JOBS, jobs=specs)
    assert waited.value == "first"
    assert [row[3] for row in waited.facts["jobs"]] == ["done", "cancelled", "cancelled"]
    twice = once(
        text % "await asyncio.sleep(0.02); [task.cancel() for task in pending]; await asyncio.wait(pending)",
        JOBS,
        jobs=specs,
    )
    assert [row[3] for row in twice.facts["jobs"]] == ["done", "cancelled", "cancelled"]
    assert all(row[2] <= waited.wall for row in waited.facts["jobs"])
    assert waited.wall >= 0.25
    left = once(text % "pass", JOBS, jobs=specs)
    assert left.wall < 0.2
    assert len(left.left) == 2
    assert all(row[2] is None or row[2] > left.wall for row in left.facts["jobs"][1:])


def test_an_iterator_of_jobs_is_drawn_as_it_goes() -> None:
    text = """
import asyncio
async def answer(jobs, limit):
    results = []
    async def worker():
        for job in jobs:
            results.append(await job())
    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker())
    return len(results), len(set(results))
"""
    evidence = once(
        text, JOBS_ITERATOR, 10, jobs=Jobs(1000, seed=3, seconds=(0.001, 0.004)), limits=Limits(memory=20 * MIB)
    )
    assert evidence.value == (1000, 1000)
    seen = evidence.facts["jobs"]
    events = sorted([(row[1], 1) for row in seen] + [(row[2], -1) for row in seen])
    count = peak = 0
    for _, change in events:
        count += change
        peak = max(peak, count)
    assert peak == 10
    expected = {Jobs(1000, seed=3)[index].value for index in range(1000)}
    assert len(expected) == 1000


def test_a_jobs_value_is_nowhere_in_the_child_before_it_is_done() -> None:
    text = """
import asyncio, gc, sys
async def answer(jobs):
    waiting = [asyncio.create_task(job()) for job in jobs]
    await asyncio.sleep(0.2)
    def known(thing):
        return 'hush' + '-hush' in repr(thing)[:100000]
    found = [repr(thing)[:50] for thing in gc.get_objects() if type(thing) in (dict, list, tuple) and known(thing)]
    frame, texts = sys._getframe(), []
    while frame:
        texts += [repr(value) for value in frame.f_locals.values() if 'hush' + '-hush' in repr(value)]
        frame = frame.f_back
    return found, texts
"""
    evidence = once(text, JOBS, jobs=[JobSpec(5, value="hush" + "-hush")])
    assert evidence.value == ([], [])


def test_work_waits_and_computes_as_told() -> None:
    plan = [
        WorkStep("sleep", 0.1),
        WorkStep("compute", 0.15),
        WorkStep("socket", 0.1),
        WorkStep("lock", 0.05),
    ]
    text = """\
import time
def answer(work):
    w, c = time.perf_counter(), time.thread_time()
    v = work()
    return 1 - (time.thread_time() - c) / (time.perf_counter() - w), v
"""
    evidence = once(text, WORK, work=[plan])
    book = evidence.facts["work"][0]
    truth = 1 - book["cpu"] / book["wall"]
    assert evidence.facts["work_calls"] == 1
    assert book["waited"] >= 0.25 and 0.14 <= book["cpu"] <= 0.3
    assert abs(evidence.value[0] - truth) < 0.1
    assert evidence.value[1].startswith("work-")
    twice = once(
        """\
def answer(work):
    return [work(), work()]
""",
        WORK,
        work=[plan[:1], plan[1:2]],
    )
    assert twice.facts["work_calls"] == 2


def test_steps_give_values_that_only_the_supervisor_knows() -> None:
    text = """\
import asyncio
async def answer(items, step):
    total = 0
    for item in items:
        total += step(item)
        await asyncio.sleep(0)
    return total
"""
    evidence = once(text, list(range(100)), STEP)
    steps = evidence.facts["steps"]
    assert steps["count"] == 100 and steps["sum"] == evidence.value and steps["elsewhere"] == 0
    assert evidence.cpu >= 0.09
    assert steps["items"] == tuple(range(100)) and sum(steps["values"]) == steps["sum"]
    assert list(steps["times"]) == sorted(steps["times"])
    whole = "def answer(items, step):\n    return step(items)\n"
    assert len(once(whole, list(range(1000)), STEP).facts["steps"]["items"][0]) == 200
    threads = text.replace("step(item)", "await asyncio.to_thread(step, item)")
    assert once(threads, list(range(10)), STEP).facts["steps"]["elsewhere"] == 10


@pytest.mark.parametrize("asynchronous", [False, True])
def test_written_rows_arrive(asynchronous: bool) -> None:
    call = "await write((n, str(n)))" if asynchronous else "write((n, str(n)))"
    text = f"async def answer(write):\n    for n in range(1001):\n        {call}\n    return 1001\n"
    evidence = once(text, WRITE, write_async=asynchronous)
    assert evidence.facts["written"] == tuple((n, str(n)) for n in range(1001))


def test_rows_are_the_same_here_and_there() -> None:
    text = """\
def answer(rows):
    return list(rows)
"""
    assert once(text, ROWS, rows=Rows(50, seed=9)).value == list(rows(50, seed=9))
    broken = once(text, ROWS, rows=Rows(50, seed=9, raises_at=40))
    assert broken.outcome == "raised" and broken.error is not None and broken.error.type == "RuntimeError"
    assert isinstance(once(text, ROWS, rows=Rows(50, seed=9, bad_at=7)).value[7][3], str)


def test_forged_jobs_end_the_run() -> None:
    text = """\
import asyncio, json, os, socket
async def answer(jobs):
    body = json.dumps({'say': 'job', 'call': 1, 'index': 99, 'what': 'start'}).encode()
    for fd in range(3, 60):
        try: os.write(fd, len(body).to_bytes(4, 'big') + body)
        except OSError: pass
    await asyncio.sleep(5)
"""
    evidence = once(text, JOBS, jobs=[JobSpec(0.01)])
    assert evidence.outcome == "died"
    assert evidence.wall < 3


def test_an_answer_cannot_wait_for_a_job_by_itself() -> None:
    """Two runs of the same jobs give different, unforeseeable work values."""
    text = """\
def answer(work):
    return work()
"""
    values = {once(text, WORK, work=[[WorkStep("sleep", 0.01)]]).value for _ in range(2)}
    assert len(values) == 2
