# verdict: failed
# mistakes: sequential-awaits
# Each page is awaited before the next is asked for.
import aiohttp


async def fetch_pages(urls):
    pages = []
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        for url in urls:
            async with session.get(url) as response:
                pages.append(await response.text())
    return pages
