"""INSTRUCTORS.md and README.md say what the lessons give: minutes, timetables, usual mistakes."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from asynclab import course
from asynclab.course import Cell, Lesson
from asynclab.grader import catalogue
from asynclab.grader.task import all_tasks
from asynclab.handbook import blocks, stumbles
from asynclab.handbook import timetable as made
from asynclab.handbook.timetable import DAY, THREE_HOURS, Format, Timetable, parts, rows, timetable
from asynclab.paths import CHECKOUT
from asynclab.problems import Problem

FORMATS = pytest.mark.parametrize("format", [THREE_HOURS, DAY], ids=lambda format: format.name)


def a_lesson(number: str, minutes: int, exercise: int, stretch: int = 0) -> Lesson:
    """A lesson of which only the minutes are of interest."""
    name, path = f"{number}_made_up", Path("lessons")

    def cells(*pieces: tuple[int, str]) -> tuple[Cell, ...]:
        found = []
        for minutes, task in pieces:
            found.append(Cell("markdown", f"# {name}", {"minutes": minutes}, path, 1))
            if task:
                found.append(Cell("code", f"%%grade {name}.{task}", {}, path, 1))
        return tuple(found)

    return Lesson(name, path / name, cells((minutes, "")), cells((exercise, "task"), (stretch, "stretch")))


@pytest.fixture
def whole_course(monkeypatch: pytest.MonkeyPatch) -> list[Lesson]:
    """Eight lessons of the size that the syllabus plans: more than a day holds."""
    monkeypatch.setattr(made, "tasks_of", lambda folder: {f"{folder.name}.stretch": SimpleNamespace(stretch=True)})
    sizes = [("00", 10, 3, 0), ("01", 25, 20, 0), ("02", 25, 17, 8), ("03", 25, 21, 9), ("04", 30, 27, 8),
             ("05", 30, 40, 0), ("06", 25, 40, 0), ("07", 30, 40, 0)]  # fmt: skip
    return [a_lesson(*size) for size in sizes]


def test_the_pages_are_as_built() -> None:
    assert (CHECKOUT / "INSTRUCTORS.md").is_file()
    stale = [page.name for page in blocks.stale()]
    assert not stale, f"{', '.join(stale)}: run python3 -m asynclab build, and commit what it wrote."


def test_every_block_is_in_the_instructors_page() -> None:
    text = (CHECKOUT / "INSTRUCTORS.md").read_text("utf-8")
    assert set(re.findall(r"<!-- begin ([\w-]+):", text)) == set(blocks.BLOCKS)


def test_links_of_the_instructors_page_lead_somewhere() -> None:
    text = (CHECKOUT / "INSTRUCTORS.md").read_text("utf-8")
    links = set(re.findall(r"\]\((?!https?:)([^)#]+)", text))
    assert "README.md" in links
    missing = [link for link in sorted(links) if not (CHECKOUT / link).exists()]
    assert not missing


def test_commands_of_the_instructors_page_exist() -> None:
    """Each with the options that it is shown with."""
    from asynclab.cli import discover

    text = (CHECKOUT / "INSTRUCTORS.md").read_text("utf-8")
    known = discover()
    named = re.findall(r"python3 -m asynclab (\w+)((?: --[a-z][\w-]*)*)", text)
    assert {"doctor", "bundle", "pack", "grade"} <= {name for name, _ in named}
    for name, options in named:
        assert name in known, f"INSTRUCTORS.md names a command {name}, and there is none"
        source = (CHECKOUT / f"asynclab/commands/{name}.py").read_text("utf-8")
        for option in options.split():
            assert f'"{option}"' in source, f"{name} {option}"


# Timetables --------------------------------------------------------------------------------------


def check(table: Timetable, lessons: list[Lesson]) -> None:
    """What every timetable keeps."""
    found = rows(table)
    assert sum(minutes for _, minutes, _ in found) == table.format.minutes
    assert table.reserve >= table.format.reserve
    taught = [part for session in table.sessions for part in session]
    names = [(part.lesson.name, ("lesson", "exercise", "stretch").index(part.kind)) for part in taught]
    assert names == sorted(names), "out of the course's order"
    everything = [part for lesson in lessons for part in parts(lesson)]
    assert sorted(map(key, [*taught, *table.afterwards])) == sorted(map(key, everything)), (
        "something is lost or doubled"
    )
    with_lesson = {part.lesson.name for part in taught if part.kind == "lesson"}
    assert {part.lesson.name for part in taught} <= with_lesson, "an exercise without its lesson"
    clock = table.format.begins
    for at, minutes, _ in found:
        assert at == f"{clock // 60:02}:{clock % 60:02}"
        clock += minutes


def key(part: Any) -> tuple[str, str, int]:
    return part.lesson.name, part.kind, part.minutes


@FORMATS
def test_of_the_lessons_there_are(format: Format) -> None:
    check(timetable(format, course.lessons()), course.lessons())


@FORMATS
def test_of_a_whole_course(format: Format, whole_course: list[Lesson]) -> None:
    table = timetable(format, whole_course)
    check(table, whole_course)
    taught = {(part.lesson.number, part.kind) for session in table.sessions for part in session}
    assert {("00", "exercise"), ("02", "lesson"), ("04", "lesson"), ("04", "exercise")} <= taught
    assert table.afterwards and table.reserve < 45, "much of the time is not used"
    sessions = [sum(part.minutes for part in session) for session in table.sessions]
    assert len(sessions) == len(format.breaks) + 1 and max(sessions) <= 120, sessions
    names = [what for _, _, what in rows(table)]
    assert names.count("Lunch") == (1 if format is DAY else 0)


def test_stretch_tasks_wait_for_everything_else(whole_course: list[Lesson]) -> None:
    week = Format("a week", 540, 2400, (("Break", 15),), 5)
    assert not timetable(week, whole_course).afterwards
    assert all(part.kind != "stretch" for session in timetable(DAY, whole_course).sessions for part in session)


def test_an_exercise_that_does_not_fit_is_left_and_its_lesson_taught(whole_course: list[Lesson]) -> None:
    short = Format("short", 540, 60, (), 0)
    taught = [key(part)[:2] for session in timetable(short, whole_course).sessions for part in session]
    assert taught == [("00_made_up", "lesson"), ("00_made_up", "exercise"), ("02_made_up", "lesson"),
                      ("02_made_up", "exercise")]  # fmt: skip
    shorter = Format("shorter", 540, 39, (), 0)
    taught = [key(part)[:2] for session in timetable(shorter, whole_course).sessions for part in session]
    assert taught[-1] == ("02_made_up", "lesson")


def test_stretch_minutes_are_those_of_the_tasks_that_are_stretch() -> None:
    for lesson in course.lessons():
        stretch = [task for task in lesson.tasks if (known := all_tasks().get(task)) and known.stretch]
        of_kind = {part.kind: part.minutes for part in parts(lesson)}
        assert bool(stretch) == bool(of_kind.get("stretch")), lesson.name
        assert sum(of_kind.values()) == lesson.minutes + lesson.exercise_minutes


# Where people stumble ----------------------------------------------------------------------------


def test_every_task_has_its_stumbles_in_words() -> None:
    page = (CHECKOUT / "INSTRUCTORS.md").read_text("utf-8")
    for task in course.tasks():
        found = stumbles.stumbles(task)
        assert 1 <= len(found) <= 5
        assert len({stumble.name for stumble in found}) == len(found)
        for stumble in found:
            assert stumble.answers[0] and not re.fullmatch(r"[a-z]+(-[a-z]+)+", stumble.name), "a code, no words"
            assert stumble.name in page


def test_stumbles_are_what_the_answers_make(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(verdict: str, *mistakes: str, says: str) -> Any:
        return course.Answer("t", Path("wrong_x.py"), "", verdict, mistakes, near=(), says=says)

    known = [
        answer("passed", says="right"),
        answer("crashed", says="Doesn't load."),
        answer("failed", "wrong-result", says="Off by one."),
        answer("failed", "wrong-result", says="Off by two."),
        answer("failed", "sequential-awaits", "wrong-result", says="In turn."),
        answer("timed_out", "blocks-the-loop", says="Sleeps."),
        answer("failed", "blocks-the-loop", says="Sleeps again."),
    ]
    monkeypatch.setattr(stumbles.course, "answers", lambda task: known)
    found = stumbles.stumbles("04_aiohttp.fetch_pages")
    assert [stumble.name for stumble in found] == [
        catalogue.entry("blocks-the-loop").name,
        catalogue.entry("sequential-awaits").name,
        catalogue.entry("wrong-result").name,
        stumbles.ENDED["crashed"],
    ]
    assert found[0].answers == ("Sleeps.", "Sleeps again.") and found[3].explained is None


# The blocks --------------------------------------------------------------------------------------


def test_a_page_is_mended_between_its_markers_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCKS", {"one": lambda: "new \\1", "two": lambda: "2"})
    page = tmp_path / "INSTRUCTORS.md"
    page.write_text(
        "before\n<!-- begin one: x -->\nold\n<!-- end one -->\nbetween\n<!-- begin two: -->\n<!-- end two -->\n"
    )
    assert blocks.stale(tmp_path) == [page]
    assert blocks.write(tmp_path) == [page]
    text = page.read_text()
    assert text.startswith("before\n<!-- begin one: written by") and "-->\nnew \\1\n<!-- end one -->\nbetween\n" in text
    assert blocks.stale(tmp_path) == [] and blocks.write(tmp_path) == []
    assert sorted(tmp_path.iterdir()) == [page]


@pytest.mark.parametrize("text", ["<!-- begin three: -->\n<!-- end three -->", "<!-- begin one: -->\nnever ended"])
def test_a_broken_marker_is_a_problem(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCKS", {"one": lambda: "1"})
    with pytest.raises(Problem):
        blocks.renewed(text)
