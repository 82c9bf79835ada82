"""Runs of small sources, on children that the whole session shares a warm server for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

import pytest

from asynclab.measure import Children, Evidence, Protection, Run, Source, protections

_loop = asyncio.new_event_loop()
_children: dict[str, Children] = {}


@pytest.fixture(scope="session", autouse=True)
def loop_of_runs() -> Iterator[None]:
    """A loop in a thread of its own, so that tests are plain functions."""
    thread = threading.Thread(target=_loop.run_forever, daemon=True)
    thread.start()
    yield
    for children in _children.values():
        asyncio.run_coroutine_threadsafe(children.__aexit__(None, None, None), _loop).result(30)
    _children.clear()
    _loop.call_soon_threadsafe(_loop.stop)
    thread.join()


@pytest.fixture(params=protections(), ids=lambda protection: protection.name)
def protection(request: pytest.FixtureRequest) -> Protection:
    """Each protection that works on this machine, one after the other."""
    found: Protection = request.param
    return found


def once(
    text: str, *args: Any, function: str = "answer", under: Protection | str = "rlimits", **settings: Any
) -> Evidence:
    """One run of `function` of `text` in a fresh child; the site isn't asked for."""
    name = under if isinstance(under, str) else under.name
    children = _children.setdefault(name, Children(name, network=False))
    run = Run(function, args, **settings)
    return asyncio.run_coroutine_threadsafe(children.run(Source(dedent(text)), run), _loop).result(120)
