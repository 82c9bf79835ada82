"""The handler of the site's pages in bare aiohttp, without knobs and ledger: what the site is measured
against. ``python bare.py PORT_PIPE SEED BASE LATENCY KIND``, KIND "application" or "low-level"."""

from __future__ import annotations

import asyncio
import os
import sys

from aiohttp import web

from asynclab.services import pages
from asynclab.services.knobs import Knobs
from asynclab.services.ports import listening_socket
from asynclab.services.processes import raise_descriptors


async def main(pipe: int, seed: int, base: str, latency: float, kind: str) -> None:
    raise_descriptors()
    knobs = Knobs()

    async def answer(path: str) -> web.Response:
        if latency:
            await asyncio.sleep(latency)
        found = pages.page(seed, knobs, base, path)
        if found is None:
            return web.Response(status=404)
        return web.Response(body=found[1], content_type=found[0], charset="utf-8")

    async def city(request: web.Request) -> web.Response:
        return await answer(f"/city/{request.match_info['number']}")

    async def low(request: web.BaseRequest) -> web.Response:
        return await answer("/" + request.path.split("/", 3)[3])

    listening = listening_socket()
    if kind == "application":
        app = web.Application()
        app.router.add_get("/v/{visit}/city/{number}", city)
        runner: web.BaseRunner = web.AppRunner(app, access_log=None, handler_cancellation=True)
    else:
        runner = web.ServerRunner(web.Server(low, handler_cancellation=True), access_log=None)
    await runner.setup()
    await web.SockSite(runner, listening, backlog=4096).start()
    os.write(pipe, str(listening.getsockname()[1]).encode())
    os.close(pipe)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4]), sys.argv[5]))
