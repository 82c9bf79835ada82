"""Runs and the children they take place in: what the rest of the lab calls."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from asynclab.measure.evidence import Evidence
from asynclab.measure.launch import Launcher
from asynclab.measure.protection import Protection, named, protections
from asynclab.measure.relay import Relay
from asynclab.measure.spec import PoolSpec, Run, Source
from asynclab.measure.watch import LabFault, Stopped, Watch
from asynclab.problems import Problem

if TYPE_CHECKING:
    from asynclab.services import Adopted

T = TypeVar("T")


class Children:
    """Children under one protection, started ahead so that a run needn't wait.

    ``async with Children(protection) as children: await children.run(source, Run("f"))``. Every child
    serves one run and no second. Leaving the context ends all that are left. `protection` is the
    strongest that works here unless given. With ``network=False`` nothing asks for the site.
    """

    def __init__(
        self,
        protection: Protection | str | None = None,
        *,
        network: bool = True,
        importable: tuple[str, ...] = (),
    ) -> None:
        if protection is None:
            protection = protections()[0]
        self.protection = named(protection) if isinstance(protection, str) else protection
        self._launcher = Launcher(self.protection, importable=importable)
        self._network = network and self.protection.isolates
        self._ahead: list[Watch] = []
        self._preparing: set[asyncio.Task[None]] = set()
        self._network_asked = asyncio.Lock()

    async def __aenter__(self) -> Children:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in self._preparing:
            task.cancel()
        await asyncio.gather(*self._preparing, return_exceptions=True)
        ahead, self._ahead = self._ahead, []

        def end_all() -> None:
            for watch in ahead:
                discard(watch)
            self._launcher.close()

        await in_thread(end_all, lambda: None)

    def prepare(self, count: int = 1) -> asyncio.Task[None]:
        """Starts children until `count` are ahead, in the background. Awaiting it waits until they are warm.

        What goes wrong with it shows at the next run.
        """
        self._launcher.warm_up()
        task = asyncio.create_task(self._prepare(count), name="asynclab: children ahead")
        self._preparing.add(task)
        task.add_done_callback(self._prepared)
        return task

    async def run(self, source: Source, run: Run) -> Evidence:
        """One call in one fresh child. Cancelling it ends the whole tree.

        Raises Problem when the lab itself fails; whatever the answer does is evidence.
        """
        await self._know_the_site(wanted=run.visit is not None)
        watch = self._take(run)
        return await in_thread(lambda: self._conduct(watch, source, run), watch.stop)

    async def _prepare(self, count: int) -> None:
        await self._know_the_site(wanted=False)
        while len(self._ahead) < count:
            self._ahead.append(self._start())
        for watch in list(self._ahead):
            if not watch.warm and watch in self._ahead:
                await in_thread(watch.await_hello, lambda: None)

    def _prepared(self, task: asyncio.Task[None]) -> None:
        self._preparing.discard(task)
        if not task.cancelled() and task.exception() is not None:
            ahead, self._ahead = self._ahead, []
            for watch in ahead:
                discard(watch)

    async def _know_the_site(self, wanted: bool) -> None:
        """A child with a network of its own listens where the site does: its port is needed before the start.

        A site that was killed may have come back on another port, so it is asked each time it is wanted.
        """
        if not self._network or (self._launcher.port is not None and not wanted):
            return
        async with self._network_asked:
            try:
                self._launcher.port = await asyncio.to_thread(_site_port)
            except Problem:
                if wanted:
                    raise

    def _take(self, run: Run) -> Watch:
        """A child that was started ahead and suits the run, or a fresh one."""
        sockets, port = None, self._launcher.port if run.visit is not None else None
        if run.pool is not None and self.protection.isolates and run.pool.database.socket_folder is not None:
            sockets = Path(run.pool.database.socket_folder)
            self._launcher.sockets = sockets
        for watch in self._ahead:
            if sockets in (None, watch.child.sockets) and port in (None, watch.child.listens_on):
                self._ahead.remove(watch)
                return watch
        return self._start()

    def _start(self) -> Watch:
        return Watch(self._launcher.start())

    def _conduct(self, watch: Watch, source: Source, run: Run) -> Evidence:
        """In a thread: the run from the first word until nothing is left of it."""
        folder = watch.child.home / "folder"
        adopted = relay = None
        # The site keeps the ledger; without a visit it is the database that does.
        book = run.visit if run.visit is not None else run.pool.database if run.pool is not None else None
        try:
            if run.folder is not None:
                run.folder.mkdir(parents=True, exist_ok=True)
                exchange(run.folder, folder)
            try:
                watch.await_hello()
                if run.visit is not None and watch.listener is not None:
                    adopted = _adopt(watch.listener)
                if run.pool is not None and self.protection.isolates and not watch.sockets_inside:
                    relay = _relay(watch, run.pool)
                evidence = watch.conduct(source, run, book.clear if book is not None else lambda: None)
            finally:
                watch.end()
                if run.folder is not None:
                    tidy(folder)
                    exchange(folder, run.folder)
                for way in (adopted, relay):
                    if way is not None:
                        way.close()
            if book is not None:
                evidence = replace(evidence, ledger=book.ledger())
            return evidence
        except LabFault as fault:
            raise Problem(
                f"{fault} {self._launcher.said()}".strip(),
                "Try once more; `python3 -m asynclab doctor` says what is missing.",
            ) from fault
        finally:
            watch.child.remove_folder()


def _site_port() -> int:
    from asynclab.services import site

    return int(site.url.rpartition(":")[2].strip("/"))


def _adopt(listener: socket.socket) -> Adopted:
    from asynclab.services import site

    return site.adopt(listener)


def _relay(watch: Watch, pool: PoolSpec) -> Relay:
    """A database server without a socket of this machine's is reached through one in the child's folder."""
    address = urlsplit(pool.database.dsn)
    host, port = address.hostname or "127.0.0.1", address.port or 5432
    watch.sockets_inside = f"{watch.child.home_inside}/db"
    return Relay(watch.child.home / "db" / f".s.PGSQL.{port}", host, port)


def discard(watch: Watch) -> None:
    """Ends a child that wasn't used."""
    watch.end()
    watch.child.remove_folder()


def exchange(source: Path, target: Path) -> None:
    """Moves the folder `source` to `target`, which is an empty folder or absent."""
    if target.exists():
        target.rmdir()
    shutil.move(source, target)


def tidy(folder: Path) -> None:
    """Takes out what is neither file nor folder: whoever reads it next must not follow a link out of it, nor
    wait for a pipe that nobody writes to."""
    if folder.is_symlink() or not folder.is_dir():
        folder.unlink(missing_ok=True)
        folder.mkdir(exist_ok=True)
    todo = [folder]
    while todo:
        try:
            with os.scandir(todo.pop()) as listing:
                for entry in listing:
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(Path(entry.path))
                    elif not entry.is_file(follow_symlinks=False):
                        os.unlink(entry.path)
        except OSError:
            continue


async def run(source: Source, run_spec: Run, protection: Protection | str | None = None) -> Evidence:
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
