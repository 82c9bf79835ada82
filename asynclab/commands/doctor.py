"""Say what this machine lacks for the course, and how to get it.

Looks at everything, installs and changes nothing. It works before anything is set up, too: then it says what the
first start will do, and what would stop it. Where the environment is there, site and database are started for a moment
and a known answer is graded (--quick leaves that out). The exit status is 1 when there is a problem.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asynclab import __version__
from asynclab.bootstrap import check_environment, check_machine
from asynclab.bootstrap import run as running
from asynclab.bootstrap.finding import OK, PROBLEM, WARNING, Finding, problem
from asynclab.paths import CHECKOUT

NEEDS = "nothing"
WIDTH = 13  # of the names' column


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object, to send to an instructor")
    parser.add_argument("--quick", action="store_true", help="start no services and grade nothing")


def run(options: argparse.Namespace) -> int:
    found = []
    with _telling(sys.stderr.isatty()) as tell:
        for finding in look(options.quick, tell):
            found.append(finding)
            if not options.json:
                tell("")
                print(line(finding), flush=True)
    bad = [each for each in found if each.state == PROBLEM]
    if options.json:
        print(json.dumps(as_json(found), ensure_ascii=False))
    else:
        print(f"\n{closing(found)}")
    return 1 if bad else 0


def look(quick: bool, tell: Callable[[str], None]) -> Iterator[Finding]:
    """All findings, one by one; `tell` is told what is being looked at."""
    own = check_environment.own_environment()
    usable = check_environment.usable_python(own)
    yield check_machine.system()
    yield check_machine.python(usable)
    tell("the environment and its packages")
    yield from check_environment.environments(own, usable)
    yield check_machine.processors()
    yield check_machine.memory()
    yield check_machine.disk(usable)
    yield check_machine.ports()
    yield check_machine.git()
    tell("how quiet the machine is")
    yield check_machine.quiet()
    if usable is not None and not quick:
        yield from trial(usable, tell)


def trial(python: Path, tell: Callable[[str], None]) -> Iterator[Finding]:
    """What the environment's own Python finds (`asynclab.lab.trial`), in a data folder that is gone afterwards."""
    data = Path(tempfile.mkdtemp(prefix="asynclab-doctor-"))
    variables = {**os.environ, "ASYNCLAB_DATA": str(data), "PYTHONPATH": str(CHECKOUT)}
    try:
        with running.ending_children():
            _, said = running.run(
                [str(python), "-m", "asynclab.lab.trial"],
                variables,
                on_text=lambda text: tell(_object(text).get("say", "")),
                log=io.BytesIO(),
            )
    finally:
        _remove(data)
    ended = False
    for text in said.splitlines():
        if "finding" in (heard := _object(text)):
            yield Finding(**heard["finding"])
            ended = heard["finding"]["name"] == "Chromium"
    if not ended:
        last = ([text for text in said.splitlines() if not _object(text)] or ["it said nothing"])[-1].strip()
        yield problem("trial", f"it broke off: {last[:200]}", f"Look again. If it stays: {check_environment.ANEW}")


def line(finding: Finding) -> str:
    """As a person reads it."""
    text = f"{finding.state:<9}{finding.name:<{WIDTH}}{finding.seen}"
    return f"{text}\n{'':<{9 + WIDTH}}-> {finding.todo}" if finding.todo else text


def closing(found: list[Finding]) -> str:
    count = {state: sum(1 for each in found if each.state == state) for state in (OK, WARNING, PROBLEM)}
    if count[PROBLEM]:
        return f"Not ready: {_counted(count[PROBLEM], 'problem')} to mend first."
    if not _is_set_up(found):
        return "Nothing stands in the way of the first start: python3 -m asynclab lab"
    if count[WARNING]:
        return f"Ready for the course, with {_counted(count[WARNING], 'warning')}."
    return "Ready for the course."


def as_json(found: list[Finding]) -> dict[str, Any]:
    return {
        "asynclab": __version__,
        "looked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "ready": _is_set_up(found) and not any(each.state == PROBLEM for each in found),
        "findings": [each.as_json() for each in found],
    }


def _is_set_up(found: list[Finding]) -> bool:
    return any(each.name == "environment" and each.state == OK for each in found)


def _object(text: str) -> dict[str, Any]:
    try:
        heard = json.loads(text)
    except ValueError:
        return {}
    return heard if isinstance(heard, dict) else {}


def _remove(data: Path, seconds: float = 10.0) -> None:
    """The services that the trial started have up to `seconds` to end: they write here as long as they live."""
    from asynclab.bootstrap.locks import is_held

    until = time.monotonic() + seconds
    while is_held(data / "services" / "keeper.lock") and time.monotonic() < until:
        time.sleep(0.05)
    shutil.rmtree(data, ignore_errors=True)


@contextmanager
def _telling(terminal: bool) -> Iterator[Callable[[str], None]]:
    """On a terminal, one line that says what is being looked at, and is gone at the end."""

    def tell(what: str) -> None:
        if terminal:
            print("\r\033[K" + (f"looking at {what} ..." if what else ""), end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        tell("")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
