"""A class's submissions: every answer graded, one row each in a table for the gradebook.

What is measured never shares a processor with another measured answer: there are as many workers as the machine
has pairs of processors (an answer and the site it talks to need one each), every worker on its own pair, with
services of its own. On two processors that is one at a time. Every record goes to FILE.jsonl as soon as it is
made, so a grading that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asynclab import scratch
from asynclab.grader import machine, page
from asynclab.grader.protection import WEAKEST, named
from asynclab.grader.roster import HandedIn, handed_in, is_archive
from asynclab.grader.submission import sha256
from asynclab.grader.task import grading_file
from asynclab.paths import CHECKOUT, data_folder
from asynclab.problems import Problem

COLUMNS = ("learner", "task", "verdict", "points", "max_points", "mistakes")
LONGEST = 300.0  # seconds that one grading may take before its worker is given up
TO_BE_GRADED_AGAIN = ("inconclusive", "grader_error")


@dataclass(frozen=True)
class Graded:
    """One row: what was handed in, and the record as JSON."""

    learner: str
    record: dict[str, Any]
    path: str = ""

    def row(self) -> dict[str, Any]:
        codes = " ".join(self.record["mistakes"])
        plain = {name: self.record.get(name, "") for name in COLUMNS[1:]}
        return {**plain, "learner": harmless(self.learner), "mistakes": codes}

    def line(self) -> str:
        return json.dumps({"learner": self.learner, "path": self.path, **self.record}, ensure_ascii=False)


def grade_folder(args: argparse.Namespace) -> int:
    """What ``grade FOLDER --csv FILE`` does. The exit status of `grade`."""
    protection = named(args.protection)
    if protection == WEAKEST and not args.allow_rlimits:
        raise Problem(
            "This machine has no protection but limits: a submission could read files, the other submissions too.",
            "Install bubblewrap, or say --allow-rlimits if you trust those who handed in.",
        )
    table: Path | None = args.csv
    if table is None:
        raise Problem(f"{args.target} is a folder.", "Say where the table goes: --csv grades.csv")
    if not (args.target.is_dir() or is_archive(args.target)):
        raise Problem(f"There is no folder or archive {args.target}.", "Name the folder that holds the submissions.")
    if not table.absolute().parent.is_dir():
        raise Problem(f"There is no folder {table.absolute().parent}.", "Make it, or name another place for the table.")
    with scratch.folder() as unpacked:
        entries = handed_in(args.target, args.task, unpacked)
        if not entries:
            raise Problem(
                f"{args.target} holds no submissions.", "It holds a file, folder or archive for each learner."
            )
        done = already(table.with_suffix(".jsonl"), entries)
        with Class(table, entries, done, protection, machine_slots(), bar=sys.stderr.isatty()) as of_all:
            graded = of_all.run()
    write(table, graded, entries, of_all.slots, protection)
    print(summary(graded, of_all.slots, table))
    verdicts = {each.record["verdict"] for each in graded}
    return 2 if verdicts & {*TO_BE_GRADED_AGAIN} else 0 if verdicts <= {"passed"} else 1


def machine_slots() -> list[list[int]]:
    """The processors of each worker: a pair each, all of them where there are fewer than four."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    if len(cores) < 4:
        return [cores]
    return [cores[i : i + 2] for i in range(0, len(cores) - 1, 2)]


def already(kept: Path, entries: Iterable[HandedIn]) -> dict[tuple[str, str], Graded]:
    """What an earlier run has graded of these very answers, by this very grader."""
    wanted = {
        (e.learner, e.task.name): (sha256(e.text), machine.grader_version(grading_file(e.task.name)))
        for e in entries
        if e.task and not e.problem
    }
    found: dict[tuple[str, str], Graded] = {}
    if not kept.exists():
        return found
    with kept.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                told = json.loads(line)
                key = (told["learner"], told["task"])
                same = wanted.get(key) == (told["answer_sha256"], told["grader_version"])
                if same and told["verdict"] not in TO_BE_GRADED_AGAIN:
                    learner, path = told.pop("learner"), told.pop("path", "")
                    found[key] = Graded(learner, told, path)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue  # the line at which the last run was cut off
    return found


# ---------------------------------------------------------------- grading


class Class:
    """Workers, one a slot, that take submissions from one queue. A context manager: leaving it ends them."""

    def __init__(
        self,
        table: Path,
        entries: list[HandedIn],
        done: dict[tuple[str, str], Graded],
        protection: str,
        slots: list[list[int]],
        bar: bool = False,
    ) -> None:
        self.entries, self.slots, self.protection = entries, slots, protection
        self._done, self._bar = done, bar
        self._graded: dict[int, Graded] = {}
        self._todo: queue.SimpleQueue[tuple[int, HandedIn]] = queue.SimpleQueue()
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._workers: set[Worker] = set()
        self._kept = table.with_suffix(".jsonl").open("a", encoding="utf-8")
        if self._kept.tell():
            self._kept.write("\n")  # the last run may have been cut off in the middle of a line

    def __enter__(self) -> Class:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with self._lock:
            workers = list(self._workers)
        for worker in workers:
            worker.end()
        self._kept.close()

    def run(self) -> list[Graded]:
        for number, entry in enumerate(self.entries):
            if entry.problem or entry.task is None:
                self._keep(number, Graded(entry.learner, _nothing(entry), str(entry.path)))
            elif (entry.learner, entry.task.name) in self._done:
                self._graded[number] = self._done[entry.learner, entry.task.name]
            else:
                self._todo.put((number, entry))
        threads = [threading.Thread(target=self._work, args=(i,), daemon=True) for i in range(len(self.slots))]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.5)  # in steps, so that Ctrl-C is heard
        if self._bar:
            print("\r\033[K", end="", file=sys.stderr)
        return [self._graded[number] for number in sorted(self._graded)]

    def _work(self, slot: int) -> None:
        worker: Worker | None = None
        while not self._ended.is_set():
            try:
                number, entry = self._todo.get_nowait()
            except queue.Empty:
                break
            assert entry.task is not None
            self._tell(entry)
            for _ in (1, 2):
                if worker is None:
                    worker = self._new_worker(slot)
                record = worker.grade(entry.task.name, entry.text)
                if record is None:  # the worker itself fell over: the next one gets the answer once more
                    self._drop(worker)
                    worker = None
                elif record["verdict"] not in TO_BE_GRADED_AGAIN:
                    break
                if self._ended.is_set():
                    return
            self._keep(number, Graded(entry.learner, record or _fault(entry), str(entry.path)))
        if worker:
            self._drop(worker)

    def _new_worker(self, slot: int) -> Worker:
        worker = Worker(slot, self.slots[slot], self.protection, alone=len(self.slots) == 1)
        with self._lock:
            self._workers.add(worker)
        return worker

    def _drop(self, worker: Worker) -> None:
        worker.end()
        with self._lock:
            self._workers.discard(worker)

    def _keep(self, number: int, graded: Graded) -> None:
        with self._lock:
            self._graded[number] = graded
            self._kept.write(graded.line() + "\n")
            self._kept.flush()

    def _tell(self, entry: HandedIn) -> None:
        if self._bar:
            done, of = len(self._graded), len(self.entries)
            full = "#" * (30 * done // max(1, of))
            who = f"{entry.learner[:24]} {entry.task.name if entry.task else ''}"
            print(f"\r\033[K[{full:<30}] {done} of {of}  {who}", end="", file=sys.stderr, flush=True)


class Worker:
    """The supervisor's side of one `asynclab.grader.worker`."""

    def __init__(self, slot: int, cores: list[int], protection: str, alone: bool) -> None:
        data = data_folder() if alone else data_folder() / "class" / str(slot)
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "asynclab.grader.worker", "--protection", protection]
            + ["--cores", ",".join(map(str, cores))],
            cwd=CHECKOUT,
            env={**os.environ, "ASYNCLAB_DATA": str(data)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C comes to us alone, and we end it in order
        )

    def grade(self, task: str, source: str) -> dict[str, Any] | None:
        """The record; None when the worker ended or took longer than any grading can."""
        assert self._process.stdin and self._process.stdout
        timer = threading.Timer(LONGEST, self._process.kill)
        timer.start()
        try:
            asked = json.dumps({"task": task, "source": source.encode("utf-8", "replace").decode()})
            self._process.stdin.write(asked + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
            return json.loads(line) if line.endswith("\n") else None
        except (OSError, ValueError):
            return None
        finally:
            timer.cancel()

    def end(self) -> None:
        """Ends it as Ctrl-C would, so that its children and visits go with it; then for good."""
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.close()  # where it waits for the next answer, no signal wakes it
        except OSError:
            pass  # what it hadn't read goes nowhere
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(3)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process.stdout.close()


def _nothing(entry: HandedIn) -> dict[str, Any]:
    """The row of a submission that holds nothing to run."""
    task = entry.task
    return {
        "task": task.name if task else "",
        "verdict": "not_attempted",
        "points": 0,
        "max_points": task.max_points if task else 0,
        "mistakes": [],
        "seen": [],
        "demands": [],
        "evidence": {},
        "note": entry.problem or "It doesn't say which task it answers.",
    }


def _fault(entry: HandedIn) -> dict[str, Any]:
    return {**_nothing(entry), "verdict": "grader_error", "note": "The grader ended twice over this answer."}


# ---------------------------------------------------------------- what comes out


def write(table: Path, graded: list[Graded], entries: list[HandedIn], slots: list[list[int]], protection: str) -> None:
    """The table, the records one a line, and the page for the instructor: each whole or not at all."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(each.row() for each in graded)
    _replace(table, text.getvalue())
    _replace(table.with_suffix(".jsonl"), "".join(each.line() + "\n" for each in graded))
    rows = [(each.learner, each.record) for each in graded]
    _replace(table.with_suffix(".html"), page.html(rows, at_once=len(slots), protection=protection))


def summary(graded: list[Graded], slots: list[list[int]], table: Path) -> str:
    passed = sum(each.record["verdict"] == "passed" for each in graded)
    at_once = f"{len(slots)} at once, each on processors of its own" if len(slots) > 1 else "one at a time"
    places = f"{table}, {table.with_suffix('.jsonl').name} and {table.with_suffix('.html').name}"
    return f"{len(graded)} answers, {passed} passed; measured {at_once}. See {places}."


def harmless(text: str) -> str:
    """A name that a spreadsheet won't take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _replace(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
