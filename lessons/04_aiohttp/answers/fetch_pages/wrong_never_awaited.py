# verdict: failed
# mistakes: never-awaited
# Returns a list of coroutines that nobody awaits.
import aiohttp


async def fetch(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


async def fetch_pages(urls):
    async with aiohttp.ClientSession() as session:
        return [fetch(session, url) for url in urls]
