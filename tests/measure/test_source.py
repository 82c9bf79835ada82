"""What goes along with a function that a lesson measures."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json as js
import linecache
import math
from collections import Counter
from collections.abc import Iterator
from os.path import join
from typing import Any

import pytest

from asynclab import measure
from asynclab.measure.source import gather
from asynclab.problems import Problem

LIMIT = 3
TABLE = {"a": [1, 2], "b": (None, b"x")}
OBJECT = object()


class Base:
    factor: Later | None = None

    def times(self) -> int:
        return Later.factor * LIMIT


class Later:
    factor = 2


def helper(x: float) -> float:
    return math.sqrt(x) + Base().times()


async def uses_much(x: float, extra: int = 0) -> Any:
    await asyncio.sleep(0)
    return helper(x) + extra, js.dumps(TABLE["a"]), Counter("aab"), join("a", "b")


def recursive(n: int) -> int:
    return 1 if n == 0 else n * recursive(n - 1)


def shadows() -> int:
    OBJECT = 5
    return OBJECT


def test_what_it_uses_comes_along() -> None:
    evidence = asyncio.run(measure(uses_much, 4, extra=1))
    assert evidence.outcome == "returned", evidence.error
    assert evidence.value == (9.0, "[1, 2]", {"a": 2, "b": 1}, "a/b")


@contextlib.contextmanager
def kept(found: list[int]) -> Iterator[None]:
    found.append(LIMIT)
    yield
    found.append(0)


def uses_a_decorated_one() -> list[int]:
    found: list[int] = []
    with kept(found):
        found.append(1)
    return found


def test_a_decorated_function_comes_along_with_its_decorator() -> None:
    evidence = asyncio.run(measure(uses_a_decorated_one))
    assert evidence.value == [3, 1, 0], evidence.error


def test_recursion_and_shadowing() -> None:
    assert asyncio.run(measure(recursive, 5)).value == 120
    assert asyncio.run(measure(shadows)).value == 5


def test_the_module_itself_can_be_called() -> None:
    """Whether `measure` is the function or the submodule depends on who imported what first: both work."""
    import asynclab.measure as module

    assert asyncio.run(module(recursive, 3)).value == 6  # type: ignore[operator]


@pytest.mark.parametrize(
    ("function", "named"),
    [(lambda: 1, "lambda"), (print, "built-in"), ([].append, "built-in"), (5, "5")],
)
def test_what_cannot_come_along_is_named(function: Any, named: str) -> None:
    with pytest.raises(Problem) as caught:
        gather(function)
    assert named in caught.value.what
    assert caught.value.todo


def test_an_object_of_a_cell_is_named() -> None:
    cell = """\
thing = object()
async def cell():
    return thing
"""
    linecache.cache["<cell>"] = (len(cell), None, cell.splitlines(True), "<cell>")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(cell, "<cell>", "exec"), namespace)
    with pytest.raises(Problem, match="`thing` \\(a object\\)"):
        gather(namespace["cell"])


def test_a_closure_is_named() -> None:
    secret = 5

    def inner() -> int:
        return secret

    with pytest.raises(Problem, match="secret"):
        gather(inner)


def test_a_notebooks_own_open_is_the_builtin_one() -> None:
    """IPython puts a wrapped `open` into the notebook's names."""

    @functools.wraps(open)
    def wrapped(*args: Any) -> Any:
        return open(*args)

    cell = "def cell(path):\n    with open(path) as file:\n        return file.read()\n"
    linecache.cache["<cell>"] = (len(cell), None, cell.splitlines(True), "<cell>")
    namespace: dict[str, Any] = {"__name__": "__main__", "open": wrapped}
    exec(compile(cell, "<cell>", "exec"), namespace)
    loaded: dict[str, Any] = {}
    exec(gather(namespace["cell"]).text, loaded)
    assert loaded["cell"](__file__).startswith('"""What goes along')


def test_functions_of_a_notebook() -> None:
    """As IPython runs cells: a namespace that is no module, sources in linecache, imports in other cells."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cells = [
        """\
import asyncio
from math import sqrt as root
WAIT = 0.01
""",
        """\
class Plain:
    scale = 1

class City(Plain):
    def __init__(self, name):
        self.name = name * self.scale
""",
        """\
def helper(x):
    return City(str(root(x))).name
""",
        """\
async def cell(x):
    await asyncio.sleep(WAIT)
    return helper(x)
""",
    ]
    for number, cell in enumerate(cells):
        name = f"<ipython-input-{number}>"
        linecache.cache[name] = (len(cell), None, cell.splitlines(True), name)
        exec(compile(cell, name, "exec"), namespace)
    source = gather(namespace["cell"])
    loaded: dict[str, Any] = {}
    exec(source.text, loaded)
    assert asyncio.run(loaded["cell"](4)) == "2.0"
    assert asyncio.run(measure(namespace["cell"], 9)).value == "3.0"


def test_interrupting_leaves_nothing() -> None:
    async def main() -> None:
        task = asyncio.create_task(measure(sleeps))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


async def sleeps() -> None:
    await asyncio.sleep(1000)
