"""The supervisor's side of what an answer is handed: it holds the time and the value of each job, of
each stretch of work, of each step, and keeps the book on them."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

from asynclab.measure import wire
from asynclab.measure.spec import Run, WorkStep

_MAX_ROWS = 2_000_000
_LONGEST_ITEM = 200  # characters of a step's item that are kept


class Orders:
    """Answers the child's questions for one call.

    `later(seconds, action)` calls back on the supervisor's clock; `facts()` is what was seen:

    - "drawn_ahead": the most jobs that were drawn from JOBS_ITERATOR and not yet started when one started.
    - "jobs": [index, start, end, outcome] in the order of their starts, seconds since the go; `end` is
      None while it ran, outcome "done", "failed", "cancelled" (clean-up finished), "cleaning" or "running".
    - "drawn_ahead": the most jobs that were drawn from JOBS_ITERATOR and not yet started when one started.
    - "work": [{"wall", "waited", "cpu"}] a call; "steps": {"count", "sum", "elsewhere", "times", "items", "values"},
      the last three one for each step, in their order; "written": the rows.
    """

    def __init__(self, run: Run, later: Callable[[float, Callable[[], None]], None], now: Callable[[], float]) -> None:
        self._run = run
        self._later = later
        self._now = now
        self._draw = random.SystemRandom()
        self._jobs: dict[int, list[Any]] = {}
        self._drawn_ahead: int | None = None
        self._work: list[dict[str, Any]] = []
        self._step_times: list[float] = []
        self._step_items: list[Any] = []
        self._step_values: list[int] = []
        self._step_elsewhere = 0
        self._rows: list[Any] = []

    def given(self) -> dict[str, Any]:
        """What the child must know to make the things: counts, never times or values."""
        run, things = self._run, dict[str, Any]()
        if len(run.jobs):
            things["jobs"] = len(run.jobs)
        things["step"] = run.step
        things["write_async"] = run.write_async
        if run.rows is not None:
            things["rows"] = dataclasses.asdict(run.rows)
        return things

    def facts(self) -> dict[str, Any]:
        """What was seen, as plain data."""
        facts: dict[str, Any] = {}
        if len(self._run.jobs):
            facts["jobs"] = [tuple(row) for row in self._jobs.values()]
        if self._drawn_ahead is not None:
            facts["drawn_ahead"] = self._drawn_ahead
        if self._work:
            facts["work"] = [
                {"wall": w["end"] - w["start"], "waited": w["waited"], "cpu": w["cpu"]}
                for w in self._work
                if w["end"] is not None
            ]
            facts["work_calls"] = len(self._work)
        if self._step_times:
            facts["steps"] = {
                "count": len(self._step_times),
                "sum": sum(self._step_values),
                "elsewhere": self._step_elsewhere,
                "times": tuple(self._step_times),
                "items": tuple(self._step_items),
                "values": tuple(self._step_values),
            }
        if self._rows:
            facts["written"] = tuple(wire.decode(row) for row in self._rows)
        return facts

    # --- jobs ---

    def job(self, message: dict[str, Any], reply: Callable[[dict[str, Any]], None]) -> None:
        """A job has started, is being cancelled, or has cleaned up."""
        call, index, what = message["call"], message["index"], message["what"]
        if type(call) is not int or type(index) is not int or not 0 <= index < len(self._run.jobs):
            raise wire.Unreadable("a job that there is not")
        spec = self._run.jobs[index]
        now = self._now()
        if len(self._jobs) > 10 * len(self._run.jobs) + 1000:
            raise wire.Unreadable("jobs called over and over")
        if what == "start" and call not in self._jobs:
            row = self._jobs[call] = [index, now, None, "running"]
            if type(drawn := message.get("drawn")) is int and drawn:
                self._drawn_ahead = max(self._drawn_ahead or 0, drawn - len(self._jobs))
            if not spec.stubborn:
                self._later(spec.seconds, lambda: self._finish(call, row, reply))
        elif what == "cancel" and call in self._jobs and self._jobs[call][3] == "running":
            row = self._jobs[call]
            row[3] = "cleaning"
            self._later(spec.cleanup, lambda: reply({"say": "job", "call": call}))
        elif what == "cleaned" and call in self._jobs:
            self._jobs[call][2:] = [now, "cancelled"]

    def _finish(self, call: int, row: list[Any], reply: Callable[[dict[str, Any]], None]) -> None:
        if row[3] != "running":
            return
        spec = self._run.jobs[row[0]]
        row[2] = self._now()
        if spec.error is not None:
            row[3] = "failed"
            reply({"say": "job", "call": call, "error": list(spec.error)})
        else:
            row[3] = "done"
            reply({"say": "job", "call": call, "value": wire.Encoder().encode(spec.value)})

    # --- questions from any thread ---

    def answer(self, message: dict[str, Any], reply: Callable[[dict[str, Any]], None]) -> None:
        """A question of `given.Calls`."""
        what = message["say"]
        if what == "work":
            self._answer_work(message, reply)
        elif what == "step":
            value = self._draw.randrange(1, 1_000_000)
            if len(self._step_times) > 1_000_000:
                raise wire.Unreadable("steps without end")
            self._step_times.append(self._now())
            item = wire.decode(message["item"])
            text = repr(item)
            self._step_items.append(item if len(text) <= _LONGEST_ITEM else wire.short(text, _LONGEST_ITEM))
            self._step_values.append(value)
            self._step_elsewhere += message.get("elsewhere") is True
            reply({"value": value})
        elif what == "rows":
            rows = message["rows"]
            if not isinstance(rows, list) or len(self._rows) + len(rows) > _MAX_ROWS:
                raise wire.Unreadable("too many rows")
            self._rows += rows
            reply({})
        else:
            raise wire.Unreadable("no question of ours")

    def _answer_work(self, message: dict[str, Any], reply: Callable[[dict[str, Any]], None]) -> None:
        now, plans = self._now(), self._run.work
        if message["what"] == "begin":
            if not plans or len(self._work) > 100:
                raise wire.Unreadable("work that there is not")
            plan = plans[min(len(self._work), len(plans) - 1)]
            book: dict[str, Any] = {
                "start": now,
                "end": None,
                "waited": 0.0,
                "cpu": 0.0,
                "todo": list(plan),
                "since": now,
                "how": "",
            }
            self._work.append(book)
        book = self._work[-1]  # the one that runs: work() is called in one thread
        if message["what"] == "wait":
            self._later(book["seconds"], lambda: reply({}))
            return
        if message["what"] == "next":
            spent, cpu = now - book["since"], message.get("cpu")
            book["cpu"] += min(spent, max(0.0, cpu)) if type(cpu) is float else 0.0
            if book["how"] != "compute":
                book["waited"] += spent
        if not book["todo"]:
            book["end"] = now
            reply({"how": "done", "value": f"work-{self._draw.getrandbits(48):012x}"})
            return
        order: WorkStep = book["todo"].pop(0)
        book.update(since=now, how=order.how, seconds=order.seconds)
        shown = 0.0 if order.how == "socket" else order.seconds
        reply({"how": order.how, "seconds": shown, "call": len(self._work)})
