"""The claims as data, and what a machine keeps of them."""

from __future__ import annotations

import pytest

from asynclab import claims
from asynclab.problems import Problem


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("ASYNCLAB_DATA", str(tmp_path))


def test_every_claim_is_whole_and_has_an_id_of_its_own():
    known = claims.claims()
    assert len({claim.id for claim in known}) == len(known) >= 20
    for claim in known:
        assert all((claim.statement, claim.article, claim.measured, claim.condition)), claim.id
        assert claim.lesson[:3] in ("01_", "02_", "03_", "04_", "05_", "06_"), claim.id


def test_what_was_never_measured_says_so():
    card = claims.card("thread-8mb")
    assert repr(card) == "thread-8mb: not measured yet"
    assert "not measured yet" in card.html()


def test_a_measured_claim_is_kept_beside_the_articles_figure():
    claims.record("thread-8mb", "16 KB resident", "does not hold", kb=16)
    card = claims.card("thread-8mb")
    assert str(card).splitlines()[0] == "thread-8mb: does not hold"
    assert card.found.figures == {"kb": 16.0}
    for text in ("8 MB a thread", "16 KB resident", "does not hold"):
        assert text in card.html()
    assert [c.claim.id for c in claims.scorecard() if c.found] == ["thread-8mb"]


def test_a_claim_measured_again_replaces_the_old_figure():
    claims.record("thread-8mb", "16 KB", "does not hold")
    claims.record("thread-8mb", "17 KB", "does not hold")
    assert claims.measured("thread-8mb").text == "17 KB"


def test_text_from_a_run_cannot_become_html():
    assert "<script>" not in claims.record("thread-8mb", "<script>", "holds").html()


def test_unknown_names_and_verdicts_are_refused():
    with pytest.raises(Problem, match="no claim 'thread-9mb'"):
        claims.card("thread-9mb")
    with pytest.raises(Problem, match="no verdict"):
        claims.record("thread-8mb", "16 KB", "maybe")


def test_a_damaged_file_counts_as_not_measured(tmp_path):
    claims.record("thread-8mb", "16 KB", "holds")
    (tmp_path / "claims" / "thread-8mb.json").write_text("{")
    assert claims.measured("thread-8mb") is None
