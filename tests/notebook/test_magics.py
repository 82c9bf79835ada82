"""The magics in a real kernel: what is shown, what is defined, and Interrupt at any moment with nothing left behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from asynclab import course, progress
from asynclab.paths import CHECKOUT
from tests.notebook import records
from tests.notebook.kernels import Kernel, Ran, kernel

TASK = "04_aiohttp.fetch_pages"
STAND_IN = CHECKOUT / "tests" / "notebook" / "supervisor.py"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def lab(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel with the extension loaded; gradings go to a stand-in for the grader (supervisor.py)."""
    with kernel(data, tmp_path_factory.mktemp("exercises")) as each:
        # The services have tests of their own: here they would only take time from the other tests.
        each.run("import asynclab.notebook; asynclab.notebook._hold_services = lambda: None")
        assert not each.run("%load_ext asynclab").error
        each.run(
            "import sys; import asynclab.notebook.supervise as supervise\n"
            f"supervise.PROGRAM = (sys.executable, {str(STAND_IN)!r})"
        )
        yield each


def graded(lab: Kernel, does: str, code: str = "async def fetch_pages(urls):\n    return urls\n") -> Ran:
    return lab.run(f"%%grade {TASK}\n# supervisor: {does}\n{code}")


def ended(pids: list[int], within: float = 2.0) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if not any(psutil.pid_exists(p) and psutil.Process(p).status() != psutil.STATUS_ZOMBIE for p in pids):
            return True
        time.sleep(0.02)
    return False


# ---------------------------------------------------------------- %%grade


def test_the_outcome_comes_first_in_a_line_without_figures_then_the_card(lab: Kernel) -> None:
    sentence, card = graded(lab, "passed").shown
    assert sentence["text/plain"] == f"{TASK}: passed, 7 of 7 points"
    assert 'role="status"' in sentence["text/html"]
    assert card["text/plain"].startswith(f"Report card of {TASK}: passed, 7 of 7 points\n")
    assert card["text/html"].startswith('<section class="asynclab-card')
    assert set(card) == {"text/plain", "text/html"}


def test_progress_is_shown_and_gone_at_the_end(lab: Kernel) -> None:
    ran = graded(lab, "failed")
    updates = ran.of("update_display_data")
    assert any("running your answer, 1 of 3" in update["data"].get("text/plain", "") for update in updates)
    assert updates[-1]["data"] == {} and ran.of("clear_output") == [{"wait": True}]
    # A tool that knows nothing of updates sees nothing of it.
    assert ran.of("display_data")[0]["data"] == {}


def test_the_answer_is_defined_and_its_lines_are_the_cell_s(lab: Kernel) -> None:
    graded(lab, "passed", "import asyncio\nasync def fetch_pages(urls):\n    return [url.upper() for url in urls]\n")
    assert lab.run("await fetch_pages(['a'])").plain == ["['A']"]
    assert lab.run("fetch_pages.__code__.co_firstlineno").plain == ["4"]  # %%grade is line 1
    assert "url.upper()" in lab.run("import inspect; print(inspect.getsource(fetch_pages))").stream


def test_a_main_guard_is_not_run_in_the_notebook(lab: Kernel) -> None:
    code = "async def fetch_pages(urls):\n    return 41\nif __name__ == '__main__':\n    raise SystemExit('not here')\n"
    assert not graded(lab, "passed", code).error
    assert lab.run("await fetch_pages([])").plain == ["41"]


def test_what_could_not_be_loaded_is_not_defined_and_makes_no_second_traceback(lab: Kernel) -> None:
    lab.run("fetch_pages = 'as before'")
    ran = graded(lab, "syntax", "async def fetch_pages(urls)\n    return urls\n")
    assert not ran.error and ran.plain[0] == f"{TASK}: crashed, 0 of 7 points"
    assert lab.run("fetch_pages").plain == ["'as before'"]


def test_the_record_is_kept_and_the_attempt_counted(lab: Kernel, data: Path) -> None:
    before = set((data / "records").glob("*.json"))
    card = graded(lab, "timed_out", "attempt = 1\n").plain[1]
    (new,) = set((data / "records").glob("*.json")) - before
    record = json.loads(new.read_text())
    assert record["verdict"] == "timed_out" and record["task"] == TASK
    assert f"Record: records/{new.name}" in " ".join(card.split())
    known = json.loads((data / "progress.json").read_text())["tasks"][TASK]
    assert record["answer_sha256"] in known["attempts"]


def test_the_guilty_line_is_quoted_from_the_cell(lab: Kernel) -> None:
    code = "\n".join(f"line_{number} = {number}" for number in range(3, 12))
    assert "line 8: line_8 = 8\n" in graded(lab, "failed", code).plain[1]


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("problem", "The site could not be started.\nFree the port and try again."),
        ("die", "The grader was ended from outside (signal 9)."),
        ("noise", "The grader ended without a record (status 0)"),
    ],
)
def test_trouble_is_told_in_two_sentences(lab: Kernel, does: str, said: str) -> None:
    ran = graded(lab, does)
    assert ran.error.startswith(said) and "Traceback" not in ran.error and not ran.shown


def test_a_process_left_behind_neither_holds_the_verdict_up_nor_lives_on(lab: Kernel, tmp_path: Path) -> None:
    ran = graded(lab, f"linger {tmp_path / 'pid'}")
    assert ran.plain[0] == f"{TASK}: passed, 7 of 7 points" and ran.seconds < 10
    assert ended([int((tmp_path / "pid").read_text())])


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%grade 04_aiohttp.fetch_page\nx = 1", "Did you mean 04_aiohttp.fetch_pages"),
        ("%%grade fetch_pages\nx = 1", "Did you mean 04_aiohttp.fetch_pages"),
        ("%%grade\nx = 1", "%%grade is followed by the name of one task."),
        ("%%grade no.such_thing_at_all\nx = 1", "The tasks are: 00_start_here.greet"),
        (f"%%grade {TASK} {TASK}\nx = 1", "%%grade is followed by the name of one task."),
        (f"%%grade {TASK}\n\n   \n", "There is nothing below %%grade"),
        ("%hint 04_aiohttp.downlod", "Did you mean 04_aiohttp.download"),
        ("%solution", "%solution is followed by the name of one task."),
    ],
)
def test_wrong_usage_is_told_with_what_to_write(data: Path, lab: Kernel, cell: str, said: str) -> None:
    lab.run("get_ipython().magics_manager.registry['LabMagics'].last_task = ''")
    ran = lab.run(cell)
    assert said in ran.error and "Traceback" not in ran.error


# ---------------------------------------------------------------- Interrupt


@pytest.mark.measured
def test_interrupt_ends_the_whole_tree_within_two_seconds(lab: Kernel, tmp_path: Path) -> None:
    """The stand-in and its two children ignore SIGINT, one of them in a session of its own."""
    lab.run("fetch_pages = 'as before'")
    pids = tmp_path / "pids"
    before = lab.run(f"from asynclab import progress; progress.of('{TASK}')").plain
    ran = lab.run(f"%%grade {TASK}\n# supervisor: hang {pids}\nx = 1", interrupt=pids)
    assert ran.after_interrupt < 2.0
    assert ran.error == "Stopped: nothing was graded, no attempt counted.\nRun the cell to begin anew."
    assert ended([int(pid) for pid in pids.read_text().split()])
    assert lab.run("fetch_pages").plain == ["'as before'"]
    assert lab.run(f"progress.of('{TASK}')").plain == before
    assert graded(lab, "passed").plain[0] == f"{TASK}: passed, 7 of 7 points"


@pytest.mark.measured
@pytest.mark.parametrize("delay", [0.02, 0.1, 0.25])
def test_interrupt_while_it_starts(lab: Kernel, tmp_path: Path, delay: float) -> None:
    pids = tmp_path / "pids"
    ran = lab.run(f"%%grade {TASK}\n# supervisor: hang {pids}\nx = 1", interrupt=delay)
    assert ran.after_interrupt < 2.0 and not ran.shown
    # On a busy machine the earliest comes before ipykernel has taken the cell up; it then drops it without a word.
    assert ran.error or not ran.of("execute_input")
    if pids.exists():
        assert ended([int(pid) for pid in pids.read_text().split()])
    assert not children_named("supervisor.py")


def children_named(name: str) -> list[psutil.Process]:
    """Processes below this one (the kernel is one) whose command names `name`."""
    found = []
    for each in psutil.Process().children(recursive=True):
        try:
            if any(name in part for part in each.cmdline()) and each.status() != psutil.STATUS_ZOMBIE:
                found.append(each)
        except psutil.Error:
            continue
    return found


def test_a_kernel_killed_in_the_middle_takes_the_grading_with_it(data: Path, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with kernel(data, tmp_path) as other:
        other.run("import asynclab.notebook; asynclab.notebook._hold_services = lambda: None")
        other.run("%load_ext asynclab")
        other.run(
            "import sys; import asynclab.notebook.supervise as supervise\n"
            f"supervise.PROGRAM = (sys.executable, {str(STAND_IN)!r})"
        )
        other.client.execute(f"%%grade {TASK}\n# supervisor: hang {pids}\nx = 1")
        until = time.monotonic() + 20
        while not (pids.exists() and pids.read_text()) and time.monotonic() < until:
            time.sleep(0.02)
        supervisor, *children = [int(pid) for pid in pids.read_text().split()]
        os.kill(other.manager.provisioner.pid, 9)
        try:
            assert ended([supervisor])
        finally:
            for pid in children:  # the stand-in's own; the grader's are ended by the grader
                os.kill(pid, 9)


@pytest.mark.measured
def test_a_long_await_can_be_interrupted(lab: Kernel) -> None:
    ran = lab.run("import asyncio; await asyncio.sleep(40)", interrupt=1.0)
    assert ran.after_interrupt < 2.0 and ran.error


def test_the_waking_timer_shows_in_no_list_of_tasks(lab: Kernel) -> None:
    lab.run("import asyncio; before = asyncio.all_tasks()")
    assert lab.run("[t for t in asyncio.all_tasks() if 'asynclab/notebook' in repr(t)]").plain == ["[]"]


# ---------------------------------------------------------------- the others


def test_hints_come_one_by_one_and_then_all(lab: Kernel) -> None:
    task = "04_aiohttp.crawl"
    hints = course.hints(task)
    for number, hint in enumerate(hints, 1):
        (shown,) = lab.run(f"%hint {task}").shown
        assert shown["text/markdown"] == shown["text/plain"] == f"**Hint {number} of {len(hints)}**\n\n{hint}"
    assert len(lab.run(f"%hint {task}").shown) == len(hints)
    assert f"`%hint {task}` shows" not in "".join(graded(lab, "failed").plain)


def test_the_solution_opens_after_three_different_honest_attempts(data: Path, lab: Kernel) -> None:
    task = "04_aiohttp.download"

    def attempt(does: str, code: str) -> str:
        return lab.run(f"%%grade {task}\n# supervisor: {does}\n{code}").plain[1]

    def left() -> str:
        (shown,) = lab.run(f"%solution {task}").plain
        return shown

    assert "after 3 more attempts" in left()
    for does in ("not_attempted", "syntax", "inconclusive", "grader_error"):
        attempt(does, f"x = {does!r}")
    assert "after 3 more attempts" in left()
    attempt("failed", "x = 1")
    attempt("failed", "x = 1  ")
    assert "after 2 more attempts" in left()
    assert "after 1 more attempt." in " ".join(attempt("crashed", "x = 2").split())
    assert f"`%solution {task}` shows" in " ".join(attempt("timed_out", "x = 3").split())
    assert course.solution(task).strip() in left()


def test_the_solution_opens_on_passing(lab: Kernel) -> None:
    task = "00_start_here.greet"
    assert course.solution(task).strip() not in lab.run(f"%solution {task}").plain[0]
    lab.run(f"%%grade {task}\n# supervisor: passed\nx = 1")
    assert course.solution(task).strip() in lab.run(f"%solution {task}").plain[0]


def test_progress_lists_every_task(lab: Kernel) -> None:
    (shown,) = lab.run("%progress").shown
    for task in course.tasks():
        assert task in shown["text/plain"] and task in shown["text/html"]
    assert "<caption" in shown["text/html"] and 'scope="col"' in shown["text/html"]


def test_progress_says_what_the_command_says(lab: Kernel, data: Path) -> None:
    lab.run("%hint 04_aiohttp.crawl")
    lab.run("%%grade 00_start_here.greet\n# supervisor: passed\nx = 1")
    (shown,) = lab.run("%progress").plain
    command = [sys.executable, "-m", "asynclab", "--data", str(data), "progress"]
    said = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)
    assert said.stdout == shown and "✓ passed" in shown and re.search(r"\d hints?\b", shown)


def test_the_map_follows_what_is_passed_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNCLAB_DATA", str(tmp_path / "data"))
    with kernel(tmp_path / "data", tmp_path) as each:
        each.run("import asynclab.notebook; asynclab.notebook._hold_services = lambda: None")
        ran = each.run("%load_ext asynclab\n%map")
        (shown,) = ran.shown
        assert "asynclab-map" in shown["text/html"] and "Begin with" in shown["text/plain"]
        progress.take(replace(records.PASSED, task="00_start_here.greet"))  # as another notebook does
        updates = each.run("import time; time.sleep(3)").of("update_display_data")
        assert ["Go on with" in update["data"]["text/plain"] for update in updates] == [True]
        assert updates[0]["transient"] == ran.of("display_data")[0]["transient"]
        assert each.run("%map").plain == [updates[0]["data"]["text/plain"]]


def test_a_damaged_progress_file_is_told(lab: Kernel, data: Path) -> None:
    lab.run("%hint 04_aiohttp.crawl")
    (data / "progress.json").write_text("{")
    assert any("its copy was used" in said for said in lab.run("%progress").plain)


# ---------------------------------------------------------------- loading


def test_loading_twice_is_harmless_and_unloading_gives_back(data: Path, tmp_path: Path) -> None:
    with kernel(data, tmp_path) as each:
        each.run("import asynclab.notebook; asynclab.notebook._hold_services = lambda: None")
        each.run("from IPython.core.magic import register_line_magic as magic\n@magic\ndef hint(line): return 'mine'")
        for _ in range(2):
            assert not each.run("%load_ext asynclab").error
        assert not each.run("%reload_ext asynclab").error
        assert not each.run("asynclab.load_ipython_extension(get_ipython())").error
        assert "Hint 1 of" in each.run("%hint 04_aiohttp.crawl").plain[0]
        assert not each.run("%unload_ext asynclab").error
        assert each.run("%hint").plain == ["'mine'"]
        assert "not found" in each.run("%progress").stream
        assert each.run("asynclab.notebook._loaded").plain == ["{}"]


def test_services_that_cannot_start_do_not_fail_the_notebook(data: Path, tmp_path: Path) -> None:
    with kernel(data, tmp_path) as each:
        each.run(
            "import asynclab.services as s, types, sys\n"
            "def broken(): raise RuntimeError('no port is free')\n"
            "s.hold_lease = broken"
        )
        ran = each.run("%load_ext asynclab")
        assert not ran.error and not ran.stream
        each.run("import time; time.sleep(0.3)")
        assert not each.run("%progress").error
