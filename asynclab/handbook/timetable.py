"""Timetables for a class, computed from the minutes that the lessons' sections name.

A lesson is taught together with its exercise. When time is too short for everything, the lessons that the others rest
on come first; a lesson whose exercise no longer fits is taught without it. Stretch tasks come in when all else fits;
otherwise they are for those who are quick, and for afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from asynclab.course import Lesson
from asynclab.grader.task import tasks_of

# By number, where not all fit. What isn't named here comes after these, in the course's own order.
FIRST = ("00", "02", "04", "03", "05", "01", "07", "06")


@dataclass(frozen=True)
class Part:
    """Something done together without a break in it."""

    lesson: Lesson
    kind: str  # "lesson", "exercise" or "stretch"
    minutes: int

    @property
    def says(self) -> str:
        return {"lesson": self.lesson.title, "exercise": f"{self.lesson.number}: the exercise",
                "stretch": f"{self.lesson.number}: the stretch task"}[self.kind]  # fmt: skip


@dataclass(frozen=True)
class Format:
    """A length of workshop: from when to when, and the breaks between its sessions in minutes."""

    name: str
    begins: int  # minutes after midnight
    minutes: int
    breaks: tuple[tuple[str, int], ...]
    reserve: int  # kept for questions at least

    @property
    def teaching(self) -> int:
        return self.minutes - sum(minutes for _, minutes in self.breaks) - self.reserve


THREE_HOURS = Format("three hours", 9 * 60, 180, (("Break", 15),), 5)
DAY = Format("a day", 9 * 60, 480, (("Break", 15), ("Lunch", 60), ("Break", 15)), 15)


@dataclass(frozen=True)
class Timetable:
    format: Format
    sessions: tuple[tuple[Part, ...], ...]
    afterwards: tuple[Part, ...]

    @property
    def reserve(self) -> int:
        """Minutes left for questions and for what took longer."""
        used = sum(part.minutes for session in self.sessions for part in session)
        return self.format.minutes - used - sum(minutes for _, minutes in self.format.breaks)


def parts(lesson: Lesson) -> tuple[Part, ...]:
    """The lesson, its exercise without stretch tasks, and those; what takes no time is left out."""
    stretch = sum(minutes for task, minutes in _minutes_of_tasks(lesson).items() if _is_stretch(lesson, task))
    found = (
        Part(lesson, "lesson", lesson.minutes),
        Part(lesson, "exercise", lesson.exercise_minutes - stretch),
        Part(lesson, "stretch", stretch),
    )
    return tuple(part for part in found if part.minutes > 0)


def timetable(format: Format, lessons: list[Lesson]) -> Timetable:
    """The most of the course that fits, in the course's order, with breaks where they halve the work best."""
    left = format.teaching
    chosen: list[Part] = []
    for lesson in sorted(lessons, key=_importance):
        work = [part for part in parts(lesson) if part.kind != "stretch"]
        for taken in (work, [part for part in work if part.kind == "lesson"]):
            if taken and sum(part.minutes for part in taken) <= left:
                chosen += taken
                left -= sum(part.minutes for part in taken)
                break
    if sum(part.kind != "stretch" for lesson in lessons for part in parts(lesson)) == len(chosen):
        for part in (part for lesson in sorted(lessons, key=_importance) for part in parts(lesson)):
            if part.kind == "stretch" and part.minutes <= left:
                chosen.append(part)
                left -= part.minutes
    everything = [part for lesson in sorted(lessons, key=lambda lesson: lesson.name) for part in parts(lesson)]
    taught = [part for part in everything if part in chosen]
    return Timetable(
        format, _sessions(taught, len(format.breaks) + 1), tuple(part for part in everything if part not in chosen)
    )


def rows(table: Timetable) -> list[tuple[str, int, str]]:
    """(when it begins, minutes, what), breaks and the reserve included."""
    clock, found = table.format.begins, []
    for number, session in enumerate(table.sessions):
        between = [] if number == 0 else [table.format.breaks[number - 1]]
        for what, minutes in [*between, *[(part.says, part.minutes) for part in session]]:
            found.append((f"{clock // 60:02}:{clock % 60:02}", minutes, what))
            clock += minutes
    found.append((f"{clock // 60:02}:{clock % 60:02}", table.reserve, "Questions, and what took longer"))
    return found


def _sessions(taught: list[Part], number: int) -> tuple[tuple[Part, ...], ...]:
    """Cut into `number` sessions so that the longest is as short as it can be."""
    number = min(number, max(1, len(taught)))
    cuts = min(
        combinations(range(1, len(taught)), number - 1),
        key=lambda cuts: max(sum(p.minutes for p in taught[a:b]) for a, b in _spans(cuts, len(taught))),
    )
    return tuple(tuple(taught[a:b]) for a, b in _spans(cuts, len(taught)))


def _spans(cuts: tuple[int, ...], end: int) -> list[tuple[int, int]]:
    edges = (0, *cuts, end)
    return list(zip(edges[:-1], edges[1:], strict=True))


def _importance(lesson: Lesson) -> tuple[int, str]:
    return (FIRST.index(lesson.number) if lesson.number in FIRST else len(FIRST), lesson.name)


def _minutes_of_tasks(lesson: Lesson) -> dict[str, int]:
    """Each task's own minutes: those of the section that its answer cell stands in."""
    found: dict[str, int] = {}
    minutes = 0
    for cell in lesson.exercise_cells:
        minutes = cell.metadata.get("minutes", minutes)
        if cell.task:
            found[cell.task] = minutes
    return found


def _is_stretch(lesson: Lesson, task: str) -> bool:
    known = tasks_of(lesson.folder).get(task)
    return known is not None and known.stretch
