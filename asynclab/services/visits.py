"""The site as its users see it: open a visit, give its urls to somebody, read its ledger."""

from __future__ import annotations

import dataclasses
import random
import secrets
import socket
import threading
import weakref
from types import TracebackType
from typing import Any
from urllib.parse import quote

from asynclab.paths import data_folder
from asynclab.problems import Problem
from asynclab.services import lease, pages, sockets
from asynclab.services.keeper import CONTROL, FOLDER
from asynclab.services.knobs import Knobs
from asynclab.services.ledger import Ledger
from asynclab.services.world import world_of

SECONDS = 60.0  # for the site to answer a command
SETTLE = 0.3  # seconds that a ledger waits for requests still in flight
_visits: weakref.WeakSet[Visit] = weakref.WeakSet()  # this process's, until they are closed
_lock = threading.Lock()  # of that set


def take_up() -> None:
    """Opens this process's visits at a site that was restarted: their addresses answer again. Raises Problem.

    Each ledger says once that it lost what was before, until it is cleared.
    """
    with _lock:
        visits = list(_visits)
    for visit in visits:
        visit.take_up()


class Site:
    """The lab's web server. ``asynclab.site`` is the one of this data folder.

        visit = site.visit(latency=0.05)
        urls = visit.pages(1000)
        …
        visit.ledger().peak_in_flight

    Synchronous and thread-safe; from a coroutine, use asyncio.to_thread. Raises Problem.
    """

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, without a slash at its end. The same as long as the lab runs."""
        return str(lease.call("site")["url"])

    def visit(self, **knobs: Any) -> Visit:
        """A fresh visit, with a random name and seed; see `Knobs` for what can be turned."""
        return Visit(self, secrets.token_hex(6), random.SystemRandom().getrandbits(48), Knobs(**knobs))

    def adopt(self, listening: socket.socket) -> Adopted:
        """Serves on a listening socket that was made elsewhere, in another network namespace, say.

        The caller may close its own descriptor afterwards.
        """
        number = self._command({"op": "adopt", "owner": lease.owner()}, [listening.fileno()])["id"]
        return Adopted(self, number)

    def _command(self, message: dict[str, Any], fds: list[int] | None = None) -> dict[str, Any]:
        for attempt in (1, 2, 3):
            lease.call("site")  # makes sure that it runs
            try:
                answer = sockets.ask(data_folder() / FOLDER, CONTROL, message, SECONDS, fds or [])
            except TimeoutError:
                raise Problem("The lab's site doesn't answer.", "Try again.") from None
            except OSError as problem:
                if attempt == 3:
                    raise Problem(f"The lab's site can't be asked ({problem}).", "Try again.") from problem
                continue
            if "error" in answer:
                raise Problem(f"The lab's site refused: {answer['error']}.")
            return answer
        raise AssertionError("unreachable")


class Visit:
    """A part of the site with knobs and a ledger of its own. Close it, or use it with `with`."""

    def __init__(self, site: Site, name: str, seed: int, knobs: Knobs) -> None:
        self.name = name
        self.seed = seed
        self.knobs = knobs
        self._site = site
        self._cut_short = False  # the site was restarted since the ledger was begun
        self._open()
        with _lock:
            _visits.add(self)

    def url(self, path: str = "/") -> str:
        """The address of a path of this visit."""
        return self._base + (path if path.startswith("/") else "/" + path)

    def pages(self, n: int, kind: str = "city", *, json: bool = False) -> list[str]:
        """The addresses of n different pages, drawn by the visit's seed. kind: "city" or "country"."""
        shown = world_of(self.seed, self.knobs.pages)
        names: list[int] | list[str] = sorted(shown.cities if kind == "city" else shown.countries)  # type: ignore[assignment]
        if kind not in ("city", "country"):
            raise ValueError('kind: "city" or "country"')
        if n > len(names):
            raise ValueError(f"{n} pages asked for, and there are {len(names)}")
        chosen = random.Random(f"pages {self.seed}").sample(names, n)
        return [self.url(f"{'/api' if json else ''}/{kind}/{name}") for name in chosen]

    def bodies(self, n: int) -> list[str]:
        """The addresses of n streamed bodies; the knob `body` says how large they are."""
        draw = random.Random(f"bodies {self.seed}")
        return [self.url(f"/body/{draw.getrandbits(40):010x}{number}.bin") for number in range(n)]

    def reachable(self) -> set[str]:
        """Every address that a crawl from url("/") finds, fragments dropped."""
        return {self.url(quote(path)) for path in pages.paths(self.seed, self.knobs)}

    def expected(self, url: str) -> bytes:
        """What the site answers there with status 200, computed without asking it.

        Raises KeyError where there is no such page.
        """
        path = self.path(url)
        if pages.is_body(path):
            return b"".join(pages.body(self.seed, self.knobs.at(path), path))
        found = pages.page(self.seed, self.knobs, self._base, path)
        if found is None:
            raise KeyError(url)
        return found[1]

    def path(self, url: str) -> str:
        """The path below the visit, as the ledger has it: "/city/2643743"."""
        path = url.partition("#")[0].partition("?")[0]
        if path.startswith(self._base + "/"):
            return path[len(self._base) :]
        if path.startswith("/"):
            return path
        raise KeyError(url)

    def latency_of(self, url: str, attempt: int = 1) -> float:
        """The latency in seconds that this attempt is due, spread included."""
        path = self.path(url)
        return self.knobs.at(path).latency_of(self.seed, path, attempt)

    def fails(self, url: str, attempt: int = 1) -> bool:
        """Whether this attempt fails."""
        path = self.path(url)
        return self.knobs.at(path).fails(self.seed, path, attempt)

    def set(self, **knobs: Any) -> None:
        """Turns knobs; those not named stay."""
        self.knobs = dataclasses.replace(self.knobs, **knobs)
        if "unknown" in self._site._command({"op": "set", "name": self.name, "knobs": self.knobs.to_json()}):
            self._open()

    def ledger(self, settle: float = SETTLE) -> Ledger:
        """What the site saw. Waits up to `settle` seconds for requests in flight to end.

        A request that is still in flight then has status 0 and ends now. Raises Problem when the site
        was restarted under the visit: what it saw is lost, and an empty ledger would be a lie.
        """
        answer = self._site._command({"op": "ledger", "name": self.name, "settle": settle})
        if "unknown" in answer or self._cut_short:
            self.clear()
            raise Problem("The lab's site was restarted during this visit.", "Run it again.")
        return Ledger.from_rows(answer["rows"])

    def clear(self) -> None:
        """Empties the ledger; attempts count from 1 again."""
        self._cut_short = False
        if "unknown" in self._site._command({"op": "clear", "name": self.name}):
            self._open()

    def take_up(self) -> None:
        """Opens it again where the site, restarted, doesn't know it."""
        if "unknown" in self._site._command({"op": "set", "name": self.name, "knobs": self.knobs.to_json()}):
            self._open()
            self._cut_short = True

    def close(self) -> None:
        """Forgets the visit; its addresses answer 404 from now on."""
        with _lock:
            _visits.discard(self)
        self._site._command({"op": "close", "name": self.name})

    def __enter__(self) -> Visit:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        turned = ", ".join(f"{name}={value!r}" for name, value in self.knobs.to_json().items())
        return f"<Visit {self._base} {turned}>"

    def _open(self) -> None:
        self._base = f"{self._site.url}/v/{self.name}"
        self._site._command(
            {
                "op": "open",
                "name": self.name,
                "seed": self.seed,
                "knobs": self.knobs.to_json(),
                "owner": lease.owner(),
            }
        )


class Adopted:
    """A listening socket that the site serves on until `close`."""

    def __init__(self, site: Site, number: int) -> None:
        self._site = site
        self._number: int | None = number

    def close(self) -> None:
        if self._number is not None:
            self._site._command({"op": "release", "id": self._number})
            self._number = None

    def __enter__(self) -> Adopted:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
