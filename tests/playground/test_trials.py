"""Measured runs: each way, both services, and the settings that nobody should choose."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from asynclab import playground
from asynclab.measure.source import gather
from asynclab.playground import Setting, Trial, trial

SMALL = Setting(requests=12, latency=0.01, at_once=4, pool=3)


def run(setting: Setting) -> Trial:
    return asyncio.run(playground.run(setting))


@pytest.mark.parametrize("what", ["pages", "queries"])
@pytest.mark.parametrize("way", ["in turn", "threads", "coroutines"])
def test_every_way_asks_for_everything(way: str, what: str) -> None:
    setting = replace(SMALL, way=way, what=what, body=1000)
    made = run(setting)
    assert (len(made.took), made.failed, made.remark) == (12, 0, "")
    ledger = made.evidence.ledger
    assert len(ledger) == 12 and ledger.peak_in_flight <= setting.most_in_flight
    assert 1 <= ledger.connections <= setting.most_in_flight
    assert min(made.took) >= setting.latency and made.evidence.wall >= setting.floor
    assert made.figures()["answered"] == 12 and made.figures()["asked"] == str(setting)


@pytest.mark.parametrize("what", ["pages", "queries"])
@pytest.mark.parametrize("way", ["threads", "coroutines"])
def test_failures_are_counted_and_named(way: str, what: str) -> None:
    made = run(replace(SMALL, way=way, what=what, failures=1.0))
    assert made.failed == len(made.evidence.ledger) == 12
    named = {"pages": "503 Service Unavailable", "queries": "division by zero"}[what]
    assert made.remark.startswith("12 failed with ") and named in made.remark
    assert min(made.took) >= 0.01, "an error takes as long as an answer"


def test_whoever_finds_no_connection_waits_for_one() -> None:
    made = run(replace(SMALL, what="queries", latency=0.05, pool=1, at_once=12))
    assert made.evidence.ledger.peak_in_flight == 1
    assert max(made.took) >= 11 * 0.05


def test_a_run_sends_no_more_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "SECONDS", 0.3)
    made = run(Setting(requests=1000, latency=0.1, at_once=2))
    assert 2 <= len(made.took) < 20
    assert f"{len(made.took)} of 1,000 had their turn" in made.remark and "Fewer requests" in made.remark


def test_too_much_memory_ends_a_run_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LIMITS", replace(trial.LIMITS, memory=8 * 2**20))
    made = run(Setting(requests=60, latency=0.1, at_once=20, body=8 * 2**20))
    assert made.evidence.outcome == "out_of_memory"
    assert "more than 8 MB" in made.remark and "smaller bodies" in made.remark
    assert made.figures()["answered"] is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "setting",
    [
        Setting(way="threads", requests=2000, latency=0.5, spread=1, failures=0.5, at_once=1000),
        Setting(requests=2000, latency=0.5, spread=1, failures=0.5, at_once=1000),
        Setting(way="threads", what="queries", requests=1000, at_once=1000, pool=300),
        Setting(what="queries", requests=1000, at_once=1000, pool=300),
        Setting(requests=2000, latency=0, at_once=1000, body=16 * 2**20),
    ],
    ids=lambda setting: f"{setting.who}: {setting}",
)
def test_wild_settings_end_with_figures_or_words(setting: Setting) -> None:
    made = run(setting)
    assert len(made.took) == setting.requests or made.remark
    assert str(made.figures()["time, s"])


@pytest.mark.parametrize("program", trial.PROGRAMS.values(), ids=lambda program: program.__name__)
def test_the_measured_process_imports_nothing_of_the_playground(program: object) -> None:
    """matplotlib comes with it, and would be measured too."""
    assert "asynclab" not in gather(program).text  # type: ignore[arg-type]
