"""The runs that are kept: their letters, the table, the pictures."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from asynclab.measure.evidence import MIB, Evidence
from asynclab.playground import Board, Setting, Trial, trial
from asynclab.services import Ledger, Request


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    """One whose runs are made up."""

    async def made_up(setting: Setting) -> Trial:
        rows = tuple(
            Request(f"/{n}", n % 5, n * 0.1, n * 0.1 + 0.08, 200, 10, 1, False, 0.08) for n in range(setting.requests)
        )
        seen = Evidence("returned", wall=rows[-1].end, cpu=0.01, peak_memory=2 * MIB, memory=((0.0, 0), (0.1, MIB)))
        troubles = (("503 <Service>", 3),) if setting.failures else ()
        return Trial(setting, replace(seen, ledger=Ledger(rows)), (0.08,) * setting.requests, troubles)

    monkeypatch.setattr(trial, "run", made_up)
    return Board()


def run(board: Board, *settings: Setting) -> None:
    async def all_of_them() -> None:
        for setting in settings:
            await board.run(setting)

    asyncio.run(all_of_them())


def test_runs_are_kept_under_letters(board: Board) -> None:
    run(board, Setting(way="in turn"), Setting(way="threads"), Setting())
    assert list(board.drawn) == ["A one after the other", "B 20 threads", "C 20 coroutines"]
    assert [name.split()[0] for name in board.table().columns] == ["A", "B", "C"]


def test_the_seventh_takes_the_place_of_the_oldest(board: Board) -> None:
    run(board, *[Setting(requests=10)] * 7)
    assert list(board.runs) == list("BCDEFG")
    run(board, *[Setting(requests=10)] * 20)
    assert len(board.runs) == 6 and board.name("A") == "A 20 coroutines", "after Z comes A"


def test_a_hidden_run_is_in_the_table_alone(board: Board) -> None:
    run(board, Setting(), Setting(way="threads"))
    board.show("A", False)
    assert list(board.drawn) == ["B 20 threads"] and len(board.table().columns) == 2
    assert "20 threads: up to" in board.in_flight().alt and "coroutines" not in board.in_flight().alt
    board.show("A")
    assert "coroutines" in board.memory().alt


def test_forgotten_runs_are_gone(board: Board) -> None:
    run(board, Setting(), Setting(), Setting())
    board.forget("B")
    assert list(board.runs) == ["A", "C"]
    board.forget()
    assert not board.runs and not board.drawn


def test_the_timeline_draws_the_last_three(board: Board) -> None:
    run(board, *[Setting(requests=10)] * 4)
    assert [axes.get_title(loc="left").split()[0] for axes in board.timeline().axes] == ["B", "C", "D"]


def test_the_table_says_what_must_be_known_and_escapes_it(board: Board) -> None:
    run(board, Setting(failures=0.1))
    bundle = board.table()._repr_mimebundle_()
    assert bundle["text/plain"] == "<table: runs side by side>", "the same in every run: the tests compare it"
    assert "503 &lt;Service&gt;" in bundle["text/html"] and "<Service>" not in bundle["text/html"]
    assert "A 20 coroutines: 3 failed with 503 <Service>." in str(board.table())
    assert f"{2.0:.3g}" in bundle["text/html"] and 'scope="col"' in bundle["text/html"]
