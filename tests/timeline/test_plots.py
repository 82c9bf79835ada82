"""The lessons' pictures: what they draw of a ledger, and what they say of it."""

from __future__ import annotations

import pytest

from asynclab import plots
from asynclab.measure.evidence import Evidence
from asynclab.services.ledger import Ledger, Request


def ledger(count: int, step: float, last: float = 0.1, status: int = 200) -> Ledger:
    return Ledger(
        tuple(Request(f"/{n}", n, n * step, n * step + last, status, 10, 1, False, last) for n in range(count))
    )


def rows(axes) -> int:
    return sum(len(drawn.get_paths()) for drawn in axes.collections)


def test_a_staircase_is_drawn_a_row_a_request():
    picture = plots.requests({"in turn": ledger(5, 0.1), "together": ledger(5, 0.0)})
    left, right = picture.axes
    assert rows(left) == rows(right) == 5
    assert left.get_xlim() == right.get_xlim()  # one axis, or the block looks as long as the staircase
    assert left.get_ylim() == right.get_ylim()
    assert "in turn: 5 requests in 0.50 s, at most 1 in flight" in picture.alt
    assert "together: 5 requests in 0.10 s, at most 5 in flight" in picture.alt


def test_many_requests_are_thinned_and_the_axis_says_so():
    picture = plots.requests({"many": ledger(1000, 0.0)}, most=100)
    assert rows(picture.axes[0]) == 100
    assert "1 in 10 drawn" in picture.axes[0].get_ylabel()
    assert picture.axes[0].get_ylim() == (1000.5, 0.5)  # each drawn one at its own number


@pytest.mark.parametrize(
    ("count", "numbers"),
    [
        (0, []),
        (1, [1]),
        (12, list(range(1, 13))),
        (20, [1, 5, 10, 15, 20]),
        (200, [1, 50, 100, 150, 200]),
        (240, [1, 50, 100, 150, 200, 240]),
        (1010, [1, 200, 400, 600, 800, 1010]),
    ],
)
def test_the_first_row_and_the_last_have_their_number(count, numbers):
    assert list(plots.requests({"all": ledger(count, 0.0)}).axes[0].get_yticks()) == numbers


def test_failed_requests_are_hatched():
    picture = plots.requests({"bad": ledger(3, 0.1, status=503)})
    assert {drawn.get_hatch() for drawn in picture.axes[0].collections} == {plots.WARNING_HATCH}
    assert "3 failed" in picture.alt


def test_what_a_task_did_after_the_call_is_drawn_apart():
    tasks = [("broken", 0.0, 0.2, "failed"), ("slow", 0.0, 0.5, "done")]
    cut = [("broken", 0.0, 0.2, "failed"), ("slow", 0.0, 0.2, "cancelled")]
    picture = plots.lives({"gather": (tasks, 0.2), "TaskGroup": (cut, 0.2)})
    left, right = picture.axes
    assert (len(left.patches), len(right.patches)) == (3, 2)
    assert left.patches[-1].get_hatch() == "..." and left.patches[-1].get_width() == pytest.approx(0.3)
    assert "gather: the call is over after 0.20 s; broken failed after 0.20 s, slow done after 0.50 s" in picture.alt
    assert plots.lives({"nothing": ([], 0.0)}).png()


def test_lives_begin_with_the_first_start_on_whatever_clock():
    rows = [("a", 5000.1, 5000.2, "done"), ("b", 5000.0, 5000.25, "done")]
    picture = plots.lives({"x": (rows, 5000.2)}, over="the loop is left", after="still open")
    first, *_ = picture.axes[0].patches
    assert (first.get_x(), first.get_width()) == (pytest.approx(100, abs=1), pytest.approx(100, abs=1))
    assert picture.axes[0].get_xlabel() == "time, ms"
    assert [text.get_text() for text in picture.legends[0].get_texts()][-2:] == ["still open", "the loop is left"]
    assert "x: the loop is left after 0.20 s" in picture.alt


def test_counts_have_whole_ticks():
    picture = plots.curve("searches", {"x": [(0, 3), (1, 2), (2, 1)]}, up="connections", log=False)
    picture.png()
    assert all(tick == int(tick) for tick in picture.axes[0].get_xticks())


def test_in_flight_says_the_peak():
    assert "up to 7" in plots.in_flight({"x": Evidence("returned", ledger=ledger(7, 0.0))}).alt


@pytest.mark.parametrize(("point", "expected"), [(50, 50), (90, 90), (99, 99), (99.5, 100), (100, 100), (0, 1)])
def test_percentiles_by_nearest_rank(point, expected):
    assert plots.percentile([float(n) for n in range(100, 0, -1)], point) == expected


def test_empty_runs_are_drawn_too():
    empty = Evidence("died")
    for picture in (
        plots.requests({"none": empty}),
        plots.in_flight({"none": empty}),
        plots.memory({"none": empty}),
        plots.percentiles({"none": []}),
    ):
        assert picture.png().startswith(b"\x89PNG")


def test_the_same_content_gives_the_same_bytes():
    first, second = (plots.curve("limit", {"a": [(1, 8.0), (100, 0.1)]}).png() for _ in range(2))
    assert first == second


def test_series_differ_in_more_than_colour():
    assert len({series[1:] for series in plots.SERIES}) == len(plots.SERIES)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(4.89e-05, "0.00005"), (0.000585, "0.000585"), (0.0489, "0.0489"), (99.96, "100"), (1234.5, "1,234"), (0.0, "0")],
)
def test_figures_are_shown_as_people_write_them(value, shown):
    assert str(plots.table({"row": {"s": value}}, "figures")).split()[-1] == shown
    assert f" {shown}" in [text.get_text() for text in plots.bars({"row": value}, across="s").axes[0].texts]


def test_a_table_is_read_as_text_and_as_html():
    made = plots.table({"a<b": {"time, s": 1.23456, "pages": 1000}, "c": {"time, s": 123.4}}, "what it is")
    assert str(made).splitlines() == ["     time, s  pages", "a<b     1.23  1,000", "c        123       "]
    data = made._repr_mimebundle_()
    assert "a&lt;b" in data["text/html"]
    assert data["text/plain"] == "<table: what it is>"  # without figures: compared from run to run
