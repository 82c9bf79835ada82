"""Runs of small sources, on children that the whole session shares a warm server for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

import pytest

from asynclab.measure import Children, Evidence, Protection, Run, Source, protections
from asynclab.measure.protection import BUBBLEWRAP

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


def each(*, isolating: bool = False) -> list[Any]:
    """The protections that work here as parameters; bubblewrap, whose children take long to start, with --all."""
    wanted = [protection for protection in protections() if protection.isolates or not isolating]
    return [
        pytest.param(one, id=one.name, marks=[pytest.mark.slow] if one == BUBBLEWRAP and one != wanted[0] else [])
        for one in wanted
    ]


@pytest.fixture(params=each())
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
