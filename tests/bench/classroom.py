"""A class hands in `fetch_pages`: how long `grade FOLDER` takes, and whether everyone gets what is due.

    python -m tests.bench.classroom [--learners 200]

Half of the class is wrong in one of the known ways, a tenth is hostile, the others are right. Prints what was
misjudged (its records are kept in the data folder's bench/), and what a submission costs beyond the time of its
own runs: the reference's runs, starting, judging.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from statistics import mean, median
from typing import Any

from asynclab import course
from asynclab.paths import CHECKOUT, data_folder
from tests.bench.figures import show, store
from tests.hostile.test_hostile import corpus

TASK = "04_aiohttp.fetch_pages"
AIM = 1.5  # seconds a submission beyond its own run time
AS_THE_TASK = "\n\nasync def fetch_pages(urls):\n    return await answer('', '.')\n"


def submissions(learners: int) -> dict[str, tuple[str, course.Answer | None]]:
    """Name of the learner: what is handed in, and the known answer that it is (None: hostile)."""
    known = course.answers(TASK)
    right = cycle(answer for answer in known if answer.right)
    wrong = cycle(answer for answer in known if not answer.right)
    hostile = cycle(one.text + AS_THE_TASK for one in corpus() if "def answer" in one.text)
    handed: list[tuple[str, course.Answer | None]] = [(text, None) for text in islice(hostile, learners // 10)]
    handed += [(answer.source, answer) for answer in islice(wrong, learners // 2)]
    handed += [(answer.source, answer) for answer in islice(right, learners - len(handed))]
    random.Random(0).shuffle(handed)
    return {f"learner{number:03}": each for number, each in enumerate(handed)}


def measure(learners: int) -> dict[str, Any]:
    handed = submissions(learners)
    with tempfile.TemporaryDirectory() as place:
        folder, table = Path(place) / "handed in", Path(place) / "grades.csv"
        folder.mkdir()
        for name, (source, _) in handed.items():
            (folder / f"{name}.py").write_text(source, encoding="utf-8")
        began = time.monotonic()
        command = [sys.executable, "-m", "asynclab", "grade", str(folder), "--task", TASK, "--csv", str(table)]
        done = subprocess.run(command, cwd=CHECKOUT, check=False)
        took = time.monotonic() - began
        if not table.exists():
            raise SystemExit(f"the class was not graded: exit status {done.returncode}")
        lines = table.with_suffix(".jsonl").read_text("utf-8").splitlines()
        records = {record["learner"]: record for record in map(json.loads, lines)}
    misjudged = [said for name, (_, answer) in handed.items() if (said := wrongly(name, answer, records.get(name)))]
    for line in misjudged:
        print(line)
    kept = data_folder() / "bench" / "misjudged.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    names = {line.partition(":")[0] for line in misjudged}
    kept.write_text("".join(json.dumps(record) + "\n" for name, record in records.items() if name in names))
    beyond = [record["seconds"] - own(record) for record in records.values() if record["evidence"]]
    return {
        "submissions": learners,
        "misjudged": len(misjudged),
        "seconds in all": round(took, 1),
        "seconds a submission": round(took / learners, 2),
        "aim, seconds beyond its own": AIM,
        "beyond its own, mean": round(mean(beyond), 2),
        "beyond its own, median": round(median(beyond), 2),
        "beyond its own, at most": round(max(beyond), 2),
    }


def own(record: dict[str, Any]) -> float:
    """Seconds that the answer itself ran, in all of its runs."""
    return sum(run.get("wall", 0.0) for name, run in record["evidence"].items() if not name.endswith(".reference"))


def wrongly(name: str, answer: course.Answer | None, record: dict[str, Any] | None) -> str:
    """How the record differs from what is due; nothing when it doesn't."""
    if record is None:
        return f"{name}: no record"
    given = (record["verdict"], tuple(record["mistakes"]))
    if answer is None:
        return f"{name}: hostile, {given}" if given[0] in ("passed", "grader_error", "inconclusive") else ""
    due = (answer.verdict, answer.mistakes)
    return f"{name}: {answer.name}: {given}, due {due}" if given != due else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--learners", type=int, default=200)
    parser.add_argument("--json", type=Path, help="where the figures go")
    options = parser.parse_args()
    figures = measure(options.learners)
    show(figures)
    store("classroom", figures, options.json)
    return int(figures["misjudged"] > 0)


if __name__ == "__main__":
    sys.exit(main())
