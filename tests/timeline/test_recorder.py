"""What a timeline sees of a loop, that it gives back what it hooks, and what it leaves alone."""

from __future__ import annotations

import asyncio
import gc
import selectors
import time
import weakref
from asyncio import events

import pytest

from asynclab import timeline
from asynclab.problems import Problem

PLAIN_RUN = events.Handle._run
PLAIN_SELECT = selectors.DefaultSelector.select


@pytest.fixture(autouse=True)
def nothing_stays_hooked():
    yield
    assert events.Handle._run is PLAIN_RUN


async def sleeper(times: int, seconds: float) -> None:
    for _ in range(times):
        await asyncio.sleep(seconds)


def test_it_names_the_task_that_holds_the_loop():
    async def main():
        async def holder():
            await asyncio.sleep(0.01)
            time.sleep(0.06)

        with timeline() as t:
            async with asyncio.TaskGroup() as group:
                group.create_task(holder(), name="the holder")
                group.create_task(sleeper(5, 0.005), name="another")
        return t

    t = asyncio.run(main())
    assert t.longest.lane == "the holder"
    assert 0.055 < t.longest.duration < 0.5
    assert {"the holder", "another"} <= {piece.lane for piece in t.slices}
    assert t.table().rows[0].name == "the holder"


def test_slices_never_overlap_and_lie_within_the_recording():
    async def main():
        with timeline() as t:
            await asyncio.gather(*(sleeper(5, 0.001) for _ in range(20)))
        return t

    t = asyncio.run(main())
    assert len(t.slices) >= 100
    spans = sorted([(s.start, s.end) for s in t.slices] + [(i.start, i.end) for i in t.idle])
    assert all(end <= start + 1e-9 for (_, end), (start, _) in zip(spans, spans[1:], strict=False))
    assert spans[0][0] >= 0
    assert spans[-1][1] <= t.duration + 1e-9


def test_waiting_is_idle_and_computing_is_not():
    async def main():
        with timeline() as t:
            await asyncio.sleep(0.1)
            time.sleep(0.1)
        return t

    t = asyncio.run(main())
    idle = sum(span.duration for span in t.idle)
    assert 0.09 < idle < 0.9 * t.duration
    assert t.idle_share == pytest.approx(idle / t.duration)


def test_the_steps_in_which_it_is_opened_and_closed_are_seen():
    async def main():
        with timeline() as t:
            time.sleep(0.03)
            await asyncio.sleep(0.01)
            time.sleep(0.04)
        return t

    t = asyncio.run(main())
    assert t.slices[0].start == 0
    assert t.slices[0].duration == pytest.approx(0.03, abs=0.02)
    assert t.slices[-1].duration == pytest.approx(0.04, abs=0.02)
    assert t.slices[0].lane == t.slices[-1].lane


@pytest.mark.parametrize("how", ["raises", "is cancelled"])
def test_it_gives_back_what_it_hooked(how):
    async def main():
        loop = asyncio.get_running_loop()
        with pytest.raises(asyncio.CancelledError if how == "is cancelled" else ZeroDivisionError):
            async with timeline():
                assert events.Handle._run is not PLAIN_RUN
                if how == "is cancelled":
                    asyncio.current_task().cancel()
                    try:
                        await asyncio.sleep(1)
                    finally:
                        asyncio.current_task().uncancel()
                raise ZeroDivisionError
        assert "select" not in vars(loop._selector)

    asyncio.run(main())


def test_nested_timelines_each_see_their_own_part():
    async def main():
        with timeline() as outer:
            await sleeper(2, 0.01)
            with timeline() as inner:
                await sleeper(3, 0.01)
            await sleeper(2, 0.01)
        return outer, inner

    outer, inner = asyncio.run(main())
    assert 0.029 < inner.duration < outer.duration
    assert len(outer.slices) > len(inner.slices) >= 3
    assert len(outer.idle) > len(inner.idle) == 3


def test_timelines_that_overlap_in_two_tasks_give_back_in_any_order():
    async def watch(before: float, during: float):
        await asyncio.sleep(before)
        with timeline() as t:
            await asyncio.sleep(during)
        return t

    async def main():
        first, second = await asyncio.gather(watch(0, 0.03), watch(0.01, 0.06))
        assert "select" not in vars(asyncio.get_running_loop()._selector)
        return first, second

    first, second = asyncio.run(main())
    assert first.slices
    assert second.duration > first.duration


def test_another_loop_is_not_recorded():
    async def main():
        with timeline() as t:
            await asyncio.to_thread(asyncio.run, sleeper(50, 0.001))
        return t

    t = asyncio.run(main())
    assert len(t.slices) < 20


def test_opened_outside_of_a_loop_it_watches_the_one_that_runs():
    before = events._set_running_loop
    with timeline() as t:
        asyncio.run(sleeper(5, 0.002))
    assert events._set_running_loop is before
    assert any(lane.name.startswith("sleeper") and lane.slices == 6 for lane in t.recording.lanes)


def test_without_a_loop_it_says_so():
    with timeline() as t:
        pass
    assert t.slices == ()
    assert t.longest is None
    assert "No event loop ran" in t.note


def test_under_uvloop_it_says_that_it_sees_nothing():
    uvloop = pytest.importorskip("uvloop")

    async def main():
        with timeline() as t:
            await sleeper(3, 0.001)
        return t

    loop = uvloop.new_event_loop()
    try:
        t = loop.run_until_complete(main())
    finally:
        loop.close()
    assert "uvloop" in t.note
    assert "uvloop" in t.plot().alt


def test_it_keeps_no_task_alive():
    async def main():
        with timeline():
            task = asyncio.create_task(sleeper(2, 0.001))
            ghost = weakref.ref(task)
            await task
            del task
            await asyncio.sleep(0)
            gc.collect()
            return ghost() is None

    assert asyncio.run(main())


def test_tasks_of_one_name_have_a_lane_each():
    async def main():
        with timeline() as t:
            async with asyncio.TaskGroup() as group:
                for _ in range(3):
                    group.create_task(sleeper(2, 0.001), name="page")
        return t

    assert {"page", "page #2", "page #3"} <= {lane.name for lane in asyncio.run(main()).recording.lanes}


def test_a_recording_that_is_too_long_says_what_it_left_out(monkeypatch):
    monkeypatch.setattr("asynclab.timeline.recorder.MOST_SLICES", 50)

    async def main():
        with timeline() as t:
            await sleeper(200, 0)
        return t

    t = asyncio.run(main())
    assert 50 <= len(t.slices) < 60
    assert "not recorded" in t.note


def test_it_cannot_be_asked_while_open_nor_used_twice():
    async def main():
        with timeline() as t, pytest.raises(Problem, match="not finished"):
            _ = t.slices
        with pytest.raises(Problem, match="already used"), t:
            pass

    asyncio.run(main())


def test_the_name_means_the_same_after_a_part_of_it_was_imported():
    import asynclab
    import asynclab.timeline as module

    vars(asynclab)["timeline"] = module  # as the import system leaves it
    try:
        from asynclab import timeline as again

        with again() as t:
            asyncio.run(sleeper(1, 0.001))
        assert t.slices
    finally:
        vars(asynclab)["timeline"] = timeline


def test_its_cost_stays_near_the_promise():
    """tests/bench/timeline.py measures it properly; this only catches a hook that became slow."""

    async def steps() -> float:
        began = time.perf_counter()
        for _ in range(20_000):
            await asyncio.sleep(0)
        return time.perf_counter() - began

    async def main() -> float:
        ratios = []
        for _ in range(5):
            bare = await steps()
            with timeline():
                watched = await steps()
            ratios.append(watched / bare)
        return min(ratios)

    assert asyncio.run(main()) < 2.5
