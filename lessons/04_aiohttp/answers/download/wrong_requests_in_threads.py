# verdict: failed
# mistakes: threads-instead
# requests in to_thread: a thread for each body on its way.
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter


def fetch(session, url, path):
    part = path.with_name(path.name + ".part")
    for attempt in (1, 2, 3):
        with session.get(url, stream=True) as response:
            if response.status_code != 503 or attempt == 3:
                response.raise_for_status()
                try:
                    with open(part, "wb") as file:
                        for piece in response.iter_content(64 * 1024):
                            file.write(piece)
                    part.replace(path)
                finally:
                    part.unlink(missing_ok=True)
                return path.stat().st_size
            response.content  # read to its end, so that the connection can be used again
            pause = float(response.headers.get("Retry-After", 0.1 * attempt))
        time.sleep(pause)


async def download(urls, folder, limit):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    loop = asyncio.get_running_loop()
    with requests.Session() as session, ThreadPoolExecutor(limit) as pool:
        session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=limit))
        sizes = await asyncio.gather(
            *(loop.run_in_executor(pool, fetch, session, url, folder / url.rpartition("/")[2]) for url in urls)
        )
    return dict(zip(urls, sizes))
