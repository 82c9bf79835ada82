# verdict: passed
# comes near: swallowed-exception, status-not-checked, connection-per-request
# A failure is caught and handed back as a value, but all are raised at the end; a session is made once a thread only.
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

import requests


def fetch_with_threads(urls: list[str], workers: int) -> list[bytes]:
    mine = threading.local()
    sessions: list[requests.Session] = []

    def session_of_this_thread() -> requests.Session:
        if not hasattr(mine, "session"):
            mine.session = requests.Session()
            sessions.append(mine.session)
        return mine.session

    def attempt(url: str) -> tuple[str, bytes | Exception]:
        try:
            response = session_of_this_thread().get(url)
        except Exception as error:
            return url, error
        if not response.ok:
            return url, LookupError(f"{url} answered {response.status_code}")
        return url, response.content

    try:
        with ThreadPoolExecutor(workers) as pool:
            attempts = [pool.submit(attempt, url) for url in urls]
            found = dict(done.result() for done in as_completed(attempts))
    finally:
        for session in sessions:
            session.close()

    failures = [entry for entry in found.values() if isinstance(entry, Exception)]
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(urls)} pages can't be had", failures)
    return [found[url] for url in urls]
