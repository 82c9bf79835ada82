# verdict: passed
# comes near: too-little-concurrency, one-at-a-time, swallowed-exception
# Only workers - 1 threads are started, as the caller is the last worker; the lock is held only to take a place.
import threading

import requests
from requests.adapters import HTTPAdapter


def fetch_with_threads(urls: list[str], workers: int) -> list[bytes]:
    bodies: list[bytes] = [b""] * len(urls)
    failures: list[BaseException] = []
    places = iter(range(len(urls)))
    turn = threading.Lock()

    def next_place() -> int | None:
        with turn:
            return None if failures else next(places, None)

    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(pool_maxsize=workers))

        def work() -> None:
            try:
                while (place := next_place()) is not None:
                    response = session.get(urls[place])
                    response.raise_for_status()
                    bodies[place] = response.content
            except BaseException as failure:  # kept for the caller, and the others take no more
                failures.append(failure)

        helpers = [threading.Thread(target=work) for _ in range(workers - 1)]
        for helper in helpers:
            helper.start()
        work()
        for helper in helpers:
            helper.join()

    if failures:
        raise failures[0]
    return bodies
