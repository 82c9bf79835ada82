"""The site: pages, knobs, the ledger against what clients saw, adopted sockets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp
import pytest
from aiohttp import web

from asynclab.problems import Problem
from asynclab.services import Knobs, Ledger, Visit, pages, site, webserver
from asynclab.services.world import world
from tests.services.conftest import wait_for

pytestmark = pytest.mark.usefixtures("kept")


@pytest.fixture
def visit(kept: Path) -> Iterator[Visit]:
    with site.visit() as visit:
        yield visit


class Links(HTMLParser):
    """The page's links, its title and its declared character set."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.links: list[str] = []
        self.open: list[str] = []
        self.void = {"meta", "br"}
        self.balanced = True
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.void:
            self.open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        self.balanced = self.balanced and self.open.pop() == tag


async def get(url: str, session: aiohttp.ClientSession, **options: Any) -> tuple[int, bytes, dict[str, str]]:
    async with session.get(url, **options) as response:
        return response.status, await response.read(), dict(response.headers)


def fetch(*urls: str, limit: int = 0, **options: Any) -> list[tuple[int, bytes, dict[str, str]]]:
    """All urls at once, (status, body, headers) each."""

    async def main() -> list[tuple[int, bytes, dict[str, str]]]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit)) as session:
            return await asyncio.gather(*(get(url, session, **options) for url in urls))

    return asyncio.run(main())


def status(url: str, **options: Any) -> int:
    return fetch(url, **options)[0][0]


# Pages -------------------------------------------------------------------------------------------


def test_every_kind_of_page_is_what_was_expected(visit: Visit) -> None:
    urls = [visit.url("/"), *visit.pages(5), *visit.pages(5, "country"), *visit.pages(3, json=True)]
    urls += [*visit.pages(3, "country", json=True), *visit.bodies(2)]
    for url, (code, body, _) in zip(urls, fetch(*urls), strict=True):
        assert code == 200
        assert body == visit.expected(url)


def test_pages_are_whole_html_in_utf_8(visit: Visit) -> None:
    for url in [visit.url("/"), *visit.pages(10), *visit.pages(10, "country")]:
        [(_, body, headers)] = fetch(url)
        page = Links(body)
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert page.balanced
        assert not page.open
    assert "Golestān" in visit.expected(visit.url("/city/32900")).decode()


def test_a_crawl_finds_exactly_what_is_reachable() -> None:
    with site.visit(pages=30) as visit:
        found, todo, kinds = set(), [visit.url("/")], set()
        while todo:
            url = todo.pop()
            if url in found or urlsplit(url).netloc != urlsplit(visit.url()).netloc:
                continue
            found.add(url)
            [(code, body, _)] = fetch(url)
            assert code == 200
            for link in Links(body).links:
                kinds.add("absolute" if "://" in link else "relative")
                kinds.add("fragment" if "#" in link else "plain")
                todo.append(urldefrag(urljoin(url, link)).url)
        countries = {world().cities[int(url.rsplit("/", 1)[1])].country for url in found if "/city/" in url}
        assert found == visit.reachable()
        assert len(found) == 30 + len(countries) + 1
        assert kinds == {"absolute", "relative", "fragment", "plain"}


def test_nothing_can_be_learnt_by_heart() -> None:
    with site.visit() as one, site.visit() as other:
        path = one.path(one.pages(1)[0])
        assert one.expected(one.url(path)) != other.expected(other.url(path))
        assert one.expected(one.bodies(1)[0]) != other.expected(other.bodies(1)[0])
        assert one.pages(20) != [one.url(other.path(url)) for url in other.pages(20)]


def test_chunks_of_a_body_differ(visit: Visit) -> None:
    visit.set(body=3 * pages.CHUNK + 5)
    body = visit.expected(visit.bodies(1)[0])
    assert len(body) == 3 * pages.CHUNK + 5
    assert len({body[at : at + pages.CHUNK] for at in range(0, len(body), pages.CHUNK)}) == 4


def test_what_is_not_there_is_404(visit: Visit) -> None:
    wrong = ["/city/1", "/city/02643743", "/city/x", "/country/XX", "/nothing", "/body/a.txt", "/city/²"]
    for path in wrong:
        assert status(visit.url(path)) == 404
        with pytest.raises(KeyError):
            visit.expected(visit.url(path))
    assert status(f"{site.url}/v/nobody/") == 404
    assert status(f"{site.url}/") == 404


def test_a_visit_can_be_named_by_a_header(visit: Visit) -> None:
    [(code, _, _)] = fetch(f"{site.url}/city/2643743", headers={"X-Visit": visit.name})
    assert code == 200
    assert visit.ledger().requests[0].path == "/city/2643743"


def test_asking_for_too_many_pages_says_how_many_there_are(visit: Visit) -> None:
    assert len(set(visit.pages(len(world().cities)))) == len(world().cities) > 5000
    with pytest.raises(ValueError, match="there are"):
        visit.pages(100_000)


# The ledger --------------------------------------------------------------------------------------


def test_ledger_agrees_with_what_the_client_saw() -> None:
    with site.visit(latency=0.1, spread=0.5, failures=0.3, failure="503") as visit:
        urls = visit.pages(300)
        answers = fetch(*urls, limit=80)
        ledger = visit.ledger()
    assert len(ledger) == 300
    assert ledger.peak_in_flight <= 80
    assert ledger.peak_in_flight > 60
    assert ledger.connections <= 80
    seen = {request.path: (request.status, request.sent) for request in ledger.requests}
    assert seen == {visit.path(url): (code, len(body)) for url, (code, body, _) in zip(urls, answers, strict=True)}
    for url, (code, _, _) in zip(urls, answers, strict=True):
        assert code == (503 if visit.fails(url) else 200)
    for request in ledger.requests:
        assert request.latency == visit.latency_of(visit.url(request.path))
        assert 0 <= request.end - request.start - request.latency < 0.5
        assert not request.given_up
    assert [r.start for r in ledger.requests] == sorted(r.start for r in ledger.requests)


def test_ledger_counts_connections_and_attempts(visit: Visit) -> None:
    url = visit.pages(1)[0]

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            for _ in range(3):
                await get(url, session)
        async with aiohttp.ClientSession() as session:
            await get(url, session)

    asyncio.run(main())
    ledger = visit.ledger()
    assert [r.connection for r in ledger.requests] == [0, 0, 0, 1]
    assert [r.attempt for r in ledger.requests] == [1, 2, 3, 4]
    visit.clear()
    assert visit.ledger() == Ledger()
    fetch(url)
    assert [(r.connection, r.attempt) for r in visit.ledger().requests] == [(0, 1)]


def test_ledger_knows_who_gave_up(visit: Visit) -> None:
    visit.set(latency=5)
    urls = visit.pages(20)

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await asyncio.gather(*(get(url, session) for url in urls))

    began = time.monotonic()
    asyncio.run(main())
    ledger = visit.ledger()
    assert time.monotonic() - began < 2
    assert len(ledger) == 20
    for request in ledger.requests:
        assert request.given_up
        assert (request.status, request.sent) == (0, 0)
        assert request.end - request.start < 1


def test_ledger_of_a_body_given_up_half_way(visit: Visit) -> None:
    visit.set(body=4_000_000, pace=1_000_000)

    async def main() -> None:
        async with aiohttp.ClientSession() as session, session.get(visit.bodies(1)[0]) as response:
            await response.content.readexactly(200_000)

    asyncio.run(main())
    [request] = visit.ledger().requests
    assert request.given_up
    assert request.status == 200
    assert 200_000 <= request.sent < 4_000_000


def test_a_ledger_of_requests_still_in_flight_does_not_wait_for_them(visit: Visit) -> None:
    visit.set(latency=3)

    async def main() -> Ledger:
        async with aiohttp.ClientSession() as session:
            task = asyncio.create_task(get(visit.pages(1)[0], session))
            await asyncio.sleep(0.2)
            ledger = await asyncio.to_thread(visit.ledger, 0.1)
            task.cancel()
            return ledger

    [request] = asyncio.run(main()).requests
    assert (request.status, request.given_up) == (0, False)
    assert 0.1 < request.end - request.start < 2


@pytest.mark.slow
@pytest.mark.parametrize("latency", [0.08, 1.0])
def test_two_thousand_at_once(latency: float) -> None:
    from tests.bench.site import AT_ONCE, at_once

    figures = at_once(latency)
    assert figures["bodies right"] == AT_ONCE
    assert figures["ledger: requests"] == figures["ledger: answered with 200"] == AT_ONCE
    assert figures["ledger: bytes agree"]
    assert figures["ledger: paths agree"]
    assert figures["ledger: connections"] == AT_ONCE
    if latency == 1.0:
        assert figures["ledger: peak in flight"] == AT_ONCE


# Knobs -------------------------------------------------------------------------------------------


def test_latency_and_its_spread_can_be_computed_beforehand(visit: Visit) -> None:
    visit.set(latency=0.2, spread=1.0)
    urls = visit.pages(200)
    draws = [visit.latency_of(url) for url in urls]
    assert 0 <= min(draws) < 0.02
    assert 0.38 < max(draws) <= 0.4
    assert visit.latency_of(urls[0], 1) != visit.latency_of(urls[0], 2)
    began = time.monotonic()
    fetch(*urls[:10])
    assert max(draws[:10]) <= time.monotonic() - began < max(draws[:10]) + 1


@pytest.mark.parametrize("code", ["503", "500", "404", "429"])
def test_failures_end_after_their_times(visit: Visit, code: str) -> None:
    visit.set(failures=1.0, failure=code, failure_times=2, retry_after=0.5)
    for url in (visit.pages(1)[0], visit.bodies(1)[0]):
        answers = [fetch(url)[0] for _ in range(3)]
        assert [answer[0] for answer in answers] == [int(code), int(code), 200]
        assert answers[0][2].get("Retry-After") == ("0.5" if code in ("503", "429") else None)


def test_the_share_of_failures_is_drawn_by_path(visit: Visit) -> None:
    visit.set(failures=0.2)
    share = sum(visit.fails(url) for url in visit.pages(2000)) / 2000
    assert 0.15 < share < 0.25


def test_a_reset_is_a_reset(visit: Visit) -> None:
    visit.set(failures=1.0, failure="reset")
    parts = urlsplit(visit.pages(1)[0])
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
        connection.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            connection.recv(100)
    [request] = visit.ledger().requests
    assert (request.status, request.sent, request.given_up) == (0, 0, False)


def test_a_body_is_reset_half_way(visit: Visit) -> None:
    visit.set(body=1_000_000, failures=1.0, failure="reset")
    url = visit.bodies(1)[0]
    with pytest.raises(aiohttp.ClientError):
        fetch(url)
    [request] = visit.ledger().requests
    assert (request.status, request.sent, request.given_up) == (200, 500_000, False)
    assert fetch(url)[0][1] == visit.expected(url)


def test_pages_end_in_one_moment(visit: Visit) -> None:
    urls = visit.pages(5)
    visit.set(together=4)

    async def main() -> list[tuple[int, bytes, dict[str, str]]]:
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            tasks = [group.create_task(get(url, session)) for url in urls[:3]]
            await asyncio.sleep(0.3)
            assert not any(task.done() for task in tasks)
            tasks += [group.create_task(get(url, session)) for url in urls[3:]]
        return [task.result() for task in tasks]

    assert [(status, body) for status, body, _ in asyncio.run(main())] == [(200, visit.expected(url)) for url in urls]
    first = visit.ledger().requests[:4]
    assert max(r.end for r in first) - min(r.end for r in first) < min(r.end - r.start for r in first[:3])
    assert status(urls[0]) == 200  # those that come later wait for nobody
    visit.clear()
    began = time.monotonic()
    assert fetch(urls[0])[0][1] == visit.expected(urls[0])
    assert webserver.LONGEST_TOGETHER <= time.monotonic() - began  # in vain, and not for ever


def test_a_stall_lasts_until_the_client_goes(visit: Visit) -> None:
    visit.set(failures=1.0, failure="stall", body=100_000)
    for url in (visit.pages(1)[0], visit.bodies(1)[0]):
        with pytest.raises(TimeoutError):
            fetch(url, timeout=aiohttp.ClientTimeout(total=0.3))
    page, body = visit.ledger().requests
    assert (page.status, page.sent, page.given_up) == (0, 0, True)
    assert (body.status, body.sent, body.given_up) == (200, 50_000, True)


def test_closing_a_visit_ends_its_stalls() -> None:
    visit = site.visit(failures=1.0, failure="stall")

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            task = asyncio.create_task(get(visit.bodies(1)[0], session))  # a page aiohttp would ask for again
            await asyncio.sleep(0.2)
            await asyncio.to_thread(visit.close)
            with pytest.raises(aiohttp.ClientError):
                async with asyncio.timeout(5):
                    await task

    asyncio.run(main())


def test_rate_limit(visit: Visit) -> None:
    visit.set(rate=20)
    answers = fetch(*visit.pages(30))
    codes = [code for code, _, _ in answers]
    assert (codes.count(200), codes.count(429)) == (20, 10)
    assert {headers["Retry-After"] for code, _, headers in answers if code == 429} == {"1"}
    time.sleep(1.05)
    assert status(visit.pages(1)[0]) == 200


def test_pace_of_a_body(visit: Visit) -> None:
    visit.set(body=300_000, pace=500_000)
    began = time.monotonic()
    [(_, body, headers)] = fetch(visit.bodies(1)[0])
    assert 0.5 < time.monotonic() - began < 2
    assert headers["Content-Length"] == str(len(body)) == "300000"


def test_limit_on_connections(visit: Visit) -> None:
    visit.set(connections=5, latency=0.3)
    codes = [code for code, _, _ in fetch(*visit.pages(12))]
    assert (codes.count(200), codes.count(503)) == (5, 7)
    assert wait_for(lambda: status(visit.pages(1)[0]) == 200, 2)


def test_rules_hold_at_their_paths(visit: Visit) -> None:
    broken, fine = visit.bodies(2)
    visit.set(body=1000, rules={visit.path(broken): {"failures": 1.0, "failure": "404", "failure_times": 99}})
    assert [status(broken), status(broken), status(fine)] == [404, 404, 200]
    visit.set(rules={visit.path(fine): {"body": 7}})
    assert len(fetch(fine)[0][1]) == 7
    assert visit.expected(fine) == fetch(fine)[0][1]
    assert len(fetch(broken)[0][1]) == 1000


@pytest.mark.parametrize(
    "knobs",
    [
        {"latency": -1},
        {"latency": float("nan")},
        {"spread": 2},
        {"failures": 1.5},
        {"failure": "oops"},
        {"rate": 0},
        {"together": 0},
        {"body": -1},
        {"rules": {"body/a.bin": {}}},
        {"rules": {"/body/a.bin": {"latency": -1}}},
        {"rules": {"/a": {"pages": 3}}},
    ],
)
def test_knobs_that_can_not_be_are_refused(knobs: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="knob"):
        Knobs(**knobs)
    with pytest.raises(TypeError):
        Knobs(speed=3)  # type: ignore[call-arg]


def test_two_visits_do_not_disturb_each_other() -> None:
    with site.visit(latency=1) as slow, site.visit() as fast:
        began = time.monotonic()
        assert status(fast.pages(1)[0]) == 200
        assert time.monotonic() - began < 0.9
        assert len(slow.ledger()) == 0
        assert len(fast.ledger()) == 1


def test_a_closed_visit_is_gone() -> None:
    with site.visit() as visit:
        pass
    assert status(visit.url("/")) == 404


def test_other_methods_and_nonsense(visit: Visit) -> None:
    async def head() -> tuple[int, int]:
        async with aiohttp.ClientSession() as session, session.head(visit.url("/")) as response:
            return response.status, int(response.headers["Content-Length"])

    assert asyncio.run(head()) == (200, len(visit.expected(visit.url("/"))))
    assert visit.ledger().requests[0].sent == 0
    parts = urlsplit(visit.url("/"))
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
        connection.sendall(b"\x00\xff nonsense\r\n\r\n")
        assert b" 400 " in connection.recv(1000)
    assert status(visit.url("/")) == 200


# The control socket ------------------------------------------------------------------------------


def test_the_control_socket_is_ours_alone(kept: Path) -> None:
    assert site.url
    for name in ("site", "keeper"):
        seen = (kept / "services" / name).stat()
        assert seen.st_mode & 0o077 == 0
    assert (kept / "services").stat().st_mode & 0o077 == 0


def test_wrong_commands_are_refused_and_harm_nothing(visit: Visit) -> None:
    with pytest.raises(Problem):
        site._command({"op": "set", "name": visit.name, "knobs": {"speed": 1}})
    assert status(visit.url("/")) == 200


def test_a_site_that_was_restarted_says_so_instead_of_an_empty_ledger(visit: Visit) -> None:
    import signal

    from asynclab.services.lease import call

    fetch(visit.url("/"))
    before = visit.url("/")
    os.kill(call("processes")["site"], signal.SIGKILL)
    with pytest.raises(Problem, match="restarted"):
        visit.ledger()
    assert visit.url("/") == before
    assert status(visit.url("/")) == 200
    assert len(visit.ledger()) == 1


# Protection --------------------------------------------------------------------------------------


def test_connections_beyond_the_cap_are_closed_and_those_below_go_on(caplog: pytest.LogCaptureFixture) -> None:
    async def slow(request: web.BaseRequest) -> web.Response:
        await asyncio.sleep(0.5)
        return web.Response(text="fine")

    async def main() -> list[str]:
        server = await asyncio.get_running_loop().create_server(webserver.Server(slow, 10), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]

        async def one(session: aiohttp.ClientSession) -> str:
            try:
                return (await get(f"http://127.0.0.1:{port}/", session))[1].decode()
            except aiohttp.ClientError:
                return "closed"

        async with server, aiohttp.ClientSession() as session:
            first = await asyncio.gather(*(one(session) for _ in range(30)))
            return [*first, await one(session)]

    seen = asyncio.run(main())
    assert (seen.count("fine"), seen.count("closed")) == (11, 20)
    assert not caplog.records


def test_nothing_leaks_from_what_ends_badly(visit: Visit) -> None:
    import psutil

    from asynclab.services.lease import call

    process = psutil.Process(call("site")["pid"])
    urls = visit.pages(40) + visit.bodies(40)
    fetch(visit.url("/"))
    assert wait_for(lambda: process.num_fds() < 30)
    before = process.num_fds()

    async def main() -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await asyncio.gather(*(get(url, session) for url in urls), return_exceptions=True)

    for knobs in ({"failure": "reset"}, {"failure": "stall"}, {"failures": 0.0, "latency": 30.0}):
        visit.set(**{"failures": 1.0, "failure_times": 99, **knobs})
        asyncio.run(main())
    assert wait_for(lambda: process.num_fds() <= before, 5)
    assert all(request.end < time.monotonic() for request in visit.ledger().requests)
    assert site._command({"op": "ping"})["in_flight"] == 0


def test_complaints_stop_at_some_time(capsys: pytest.CaptureFixture[str]) -> None:
    import logging

    handler = webserver.Complaints()
    for number in range(webserver.MOST_COMPLAINTS + 50):
        handler.emit(logging.LogRecord("site", logging.ERROR, "", 0, f"bad {number}", (), None))
    assert len(capsys.readouterr().err.splitlines()) == webserver.MOST_COMPLAINTS


# Sockets of other network namespaces -------------------------------------------------------------

CHILD = """
import array, fcntl, os, socket, struct, sys, urllib.request
port, url = int(sys.argv[1]), sys.argv[2]
control = socket.socket()
fcntl.ioctl(control, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: lo up
listening = socket.create_server(("127.0.0.1", port))
channel = socket.socket(fileno=int(sys.argv[3]))
socket.send_fds(channel, [b"x"], [listening.fileno()])
assert channel.recv(1) == b"g"
print(len(urllib.request.urlopen(url).read()))
try:
    urllib.request.urlopen(sys.argv[4])
except OSError as problem:
    print("outside:", type(problem).__name__)
"""


def test_a_socket_of_another_network_namespace_is_served(visit: Visit) -> None:
    if subprocess.run(["unshare", "-Urn", "true"], capture_output=True).returncode != 0:
        pytest.skip("no network namespaces here")
    url = visit.pages(1)[0]
    here, there = socket.socketpair()
    with here, contextlib.closing(socket.create_server(("127.0.0.1", 0))) as outside:
        elsewhere = f"http://127.0.0.1:{outside.getsockname()[1]}/"
        child = subprocess.Popen(
            ["unshare", "-Urn", sys.executable, "-c", CHILD]
            + [str(urlsplit(url).port), url, str(there.fileno()), elsewhere],
            pass_fds=[there.fileno()],
            stdout=subprocess.PIPE,
            text=True,
        )
        there.close()
        _, descriptors, _, _ = socket.recv_fds(here, 1, 1)
        with socket.socket(fileno=descriptors[0]) as listening, site.adopt(listening):
            here.sendall(b"g")
            said, _ = child.communicate(timeout=20)
        assert said.split() == [str(len(visit.expected(url))), "outside:", "URLError"]
    assert [request.status for request in visit.ledger().requests] == [200]
    assert site._command({"op": "ping"})["adopted"] == 0


def test_adopted_sockets_are_released(visit: Visit) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    adopted = site.adopt(listening)
    listening.close()
    assert status(f"http://127.0.0.1:{port}/v/{visit.name}/") == 200
    adopted.close()
    adopted.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=2).close()


def test_rows_of_the_ledger_have_its_fields_in_order() -> None:
    names = ["PATH", "CONNECTION", "START", "END", "STATUS", "SENT", "ATTEMPT", "GIVEN_UP", "LATENCY"]
    from asynclab.services import Request

    assert [name.lower() for name in names] == list(Request.__dataclass_fields__)
    assert [getattr(webserver, name) for name in names] == list(range(9))
