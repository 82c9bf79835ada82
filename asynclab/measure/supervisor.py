"""Runs and the children they take place in: what the rest of the lab calls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from asynclab.measure import launch
from asynclab.measure.evidence import Evidence
from asynclab.measure.spec import Run, Source
from asynclab.measure.watch import LabFault, Stopped, Watch
from asynclab.problems import Problem

T = TypeVar("T")


class Children:
    """Children under one protection, started ahead so that a run needn't wait.

    ``async with Children("rlimits") as children: await children.run(source, Run("f"))``. Every child
    serves one run and no second. Leaving the context ends all that are left.
    """

    def __init__(self, protection: str | None = None, *, importable: tuple[str, ...] = ()) -> None:
        self.protection = protection or "rlimits"
        self._importable = importable
        self._ahead: list[Watch] = []

    async def __aenter__(self) -> Children:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        ahead, self._ahead = self._ahead, []
        await in_thread(lambda: [discard(watch) for watch in ahead], lambda: None)

    async def prepare(self, count: int = 1) -> None:
        """Starts children until `count` are ahead, and waits until they are warm."""
        while len(self._ahead) < count:
            self._ahead.append(self._start())
        for watch in self._ahead:
            if not watch.hello:
                await in_thread(watch.await_hello, watch.stop)

    async def run(self, source: Source, run: Run) -> Evidence:
        """One call in one fresh child. Cancelling it ends the whole tree.

        Raises Problem when the lab itself fails; whatever the answer does is evidence.
        """
        watch = self._ahead.pop(0) if self._ahead else self._start()
        return await in_thread(lambda: self._conduct(watch, source, run), watch.stop)

    def _start(self) -> Watch:
        return Watch(launch.start(self.protection, importable=self._importable))

    def _conduct(self, watch: Watch, source: Source, run: Run) -> Evidence:
        folder = watch.child.home / "folder"
        try:
            if run.folder is not None:
                exchange(run.folder, folder)
            try:
                evidence = watch.conduct(source, run, lambda: run.visit.clear() and None if run.visit else None)
            finally:
                watch.end()
                if run.folder is not None:
                    exchange(folder, run.folder)
            if run.visit is not None:
                evidence = replace(evidence, ledger=run.visit.ledger())
            return evidence
        except LabFault as fault:
            raise Problem(str(fault), "Try once more; `python3 -m asynclab doctor` says what is missing.") from fault
        finally:
            watch.child.remove_folder()


def discard(watch: Watch) -> None:
    """Ends a child that wasn't used."""
    watch.end()
    watch.child.remove_folder()


def exchange(source: Path, target: Path) -> None:
    """Moves the folder `source` to `target`, which is an empty folder or absent."""
    import shutil

    if target.exists():
        target.rmdir()
    shutil.move(source, target)


async def run(source: Source, run_spec: Run, protection: str | None = None) -> Evidence:
    """One call in one fresh child; see `Children.run`."""
    async with Children(protection) as children:
        return await children.run(source, run_spec)


async def in_thread(function: Callable[[], T], stop: Callable[[], None]) -> T:
    """Runs `function` in a thread of its own. Cancelling calls `stop` and waits until it has ended.

    Not asyncio.to_thread: its few workers may all be taken by the learner's own blocking calls.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result, error = None, None
        try:
            result = function()
        except BaseException as trouble:
            error = trouble
        loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, daemon=True, name="asynclab-measure").start()
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        stop()
        while not future.done():
            try:
                await asyncio.wait({future})
            except asyncio.CancelledError:
                continue  # the tree is being ended: that takes milliseconds and must not be cut short
        if future.exception() is not None and not isinstance(future.exception(), Stopped):
            raise future.exception() from None  # type: ignore[misc]
        raise
