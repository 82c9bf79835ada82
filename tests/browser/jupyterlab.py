"""JupyterLab as a learner's hands and eyes have it: pages, cells, what is typed and what is shown."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, sync_playwright

from asynclab.paths import CHECKOUT
from tests.browser.chromium import find_chromium

START_SECONDS = 120.0
RUN_SECONDS = 300.0
FRONT = ".jp-NotebookPanel:not(.lm-mod-hidden)"  # the notebook whose tab is in front; others stay in the page


def copy_of_checkout(folder: Path) -> Path:
    """What a clone would hold, in `folder`: a test that types into notebooks leaves the real ones alone."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT, capture_output=True,
    )  # fmt: skip
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:
        hidden = {".venv", ".asynclab", ".git", "__pycache__"}
        files = (path.relative_to(CHECKOUT) for path in CHECKOUT.rglob("*") if path.is_file())
        names = [str(path) for path in files if not hidden & set(path.parts)]
    for name in names:
        if (CHECKOUT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, target)
    return folder


@contextmanager
def running_lab(checkout: Path, *arguments: str) -> Iterator[str]:
    """`python -m asynclab lab --no-browser` in a checkout; its printed address."""
    env = {**os.environ, "PYTHONPATH": str(checkout)}
    said = checkout.parent / "lab.log"
    with said.open("w") as log:
        lab = subprocess.Popen(
            [sys.executable, "-m", "asynclab", "lab", "--no-browser", *arguments],
            cwd=checkout, env=env, stdout=subprocess.PIPE, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        assert lab.stdout is not None
        os.set_blocking(lab.stdout.fileno(), False)
        deadline = time.monotonic() + START_SECONDS
        printed = ""
        while not (match := re.search(r"^(http://127\.0\.0\.1:\d+/\S+)$", printed, re.MULTILINE)):
            if lab.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the lab printed no address; it said:\n{said.read_text()}{printed}")
            printed += (lab.stdout.read() or b"").decode()
            time.sleep(0.1)
        yield match.group(1)
    finally:
        if lab.poll() is None:
            lab.send_signal(signal.SIGINT)
        try:
            status = lab.wait(30)
        except subprocess.TimeoutExpired:
            lab.kill()
            lab.wait()
            raise
        assert lab.stdout is not None
        lab.stdout.close()
    assert status == 0, f"the lab ended with {status}; it said:\n{said.read_text()}"


@contextmanager
def chromium_page() -> Iterator[Page]:
    """A window of Chromium, as large as a laptop's."""
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.set_default_timeout(60_000)
            yield page
        finally:
            browser.close()


@dataclass
class Notebook:
    """A notebook that is open in the page, and its file."""

    page: Page
    path: Path
    shots: Path  # where screenshots go

    @classmethod
    def open(cls, page: Page, lab: str, checkout: Path, name: str, shots: Path) -> Notebook:
        """Opens `name` ("exercises/04_aiohttp.ipynb") and waits until its kernel is there to run cells."""
        address = urlsplit(lab)
        page.goto(f"{address.scheme}://{address.netloc}/lab/tree/{name}?{address.query}")
        page.locator(f'.lm-TabBar-tab.lm-mod-current[title*="{name}"]').wait_for()
        notebook = cls(page, checkout / name, shots)
        notebook.wait_for_idle()
        return notebook

    def wait_for_idle(self) -> None:
        """Run All before the kernel is idle opens a dialog and runs nothing."""
        self.page.locator("#jp-main-statusbar").get_by_text(re.compile(r"\| Idle")).wait_for(timeout=RUN_SECONDS * 1e3)

    def menu(self, menu: str, item: str) -> None:
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{menu}$")).click()
        self.page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{item}$")).click()

    def run_all(self) -> dict[str, Any]:
        """Runs every cell; the notebook as saved after the last."""
        self.menu("Edit", "Clear Outputs of All Cells")  # the stored outputs would pass for those of this run
        self.menu("Run", "Run All Cells")
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            saved = self.saved()
            code = [cell for cell in saved["cells"] if cell["cell_type"] == "code" and cell["source"]]
            if [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1)):
                self.wait_for_idle()
                return self.saved()
            errors = [o for cell in code for o in cell["outputs"] if o["output_type"] == "error"]
            assert not errors, errors[0]
            self.page.wait_for_timeout(1000)
        raise AssertionError(f"{self.path.name} did not run to its end within {RUN_SECONDS:.0f} s")

    def saved(self) -> dict[str, Any]:
        """Saves as a learner does, and reads the file."""
        before = self.path.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        deadline = time.monotonic() + 10
        while self.path.stat().st_mtime_ns == before and time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
        while True:
            try:
                content: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
                return content
            except ValueError:  # half written
                if time.monotonic() > deadline:
                    raise
                self.page.wait_for_timeout(50)

    def cell(self, text: str) -> Locator:
        """The code cell that holds `text`."""
        editor = self.page.locator(".cm-content", has_text=text)
        found = self.page.locator(f"{FRONT} .jp-CodeCell", has=editor)
        found.first.scroll_into_view_if_needed()
        return found.first

    def type_and_run(self, text: str, source: str) -> Locator:
        """Replaces the source of the cell that holds `text`, runs it, and gives the cell."""
        cell = self.cell(text)
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")
        return self.cell(text)

    def shoot(self, name: str) -> None:
        self.shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.shots / f"{name}.png")
