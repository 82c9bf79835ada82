"""Put your answers and records in one file to hand in.

The file is named after you, and the instructor grades a folder of such files:
python3 -m asynclab grade FOLDER --csv FILE. In it are your exercises as you saved them, the records of your
gradings, and your progress.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", metavar="NAME", help="your name, as the gradebook has it (else your user name)")
    parser.add_argument("--to", metavar="FILE", type=Path, help="the file, or the folder for it (else NAME.zip here)")


def run(args: argparse.Namespace) -> int:
    from asynclab.keeping.pack import pack

    packed = pack(args.name, args.to)
    for task, there in packed.answers.items():
        said = "passed" if task in packed.passed and there else "answered" if there else "no answer"
        print(f"  {task:<38} {said}")
    count = sum(packed.answers.values())
    records = f"{packed.records} record{'' if packed.records == 1 else 's'}"
    print(f"{count} of {len(packed.answers)} tasks answered, {records}, {packed.size / 1024:.0f} KB: {packed.path}")
    for line in packed.said:
        print(line, file=sys.stderr)
    return 0
