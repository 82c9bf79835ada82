"""What an answer is handed besides plain values: jobs, work, step, write, rows. Lives in the child.

None of it knows what the supervisor expects: a job asks the supervisor when it is over and what it
gives, work asks for its next stretch, a step for its value. So there is nothing here to read out.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import itertools
import json
import random
import socket
import struct
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

_HEAD = struct.Struct(">I")
_FIRST_READING = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)


class Calls:
    """Questions to the supervisor that wait for their answer, from any thread."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._lock = threading.Lock()

    def tell(self, message: dict[str, Any]) -> None:
        """Sends `message`; whoever sends first and asks later calls `hear` for the answer."""
        body = json.dumps(message).encode("ascii")
        self._line.sendall(_HEAD.pack(len(body)) + body)

    def hear(self) -> dict[str, Any]:
        """The next answer."""
        (length,) = _HEAD.unpack(self._exactly(_HEAD.size))
        answer: dict[str, Any] = json.loads(self._exactly(length))
        return answer

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Sends `message` and waits for the answer."""
        with self._lock:
            self.tell(message)
            return self.hear()

    def ask_meanwhile(self, message: dict[str, Any], meanwhile: Callable[[], None]) -> dict[str, Any]:
        """As `ask`, doing something between question and answer, so that it isn't waited for."""
        with self._lock:
            self.tell(message)
            meanwhile()
            return self.hear()

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._line.recv(size - len(data))
            if not piece:
                raise ConnectionError("the lab has gone away")
            data += piece
        return data


class JobRunner:
    """Makes jobs whose time and value the supervisor keeps."""

    drawn = 0  # how many of the iterator's jobs have been made

    def __init__(self, say: Callable[[dict[str, Any]], None], decode: Callable[[Any], Any]) -> None:
        self._say = say
        self._decode = decode
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._calls = itertools.count(1)  # next() of it is one step, whatever thread calls

    def job(self, index: int) -> Callable[[], Awaitable[Any]]:
        """Job `index` as a zero-argument coroutine function."""

        async def job() -> Any:
            call = next(self._calls)
            try:
                reply = await self._tell(call, index, "start")
            except asyncio.CancelledError:
                over = self._ask(call, index, "cancel")  # its clean-up, which takes time,
                while not over.done():  # and which being cancelled once more doesn't cut short
                    with contextlib.suppress(asyncio.CancelledError):
                        await asyncio.wait([over])
                self._say({"say": "job", "call": call, "index": index, "what": "cleaned"})
                raise
            if "error" in reply:
                raise _exception(*reply["error"])
            return self._decode(reply["value"])

        job.__name__ = job.__qualname__ = f"job_{index}"
        return job

    def iterator(self, count: int) -> Iterator[Callable[[], Awaitable[Any]]]:
        """Jobs 0 to `count` - 1, each made when it is drawn."""
        for index in range(count):
            self.drawn = index + 1
            yield self.job(index)

    def answered(self, message: dict[str, Any]) -> None:
        """Takes the supervisor's word on a job."""
        future = self._waiting.pop(message["call"], None)
        if future is None:
            return

        def settle() -> None:
            if not future.done():
                future.set_result(message)

        if (loop := future.get_loop()) is asyncio.get_running_loop():
            settle()
        elif not loop.is_closed():
            loop.call_soon_threadsafe(settle)  # an answer that runs each job on a loop of its own, in a thread

    async def _tell(self, call: int, index: int, what: str) -> dict[str, Any]:
        return await self._ask(call, index, what)

    def _ask(self, call: int, index: int, what: str) -> asyncio.Future[dict[str, Any]]:
        future = asyncio.get_running_loop().create_future()
        self._waiting[call] = future
        self._say({"say": "job", "call": call, "index": index, "what": what, "drawn": self.drawn})
        return future


def work(calls: Calls) -> Callable[[], str]:
    """`work()`: computes and waits in the calling thread, stretch by stretch as the supervisor says."""

    def work() -> str:
        ask: dict[str, Any] = {"say": "work", "what": "begin"}
        while True:
            order = calls.ask(ask)
            started = time.thread_time()
            how = order["how"]
            if how == "done":
                return str(order["value"])
            if how == "compute":
                burn(order["seconds"])
            elif how == "sleep":
                time.sleep(order["seconds"])
            elif how == "lock":
                lock = threading.Lock()
                lock.acquire()
                lock.acquire(timeout=order["seconds"])
            elif how == "socket":
                calls.ask({"say": "work", "what": "wait", "call": order["call"]})
            ask = {"say": "work", "what": "next", "call": order["call"], "cpu": time.thread_time() - started}

    return work


def step(calls: Calls, encode: Callable[[Any], Any], seconds: float) -> Callable[[Any], int]:
    """`step(item)`: about `seconds` of CPU; the value comes from the supervisor."""
    main = threading.main_thread()

    def step(item: Any) -> int:
        elsewhere = threading.current_thread() is not main
        question = {"say": "step", "item": encode(item), "elsewhere": elsewhere}
        return int(calls.ask_meanwhile(question, lambda: burn(seconds))["value"])

    return step


class Writer:
    """`write(row)`: sends the rows on in batches."""

    BATCH = 200

    def __init__(self, calls: Calls, encode: Callable[[Any], Any]) -> None:
        self._calls = calls
        self._encode = encode
        self._rows: list[Any] = []

    def write(self, row: Any) -> None:
        """Takes one row."""
        self._rows.append(self._encode(row))
        if len(self._rows) >= self.BATCH:
            self.flush()

    async def write_async(self, row: Any) -> None:
        """Takes one row, letting the loop in."""
        self.write(row)
        await asyncio.sleep(0)

    def flush(self) -> None:
        """Sends what is held back."""
        if self._rows:
            rows, self._rows = self._rows, []
            self._calls.ask({"say": "rows", "rows": rows})


def rows(count: int, seed: int, bad_at: int | None = None, raises_at: int | None = None) -> Iterator[tuple[Any, ...]]:
    """Rows of the table readings: (id, station, taken_at, value), the same for the same seed.

    The grader calls it too, to know what must stand in the table afterwards.
    """
    draw = random.Random(seed)
    for index in range(count):
        if index == raises_at:
            raise RuntimeError(f"no row {index}: the source broke off")
        value: Any = draw.uniform(-40.0, 50.0)
        taken_at = _FIRST_READING + datetime.timedelta(seconds=60 * index + draw.randrange(60))
        if index == bad_at:
            value = "not a number"
        yield (index + 1, draw.randrange(1, 500), taken_at, value)


def burn(seconds: float) -> None:
    """Computes for `seconds` of this thread's CPU time."""
    end = time.thread_time() + seconds
    value = 1
    while time.thread_time() < end:
        for _ in range(50):
            value = (value * 1103515245 + 12345) % 2147483648


def _exception(name: str, message: str) -> BaseException:
    if name == "CancelledError":  # a job that is cancelled on its own
        return asyncio.CancelledError(message)
    kind = getattr(sys.modules["builtins"], name, RuntimeError)
    error: BaseException = kind(message)
    return error
