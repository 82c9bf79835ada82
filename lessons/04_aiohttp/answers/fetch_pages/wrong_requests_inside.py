# verdict: failed
# mistakes: blocks-the-loop
# requests in a coroutine: gather can't help, every page stops the loop.
import asyncio

import requests


async def fetch(session, url):
    response = session.get(url)
    response.raise_for_status()
    response.encoding = "utf-8"
    return response.text


async def fetch_pages(urls):
    with requests.Session() as session:
        return await asyncio.gather(*(fetch(session, url) for url in urls))
