"""`asynclab progress`: what is passed, points and attempts, lesson by lesson."""

from __future__ import annotations

import argparse
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print it as JSON, one object a task, a line each")


def run(args: argparse.Namespace) -> int:
    import json
    from dataclasses import asdict

    from asynclab import progress
    from asynclab.notebook.overview import table

    lessons = progress.summary()
    if args.json:
        for lesson in lessons:
            for task in lesson.tasks:
                print(json.dumps({**asdict(task), "passed": task.passed, "solution_open": task.solution_open}))
    else:
        print(table(lessons), end="")
    for notice in progress.notices():
        print(notice, file=sys.stderr)
    return 0
