"""The command line: finds the commands, makes their environment, runs them, and speaks of what fails.

Everything up to the command itself is standard library only, since it runs on a bare Python.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import errno
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from asynclab import __version__, bootstrap
from asynclab.paths import CHECKOUT, data_folder
from asynclab.problems import Problem

PROGRAM = "python3 -m asynclab"
# In the help's order.
FIRST = ("lab", "test", "grade", "progress", "reset", "pack", "update", "doctor", "clean", "bundle", "build")


@dataclass(frozen=True)
class Command:
    """A module of `asynclab.commands`, known by reading it: importing it may need the environment.

    Its docstring's first line is its help. A module-level ``NEEDS`` says what has to be installed to
    run it: "course" (as when it is absent), "test" for what testing and building need on top, "nothing"
    for a bare Python.
    """

    name: str
    line: str
    needs: str

    def load(self) -> ModuleType:
        return importlib.import_module(f"asynclab.commands.{self.name}")


def main(arguments: Sequence[str]) -> int:
    """Run the command line; the exit status. Never a traceback: a problem is two sentences."""
    try:
        return _run(list(arguments))
    except Problem as problem:
        return _say(problem)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output went away: `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        known = _of_disk(error)
        return _fault(error) if known is None else _say(known)
    except Exception as error:
        return _fault(error)


def _run(arguments: list[str]) -> int:
    commands = discover()
    before, rest = _split(arguments)
    parser = _top_parser(commands)
    options = parser.parse_args(before)
    if not rest:
        parser.print_help()
        return 0 if not arguments else 2
    name = rest[0]
    command = commands.get(name)
    if command is None:
        close = difflib.get_close_matches(name, commands, 1)
        hint = f"Did you mean {close[0]}? " if close else ""
        raise Problem(f"There is no command {name!r}.", f"{hint}The commands are: {', '.join(commands)}.")
    _set_data(options.data)
    if name != "update":
        _refuse_half_an_update()
    try:
        module = command.load()
    except ImportError:
        if command.needs == "nothing":
            raise
        bootstrap.ensure(arguments, _extra(command))
        module = command.load()
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} {name}", description=module.__doc__ or command.line,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    module.add_arguments(parser)
    _add_data(parser)
    options = parser.parse_args(rest[1:])
    _set_data(options.data)
    if command.needs != "nothing":
        bootstrap.ensure(arguments, _extra(command))
    return int(module.run(options) or 0)


def _refuse_half_an_update() -> None:
    """Half the files of one version and half of another: nothing should run in between."""
    if (CHECKOUT / ".asynclab" / "update" / "journal.json").exists():
        raise Problem(
            "An update of the course is being made, or was cut short.",
            f"Run  {PROGRAM} update : it goes on where it stopped, and nothing is lost.",
        )


def discover(folder: Path | None = None) -> dict[str, Command]:
    """The commands there are, name to command, in the order in which the help lists them."""
    found = {}
    for path in sorted((folder or CHECKOUT / "asynclab" / "commands").glob("[!_]*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        line = (ast.get_docstring(tree) or path.stem).splitlines()[0]
        needs = "course"
        for node in tree.body:
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "NEEDS" for t in node.targets):
                needs = str(ast.literal_eval(node.value))
        found[path.stem] = Command(path.stem, line, needs)
    order = [name for name in FIRST if name in found] + [name for name in found if name not in FIRST]
    return {name: found[name] for name in order}


def _extra(command: Command) -> str:
    return "" if command.needs == "course" else command.needs


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What stands before the command, and the command with what follows."""
    position = 0
    while position < len(arguments) and arguments[position].startswith("-"):
        position += 2 if arguments[position] == "--data" else 1
    return arguments[:position], arguments[position:]


def _top_parser(commands: dict[str, Command]) -> argparse.ArgumentParser:
    width = max(map(len, commands), default=0)
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [--data FOLDER] COMMAND …",
        description="A course on asynchronous I/O in Python that measures what it teaches.",
        epilog="commands:\n" + "\n".join(f"  {c.name:<{width}}  {c.line}" for c in commands.values())
        + f"\n\n{PROGRAM} COMMAND --help says more of each.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"asynclab {__version__}")
    _add_data(parser)
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        help="where the lab keeps what is yours and its own (else ASYNCLAB_DATA, else .asynclab)",
    )


def _set_data(folder: str | None) -> None:
    """Every process started from here uses the same data folder, wherever it runs."""
    folder = folder or os.environ.get("ASYNCLAB_DATA")
    if folder:
        os.environ["ASYNCLAB_DATA"] = os.path.abspath(os.path.expanduser(folder))


def _of_disk(error: OSError) -> Problem | None:
    """A full disk, or a data folder that can't be used: the surroundings' fault, and not ours."""
    data = Path(os.environ.get("ASYNCLAB_DATA") or CHECKOUT / ".asynclab")
    where = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else None
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        from asynclab.bootstrap.troubles import full_disk

        return full_disk(where or data)
    if where is not None and (where.is_relative_to(data) or data.is_relative_to(where)):
        return Problem(
            f"The lab can't keep its things in {data}: {error.strerror} ({where}).",
            "Name a folder of your own with --data FOLDER, or mend that one.",
        )
    return None


def _say(problem: Problem) -> int:
    print(problem.what, file=sys.stderr)
    if problem.todo:
        print(problem.todo, file=sys.stderr)
    return problem.status


def _fault(error: Exception) -> int:
    """A fault of ours: a sentence for the person, the traceback in a file for whoever mends it."""
    text = "".join(traceback.format_exception(error))
    if os.environ.get("ASYNCLAB_DEBUG"):
        print(text, end="", file=sys.stderr)
    place = "it is shown with ASYNCLAB_DEBUG=1 set"
    try:
        path = data_folder() / "fault.txt"
        path.write_text(text, "utf-8")
        place = f"it is in {path}"
    except OSError:
        pass
    last = traceback.format_exception_only(error)[-1].strip()
    return _say(
        Problem(f"asynclab stumbled over a fault of its own: {last}", f"Please report it with its traceback; {place}.")
    )
