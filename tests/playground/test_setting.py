"""What a setting says and refuses."""

from __future__ import annotations

import pytest

from asynclab.playground import Setting
from asynclab.playground.controls import VALUES
from asynclab.problems import Problem


def test_the_floor_is_waves_times_latency() -> None:
    assert Setting(requests=100, at_once=30, latency=0.1).floor == pytest.approx(0.4)
    assert Setting(way="in turn", requests=100, at_once=30, latency=0.1).floor == pytest.approx(10)
    assert Setting(requests=3, at_once=30, latency=0.1).floor == pytest.approx(0.1), "never less than one request"
    assert Setting(requests=100, at_once=30, latency=0.1, spread=0.5).floor == pytest.approx(100 / 30 * 0.1)


def test_a_pool_limits_queries_and_not_pages() -> None:
    assert Setting(what="queries", at_once=40, pool=4).most_in_flight == 4
    assert Setting(what="pages", at_once=40, pool=4).most_in_flight == 40
    assert Setting(requests=10, at_once=40).most_in_flight == 10


def test_it_says_what_is_asked_in_a_few_words() -> None:
    assert str(Setting()) == "100 pages of 80 ms"
    wild = Setting(what="queries", requests=2000, latency=2, spread=1, failures=0.5, body=2**20)
    assert str(wild) == "2,000 queries of 2 s ± 100%, 1 MB each, 50% failing"
    assert str(Setting(requests=1)) == "1 page of 80 ms"
    assert Setting(at_once=1).who == "1 coroutine"
    assert Setting(what="queries", way="threads").who == "20 threads, pool 10"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("way", "magic", "'in turn', 'threads', 'coroutines'"),
        ("what", "files", "'pages', 'queries'"),
        ("requests", 0, "a whole number from 1 to 2,000"),
        ("requests", 2.5, "a whole number"),
        ("at_once", 100_000, "from 1 to 1,000"),
        ("pool", True, "a whole number"),
        ("latency", -1, "a number from 0 to 10"),
        ("latency", float("nan"), "a number from 0"),
        ("latency", "fast", "a number from 0"),
        ("spread", 2, "a number from 0 to 1"),
        ("failures", 1.01, "a number from 0 to 1"),
        ("body", 2**40, "a whole number from 0"),
    ],
)
def test_what_cannot_be_is_refused_in_words(name: str, value: object, says: str) -> None:
    with pytest.raises(Problem) as caught:
        Setting(**{name: value})  # type: ignore[arg-type]
    assert f"{name}={value!r}" in caught.value.what and says in caught.value.todo


def test_every_position_of_every_knob_is_a_setting() -> None:
    for name, values in VALUES.items():
        for value in values:
            assert getattr(Setting(**{name: value}), name) == value
