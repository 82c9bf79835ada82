"""A way out of the sandbox to one database server, for a server that has no local socket to bind in.

DATABASE_URL may name a server on another machine. The sandbox has no network, so the supervisor listens on a
unix socket in the run's own folder and passes the bytes on to that server, and to nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from pathlib import Path


class Relay:
    """Passes connections to the unix socket `path` on to `host`:`port`, in a thread of its own, until closed."""

    def __init__(self, path: Path, host: str, port: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._target = host, port
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_unix_server(self._pass_on, path))
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="asynclab-relay")
        self._thread.start()

    def close(self) -> None:
        """Ends every connection."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(writer):
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            with contextlib.closing(far_writer):
                async with asyncio.TaskGroup() as group:
                    group.create_task(_copy(reader, far_writer))
                    group.create_task(_copy(far_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()
