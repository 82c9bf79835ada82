# verdict: passed
# A plain def; where the server names no time it waits a whole second, which is patient but not wrong.
import asyncio
import contextlib
from pathlib import Path

import aiohttp


def download(urls, folder, limit):
    Path(folder).mkdir(parents=True, exist_ok=True)
    return _download_all(list(urls), Path(folder), limit)


async def _download_all(urls, folder, limit):
    slots = asyncio.Semaphore(limit)
    async with aiohttp.ClientSession() as session:
        sizes = await asyncio.gather(*(_patiently(session, slots, url, folder) for url in urls))
    return dict(zip(urls, sizes))


async def _patiently(session, slots, url, folder):
    for attempt in range(3):
        async with slots:
            async with session.get(url) as response:
                if response.status != 503 or attempt == 2:
                    return await _write(response, folder / url.rpartition("/")[2])
                pause = float(response.headers.get("Retry-After", 1))
        await asyncio.sleep(pause)


async def _write(response, path):
    response.raise_for_status()
    with _complete_or_nothing(path) as file:
        async for piece in response.content.iter_chunked(100_000):
            file.write(piece)
        return file.tell()


@contextlib.contextmanager
def _complete_or_nothing(path):
    unfinished = path.with_name("unfinished-" + path.name)
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.rename(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
