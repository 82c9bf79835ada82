"""A fresh exercise in its place; the old one is kept beside it with its date.

EXERCISE is an exercise's name (04_aiohttp), its number (04) or its file. With --restore the newest kept version of it
comes back, or the one whose file is named; what lies there is kept in its turn. With --list: which versions are kept.
"""

from __future__ import annotations

import argparse

from asynclab.problems import Problem


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("exercise", metavar="EXERCISE", nargs="?", help="04_aiohttp, 04, or a file of exercises/")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--list", action="store_true", help="say which older versions are kept")
    which.add_argument("--restore", action="store_true", help="put an older version back")


def run(args: argparse.Namespace) -> int:
    from asynclab.keeping import reset

    if args.list:
        found = reset.listed(args.exercise)
        for each in found:
            print(reset.line(each))
        if not found:
            print("No older version is kept.")
        return 0
    if not args.exercise:
        raise Problem("Which exercise?", "Name it: reset 04_aiohttp, say. Older versions are told by: reset --list")
    for line in reset.restore(args.exercise) if args.restore else reset.reset(args.exercise):
        print(line)
    return 0
