"""The scorecard: every claim has a short measurement, its figures are those that lessons record, and it shows all."""

from __future__ import annotations

import ast
import asyncio
import re

import pytest

from asynclab import claims, course, scorecard
from asynclab.scorecard import brief


@pytest.fixture(autouse=True)
def own_claims(tmp_path, monkeypatch):
    """What is measured here is kept here; the services stay the session's."""
    monkeypatch.setattr(claims, "_file", lambda claim: tmp_path / f"{claim}.json")


def test_every_claim_can_be_measured_briefly():
    assert set(brief.BRIEF) == {claim.id for claim in claims.claims()}
    assert set(scorecard.FIGURES) <= set(brief.BRIEF)


def recorded() -> list[tuple[str, str, set[str]]]:
    """Lesson, claim and the names of the figures of every claims.record in a lesson; those behind ** are not seen."""
    found = []
    for lesson in course.lessons():
        for cell in lesson.cells:
            if cell.kind != "code" or "claims.record" not in cell.source:
                continue
            tree = ast.parse(re.sub(r"^\s*%.*$", "", cell.source, flags=re.MULTILINE))
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "claims.record":
                    keys = {keyword.arg or "**" for keyword in node.keywords}
                    found.append((lesson.name, ast.literal_eval(node.args[0]), keys))
    return found


def test_lessons_record_the_figures_that_are_drawn():
    records = recorded()
    assert records
    for lesson, claim, keys in records:
        drawn = scorecard.FIGURES.get(claim)
        if drawn and "**" not in keys:
            assert set(drawn.keys) <= keys, (
                f"{lesson} records {claim} with {sorted(keys)}; the scorecard draws {drawn.keys}: name them alike"
            )


def test_a_claim_is_measured_where_no_lesson_did_it(monkeypatch):
    two = tuple(claims.find(name) for name in ("three-tasks-2s", "thread-8mb"))
    monkeypatch.setattr(claims, "claims", lambda: two)
    claims.record("thread-8mb", "16 KB", "does not hold", resident_kb=16.384)
    assert asyncio.run(scorecard.complete()) == ["three-tasks-2s"]
    three, thread = claims.measured("three-tasks-2s"), claims.measured("thread-8mb")
    assert three and three.brief and three.verdict == "holds"
    assert thread and not thread.brief and thread.text == "16 KB"
    assert asyncio.run(scorecard.complete()) == []


def test_the_picture_lays_figures_beside_the_articles():
    claims.record("thread-8mb", "16 KB", "does not hold", resident_kb=16.384)
    claims.record("ten-times-faster", "86 times", "holds when", against_one=86.0)
    claims.record("aiofiles-for-open", "20 times", "does not hold", times=20.0)  # words in the article: not drawn
    claims.record("pool-reuse-3x", "1.1 times", "does not hold", another_name=1.1)
    picture = scorecard.picture()
    assert "thread-8mb: article 8, here 0.016 MB" in picture.alt
    assert "ten-times-faster: article 10, here 86 times" in picture.alt
    assert "aiofiles" not in picture.alt and "pool-reuse" not in picture.alt
    assert picture.png().startswith(b"\x89PNG")


def test_the_table_has_every_claim_and_says_what_is_missing_or_brief():
    claims.record_briefly("thread-8mb", "16 KB <resident>", "does not hold")
    table = scorecard.table()
    count = len(claims.claims())
    assert repr(table) == f"<scorecard: {count} claims, 1 measured on this machine>"
    assert table.verdicts == {"does not hold": 1, "not measured yet": count - 1}
    html = table.html()
    assert html.count("<tr>") == count + 1
    assert "16 KB &lt;resident&gt; <em>(a short run)</em>" in html
    assert '<a href="05_asyncpg.ipynb" aria-label="lesson 05">05</a>' in html
