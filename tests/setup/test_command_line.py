"""The command line itself: help, options, and how it speaks of what fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asynclab import cli
from asynclab.problems import Problem
from tests.setup.labs import run

COMMANDS = {
    "good.py": '"""Say the data folder.\n\nAt length."""\nimport os\nNEEDS = "nothing"\n'
    "def add_arguments(parser): parser.add_argument('word', nargs='?')\n"
    "def run(options): print(options.word, os.environ.get('ASYNCLAB_DATA')); return 3\n",
    "bad.py": '"""Fail."""\nNEEDS = "nothing"\nfrom asynclab.problems import Problem\n'
    "def add_arguments(parser): parser.add_argument('how')\n"
    "def run(options):\n"
    "    if options.how == 'problem': raise Problem('It is so.', 'Do this.', 7)\n"
    "    if options.how == 'full': raise OSError(28, 'No space left on device', '/tmp')\n"
    "    if options.how == 'data': from asynclab import paths; paths.data_folder()\n"
    "    if options.how == 'wait': import time; print('waiting', flush=True); time.sleep(60)\n"
    "    if options.how == 'pipe': print('x' * 1_000_000)\n"
    "    if options.how == 'fault': 1 / 0\n",
    "_hidden.py": "",
}


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """These commands, in the place of the course's own."""
    folder = tmp_path / "commands"
    folder.mkdir()
    for name, text in COMMANDS.items():
        (folder / name).write_text(text)
    main = "import sys; from asynclab import cli, commands; commands.__path__[:] = [sys.argv[1]]; " \
        "cli.discover = (lambda f, d=cli.discover: lambda folder=None: d(f))(cli.Path(sys.argv[1])); " \
        "sys.exit(cli.main(sys.argv[2:]))"  # fmt: skip
    monkeypatch.setenv("ASYNCLAB_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "argv", [sys.executable, "-c", main, str(folder)])
    yield folder


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*sys.argv, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def said(*arguments: str) -> tuple[int, str, list[str]]:
    with start(*arguments) as process:
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err.splitlines()


def test_commands_are_found_without_importing_them(commands: Path) -> None:
    (commands / "broken.py").write_text('"""Has a first line."""\nimport nothing_of_that_name\n')
    found = cli.discover(commands)
    assert {name: (command.line, command.needs) for name, command in found.items()} == {
        "bad": ("Fail.", "nothing"),
        "broken": ("Has a first line.", "course"),
        "good": ("Say the data folder.", "nothing"),
    }


def test_help(commands: Path) -> None:
    for arguments in ((), ("--help",)):
        status, out, err = said(*arguments)
        assert status == 0 and "good  Say the data folder." in out and not err
    status, out, _ = said("good", "--help")
    assert status == 0 and "At length." in out and "--data FOLDER" in out


def test_the_courses_own_help_names_its_commands() -> None:
    done = run("--help")
    assert done.returncode == 0
    for name in ("lab", "test", "grade", "build"):
        assert f"\n  {name} " in done.stdout


def test_status_and_data_folder(commands: Path, tmp_path: Path) -> None:
    assert said("good", "w") == (3, f"w {tmp_path / 'data'}\n", [])
    there = os.path.abspath("there")
    assert said("--data", "there", "good") == said("good", "--data=there") == (3, f"None {there}\n", [])


def test_unknown_command(commands: Path) -> None:
    status, out, err = said("god")
    assert (status, out) == (2, "")
    assert err == ["There is no command 'god'.", "Did you mean good? The commands are: bad, good."]


def test_a_problem_is_two_sentences_and_its_status(commands: Path) -> None:
    assert said("bad", "problem") == (7, "", ["It is so.", "Do this."])


def test_a_full_disk_anywhere(commands: Path) -> None:
    status, _, err = said("bad", "full")
    assert status == 2 and len(err) == 2 and err[0].startswith("The disk is full")


def test_a_data_folder_that_cannot_be(commands: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    status, _, err = said("bad", "data", "--data", str(tmp_path / "file/below"))
    assert status == 2 and len(err) == 2
    assert err[0].startswith(f"The lab can't keep its things in {tmp_path}/file/below: ") and "--data" in err[1]


def test_a_fault_of_ours(commands: Path, tmp_path: Path) -> None:
    status, _, err = said("bad", "fault")
    assert status == 2 and len(err) == 2 and "ZeroDivisionError" in err[0]
    assert "Traceback" in (tmp_path / "data/fault.txt").read_text() and str(tmp_path / "data/fault.txt") in err[1]


def test_ctrl_c(commands: Path) -> None:
    with start("bad", "wait") as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "waiting\n"
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=10) == 130
        assert process.stderr.read().split() == ["Stopped."]


def test_a_reader_that_went_away(commands: Path) -> None:
    with start("bad", "pipe") as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.wait(timeout=10) == 141
        assert process.stderr.read() == ""


def test_problem_in_a_notebook_is_no_traceback() -> None:
    assert Problem("It is so.", "Do this.")._render_traceback_() == ["It is so.", "Do this."]
