"""Where people stumble: the mistakes that each task attracts, as its wrong answers make them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from asynclab import course
from asynclab.course import Lesson
from asynclab.grader import catalogue

# For verdicts without a mistake of the catalogue.
ENDED = {
    "crashed": "The answer doesn't load, or raises where it should return",
    "not_attempted": "The function is not there, or has another name",
    "timed_out": "It was ended by the time limit",
    "out_of_memory": "It was ended by the memory limit",
    "too_much_output": "It printed without end",
}


@dataclass(frozen=True)
class Stumble:
    """One mistake that a task attracts, and how people come to make it."""

    name: str  # the catalogue's line, or ENDED's
    answers: tuple[str, ...]  # what the wrong answers that make it say of themselves, in the authors' words
    explained: catalogue.Section | None


def stumbles(task: str, most: int = 5) -> tuple[Stumble, ...]:
    """What the task's wrong answers show first, the most frequent before the rest; at most `most` of them.

    How often a mistake is among the course's wrong answers says in how many ways it can be made, not how many
    people make it.
    """
    made: dict[str, list[str]] = defaultdict(list)
    for answer in course.answers(task):
        if not answer.right:
            made[answer.mistakes[0] if answer.mistakes else answer.verdict].append(answer.says)
    # What an answer of any task can do wrong (not loading, a wrong value) tells an instructor the least.
    order = sorted(made, key=lambda code: (code in ENDED or code == "wrong-result", -len(made[code])))
    return tuple(
        Stumble(
            ENDED.get(code) or catalogue.entry(code).name,
            tuple(made[code]),
            None if code in ENDED else catalogue.where(code, task),
        )
        for code in order[:most]
    )


def of_lesson(lesson: Lesson) -> dict[str, tuple[Stumble, ...]]:
    return {task: stumbles(task) for task in lesson.tasks}
