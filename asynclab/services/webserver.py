"""The site: an aiohttp server in a process of its own. Started by the keeper, never by hand.

It serves the pages of `asynclab.services.pages` on a socket that the keeper bound, behaves as each
visit's knobs say, and keeps each visit's ledger. Knobs and ledgers are reached by a control socket.

aiohttp's low-level server is used, without its router: what knobs and ledger cost is less than what
the router would (tests/bench/site.py measures it).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import signal
import socket
import struct
import sys
from collections import deque
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from asynclab.services import pages, sockets
from asynclab.services.knobs import Knobs
from asynclab.services.ports import BACKLOG
from asynclab.services.processes import die_with_parent, raise_descriptors

MOST_CONNECTIONS = 10_000  # at once; the descriptors may allow fewer
SPARE_DESCRIPTORS = 200  # for the control socket, files, and connections on their way out
LONGEST_STALL = 600.0  # seconds after which a stalled request is reset
LONGEST_TOGETHER = 2.0  # seconds that pages wait for the others that they are to end with
MOST_COMPLAINTS = 100  # lines of log in a site's life: a flood of bad requests must not fill the disk


# The fields of a ledger row, in the order of asynclab.services.ledger.Request.
PATH, CONNECTION, START, END, STATUS, SENT, ATTEMPT, GIVEN_UP, LATENCY = range(9)


@dataclass(eq=False)
class Visit:
    name: str
    seed: int
    knobs: Knobs
    base: str
    owner: str
    rows: list[list[Any]] = field(default_factory=list)
    in_flight: int = 0
    attempts: dict[str, int] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)  # connection's serial -> number in the visit
    open: set[int] = field(default_factory=set)  # serials of connections that are still there
    recent: deque[float] = field(default_factory=deque)  # starts in the last second, for `rate`
    special: dict[str, Knobs] = field(default_factory=dict)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    quiet: asyncio.Event = field(default_factory=asyncio.Event)
    held: Held = field(default_factory=lambda: Held())

    def turn(self, knobs: Knobs) -> None:
        self.knobs = knobs
        self.special = {path: knobs.at(path) for path in knobs.rules}

    def clear(self) -> None:
        # Requests still in flight keep their rows, which nobody will see, and end by themselves.
        self.rows = []
        self.attempts = {}
        self.numbers = {}
        self.recent.clear()
        self.held.let_go.set()
        self.held = Held()

    def over_rate(self, rate: float, now: float) -> float | None:
        """Seconds until one more request is welcome, or None when it is now (and is then counted)."""
        recent = self.recent
        while recent and recent[0] <= now - 1:
            recent.popleft()
        if len(recent) < max(1, rate):
            recent.append(now)
            return None
        return max(0.0, recent[0] + 1 - now)


@dataclass(eq=False)
class Held:
    """The pages that wait for each other, for the knob `together`."""

    count: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)


class Connection(RequestHandler):
    """One connection: knows its serial number and in which visits it has been."""

    __slots__ = ("serial", "visits")
    server: Server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        server: Server = self._manager  # type: ignore[assignment]
        server.serial += 1
        self.serial = server.serial
        self.visits: list[Visit] = []
        super().connection_made(transport)
        if len(server._connections) > server.most_connections:
            self.force_close()

    def connection_lost(self, exc: BaseException | None) -> None:
        for visit in self.visits:
            visit.open.discard(self.serial)
        super().connection_lost(exc)


class Server(web.Server):
    """aiohttp's low-level server with a cap on connections."""

    def __init__(self, handler: Any, most_connections: int) -> None:
        super().__init__(handler, handler_cancellation=True, access_log=None, keepalive_timeout=300)
        self.serial = 0
        self.most_connections = most_connections

    def __call__(self) -> RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)


class Site:
    def __init__(self, url: str) -> None:
        self.url = url
        self.visits: dict[str, Visit] = {}
        self.adopted: dict[int, tuple[asyncio.Server, str]] = {}
        self.server: Server | None = None

    # What the world sees ------------------------------------------------------------------------

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        start = monotonic()
        path = request.raw_path.partition("?")[0]
        if path.startswith("/v/"):
            name, _, rest = path[3:].partition("/")
            path = "/" + rest
            base = None
        else:
            name = request.headers.get("X-Visit", "")
            base = self.url
        visit = self.visits.get(name)
        if visit is None:
            text = "No such visit. Its notebook was closed, or it was never opened."
            return web.Response(status=404, text=text)
        connection: Connection = request.protocol  # type: ignore[assignment]
        serial = connection.serial
        number = visit.numbers.setdefault(serial, len(visit.numbers))
        if serial not in visit.open:
            visit.open.add(serial)
            connection.visits.append(visit)
        attempt = visit.attempts[path] = visit.attempts.get(path, 0) + 1
        knobs = visit.special.get(path) or visit.knobs
        latency = knobs.latency_of(visit.seed, path, attempt)
        row = [path, number, start, start, 0, 0, attempt, False, latency]
        visit.rows.append(row)
        visit.in_flight += 1
        try:
            return await self.behave(request, visit, knobs, row, base or visit.base)
        except (asyncio.CancelledError, ConnectionError):
            row[GIVEN_UP] = True
            raise
        finally:
            row[END] = monotonic()
            visit.in_flight -= 1
            if not visit.in_flight:
                visit.quiet.set()

    async def behave(
        self, request: web.BaseRequest, visit: Visit, knobs: Knobs, row: list[Any], base: str
    ) -> web.StreamResponse:
        path, start, latency = row[PATH], row[START], row[LATENCY]
        if knobs.connections is not None and len(visit.open) > knobs.connections:
            return await refuse(request, knobs, row, "503", close=True)
        if knobs.rate is not None and (wait := visit.over_rate(knobs.rate, start)) is not None:
            return await refuse(request, knobs, row, "429", wait)
        if latency > 0:
            await asyncio.sleep(latency)
        failure = knobs.failure if knobs.fails(visit.seed, path, row[ATTEMPT]) else ""
        if failure.isdigit():
            return await refuse(request, knobs, row, failure)
        if pages.is_body(path):
            return await self.stream(request, visit, knobs, row, failure)
        if failure:
            return await break_off(request, visit, failure)
        found = pages.page(visit.seed, visit.knobs, base, path)
        if found is None:
            return await refuse(request, knobs, row, "404")
        kind, data = found
        if knobs.together is not None and not visit.held.let_go.is_set() and request.method != "HEAD":
            return await self.held_back(request, visit, knobs.together, row, kind, data)
        return await whole(request, row, 200, kind, data)

    async def held_back(
        self, request: web.BaseRequest, visit: Visit, together: int, row: list[Any], kind: str, data: bytes
    ) -> web.StreamResponse:
        """A page that ends in the same moment as others: all but its last byte is sent, and that with theirs.

        Who waits in vain for LONGEST_TOGETHER lets go of all, and of those that come later.
        """
        response = web.StreamResponse(headers={"Content-Type": f"{kind}; charset=utf-8"})
        response.content_length = len(data)
        await response.prepare(request)
        row[STATUS] = 200
        await response.write(data[:-1])
        row[SENT] = len(data) - 1
        held = visit.held
        held.count += 1
        if held.count >= together:
            held.let_go.set()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_TOGETHER):
                    await held.let_go.wait()
            held.let_go.set()
        finally:
            held.count -= 1
        await response.write(data[-1:])
        row[SENT] = len(data)
        await response.write_eof()
        return response

    async def stream(
        self, request: web.BaseRequest, visit: Visit, knobs: Knobs, row: list[Any], failure: str
    ) -> web.StreamResponse:
        """A body in chunks, at the pace asked for; failing ones break off half way."""
        size = pages.body_size(knobs)
        until = size // 2 if failure else size
        response = web.StreamResponse(headers={"Content-Type": pages.BINARY})
        response.content_length = size
        await response.prepare(request)
        row[STATUS] = 200
        if request.method != "HEAD":
            began = monotonic()
            for chunk in pages.body(visit.seed, knobs, row[PATH]):
                for piece in pieces(chunk, knobs.pace):
                    piece = piece[: until - row[SENT]]
                    if not piece:
                        break
                    await response.write(piece)
                    row[SENT] += len(piece)
                    if knobs.pace:
                        await asyncio.sleep(began + row[SENT] / knobs.pace - monotonic())
        if failure:
            return await break_off(request, visit, failure)
        await response.write_eof()
        return response

    # What its owners tell it --------------------------------------------------------------------

    async def command(self, message: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        operation = message["op"]
        if operation == "ping":
            return {
                "visits": len(self.visits),
                "in_flight": sum(visit.in_flight for visit in self.visits.values()),
                "adopted": len(self.adopted),
            }
        if operation == "adopt":
            return {"id": await self.adopt(fds.pop(), message["owner"])}
        if operation == "release":
            self.release(message["id"])
            return {}
        if operation == "forget":
            self.forget(message["owner"])
            return {}
        if operation == "open":
            name = message["name"]
            self.visits[name] = visit = Visit(name, message["seed"], Knobs(), f"{self.url}/v/{name}", message["owner"])
            visit.turn(Knobs(**message["knobs"]))
            return {}
        visit_or_none = self.visits.get(message["name"])
        if visit_or_none is None:
            return {"unknown": message["name"]}
        visit = visit_or_none
        if operation == "set":
            visit.turn(Knobs(**message["knobs"]))
        elif operation == "clear":
            visit.clear()
        elif operation == "close":
            self.close(visit)
        elif operation == "ledger":
            return {"rows": await self.ledger(visit, message["settle"])}
        return {}

    async def ledger(self, visit: Visit, settle: float) -> list[list[Any]]:
        """The rows, after waiting up to `settle` seconds for requests in flight to end.

        A client that has just gone away is noticed a moment later: its requests end in that time.
        """
        if visit.in_flight and settle > 0:
            visit.quiet.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(settle):
                    await visit.quiet.wait()
        now = monotonic()
        rows = [list(row) for row in visit.rows]
        for row in rows:
            if row[END] == row[START]:  # still in flight
                row[END] = now
        return rows

    def close(self, visit: Visit) -> None:
        self.visits.pop(visit.name, None)
        visit.closed.set()

    def forget(self, owner: str) -> None:
        """Drops all that an owner left: it has gone."""
        for visit in [visit for visit in self.visits.values() if visit.owner == owner]:
            self.close(visit)
        for number in [number for number, (_, of) in self.adopted.items() if of == owner]:
            self.release(number)

    async def adopt(self, descriptor: int, owner: str) -> int:
        """Serves on a listening socket that somebody made elsewhere (in another network namespace)."""
        assert self.server is not None
        listening = socket.socket(fileno=descriptor)
        listening.setblocking(False)
        server = await asyncio.get_running_loop().create_server(self.server, sock=listening, backlog=BACKLOG)
        number = max(self.adopted, default=0) + 1
        self.adopted[number] = (server, owner)
        return number

    def release(self, number: int) -> None:
        server, _ = self.adopted.pop(number, (None, ""))
        if server is not None:
            server.close()


def pieces(chunk: bytes, pace: float | None) -> list[bytes]:
    """A chunk in pieces small enough that a slow pace flows rather than jumps: 20 a second or more."""
    if not pace:
        return [chunk]
    step = max(1, int(pace / 20))
    return [chunk[at : at + step] for at in range(0, len(chunk), step)]


async def whole(
    request: web.BaseRequest,
    row: list[Any],
    status: int,
    kind: str,
    data: bytes,
    headers: dict[str, str] | None = None,
    close: bool = False,
) -> web.Response:
    """Sends an answer at once, so that the ledger's end is when its last byte was handed over."""
    charset = None if kind == pages.BINARY else "utf-8"
    response = web.Response(status=status, body=data, headers=headers, content_type=kind, charset=charset)
    if close:
        response.force_close()
    await response.prepare(request)
    await response.write_eof()
    row[STATUS] = status
    row[SENT] = 0 if request.method == "HEAD" else len(data)
    return response


async def refuse(
    request: web.BaseRequest,
    knobs: Knobs,
    row: list[Any],
    failure: str,
    wait: float | None = None,
    close: bool = False,
) -> web.Response:
    """An answer that is none: 503, 429, 404 …"""
    headers = {}
    after = knobs.retry_after if knobs.retry_after is not None else wait
    if failure in ("503", "429") and after is not None:
        # Whole seconds as RFC 9110 has them, unless the knob asks for a part of one.
        headers["Retry-After"] = f"{math.ceil(after) if knobs.retry_after is None else after:g}"
    said = REASONS[failure].encode()
    return await whole(request, row, int(failure), "text/plain", said, headers, close)


REASONS = {
    "404": "There is no such page.\n",
    "429": "Too many requests. Try again later.\n",
    "500": "The server made a mistake.\n",
    "503": "The server is busy. Try again later.\n",
}


async def break_off(request: web.BaseRequest, visit: Visit, failure: str) -> web.StreamResponse:
    """No (further) answer: the connection is reset, at once or after a stall that nobody waited out."""
    if failure == "stall":
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_STALL):
                await visit.closed.wait()
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        if connection is not None:  # closing with a linger of 0 s sends a reset
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()  # goes nowhere: aiohttp finds the connection closed and leaves it at that


async def control(site: Site, listening: socket.socket) -> None:
    """Answers the owners' commands, one a connection, until cancelled."""
    loop = asyncio.get_running_loop()
    listening.setblocking(False)
    async with asyncio.TaskGroup() as group:
        while True:
            connection, _ = await loop.sock_accept(listening)
            connection.setblocking(False)
            group.create_task(one_command(site, connection))


async def one_command(site: Site, connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    fds: list[int] = []
    try:
        async with asyncio.timeout(60):
            await readable(connection)
            data, fds, _, _ = socket.recv_fds(connection, 1 << 16, 4)
            while len(data) < sockets.HEAD_SIZE or len(data) < sockets.HEAD_SIZE + sockets.size_of(data[:4]):
                more = await loop.sock_recv(connection, 1 << 20)
                if not more:
                    return
                data += more
            message = sockets.unpack(data)
            try:
                answer = await site.command(message, fds)
            except Exception as problem:  # one command's fault must not end the others, nor the control
                answer = {"error": f"{type(problem).__name__}: {problem}"}
            await loop.sock_sendall(connection, sockets.pack(answer))
    except (OSError, TimeoutError):
        pass  # the owner has gone
    finally:
        for descriptor in fds:
            os.close(descriptor)
        connection.close()


async def readable(connection: socket.socket) -> None:
    # The loop has no call that receives descriptors: wait until there is something, then take it.
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(connection, set_once, ready)
    try:
        await ready
    finally:
        loop.remove_reader(connection)


def set_once(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class Complaints(logging.StreamHandler):
    """Log lines, and silence after `MOST_COMPLAINTS` of them."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1
        if self.count <= MOST_COMPLAINTS:
            record.exc_text = None
            super().emit(record)


async def serve(listening: socket.socket, control_socket: socket.socket, ready: int, lifeline: int) -> None:
    port = listening.getsockname()[1]
    site = Site(f"http://127.0.0.1:{port}")
    most = min(MOST_CONNECTIONS, raise_descriptors() - SPARE_DESCRIPTORS)
    site.server = server = Server(site.answer, most)
    pages.world_of(0, None)  # read the data before the first request waits for it
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(server, sock=listening, backlog=BACKLOG)
    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.add_reader(lifeline, stopping.set)  # the keeper's end of it closes when the keeper ends
    commands = asyncio.create_task(control(site, control_socket))
    os.write(ready, b"ready")
    os.close(ready)
    try:
        await stopping.wait()
    finally:
        listener.close()
        commands.cancel()


def main() -> None:
    """``… webserver LISTENING CONTROL READY LIFELINE PARENT``: four descriptors and a process id."""
    listening, control_socket, ready, lifeline, parent = map(int, sys.argv[1:])
    die_with_parent(parent, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(handlers=[Complaints()], level=logging.ERROR)
    asyncio.run(serve(socket.socket(fileno=listening), socket.socket(fileno=control_socket), ready, lifeline))


if __name__ == "__main__":
    main()
