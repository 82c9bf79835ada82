"""The widgets, driven in code in a kernel of their own, as a learner's hands would."""

from __future__ import annotations

import time

import nbclient
import nbformat
import pytest

from asynclab import knobs

START = """
%load_ext asynclab
import asyncio
import gc
import html
import os
import signal
import time

from asynclab import playground
from asynclab.playground import Setting
from asynclab.playground.controls import Controls

board = await playground.start(Setting(requests=4, latency=0.01, at_once=2))
controls = next(each for each in gc.get_objects() if isinstance(each, Controls))


async def until_idle(seconds=30):
    await asyncio.sleep(0.2)
    while not controls._task.done() and (seconds := seconds - 0.1) > 0:
        await asyncio.sleep(0.1)
    print(html.unescape(controls.status.value.split(">")[1].split("<")[0].split(" took")[0]))
"""
RUN = """
controls.choices["way"].value = "threads"
controls.sliders["requests"].value = 10
controls.run_button.click()
controls.run_button.click()  # pressed twice: one run
await until_idle()
print(list(board.drawn), board.runs["B"].setting.requests)
"""
COMPARE = """
controls.choices["what"].value = "queries"
print("pool:", controls.sliders["pool"].disabled)
controls.compare_button.click()
await until_idle()
print([run.setting.way for run in board.runs.values()][-3:], list(controls.ticks))
"""
TICK = """
controls.ticks["A"].value = False
print(sorted(board.hidden), "A 2 coroutines" in board.drawn)
controls.sliders["latency"].value = 2.0
print(controls.floor.value.split("<p>")[1].split("</p>")[0])
"""
STOP = """
controls.choices["way"].value = "in turn"
controls.run_button.click()
await asyncio.sleep(1.5)
print(controls.status.value.split(">")[1].split(";")[0], controls.bar.layout.visibility, controls.bar.value > 0)
began = time.monotonic()
controls.stop_button.click()
await until_idle()
print(time.monotonic() - began < 2, controls.bar.layout.visibility, list(board.runs))
"""
INTERRUPT = """
import threading

controls.run_button.click()
threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
"""  # between two cells, as one presses the kernel's stop button
AFTER_INTERRUPT = """
await until_idle(5)
print(list(board.runs))
"""
TROUBLE = """
from asynclab.playground import trial
from asynclab.problems import Problem


async def no_site(setting):
    raise Problem("The lab's site doesn't answer.", "Try again.")

works, trial.run = trial.run, no_site
controls.run_button.click()
await until_idle()
trial.run = works
"""
FORGET = """
controls.forget_button.click()
print(len(board.runs), len(controls.kept.children))
"""
CELLS = [START, RUN, COMPARE, TICK, STOP, INTERRUPT, "await asyncio.sleep(0)", AFTER_INTERRUPT, TROUBLE, FORGET]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    client = nbclient.NotebookClient(
        made,
        kernel_name="python3",
        timeout=60,
        store_widget_state=False,
        resources={"metadata": {"path": str(tmp_path_factory.mktemp("nb"))}},
    )
    with client.setup_kernel():
        for number, cell in enumerate(made.cells):
            client.execute_cell(cell, number)
            if cell.source == INTERRUPT:
                time.sleep(1.5)  # the signal comes while no cell runs
    return made


def printed(notebook: nbformat.NotebookNode, cell: str) -> list[str]:
    outputs = notebook.cells[CELLS.index(cell)].outputs
    return "".join(out.get("text", "") for out in outputs if out.output_type == "stream").splitlines()


def test_a_line_stands_for_the_widgets_where_there_is_no_kernel(notebook: nbformat.NotebookNode) -> None:
    panel = notebook.cells[0].outputs[0]
    assert panel.data["text/plain"].startswith("Run this cell, and you can turn: requests")
    assert panel.data["text/plain"] in panel.data["text/html"] and panel.data[knobs.WIDGET]["model_id"]


def test_run_measures_what_the_knobs_say(notebook: nbformat.NotebookNode) -> None:
    assert printed(notebook, RUN) == ["done: 2 threads", "['A 2 coroutines', 'B 2 threads'] 10"]


def test_compare_runs_the_three_ways(notebook: nbformat.NotebookNode) -> None:
    assert printed(notebook, COMPARE) == [
        "pool: False",
        "done: 2 coroutines, pool 10",
        "['in turn', 'threads', 'coroutines'] ['A', 'B', 'C', 'D', 'E']",
    ]


def test_a_tick_hides_a_run_and_a_knob_foretells(notebook: nbformat.NotebookNode) -> None:
    assert printed(notebook, TICK) == [
        "['A'] False",
        "The latencies alone take 10.00 s: ⌈10 / 2⌉ × 2 s. How long will it take?",
    ]


def test_it_shows_that_it_runs_and_stop_ends_it(notebook: nbformat.NotebookNode) -> None:
    assert printed(notebook, STOP) == [
        "running: one after the other visible True",
        "stopped; what was measured before is kept",
        "True hidden ['A', 'B', 'C', 'D', 'E']",
    ]


def test_the_kernels_interrupt_ends_it(notebook: nbformat.NotebookNode) -> None:
    assert printed(notebook, AFTER_INTERRUPT) == [
        "stopped; what was measured before is kept",
        "['A', 'B', 'C', 'D', 'E']",
    ]


def test_trouble_is_told_in_words(notebook: nbformat.NotebookNode) -> None:
    assert printed(notebook, TROUBLE) == ["The lab's site doesn't answer. Try again."]


def test_forgotten_runs_leave_nothing_to_tick_and_to_see(notebook: nbformat.NotebookNode) -> None:
    assert printed(notebook, FORGET) == ["0 0"]
    shown = [output.data["text/plain"] for output in notebook.cells[0].outputs[1:]]
    assert shown == ["Nothing to draw: run something, or tick a run."] * 4, "the table and three pictures"
