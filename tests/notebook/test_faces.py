"""The faces of a record, over every verdict: what they must say, that they say the same, that nothing slips through."""

from __future__ import annotations

import ast
import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from asynclab import course
from asynclab.grader import card, catalogue, picture, text, wording
from asynclab.grader.record import from_json, to_json
from asynclab.grader.verdict import VERDICTS, Mistake
from asynclab.grader.wording import Help
from asynclab.paths import CHECKOUT
from tests.notebook import records

HELP = Help(hints=3, hints_shown=1, attempts_left=2, solution_open=False)
VOID = {"br", "img", "meta", "hr", "input", "link"}
# What JupyterLab 4.6 leaves of HTML in a notebook that isn't trusted (its sanitizer's list, as far as cards need it).
UNTRUSTED_TAGS = {
    "a", "b", "br", "caption", "code", "details", "div", "figcaption", "figure", "h3", "h4", "img", "p", "pre",
    "section", "span", "summary", "table", "tbody", "td", "th", "thead", "tr",
}  # fmt: skip
ATTRIBUTES = {"class", "href", "src", "alt", "width", "height", "scope", "role", "aria-label", "aria-hidden", "style"}


class Outline(HTMLParser):
    """Reads a page strictly: every tag closed in order; keeps tags, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.words).split())


def flat(said: str) -> str:
    """Without what differs between the faces: code marks and the breaking of lines."""
    return "".join(said.replace("`", "").split())


def page(name: str) -> Outline:
    return Outline(card.html(records.RECORDS[name], source=records.SOURCE, help=HELP))


@pytest.mark.parametrize("name", records.RECORDS)
def test_card_is_valid_small_and_survives_an_untrusted_notebook(name: str) -> None:
    html = card.html(records.RECORDS[name], source=records.SOURCE, help=HELP, kept="records/x.json")
    outline = Outline(html)
    assert len(html) < 60_000
    tags = {tag for tag, _ in outline.tags}
    assert tags - {"style"} <= UNTRUSTED_TAGS
    assert {key for _, attributes in outline.tags for key in attributes} <= ATTRIBUTES
    for tag, attributes in outline.tags:
        if tag == "img":
            assert (attributes["src"] or "").startswith("data:image/svg+xml;base64,") and attributes["alt"]
        if tag == "th":
            assert attributes["scope"] in ("col", "row")
    assert outline.tags[0][0] == "section" and outline.tags[0][1]["aria-label"]
    assert ("table" in tags) == ("caption" in tags)


@pytest.mark.parametrize("name", records.RECORDS)
def test_card_and_text_say_the_same(name: str) -> None:
    record = records.RECORDS[name]
    for face in (flat(page(name).said), flat(text.text(record, source=records.SOURCE, help=HELP))):
        assert flat(wording.word(record)).lower() in face.lower()
        for mistake in record.mistakes:
            entry = catalogue.entry(mistake.code)
            for said in (mistake.code, mistake.seen, entry.name, entry.why, entry.mend):
                assert flat(said) in face
        for demand in record.demands:
            assert flat(demand.measured) in face or wording.measured_nothing(record)
        assert flat(wording.lead(record)) in face and flat(wording.next_step(record)) in face
        assert "(2of3left)" in face and "after2moreattempts" in face


def test_every_verdict_has_words_and_a_next_step_of_its_own() -> None:
    assert set(wording.WORDS) == set(VERDICTS)
    steps = {verdict: wording.next_step(records.RECORDS[verdict]) for verdict in VERDICTS}
    leads = {verdict: wording.lead(replace(records.RECORDS[verdict], note="")) for verdict in VERDICTS}
    assert len(set(steps.values())) == len(set(leads.values())) == len(VERDICTS)


@pytest.mark.parametrize("name", ["not_attempted", "inconclusive", "grader_error", "syntax"])
def test_what_costs_nothing_says_so(name: str) -> None:
    assert "No attempt was counted." in page(name).said
    assert flat("No attempt was counted.") in flat(text.text(records.RECORDS[name]))


@pytest.mark.parametrize("name", ["passed", "failed", "crashed", "timed_out"])
def test_what_counts_does_not_say_it_was_free(name: str) -> None:
    assert "No attempt was counted." not in page(name).said


def test_demands_are_marked_by_word_and_sign_and_not_by_colour_alone() -> None:
    said = page("failed").said
    assert said.count("✓ met") == 4 and said.count("✗ not met") == 3
    plain = text.text(records.FAILED)
    assert plain.count("[met]") == 4 and plain.count("[NOT MET]") == 3


def test_the_guilty_line_is_quoted() -> None:
    assert "line 8 async with session.get(url) as response:" in page("failed").said
    assert "line 8: async with session.get(url) as response:\n" in text.text(records.FAILED, source=records.SOURCE)
    # Without the source, from what the measurement saw.
    assert "line 5: asyncio.create_task(<f>())\n" in text.text(records.RECORDS["left"])


def test_a_crash_shows_the_learners_own_lines() -> None:
    for face in (page("crashed").said, text.text(records.RECORDS["crashed"])):
        assert "line 8, in fetch_pages" in face
        assert face.count("Cannot connect to host <127.0.0.1> & more") == 1
        assert "None of the 7 demands could be measured." in face
    for face in (page("syntax").said, text.text(records.RECORDS["syntax"])):
        assert "line 4: async def fetch_pages(urls)" in face and "SyntaxError: expected ':'" in face


def test_a_run_that_was_meant_to_raise_is_not_taken_for_the_crash() -> None:
    meant = records.evidence(1, 1, "raised", error=replace(records.RAISED, text="", message="404, as it should"))
    died = records.evidence(1, 1, "raised", error=replace(records.RAISED, text="", message="the real one"))
    died = replace(died, facts={"essential": True})
    crashed = replace(records.RECORDS["crashed"], evidence={"missing": meant, "again": died})
    assert "the real one" in wording.traceback(crashed) and "as it should" not in wording.traceback(crashed)


def test_a_stop_says_where_it_stood() -> None:
    for face in (page("timed_out").said, text.text(records.RECORDS["timed_out"])):
        assert "line 12: await queue.join()" in face and face.count("async with session.get(url) as response:") == 1


def test_nothing_from_the_learner_becomes_markup_or_steers_a_terminal() -> None:
    html = card.html(records.nasty(), source=records.NASTY, help=HELP, kept=records.NASTY)
    html += card.sentence_html(records.nasty())
    outline = Outline(html)
    assert not {tag for tag, _ in outline.tags} & {"script", "iframe", "object"}
    assert all(not key.startswith("on") for _, attributes in outline.tags for key in attributes)
    assert {attributes["src"][:5] for tag, attributes in outline.tags if tag == "img"} == {"data:"}  # type: ignore[index]
    for face in (html, text.text(records.nasty(), source=records.NASTY)):
        assert not [c for c in face if not c.isprintable() and c not in "\n\t"]


def test_text_is_80_columns_wide() -> None:
    for record in records.RECORDS.values():
        for line in text.text(record, help=HELP).splitlines()[1:]:  # the first is one line, however long
            assert len(line) <= 80 or " " not in line.strip(), line


def test_the_sentence_holds_no_measured_figure() -> None:
    assert wording.sentence(records.PASSED) == "04_aiohttp.fetch_pages: passed, 7 of 7 points"
    slower = replace(records.PASSED, seconds=99.0, evidence={"main": records.evidence(7, 2)})
    assert wording.sentence(slower) == wording.sentence(records.PASSED)
    greet = replace(records.PASSED, task="00_start_here.greet", points=0, max_points=0)
    assert wording.sentence(greet) == "00_start_here.greet: passed"
    assert text.text(records.FAILED).splitlines()[0] == wording.sentence(records.FAILED)


@pytest.mark.parametrize("name", VERDICTS)
def test_a_record_read_back_gives_the_same_card(name: str) -> None:
    record = records.RECORDS[name]
    again = from_json(to_json(record))
    # The ledger's whole microseconds may move a line by a tenth of a pixel.
    without_pictures = re.compile(r'src="[^"]*"')
    assert without_pictures.sub("", card.html(again)) == without_pictures.sub("", card.html(record))
    assert text.text(again) == text.text(record)


# ---------------------------------------------------------------- pictures


def test_pictures_are_wellformed_and_tell_their_figures() -> None:
    for name, record in records.RECORDS.items():
        for panel in picture.panels(record):
            assert ElementTree.fromstring(panel.svg).tag.endswith("svg"), name
            assert len(panel.svg) < 15_000
            assert base64.b64decode(panel.uri.partition(",")[2]).decode() == panel.svg
    yours, theirs = picture.panels(records.FAILED)
    assert "1000 requests in 80." in yours.alt and "never more than 1 in flight, on 1 connection" in yours.alt
    assert "staircase" in yours.alt
    assert "at most 100 in flight, on 100 connections" in theirs.alt and "band" in theirs.alt


def test_a_block_is_called_one_and_errors_are_counted() -> None:
    run = replace(records.evidence(24, 24), ledger=records.ledger(24, 24, errors=3))
    (panel,) = picture.panels(replace(records.PASSED, evidence={"main": run}))
    assert "A block" in panel.alt and "3 without a good answer" in panel.alt
    assert "stroke-dasharray" in panel.svg  # not by colour alone


def test_memory_is_drawn_where_memory_was_asked_for() -> None:
    panel = picture.panels(records.RECORDS["out_of_memory"])[-1]
    assert "1024 MiB" in panel.alt and "the reference by 9.0 MiB" in panel.alt
    assert not [p for p in picture.panels(records.FAILED) if "Memory" in p.title]


def test_jobs_are_drawn_like_requests() -> None:
    jobs = [[0, 0.0, 0.2, "done"], [1, 0.1, 0.4, "failed"], [2, 0.3, 0.35, "cancelled"], [3, 0.3, None, "running"]]
    run = replace(records.evidence(0, 1), facts={"jobs": jobs}, go=0.0, wall=0.5)
    (panel,) = picture.panels(replace(records.PASSED, evidence={"main": run}))
    assert panel.title == "Your jobs" and "4 jobs in 0.50 s, at most 3 in flight" in panel.alt
    assert "3 failed, cancelled or not ended" in panel.alt


def test_ticks_are_few_and_round() -> None:
    for seconds in (0.003, 0.07, 0.9, 1.0, 4.4, 12.0, 82.0, 599.0):
        found = picture.ticks(seconds)
        assert 2 <= len(found) <= 5 and found[0] == 0 and found[-1] <= seconds * 1.0001


# ---------------------------------------------------------------- the catalogue


@pytest.mark.parametrize("code", catalogue.MISTAKES)
def test_entry(code: str) -> None:
    entry = catalogue.MISTAKES[code]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert len(entry.name) <= 70 and not entry.name.endswith(".")
    assert 2 <= len(re.findall(r"[.?](?= |$)", entry.why.replace("…", ""))) <= 6
    wrapped = "async def f():\n" + "\n".join("    " + line for line in entry.mend.splitlines())
    ast.parse(wrapped)
    assert len(entry.mend.splitlines()) <= 9
    for section in entry.sections:
        there = {lesson.name: lesson.headings for lesson in course.lessons()}
        if section.lesson in there and there[section.lesson]:
            assert section.heading in there[section.lesson], f"{code}: no heading {section.heading!r}"
        else:
            assert section.lesson in LATER, f"{code}: there is no lesson {section.lesson}"


LATER = ("01_blocking", "02_event_loop", "03_gather", "05_asyncpg", "06_migration", "07_pitfalls")


def test_the_task_s_own_lesson_is_preferred_and_no_link_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    found = catalogue.where("leaked-tasks", "04_aiohttp.crawl")
    assert found is not None and found.lesson == "04_aiohttp"
    monkeypatch.setattr(course, "lessons", list)
    assert catalogue.where("leaked-tasks", "04_aiohttp.crawl") is None
    html = card.html(replace(records.FAILED, mistakes=(Mistake("leaked-tasks", "One was left."),)))
    assert "<a " not in html


def test_links_lead_to_the_heading() -> None:
    links = [attributes["href"] for tag, attributes in page("failed").tags if tag == "a"]
    assert links[0] == "../notebooks/04_aiohttp.ipynb#Awaiting-in-turn-is-not-concurrency"


def test_an_unknown_code_is_still_readable() -> None:
    record = replace(records.FAILED, mistakes=(Mistake("brand-new-mistake", "It was seen."),))
    assert "Brand new mistake" in text.text(record) and "It was seen." in Outline(card.html(record)).said


def test_every_code_that_a_grading_or_a_known_answer_names_is_in_the_catalogue() -> None:
    named = {code for task in course.tasks() for answer in course.answers(task) for code in answer.mistakes}
    for folder in ("lessons", "asynclab/grader"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            if "answers" not in path.parts:
                named |= set(re.findall(r'Mistake\(\s*"([a-z-]+)"', path.read_text(encoding="utf-8")))
    assert len(named) > 30 and named <= set(catalogue.MISTAKES)
