"""``%%grade`` with the grader itself, the services and all: the path that a learner walks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from asynclab import course
from tests.notebook.kernels import Kernel, kernel
from tests.notebook.test_faces import Outline

GREET, FETCH = "00_start_here.greet", "04_aiohttp.fetch_pages"
ONE_BY_ONE = """import aiohttp


async def fetch_pages(urls):
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        pages = []
        for url in urls:
            async with session.get(url) as response:
                pages.append(await response.text())
        return pages
"""

pytestmark = pytest.mark.measured


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    # A short path: the services' sockets live in it.
    with kernel(tmp_path_factory.mktemp("d"), tmp_path_factory.mktemp("exercises")) as each:
        assert not each.run("%load_ext asynclab").error
        yield each


def test_untouched_wrong_and_right(lab: Kernel) -> None:
    stub, right = course.stub(GREET), course.solution(GREET)
    assert lab.run(f"%%grade {GREET}\n{stub}").plain[0] == f"{GREET}: not attempted"
    wrong = lab.run(f"%%grade {GREET}\n" + right.replace("Hello", "Goodbye"))
    assert wrong.plain[0].startswith(f"{GREET}: failed (") and "wrong-result" in wrong.plain[0]
    passed = lab.run(f"%%grade {GREET}\n{right}")
    assert passed.plain[0] == f"{GREET}: passed"
    assert lab.run("await greet('Ada')").plain == ["'Hello, Ada!'"]
    row = next(line for line in lab.run("%progress").plain[0].splitlines() if GREET in line)
    assert "✓ passed" in row and "2 attempts" in row


def test_one_by_one_is_named_with_its_picture_beside_the_reference_s(lab: Kernel) -> None:
    sentence, card = lab.run(f"%%grade {FETCH}\n{ONE_BY_ONE}", wait=120).shown
    assert "failed" in sentence["text/plain"] and "(sequential-awaits" in sentence["text/plain"]
    outline = Outline(card["text/html"])
    pictures = [attributes["alt"] or "" for tag, attributes in outline.tags if tag == "img"]
    assert "Your answer" in pictures[0] and "never more than 1 in flight" in pictures[0] and "staircase" in pictures[0]
    assert "The reference" in pictures[1] and "block" in pictures[1]
    links = [attributes["href"] or "" for tag, attributes in outline.tags if tag == "a"]
    assert links[0].startswith("../notebooks/04_aiohttp.ipynb#Awaiting")
    assert len(card["text/html"]) < 60_000


def test_interrupt_in_the_middle_leaves_no_process(lab: Kernel) -> None:
    seen: dict[int, psutil.Process] = {}
    first: list[float] = []
    me = psutil.Process(lab.manager.provisioner.pid)
    before = {each.pid for each in me.children(recursive=True)}

    def measuring() -> bool:
        """A second after the grader's own children have come up; every process below the kernel is noted."""
        children = [each for each in me.children(recursive=True) if each.pid not in before]
        seen.update((each.pid, each) for each in children)
        if len(children) > 1 and not first:
            first.append(time.monotonic())
        return bool(first) and time.monotonic() > first[0] + 1.0

    ran = lab.run(f"%%grade {FETCH}\n{ONE_BY_ONE}", interrupt=measuring, wait=120)
    assert ran.after_interrupt < 2.0 and ran.error.startswith("Stopped: nothing was graded")
    assert len(seen) > 2  # the supervisor, and what it started
    until = time.monotonic() + 2
    while alive := [each for each in seen.values() if _runs(each)]:
        assert time.monotonic() < until, [each.cmdline() for each in alive]
        time.sleep(0.02)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def test_the_record_that_is_kept_is_the_one_that_the_command_prints(lab: Kernel) -> None:
    kept = lab.run(f"%%grade {GREET}\n{course.solution(GREET)}").plain[1].rsplit("Record:", 1)[1].split()[0]
    folder = Path(lab.run("import asynclab.paths; print(asynclab.paths.data_folder())").stream.strip())
    record = json.loads((folder / kept).read_text())
    assert record["task"] == GREET and record["verdict"] == "passed" and record["evidence"]
