"""`asynclab build`: for authors, lessons/ to the three notebook folders, and what follows from them in the pages."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asynclab.course import Page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Makes notebooks/, exercises/ and solutions/ from lessons/: lessons and solutions are executed and keep "
        "their outputs, exercises are left to the learner. Builds what changed, the cheat sheet's page to print, and "
        "the timetables and tables in INSTRUCTORS.md and README.md. CONTRIBUTING.md says how to write a lesson."
    )
    parser.add_argument(
        "lessons", nargs="*", metavar="LESSON", help="build these alone: 04_aiohttp, or 04, or playground"
    )
    parser.add_argument("--force", action="store_true", help="build everything, changed or not")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when anything is stale")


def run(args: argparse.Namespace) -> int:
    # Imported here: the command line's other commands start without nbclient and nbformat.
    from tqdm import tqdm

    from asynclab import course
    from asynclab.build import sheet, store
    from asynclab.build.compose import compose
    from asynclab.handbook import blocks
    from asynclab.problems import Problem

    lessons = [_named(name, course.notebooks()) for name in args.lessons] or course.notebooks()
    if not lessons:
        raise Problem("There are no lessons in lessons/.", "Write lessons/NN_name/lesson.md and exercise.md first.")
    wrong = [sentence for lesson in lessons for sentence in course.check(lesson)]
    if wrong:
        print(*wrong, sep="\n", file=sys.stderr)
        raise Problem(f"{len(wrong)} things to mend before anything is built.", "Each is named above.", 1)
    todo = [(lesson, kind) for lesson in lessons for kind in (lesson.kinds if args.force else store.stale(lesson))]
    sheet_too = not args.lessons and (args.force or not sheet.is_current())
    if args.check:
        for lesson, kind in todo:
            print(f"{kind}/{lesson.name}.ipynb is not what its lesson gives.")
        pages = blocks.stale()
        for page in pages:
            print(f"{page.name} is not what the lessons give.")
        if sheet_too:
            print(f"{sheet.PAGE} is not what {sheet.SOURCE} gives.")
        if todo or pages or sheet_too:
            print("Run python3 -m asynclab build.")
        return 1 if todo or pages or sheet_too else 0
    for page in blocks.write():
        print(f"{page.name} written.")
    if sheet_too:
        sheet.write()
        print(f"{sheet.PAGE} written.")
    if not todo:
        print("All notebooks are what their lessons give; nothing to build (--force builds them all the same).")
        return 0
    started = time.monotonic()
    failed: list[Problem] = []
    for lesson, kind in todo:
        name = f"{kind}/{lesson.name}.ipynb"
        cells = 0 if kind == "exercises" else len(compose(lesson, kind).cells)
        # disable=None: a bar on a terminal alone; a log gets one line a notebook.
        with tqdm(total=cells, desc=name, unit="cell", leave=False, disable=None if cells else True) as bar:
            try:
                built = store.build(lesson, kind, on_cell=lambda n, bar=bar: bar.update(n - bar.n))  # type: ignore[misc]
            except Problem as why:
                failed.append(why)
                continue
            finally:
                bar.close()
        print(f"{name:36} {built.cost.seconds:6.1f} s  {built.cost.cells:3} cells  {built.size / 1024:7.0f} KiB")
        if built.kept:
            print(f"  {name} had been changed by hand: that version is kept as {built.kept.name}.")
    for problem in failed:
        print(f"\n{problem.what}\n{problem.todo}", file=sys.stderr)
    print(f"{len(todo) - len(failed)} of {len(todo)} notebooks written in {time.monotonic() - started:.0f} s.")
    return 1 if failed else 0


def _named(name: str, lessons: list[Page]) -> Page:
    from asynclab.problems import Problem

    found = [lesson for lesson in lessons if name in (lesson.name, getattr(lesson, "number", None))]
    if not found:
        raise Problem(f"There is no lesson {name}.", f"The lessons are: {', '.join(x.name for x in lessons)}.")
    return found[0]
