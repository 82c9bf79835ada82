"""What is seen of an answer before it runs: untouched, empty, misnamed, no Python; and the clues of its text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asynclab import course
from asynclab.grader.judging import decide
from asynclab.grader.submission import classify, clues, decoded, read_source, sha256, submissions, task_named
from asynclab.grader.task import all_tasks, find_task
from asynclab.problems import Problem

GREET = find_task("00_start_here.greet")
FETCH = find_task("04_aiohttp.fetch_pages")
assert GREET and FETCH

EMPTY = ["", "\n\n", "\ufeff\r\n", "# nothing yet\n", '"""Only a docstring."""\n', "pass\n"]
UNTOUCHED = [
    "async def greet(name):\n    ...\n",
    'import asyncio\n\nasync def greet(name):\n    """Greets."""\n    ...\n',
    "async def greet(name):\n    pass\n",
    "def greet(name):\n    raise NotImplementedError\n",
]
TO_RUN = [
    "async def greet(name):\n    return 1\n",
    "greet = lambda name: name\n",
    "from functools import partial\ngreet = partial(print, 'a')\n",
    "class greet:\n    def __init__(self, name): self.name = name\n",
    "def make():\n    global greet\n    async def greet(name): return name\nmake()\n",
    "globals()['greet'] = print\n",
    "from somewhere import greet\n",
    "from somewhere import hello as greet\n",
    "async def greet(name):\n    ...\n\nasync def _real(name): return name\ngreet = _real\n",
]


@pytest.mark.parametrize("text", EMPTY)
def test_no_code_is_not_attempted(text: str) -> None:
    seen = classify(text, GREET)
    assert seen and seen.outcome == "no_function" and seen.facts["untouched"] == "empty"


@pytest.mark.parametrize("text", UNTOUCHED)
def test_an_untouched_function_is_not_attempted(text: str) -> None:
    seen = classify(text, GREET)
    assert seen and seen.outcome == "no_function" and seen.facts["untouched"] == "stub"


@pytest.mark.parametrize("task", sorted(all_tasks()))
def test_every_stub_is_recognised_and_no_solution_is(task: str) -> None:
    found = find_task(task)
    assert found
    stub = classify(course.stub(task), found)
    assert stub and stub.facts["untouched"] == "stub"
    assert classify(course.solution(task), found) is None


def test_a_program_as_it_was_given_is_told_from_an_empty_function() -> None:
    service = find_task("07_pitfalls.CityService")
    assert service
    seen = classify(course.stub(service.name), service)
    assert seen and seen.facts == {"untouched": "stub", "given": True}
    assert "with all its faults" in decide(service, {"main": seen}).note
    assert classify(course.stub(service.name) + "\nx = 1\n", service) is None


@pytest.mark.parametrize(
    ("line", "lost"),
    [
        ("asyncio.create_task(work())", True),
        ("asyncio.ensure_future(work())", True),
        ("task = asyncio.create_task(work())", False),
        ("group.create_task(work())", False),  # a TaskGroup holds it
        ("self.tasks.add(asyncio.create_task(work()))", False),
    ],
)
def test_a_task_that_nobody_holds_is_a_clue(line: str, lost: bool) -> None:
    found = clues(f"async def greet(name):\n    {line}\n", GREET)
    assert found.get("task_nobody_holds") == (2 if lost else None)


@pytest.mark.parametrize("text", TO_RUN)
def test_whatever_may_define_it_is_run(text: str) -> None:
    assert classify(text, GREET) is None


def test_a_misnamed_function_is_told() -> None:
    seen = classify("async def greeting(name):\n    return name\n\nclass Other: pass\n", GREET)
    assert seen and seen.outcome == "no_function" and seen.found == ("greeting", "Other")


@pytest.mark.parametrize(
    ("text", "line"), [("async def greet(name:\n    return 1\n", 1), ("x = 1\ndef greet(name)\n    return 1\n", 2)]
)
def test_no_python_tells_its_line(text: str, line: int) -> None:
    seen = classify(text, GREET)
    assert seen and seen.outcome == "not_loaded" and seen.error
    assert seen.error.type == "SyntaxError" and seen.error.line == line


@pytest.mark.parametrize("text", ["greet = 1\x00\n", "greet = " + "(" * 500 + ")" * 500])
def test_what_the_parser_refuses_is_no_fault_of_ours(text: str) -> None:
    seen = classify(text, GREET)
    assert seen is None or seen.outcome == "not_loaded"


def test_line_ends_make_no_other_answer() -> None:
    assert sha256("a = 1\nb = 2\n") == sha256("a = 1  \r\nb = 2\r\n\r\n")
    assert sha256("a = 1\nb = 2\n") != sha256("a = 1\nb = 3\n")


def test_declared_encodings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "answer.py"
    path.write_bytes("# -*- coding: latin-1 -*-\nname = 'é'\n".encode("latin-1"))
    assert "é" in read_source(path)
    assert decoded(b"\xef\xbb\xbfa = 1\n") == "a = 1\n"
    assert decoded(b"# coding: nonsense\na = 1\n").endswith("a = 1\n")
    assert "a = 1" in decoded(b"\xff\xfe\xfd\na = 1\n")


# ---------------------------------------------------------------- clues

SESSION_EACH = """
async def fetch(url):
    async with aiohttp.ClientSession() as session:
        return await session.get(url)

async def fetch_pages(urls):
    return await asyncio.gather(*(fetch(url) for url in urls))
"""
SESSION_ONCE = """
async def run(urls):
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(session.get(url) for url in urls))

async def fetch_pages(urls):
    return await run(urls)
"""
SEMAPHORE_EACH = """
async def fetch_pages(urls):
    async def one(url):
        async with asyncio.Semaphore(5):
            ...
    return await asyncio.gather(*map(one, urls))
"""
SEMAPHORE_ONCE = """
async def fetch_pages(urls):
    slots = asyncio.Semaphore(5)
    async def one(url):
        async with slots:
            ...
    return await asyncio.gather(*map(one, urls))
"""
CHUNKS = """
async def fetch_pages(urls):
    for i in range(0, len(urls), 10):
        await asyncio.gather(*map(fetch, urls[i:i + 10]))
"""


@pytest.mark.parametrize(
    ("text", "clue", "line"),
    [
        (SESSION_EACH, "session_per_item", 3),
        (SESSION_ONCE, "session_per_item", None),
        (SEMAPHORE_EACH, "semaphore_per_item", 4),
        (SEMAPHORE_ONCE, "semaphore_per_item", None),
        (CHUNKS, "gather_in_loop", 4),
        (SESSION_EACH, "gather_in_loop", None),
        ("c = aiohttp.TCPConnector(force_close=True)\n", "force_close", 1),
        ("c = aiohttp.TCPConnector(force_close=False)\n", "force_close", None),
        ("s.get(url, headers={'Connection': 'close'})\n", "force_close", 1),
        ("\nbegan = time.perf_counter_ns()\n", "reads_clock", 2),
        ("time.sleep(1)\n", "reads_clock", None),
        ("share = round(share)\n", "rounds", 1),
    ],
)
def test_clues(text: str, clue: str, line: int | None) -> None:
    assert clues(text, FETCH).get(clue) == line


def test_locks_are_known_by_name() -> None:
    assert clues(SEMAPHORE_ONCE, FETCH)["locks"] == ["slots"]
    assert clues("import requests\n", FETCH)["blocking_client"]
    assert "blocking_client" not in clues("import requests, aiohttp\n", FETCH)


# ---------------------------------------------------------------- where answers stand


def notebook(path: Path, *cells: str) -> Path:
    path.write_text(
        json.dumps(
            {
                "cells": [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells],
                "metadata": {},
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        )
    )
    return path


def test_all_answers_of_a_notebook(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "04_aiohttp.ipynb",
        "import x\n",
        "%%grade 04_aiohttp.fetch_pages\nasync def fetch_pages(urls): return 1\n",
        "%%grade 04_aiohttp.crawl\nasync def crawl(start_url, limit): return 1\n",
    )
    found = submissions(path, None)
    assert [(s.task.name, s.counts) for s in found] == [("04_aiohttp.fetch_pages", True), ("04_aiohttp.crawl", False)]
    (named,) = submissions(path, "04_aiohttp.crawl")
    assert named.counts and named.text.startswith("async def crawl")


def test_bad_input_is_two_sentences(tmp_path: Path) -> None:
    answer = tmp_path / "answer.py"
    answer.write_text("x = 1\n")
    for target, task, said in (
        (tmp_path / "anwser.py", "00_start_here.greet", "Did you mean"),
        (answer, None, "--task"),
        (answer, "04_aiohttp.downlod", "Did you mean 04_aiohttp.download?"),
        (notebook(tmp_path / "n.ipynb", "print(1)"), None, "%%grade"),
        (notebook(tmp_path / "n.ipynb", "print(1)"), "00_start_here.greet", "%%grade 00_start_here.greet"),
        (tmp_path, None, "--csv"),
    ):
        with pytest.raises(Problem) as caught:
            submissions(target, task)
        assert caught.value.what and said in caught.value.todo
    (tmp_path / "broken.ipynb").write_text("{")
    with pytest.raises(Problem):
        submissions(tmp_path / "broken.ipynb", None)


@pytest.mark.parametrize(
    ("asked", "meant"), [("download", "04_aiohttp.download"), ("04_aiohttp.fetch_page", "04_aiohttp.fetch_pages")]
)
def test_the_nearest_task_is_suggested(asked: str, meant: str) -> None:
    with pytest.raises(Problem) as caught:
        task_named(asked)
    assert meant in caught.value.todo
