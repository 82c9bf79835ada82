"""The bench: what a task's `collect` runs answers on.

It draws the inputs from the grading's seed, opens visits and closes them, runs the answer and the reference by
turns, checks returned values where the expected ones are known (here, in the supervisor, never in the child) and
keeps of them only plain facts, so that the evidence can be stored and judged again.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from asynclab import scratch
from asynclab.grader.record import settled
from asynclab.grader.symptoms import ended_by_cancel
from asynclab.grader.task import Task
from asynclab.measure import Run, Source
from asynclab.measure.evidence import Evidence, Limits
from asynclab.problems import Problem
from asynclab.services import FreshDatabase, Knobs, Visit, database, site

# Outcomes after which nothing more is run: the learner waits no longer for an answer that was ended once.
ENDED = (
    "not_loaded",
    "no_function",
    "died",
    "timed_out",
    "out_of_memory",
    "too_much_output",
    "too_many_processes",
    "too_much_disk",
)

LIMITS = Limits()

Progress = Callable[[str, int, int], None]


class Enough(Exception):
    """Ends `collect`: what was seen decides, and nothing more needs to be run."""


class ReferenceFailed(Exception):
    """The course's own solution didn't do its work: the grader's fault, never the learner's."""


@dataclass(frozen=True)
class Ran:
    """A run that a check looks at: its evidence with the returned value, and its folder."""

    evidence: Evidence
    folder: Path | None

    @property
    def value(self) -> Any:
        return self.evidence.value


Check = Callable[[Ran], Mapping[str, Any]]
Before = Callable[[], None]


class Runner(Protocol):
    """What the bench needs of `asynclab.measure.Children`."""

    def run(self, source: Source, run: Run) -> Awaitable[Evidence]: ...


@dataclass(frozen=True)
class _Spec:
    run: Run
    check: Check | None
    reference: bool
    folder: bool
    essential: bool
    before: Before | None = None


class Bench:
    """One grading's workplace. An async context manager: leaving it closes visits and removes folders."""

    def __init__(
        self,
        task: Task,
        source: str,
        reference: str,
        children: Runner,
        seed: int,
        clues: Mapping[str, Any] | None = None,
        on_progress: Progress | None = None,
    ) -> None:
        self.task = task
        self.random = random.Random(f"{seed} {task.name}")
        self.evidence: dict[str, Evidence] = {}
        self.rounds = 1
        self.answer_seconds = 0.0  # what the answer itself ran, all runs together
        self._answer, self._reference = Source(source, "answer"), Source(reference, "reference")
        self._children = children
        self._clues = dict(clues or {})
        self._on_progress = on_progress
        self._specs: dict[str, _Spec] = {}
        self._visits: list[Visit] = []
        self._databases: list[FreshDatabase] = []
        self._folders: list[Path] = []
        self._done = 0

    async def __aenter__(self) -> Bench:
        return self

    async def __aexit__(self, *_: object) -> None:
        for folder in self._folders:
            await asyncio.to_thread(scratch.remove, folder)
        for visit in self._visits:
            await asyncio.to_thread(visit.close)
        for each in self._databases:
            await asyncio.to_thread(each.close)

    async def visit(self, seed: int | None = None, **knobs: Any) -> Visit:
        """A fresh visit to the site, closed when the grading is over. `seed`: where the task has drawn it itself."""
        # The name is fresh and unguessable; the seed comes of the grading's, so that the inputs can be drawn again.
        name, seed = secrets.token_hex(6), self.random.getrandbits(48) if seed is None else seed
        visit = await asyncio.to_thread(lambda: Visit(site, name, seed, Knobs(**knobs)))
        self._visits.append(visit)
        return visit

    async def database(self) -> FreshDatabase:
        """A database of its own, dropped when the grading is over."""
        made = await asyncio.to_thread(database.fresh)
        self._databases.append(made)
        return made

    async def run(
        self,
        name: str,
        *args: Any,
        visit: Visit | None = None,
        check: Check | None = None,
        before: Before | None = None,
        reference: bool = False,
        folder: bool = False,
        essential: bool = False,
        limits: Limits = LIMITS,
        cancel_after: float | None = None,
        say: str = "",
        function: str | None = None,
        **given: Any,
    ) -> Evidence:
        """Runs the answer once and keeps the evidence under `name`; returns it.

        With `reference` the solution runs the same beside it, kept under `name.reference`. `check` looks at what
        was returned and at the folder, and gives plain facts, ``"right"`` among them. `before` is called, in a
        thread, before each run, the reference's too: it puts things back as they were. After an `essential` run
        that didn't return, and after any run that had to be ended, `Enough` is raised. `given` are further fields
        of `asynclab.measure.Run`: jobs, step, driver and the like; with a driver `function` is the one of it that
        is called.
        """
        spec = _Spec(
            Run(
                function or self.task.function, args=args, limits=limits, visit=visit, cancel_after=cancel_after,
                in_loop=self.task.kind == "coroutine function", **given,
            ),
            check, reference, folder, essential, before,
        )  # fmt: skip
        self._specs[name] = spec
        self.progress(say or f"running {self.task.function}")
        evidence = await self._run_answer(name, spec)
        if reference and evidence.outcome == "returned":
            await self._run_reference(f"{name}.reference", spec)
        return evidence

    async def cancel(self, name: str, *args: Any, after: float, patience: float, tries: int = 2, **more: Any) -> None:
        """Runs the answer and cancels it `after` seconds; again where that didn't end it within `patience`.

        On a busy machine a cancellation may come late, after the answer has returned. One that it obeys shows in
        one of the tries; one that it swallows in none.
        """
        for number in range(1, tries + 1):
            each = name if number == 1 else f"{name}.{number}"
            run = await self.run(each, *args, cancel_after=after, **more)
            if ended_by_cancel(run, patience):
                break

    async def reference(self, name: str) -> None:
        """Runs the reference beside a run that was made without one: what was seen asks for a comparison."""
        self.progress("the reference beside it")
        await self._run_reference(f"{name}.reference", self._specs[name])
        self._specs[name] = replace(self._specs[name], reference=True)

    async def beside(
        self,
        name: str,
        text: str,
        function: str,
        *args: Any,
        check: Check | None = None,
        before: Before | None = None,
        folder: bool = False,
        say: str = "",
        **given: Any,
    ) -> Evidence:
        """Runs a program of the course's own that an answer is compared with; its evidence is `name.reference`.

        `text` is its source, a module's. `given` are further fields of `asynclab.measure.Run`.
        """
        self.progress(say or f"running {function}")
        spec = _Spec(Run(function, args=args, **given), check, False, folder, False, before)
        evidence = await self._run(Source(text, "reference"), spec)
        self._keep_reference(f"{name}.reference", evidence)
        return evidence

    async def repeat(self) -> None:
        """Runs everything that has a reference once more, the other one first this time."""
        self.rounds += 1
        for name, spec in list(self._specs.items()):
            if spec.reference and f"{name}.reference" in self.evidence:
                self.progress("measuring again, to be sure")
                if self.rounds % 2 == 0:
                    await self._run_reference(f"{name}.{self.rounds}.reference", spec)
                    await self._run_answer(f"{name}.{self.rounds}", spec)
                else:
                    await self._run_answer(f"{name}.{self.rounds}", spec)
                    await self._run_reference(f"{name}.{self.rounds}.reference", spec)

    def progress(self, say: str) -> None:
        """Tells whoever waits what is being measured now."""
        if self._on_progress:
            self._on_progress(say, self._done, max(self.task.children, self._done + 1))
        self._done += 1

    async def _run_answer(self, name: str, spec: _Spec) -> Evidence:
        evidence = await self._run(self._answer, spec)
        if spec.essential:
            evidence.facts["essential"] = True
        if self._clues:
            evidence.facts["clues"] = self._clues
        self.evidence[name] = evidence = settled(evidence)
        self.answer_seconds += evidence.wall
        if evidence.outcome in ENDED or (spec.essential and evidence.outcome != "returned"):
            raise Enough(name)
        return evidence

    async def _run_reference(self, name: str, spec: _Spec) -> None:
        self._keep_reference(name, await self._run(self._reference, spec))

    def _keep_reference(self, name: str, evidence: Evidence) -> None:
        self.evidence[name] = evidence = settled(evidence)
        if evidence.outcome != "returned" or evidence.facts.get("right") is False:
            said = evidence.error.message if evidence.error else evidence.facts
            raise ReferenceFailed(f"in {name} the course's own solution {evidence.outcome}: {said}")

    async def _run(self, source: Source, spec: _Spec) -> Evidence:
        """One run; again, after a pause, when the lab itself failed: a site that was just restarted serves the next."""
        for pause in (0.5, 2.0):
            try:
                return await self._run_once(source, spec)
            except Problem:
                await asyncio.sleep(pause)
        return await self._run_once(source, spec)

    async def _run_once(self, source: Source, spec: _Spec) -> Evidence:
        run, folder = spec.run, None
        if spec.folder:
            folder = await asyncio.to_thread(scratch.make)
            self._folders.append(folder)
            run = replace(run, folder=folder)
        if run.visit is not None:
            await asyncio.to_thread(run.visit.clear)
        if spec.before is not None:
            await asyncio.to_thread(spec.before)
        evidence = await self._children.run(source, run)
        facts = dict(evidence.facts)
        if spec.check:
            facts.update(await asyncio.to_thread(spec.check, Ran(evidence, folder)))
            facts.pop("written", None)  # thousands of rows: the check has said what they are
        if folder:
            self._folders.remove(folder)
            await asyncio.to_thread(scratch.remove, folder)
        return replace(evidence, facts=facts, value=None if spec.check else evidence.value)
