"""A fresh exercise in its place, the old one beside it; and an old one back."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from asynclab import course
from asynclab.course import Lesson
from asynclab.keeping import exercise, files
from asynclab.paths import CHECKOUT
from asynclab.problems import Problem

AGAIN = "If it is open in JupyterLab: File > Reload Notebook from Disk."


@dataclass(frozen=True)
class Listed:
    """A kept version, and whose answers are in it."""

    kept: files.Kept
    tasks: tuple[str, ...] | None  # None: it can't be read


def reset(name: str, checkout: Path = CHECKOUT) -> list[str]:
    """Puts the exercise back as the course gives it; what to say. Raises Problem when there is no such exercise."""
    lesson = exercise_named(name, checkout)
    return _put(place_of(lesson, checkout), fresh(lesson), "is fresh again", "was fresh already: nothing to do.")


def restore(name: str, checkout: Path = CHECKOUT) -> list[str]:
    """Puts a kept version back: the one that is named, or an exercise's newest. What lies there is kept in turn."""
    wanted = Path(name)
    known = list(_all(checkout))
    chosen = next((each for each in known if wanted.name in (each.path.name, each.path.stem)), None)
    if chosen is None and ".kept-" in wanted.name:
        raise Problem(f"There is no kept version {wanted.name}.", "See all of them with: reset --list")
    if chosen is None:
        place = place_of(exercise_named(name, checkout), checkout)
        now = place.read_bytes() if place.exists() else b""
        versions = [each for each in files.kept(place) if each.path.read_bytes() != now]
        if not versions:
            raise Problem(f"No older version of exercises/{place.name} is kept.", "See all of them with: reset --list")
        chosen = versions[0]
    done = f"is again what it was on {_date(chosen)}"
    return _put(chosen.place, chosen.path.read_bytes(), done, f"{done} already: nothing to do.")


def listed(name: str | None = None, checkout: Path = CHECKOUT) -> list[Listed]:
    """The kept versions, of one exercise or of all, the newest first."""
    place = place_of(exercise_named(name, checkout), checkout) if name else None
    return [Listed(each, _tasks(each, checkout)) for each in _all(checkout) if place in (None, each.place)]


def line(each: Listed) -> str:
    """A kept version in a line."""
    if each.tasks is None:
        said = "can't be read as a notebook"
    else:
        names = [task.partition(".")[2] for task in each.tasks]
        said = (
            f"with your answer{'' if len(names) == 1 else 's'} to {', '.join(names)}" if names else "without an answer"
        )
    return f"{_date(each.kept)}  {each.kept.path.name}  {said}"


def fresh(lesson: Lesson) -> bytes:
    """The exercise as the course gives it."""
    from asynclab.build.compose import compose, dumps  # nbformat, which takes a second to load

    return dumps(compose(lesson, "exercises")).encode()


def stubs(lesson: Lesson, checkout: Path = CHECKOUT) -> dict[str, list[str]]:
    """The exercise's answer cells as the course gives them, as `exercise.answers` would find them."""
    return {task: [f"%%grade {task}\n{course.stub(task, checkout)}"] for task in lesson.tasks}


def place_of(lesson: Lesson, checkout: Path = CHECKOUT) -> Path:
    return checkout / "exercises" / f"{lesson.name}.ipynb"


def exercise_named(name: str, checkout: Path = CHECKOUT) -> Lesson:
    """By its name, its number, or its file. Raises Problem with what was perhaps meant."""
    known = [lesson for lesson in course.lessons(checkout) if lesson.exercise_cells]
    stem = Path(name).name.removesuffix(".ipynb")
    for lesson in known:
        if stem in (lesson.name, lesson.number):
            return lesson
    lesson_name, _, task = stem.partition(".")
    if task and any(stem in lesson.tasks for lesson in known):
        raise Problem(
            f"{stem} is one task of an exercise, and an exercise is put back whole.",
            f"Run  reset {lesson_name} : your other answers are in the kept one, to be copied from there.",
        )
    names = [lesson.name for lesson in known]
    near = difflib.get_close_matches(stem, names, n=1)
    raise Problem(
        f"There is no exercise {name}.",
        f"Did you mean {near[0]}?" if near else f"The exercises are: {', '.join(names) or 'none'}.",
    )


def _put(place: Path, data: bytes, done: str, already: str) -> list[str]:
    shown = f"{place.parent.name}/{place.name}"
    files.sweep(place.parent)
    try:
        if not place.exists():
            place.parent.mkdir(exist_ok=True)
            files.write(place, data)
            return [f"{shown} {done}."]
        if place.read_bytes() == data:
            return [f"{shown} {already}"]
        kept = files.keep(place)
        files.write(place, data)
    except OSError as error:
        raise Problem(
            f"{shown} can't be put back: {error.strerror} ({error.filename}). It is as it was.",
            "Mend that and try again.",
        ) from error
    return [f"{shown} {done}.", f"What it was is kept as {kept.parent.name}/{kept.name}.", AGAIN]


def _all(checkout: Path) -> Iterable[files.Kept]:
    return [each for each in files.all_kept(checkout / "exercises") if each.path.suffix == ".ipynb"]


def _tasks(kept: files.Kept, checkout: Path) -> tuple[str, ...] | None:
    try:
        content = exercise.read(kept.path.read_bytes())
    except (OSError, exercise.Unreadable):
        return None
    lessons = [lesson for lesson in course.lessons(checkout) if lesson.name == kept.place.stem]
    return tuple(exercise.answered(content, stubs(lessons[0], checkout) if lessons else None))


def _date(kept: files.Kept) -> str:
    return kept.saved.strftime("%Y-%m-%d %H:%M:%S")
