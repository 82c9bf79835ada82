"""What every test session has: a data folder of its own, ``--all``, the notebooks as tests, and no process left.

At the root, and not in tests/, because pytest asks a folder's conftest about that folder's files alone, and the
notebooks are tests too (tests/course/nbval_strict.py).
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from asynclab.build.processes import described, end, wait_for_none
from tests.browser.chromium import find_chromium
from tests.course.nbval_strict import collected

pytest_plugins = ["tests.beside", "tests.browser.looks"]
SESSION_DATA = pytest.StashKey[Path]()
SAY = pytest.StashKey[list[str]]()
LINGER_SECONDS = 15.0  # the services stop about 2 s after their last user, a loaded machine takes longer


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="the slow tests too, and every known answer graded")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SAY] = []
    # Whoever ends the session ends what its tests have started. And SIGINT is ignored in what a script starts in the
    # background: what tests start would ignore Ctrl-C, too.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    if _is_worker(config):
        return  # it was started with the session's ASYNCLAB_DATA
    # A short name: sockets lie in it, and their paths may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="alt-")).resolve()
    config.stash[SESSION_DATA] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    before = os.environ.get("ASYNCLAB_DATA")
    os.environ["ASYNCLAB_DATA"] = str(folder / "data")
    # For kernels and commands that tests start, from whatever folder.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(config.rootpath), os.environ.get("PYTHONPATH"))))

    def restore() -> None:
        if before is None:
            os.environ.pop("ASYNCLAB_DATA", None)
        else:
            os.environ["ASYNCLAB_DATA"] = before

    config.add_cleanup(restore)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    nodes = yield
    return [kept for node in nodes if (kept := collected(node, parent)) is not None]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    browser = [item for item in items if item.get_closest_marker("browser")]
    no_chromium = bool(browser) and find_chromium() is None
    for item in items:
        if item.get_closest_marker("slow") and not config.getoption("--all"):
            item.add_marker(pytest.mark.skip(reason="slow: run with --all"))
        if no_chromium and item in browser:
            item.add_marker(pytest.mark.skip(reason="no Chromium"))
    if no_chromium:
        config.stash[SAY].append(
            f"BROWSER TESTS SKIPPED ({len(browser)}): there is no Chromium on this machine. "
            "Install it with `apt-get install chromium` or `python3 -m playwright install chromium`."
        )
    if _is_worker(config):
        # Two at once on one machine would judge each other's load.
        beside = [item for item in items if item.get_closest_marker("measured")]
        items[:] = [item for item in items if item not in beside]


def pytest_sessionfinish(session: pytest.Session) -> None:
    folder = session.config.stash.get(SESSION_DATA, None)
    if folder is None:
        return
    _give_back_services()
    left = wait_for_none(folder, LINGER_SECONDS)
    if left:
        session.config.stash[SAY].append(
            "PROCESSES LEFT BEHIND by the tests, ended now; find who started them and end them there:\n"
            + "\n".join(f"  {described(process)}" for process in left)
        )
        end(left)
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("numprocesses", None):
        config.stash[SAY].append(
            "MEASURED TESTS LEFT OUT: they need the machine for themselves; run pytest -m measured without -n."
        )
    for line in config.stash[SAY]:
        terminalreporter.write_line(line, yellow=True, bold=True)


def _give_back_services() -> None:
    """This process held the services too, if a test used them in it; they stop after their last user."""
    if lease := sys.modules.get("asynclab.services.lease"):
        lease.release()


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
