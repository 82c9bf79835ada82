"""Grade a notebook, a .py file with --task, or a class's submissions with --csv.

TARGET is an exercise notebook (every answer in it is graded), a Python file that holds the answer to --task, or, with
--csv, a folder or an archive of submissions (each a folder, a file or an archive named after the learner). The exit
status is 0 when every task asked for passed (a stretch task counts when --task names it), 1 when one did not, 2 when
one could not be judged.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from asynclab.problems import Problem

COULD_NOT_JUDGE = ("inconclusive", "grader_error")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target", metavar="TARGET", nargs="?", type=Path,
        help="a notebook or a .py file; with --csv a folder or an archive of submissions",
    )  # fmt: skip
    parser.add_argument("--task", metavar="TASK", help="the task that is answered: 04_aiohttp.download")
    parser.add_argument(
        "--json", action="store_true", help="print the records alone, one JSON object a task, a line each"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="draw the same inputs again; fresh ones by default")
    parser.add_argument("--replay", metavar="RECORD", type=Path, help="judge the evidence of stored records again")
    parser.add_argument("--progress", action="store_true", help="tell how far it is, as JSON lines on standard error")
    parser.add_argument(
        "--protection", metavar="NAME", help="bubblewrap, namespaces or rlimits; the strongest there is by default"
    )
    parser.add_argument("--csv", metavar="FILE", type=Path, help="grade every submission in TARGET, into this table")
    parser.add_argument("--allow-rlimits", action="store_true", help="grade others' work under rlimits alone, too")


def run(args: argparse.Namespace) -> int:
    if args.replay:
        return _replay(args)
    if args.target is None:
        raise Problem("There is nothing to grade.", "Name an exercise notebook, or a .py file with --task.")
    if args.csv or (args.target.is_dir() and not args.json):
        return _folder(args)
    return _grade(args)


def _grade(args: argparse.Namespace) -> int:
    from asynclab.grader.protection import named
    from asynclab.grader.record import to_line
    from asynclab.grader.submission import submissions

    found = submissions(args.target, args.task)
    protection = named(args.protection)
    status = 0
    with _stopped_by_signals():
        for submission, record in _graded(found, protection, args):
            if args.json:
                print(to_line(record), flush=True)
            else:
                print(_text(record, submission.text), flush=True)
            if not args.json and _own(submission.path):
                _remember(record)
            if submission.counts:
                status = max(status, _status(record.verdict))
    return status


def _graded(found, protection, args):  # type: ignore[no-untyped-def]
    """Each submission with its record, as it is made."""
    from asynclab.grader.grading import grade

    say = tell_machine if args.progress else tell_person if sys.stderr.isatty() else None
    for submission in found:
        record = asyncio.run(
            grade(submission.task, submission.text, protection=protection, seed=args.seed, on_progress=say)
        )
        if say is tell_person:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        yield submission, record


def _own(path: Path) -> bool:
    """Whether it is this checkout's own exercise: what is graded there counts for `progress`, as in the notebook."""
    from asynclab.paths import CHECKOUT

    return path.resolve().parent == CHECKOUT / "exercises"


def _remember(record) -> None:  # type: ignore[no-untyped-def]
    from asynclab import progress

    progress.take(record)


def _status(verdict: str) -> int:
    if verdict == "passed":
        return 0
    return 2 if verdict in COULD_NOT_JUDGE else 1


def _text(record, source: str) -> str:  # type: ignore[no-untyped-def]
    from asynclab.grader.text import text

    return text(record, source=source)


def tell_machine(say: str, done: int, of: int) -> None:
    """Progress for a program: one JSON object a line."""
    print(json.dumps({"say": say, "done": done, "of": of}, ensure_ascii=False), file=sys.stderr, flush=True)


def tell_person(say: str, done: int, of: int) -> None:
    print(f"\r\033[K[{done + 1}/{of}] {say} …", end="", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """A kill or a closed terminal stops a grading the way Ctrl-C does: children ended, visits closed."""

    def stop(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _replay(args: argparse.Namespace) -> int:
    """Exit status 0 when every record comes to its own verdict again, 1 when one doesn't."""
    from asynclab.grader.record import to_line
    from asynclab.grader.replay import read_records, replay

    status = 0
    for record in read_records(args.replay):
        replayed = replay(record)
        if args.json:
            print(to_line(replayed.judged))
        elif replayed.same:
            print(f"{record.task}: {record.verdict}, {record.points} of {record.max_points} points, as recorded.")
        else:
            why = "" if replayed.same_grader else " It was made by another version of the grader."
            print(f"{record.task}: recorded {_short(record)}, judged again {_short(replayed.judged)}.{why}")
        status = max(status, 0 if replayed.same else 1)
    return status


def _short(record) -> str:  # type: ignore[no-untyped-def]
    codes = ", ".join(mistake.code for mistake in record.mistakes)
    return f"{record.verdict} with {record.points} points" + (f" ({codes})" if codes else "")


def _folder(args: argparse.Namespace) -> int:
    from asynclab.grader.folder import grade_folder

    return grade_folder(args)
