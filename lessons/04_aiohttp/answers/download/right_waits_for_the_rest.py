# verdict: passed
# comes near: retried-for-nothing, swallowed-exception
# After a 404 it goes on with other urls, retries included, collecting exceptions; the 404 had one try and is raised.
import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import aiofiles
import aiohttp

TRIES = 3


async def save(response: aiohttp.ClientResponse, path: Path) -> int:
    part = path.with_name(path.name + ".part")
    written = 0
    try:
        async with aiofiles.open(part, "wb") as file:
            async for piece in response.content.iter_chunked(64 * 1024):
                written += await file.write(piece)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return written


async def one(session: aiohttp.ClientSession, slots: asyncio.Semaphore, url: str, folder: Path) -> int:
    attempt = 0
    while True:
        attempt += 1
        async with slots, session.get(url) as response:
            match response.status:
                case 503 if attempt < TRIES:
                    await response.read()
                    asked = response.headers.get("Retry-After")
                case status if status >= 400:
                    response.raise_for_status()
                case _:
                    return await save(response, folder / urlsplit(url).path.rpartition("/")[2])
        await asyncio.sleep(0.05 + (float(asked) if asked else 0.1 * 2**attempt))


async def download(urls: list[str], folder: str | Path, limit: int) -> dict[str, int]:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(limit)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_read=60)) as session:
        # one missing file is no reason to lose the others: let all come to their end, then say what failed
        outcomes = await asyncio.gather(*(one(session, slots, url, folder) for url in urls), return_exceptions=True)
    sizes = {}
    for url, outcome in zip(urls, outcomes, strict=True):
        if isinstance(outcome, BaseException):
            raise outcome
        sizes[url] = outcome
    return sizes
