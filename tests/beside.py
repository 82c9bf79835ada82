"""Streams: the notebooks, and the tests of setting up, each in a pytest of its own beside the other tests.

The session shows their reports as its own. Most of a notebook's time is waiting, and so is most of many tests': side
by side they take little more than the longest of them. What judges time or memory runs after all, alone (marked
`measured`). The order: tests, streams, measured tests. One after the other they run under a debugger, in several
workers, and where there is nothing that a stream could run beside.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from pathlib import Path
from typing import IO, Any

import pytest

from asynclab.paths import CHECKOUT
from tests.course.nbval_strict import StrictCell

RUNS = pytest.StashKey[dict[str, "Run"]]()
TROUBLES = pytest.StashKey[list[str]]()
NOTEBOOKS, SETUP = "the notebooks", "setting up"
SETUP_TESTS = CHECKOUT / "tests" / "setup"
TOLD = 2000  # characters of the other pytest's last words
PATIENCE = 60.0  # seconds for it to end what it started


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--beside", type=int, nargs=2, metavar="FD",
        help="used by a session itself: where another one takes reports, and a pipe that ends with it",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    if descriptors := config.getoption("beside"):
        config.pluginmanager.register(Reporter(config, *descriptors))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if streams := _streams(config, items):
        last = len(streams) + 1
        places = {name: place for place, name in enumerate(streams, start=1)}
        items.sort(key=lambda item: places.get(_stream(item)) or last * bool(item.get_closest_marker("measured")))


def pytest_collection_finish(session: pytest.Session) -> None:
    config = session.config
    if config.getoption("collectonly"):
        return
    folder = Path(os.environ["ASYNCLAB_DATA"]).parent
    options = ["--all"] if config.getoption("all") else []
    config.stash[RUNS] = {
        name: Run([*options, *asked], sum(_stream(item) == name for item in session.items), folder / f"{name}.txt")
        for name, asked in _streams(config, session.items).items()
    }


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    run = item.config.stash.get(RUNS, {}).get(_stream(item))
    if run is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for data in run.reports_of(item.nodeid):
        report = item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
        if isinstance(report.longrepr, list):
            report.longrepr = tuple(report.longrepr)  # where and why it was skipped; JSON knows no tuples
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    for name, run in session.config.stash.get(RUNS, {}).items():
        if (status := run.end()) and not session.exitstatus:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            said = f"Every test of {name} passed, and its pytest ended with {status}:\n{run.last_words()}"
            session.config.stash.setdefault(TROUBLES, []).append(said)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(TROUBLES, []):
        terminalreporter.write_line(line, yellow=True, bold=True)


def _stream(item: pytest.Item) -> str:
    """The stream that it belongs to, if any."""
    if isinstance(item, StrictCell):
        return NOTEBOOKS
    return SETUP if SETUP_TESTS in item.path.parents and not item.get_closest_marker("measured") else ""


def _streams(config: pytest.Config, items: list[pytest.Item]) -> dict[str, list[str]]:
    """What the pytest of each stream is asked to run: whole notebooks, for cells need each other, and single tests."""
    if config.getoption("beside") or config.getoption("usepdb") or config.getoption("numprocesses", None):
        return {}
    asked: dict[str, dict[str, None]] = {SETUP: {}, NOTEBOOKS: {}}
    for item in items:
        if stream := _stream(item):
            asked[stream][str(item.path) if stream == NOTEBOOKS else item.nodeid] = None
    alone = sum(map(bool, map(_stream, items))) == len(items) and not all(asked.values())
    return {} if alone else {name: list(each) for name, each in asked.items() if each}


class Run:
    """The other pytest, from its start on. It ends when this process does, however that comes: a pipe tells it."""

    def __init__(self, arguments: list[str], tests: int, said: Path) -> None:
        self._to_come = tests
        self._reports: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._finished: set[str] = set()
        self._over = False
        self._news = threading.Condition()
        self._said = said
        mine, reports = os.pipe()
        lifeline, self._lifeline = os.pipe()
        with said.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pytest", "-p", "no:cacheprovider",
                 "--beside", str(reports), str(lifeline), *arguments],
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[reports, lifeline],
                start_new_session=True,  # Ctrl-C reaches it through us, once
            )  # fmt: skip
        os.close(reports)
        os.close(lifeline)
        self._reader = threading.Thread(target=self._read, args=[os.fdopen(mine, encoding="utf-8")])
        self._reader.start()

    def _read(self, reports: IO[str]) -> None:
        with reports:
            for line in reports:
                told = json.loads(line)
                with self._news:
                    if "finished" in told:
                        self._finished.add(told["finished"])
                    else:
                        self._reports[told["nodeid"]].append(told)
                    self._news.notify_all()
        with self._news:
            self._over = True
            self._news.notify_all()

    def reports_of(self, nodeid: str) -> list[dict[str, Any]]:
        """What it reported of a test, as pytest writes reports. Waits until the test is through.

        Ends this session, with its last words, when it ended without having run the test.
        """
        self._to_come -= 1
        with self._news:
            self._news.wait_for(lambda: self._over or nodeid in self._finished)
            if nodeid in self._finished:
                return self._reports.pop(nodeid)
        pytest.exit(f"The pytest beside this one ended before {nodeid}:\n{self.last_words()}", returncode=1)

    def last_words(self) -> str:
        return self._said.read_text()[-TOLD:]

    def end(self) -> int:
        """Waits until it has ended what it started; interrupts it first when it has tests to come. Its exit status."""
        if self._to_come:
            os.close(self._lifeline)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if not self._to_come:
            os.close(self._lifeline)
        self._reader.join()
        return self._process.returncode


class Reporter:
    """In the other pytest: hands each report over, and stops when nobody is there to take it."""

    def __init__(self, config: pytest.Config, reports: int, lifeline: int) -> None:
        for descriptor in (reports, lifeline):
            os.set_inheritable(descriptor, False)
        self._config = config
        self._reports = os.fdopen(reports, "w", encoding="utf-8")
        threading.Thread(target=self._watch, args=[lifeline], daemon=True).start()

    def _watch(self, lifeline: int) -> None:
        os.read(lifeline, 1)
        os.kill(os.getpid(), signal.SIGINT)

    def _tell(self, told: dict[str, Any]) -> None:
        print(json.dumps(told), file=self._reports, flush=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._tell(self._config.hook.pytest_report_to_serializable(config=self._config, report=report))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._tell({"finished": nodeid})
