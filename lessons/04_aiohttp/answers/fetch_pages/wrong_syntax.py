# verdict: crashed
# Doesn't load: await stands in a plain function.
import aiohttp


def fetch(session, url):
    async with session.get(url) as response:
        return await response.text()


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        return [await fetch(session, url) for url in urls]
