"""Knobs as a reader and as a learner meet them, in a kernel of their own."""

from __future__ import annotations

import asyncio

import nbclient
import nbformat
import pytest

from asynclab import knobs
from asynclab.problems import Problem

DRAW = """
import asyncio
from asynclab import knobs, plots

runs = []

async def draw(limit, hold):
    runs.append((limit, hold))
    await asyncio.sleep(hold)
    if limit == 3:
        raise ValueError("three is too many")
    return plots.bars({"limit": limit}, across="limit")

await knobs.turn(draw, limit=knobs.choice(1, 2, 3), hold=knobs.choice(0.01, 30.0, label="hold, s"))
"""
PANEL = "import gc\npanel = next(o for o in gc.get_objects() if isinstance(o, knobs._Panel))\n"


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    cells = [
        DRAW,
        PANEL + "panel._sliders['limit'].value = 2\nawait asyncio.sleep(1)\nprint(runs, panel.said)",
        "panel._sliders['limit'].value = 3\nawait asyncio.sleep(1)\nprint(panel.said)",
        "panel._sliders['hold'].value = 30.0\nawait asyncio.sleep(0.3)\nprint(panel.said)\n"
        "panel._stop.click()\nawait asyncio.sleep(0.3)\nprint(panel.said)",
        "panel._sliders['limit'].value = 1\nawait asyncio.sleep(0.3)\n"
        "panel._sliders['hold'].value = 0.01\nawait asyncio.sleep(1)\nprint(panel.said, runs[-2:])",
    ]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(
        made,
        kernel_name="python3",
        timeout=60,
        store_widget_state=False,
        resources={"metadata": {"path": str(tmp_path_factory.mktemp("nb"))}},
    ).execute()
    return made


def printed(notebook, number):
    return "".join(out.get("text", "") for out in notebook.cells[number].outputs)


def test_the_stored_output_holds_a_picture_and_says_what_can_be_turned(notebook):
    picture, panel = notebook.cells[0].outputs
    assert picture.data["image/png"]
    assert picture.metadata["image/png"]["alt"] == "limit: limit 1."  # the last run replaced the first
    assert panel.data["text/plain"] == "Run this cell, and you can turn: limit, hold, s."
    assert panel.data[knobs.WIDGET]["model_id"]


def test_a_slider_draws_anew_from_a_new_run(notebook):
    assert printed(notebook, 1).strip() == "[(1, 0.01), (2, 0.01)] done"


def test_an_error_of_a_run_is_said_beside_the_sliders(notebook):
    assert printed(notebook, 2).strip() == "ValueError: three is too many"


def test_stop_ends_a_run(notebook):
    assert printed(notebook, 3).split("\n")[:2] == ["running …", "stopped"]


def test_a_new_value_replaces_the_run_that_is_under_way(notebook):
    assert printed(notebook, 4).strip() == "done [(1, 30.0), (1, 0.01)]"


def test_a_knob_must_start_at_one_of_its_values():
    assert knobs.choice(1, 2, 3).start == 1
    with pytest.raises(Problem, match="cannot start at 5"):
        knobs.choice(1, 2, start=5)
    with pytest.raises(Problem, match="needs values"):
        knobs.choice()


def test_the_default_picture_is_drawn_with_the_starting_values(capsys):
    async def draw(limit):
        return f"drawn at {limit}"

    pytest.importorskip("ipywidgets")
    asyncio.run(knobs.turn(draw, limit=knobs.choice(10, 20, start=20)))
    assert "drawn at 20" in capsys.readouterr().out
