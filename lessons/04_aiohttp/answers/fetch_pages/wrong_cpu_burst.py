# verdict: failed
# mistakes: cpu-burst
# When all pages are there, a checksum is computed over them in the loop's thread for seconds.
import asyncio
import hashlib

import aiohttp


async def fetch(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


def checksum(pages):
    state = 0
    for _ in range(40):
        for page in pages:
            for letter in page[:400]:
                state = (state * 31 + ord(letter)) % 1_000_003
    return hashlib.sha256(str(state).encode()).hexdigest()


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        pages = await asyncio.gather(*(fetch(session, url) for url in urls))
    print("checksum", checksum(pages))
    return pages
