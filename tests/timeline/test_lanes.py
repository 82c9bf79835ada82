"""The picture of a recording: which lanes, what is said in words, what is marked."""

from __future__ import annotations

import matplotlib.image
import pytest

from asynclab import plots
from asynclab.timeline.lanes import MOST_LANES, NOTEBOOK, _choose, draw
from asynclab.timeline.recording import Idle, Recording, Slice


def recording(slices, idle=(), housekeeping=(), note=""):
    end = max([piece.end for piece in slices], default=0.1)
    return Recording(tuple(slices), tuple(idle), end, frozenset(housekeeping), note)


def test_at_most_eight_lanes_and_the_rest_folded_into_one():
    slices = [Slice(f"task {n}", n / 100, n / 100 + 0.001) for n in range(30)]
    slices.append(Slice("the long one", 0.5, 0.6))
    lanes = _choose(recording(slices))
    assert len(lanes) == MOST_LANES
    assert lanes[-1][0] == "others (24)"
    assert sum(len(pieces) for _, pieces in lanes) == len(slices)
    assert "the long one" in [name for name, _ in lanes]  # what matters is never folded away


def test_the_notebooks_own_steps_are_shown_only_where_they_hold_the_loop():
    quiet = recording([Slice("heartbeat", 0, 0.001), Slice("mine", 0.01, 0.02)], housekeeping=["heartbeat"])
    loud = recording([Slice("heartbeat", 0, 0.1), Slice("mine", 0.2, 0.21)], housekeeping=["heartbeat"])
    assert [name for name, _ in _choose(quiet)] == ["mine"]
    assert [name for name, _ in _choose(loud)] == ["mine", NOTEBOOK]


def test_holds_over_20_ms_differ_in_colour_and_hatch():
    picture = draw(recording([Slice("a", 0, 0.005), Slice("b", 0.01, 0.05)], [Idle(0.05, 0.1)]))
    patches = {
        (c.get_hatch() or "", tuple(c.get_facecolor()[0])) for c in picture.axes[0].collections if len(c.get_paths())
    }
    assert len(patches) == 3
    assert any(hatch == plots.WARNING_HATCH for hatch, _ in patches)


def test_the_words_say_who_held_it_and_for_how_long():
    alt = draw(recording([Slice("a", 0, 0.005), Slice("b", 0.01, 0.05)], [Idle(0.005, 0.01)])).alt
    assert "The longest hold is 40.0 ms, by b." in alt
    assert "1 hold of more than 20 ms" in alt


def test_it_is_nine_inches_wide_in_fourteen_points():
    picture = draw(recording([Slice("a", 0, 0.005)]))
    assert picture.get_size_inches()[0] == pytest.approx(9)
    picture.draw_without_rendering()
    assert {label.get_fontsize() for label in picture.axes[0].get_yticklabels()} == {14}


def test_nothing_seen_is_said_and_not_drawn_as_emptiness():
    picture = draw(recording([], note="No event loop ran while this timeline was open."))
    assert picture.alt == "No event loop ran while this timeline was open."
    assert "No event loop ran" in picture.axes[0].get_title(loc="left")


def test_the_notebook_gets_the_png_with_its_words(tmp_path):
    data, metadata = draw(recording([Slice("a", 0, 0.03)]))._repr_mimebundle_()
    (tmp_path / "p.png").write_bytes(data["image/png"])
    assert matplotlib.image.imread(tmp_path / "p.png").shape[1] == 900
    assert metadata["image/png"]["alt"].startswith("Lanes of the event loop")
    assert data["text/plain"] == "<picture: the lanes of the event loop>"
