"""The notebooks run beside the other tests: a pytest of their own, whose reports this session shows as its own.

Most of a notebook's time is waiting, and so is most of many tests': side by side they take little more than the longer
of the two. What judges time or memory runs after both, alone (marked `measured`). The order: tests, notebooks, measured
tests. One after the other they run under a debugger, and where notebooks or tests alone are asked for.
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

RUN = pytest.StashKey["Run"]()
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
    if _side_by_side(config, items):
        items.sort(key=lambda item: 1 if _is_cell(item) else 2 * bool(item.get_closest_marker("measured")))


def pytest_collection_finish(session: pytest.Session) -> None:
    config = session.config
    if _side_by_side(config, session.items) and not config.getoption("collectonly"):
        notebooks = {item.path: None for item in session.items if _is_cell(item)}
        folder = Path(os.environ["ASYNCLAB_DATA"]).parent
        config.stash[RUN] = Run(list(notebooks), folder / "beside.txt")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    run = item.config.stash.get(RUN, None)
    if run is None or not _is_cell(item):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for data in run.reports_of(item.nodeid):
        report = item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if run := session.config.stash.get(RUN, None):
        run.end()


def _is_cell(item: pytest.Item) -> bool:
    return isinstance(item, StrictCell)


def _side_by_side(config: pytest.Config, items: list[pytest.Item]) -> bool:
    alone = config.getoption("usepdb") or config.getoption("numprocesses", None)
    return not alone and 0 < sum(map(_is_cell, items)) < len(items)


class Run:
    """The other pytest, from its start on. It ends when this process does, however that comes: a pipe tells it."""

    def __init__(self, notebooks: list[Path], said: Path) -> None:
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
                 "--beside", str(reports), str(lifeline), *map(str, notebooks)],
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
        """What it reported of a cell, as pytest writes reports. Waits until the cell is through.

        Ends this session, with its last words, when it ended without having run the cell.
        """
        with self._news:
            self._news.wait_for(lambda: self._over or nodeid in self._finished)
            if nodeid in self._finished:
                return self._reports.pop(nodeid)
        pytest.exit(f"The notebooks' pytest ended before {nodeid}:\n{self._said.read_text()[-TOLD:]}", returncode=1)

    def end(self) -> None:
        """Interrupts it when it still runs, and waits for it: it ends what it started."""
        os.close(self._lifeline)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()


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
