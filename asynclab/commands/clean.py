"""Say what the lab keeps on the disk, with its size; remove what is named.

Without options nothing is removed. What is yours (progress, records, settings, old exercises) is removed
only by its own option, never by --all; your answers in exercises/ are never touched. It asks before it removes
anything (--yes doesn't), and refuses while a lab is running.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path

from asynclab.bootstrap import keeps, locks
from asynclab.bootstrap.keeps import Kind
from asynclab.paths import CHECKOUT, data_path
from asynclab.problems import Problem

NEEDS = "nothing"
LINGER = 5.0  # seconds: the services end some two seconds after their last user


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for kind in keeps.KINDS:
        parser.add_argument(f"--{kind.name}", action="store_true", help=kind.is_what)
    parser.add_argument("--all", action="store_true", help="all that the lab makes anew by itself, nothing of yours")
    parser.add_argument("--yes", action="store_true", help="don't ask")


def run(options: argparse.Namespace) -> int:
    data = data_path()
    found = keeps.places(data)
    named = [kind for kind in found if getattr(options, kind.name.replace("-", "_")) or options.all and not kind.yours]
    if not named:
        show(found, data)
        return 0
    chosen = {kind: found[kind] for kind in named if found[kind]}
    if not chosen:
        print("There is nothing of that kind: nothing to remove.")
        return 0
    with _nobody_else(data, chosen):
        sizes = {kind: keeps.size(chosen[kind]) for kind in chosen}
        print("To be removed:")
        for kind, size in sizes.items():
            print(f"  {kind.name:<15}{amount(size):>11}  {_where(chosen[kind])}")
        if not options.yes and not _agreed():
            print("Nothing was removed.")
            return 1
        for kind in chosen:
            _remove(chosen[kind])
    _remove_if_empty(data)
    print(f"Removed: {amount(sum(sizes.values()))} in all.")
    return 0


def show(found: Mapping[Kind, Sequence[Path]], data: Path) -> None:
    """All that there is."""
    sizes = {kind: keeps.size(places) for kind, places in found.items() if places}
    for title, yours in (("The lab's, made anew when needed:", False), ("Yours:", True)):
        lines = [
            f"  {kind.name:<15}{amount(size):>11}  {kind.is_what}\n{'':<30}{_where(found[kind])}"
            for kind, size in sizes.items()
            if kind.yours == yours
        ]
        if lines:
            print(title, *lines, sep="\n")
    strange = keeps.others(data, [place for places in found.values() for place in places])
    if strange:
        print(f"Not the lab's, and never removed by it: {_where(strange)}")
    if not sizes:
        print("The lab keeps nothing on the disk.")
        return
    first = next(iter(sizes)).name
    print(f"\n{amount(sum(sizes.values()))} in all. Nothing was removed. Name what to remove (clean --{first}, say),")
    print("or --all for all that is made anew; what is yours goes only by its own name.")


@contextlib.contextmanager
def _nobody_else(data: Path, chosen: Container[Kind]) -> Iterator[None]:
    """Nobody uses the lab while its things go. Raises Problem when somebody does."""
    keeper = data / "services" / "keeper.lock"
    until = time.monotonic() + LINGER
    while locks.is_held(keeper) and not locks.is_held(data / locks.LAB) and time.monotonic() < until:
        time.sleep(0.1)
    with contextlib.ExitStack() as held:
        for path in (data / locks.LAB, keeper):
            if not held.enter_context(locks.alone(path)):
                raise Problem(
                    "The lab is running: a JupyterLab, a notebook or a grading uses its site and database.",
                    "End it (Ctrl-C where it was started; close notebooks that use the course) and clean then.",
                )
        if keeps.ENVIRONMENT in chosen:
            environment = CHECKOUT / ".venv"
            if keeps.runs_from(environment) or not held.enter_context(locks.alone(environment / "asynclab.lock")):
                raise Problem(
                    f"A program runs from the environment in {environment}: a notebook, a test or set-up itself.",
                    "End it and clean then.",
                )
        if keeps.PROGRESS in chosen:
            if not held.enter_context(locks.alone(data / "progress.lock")):
                raise Problem("Your progress is being written at this moment.", "Try again.")
        yield


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise Problem("Nobody is there to be asked.", "Add --yes to remove it without being asked.")
    return input("Remove it? [y/N] ").strip().lower() in ("y", "yes")


def _remove(places: Sequence[Path]) -> None:
    for place in places:
        try:
            gone, why = keeps.remove(place), ""
        except OSError as error:
            gone, why = False, f" ({error.strerror})"
        if not gone:
            raise Problem(f"{place} could not be removed whole{why}.", "Remove it by hand, or as its owner.")


def _remove_if_empty(data: Path) -> None:
    with contextlib.suppress(OSError):
        if [path.name for path in data.iterdir()] == [locks.LAB]:
            (data / locks.LAB).unlink()
        data.rmdir()


def _where(places: Sequence[Path]) -> str:
    """The first few; below the checkout by their names there."""
    words = [str(place.relative_to(CHECKOUT) if place.is_relative_to(CHECKOUT) else place) for place in places[:3]]
    more = len(places) - len(words)
    return ", ".join(words) + (f" and {more} more" if more > 0 else "")


def amount(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"
