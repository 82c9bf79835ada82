"""A real kernel to drive in a test: cells in, messages out, Interrupt as JupyterLab sends it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.manager import KernelManager

from asynclab.paths import CHECKOUT


@dataclass
class Ran:
    """What one cell did."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    after_interrupt: float = 0.0  # seconds from Interrupt to the cell's end

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        return [message["content"] for message in self.messages if message["msg_type"] in kinds]

    @property
    def shown(self) -> list[dict[str, str]]:
        """What stays below the cell: mimetype to content, a dict a display."""
        return [content["data"] for content in self.of("display_data", "execute_result") if content["data"]]

    @property
    def plain(self) -> list[str]:
        return [data["text/plain"] for data in self.shown]

    @property
    def error(self) -> str:
        """The error's lines, "" when there was none."""
        return "\n".join(line for content in self.of("error") for line in content["traceback"])

    @property
    def stream(self) -> str:
        return "".join(content["text"] for content in self.of("stream"))


class Kernel:
    def __init__(self, manager: KernelManager, client: Any) -> None:
        self.manager, self.client = manager, client

    def run(self, code: str, interrupt: Path | float | Callable[[], bool] | None = None, wait: float = 60) -> Ran:
        """Runs a cell to its end.

        Interrupt comes after `interrupt` seconds, once the file of that name is there, or once it says so.
        """
        ran, start, interrupted = Ran(), time.monotonic(), 0.0
        mine = self.client.execute(code)
        while time.monotonic() - start < wait:
            if not interrupted and _is_due(interrupt, time.monotonic() - start):
                interrupted = time.monotonic()
                self.manager.interrupt_kernel()
            try:
                message = self.client.get_iopub_msg(timeout=0.05)
            except Empty:
                continue
            if message["parent_header"].get("msg_id") != mine:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                ran.seconds = time.monotonic() - start
                ran.after_interrupt = time.monotonic() - interrupted if interrupted else 0.0
                return ran
            ran.messages.append(message)
        raise TimeoutError(f"the cell did not end within {wait:g} s: {code[:80]!r}")


def _is_due(interrupt: Path | float | Callable[[], bool] | None, seconds: float) -> bool:
    if isinstance(interrupt, Path):
        return interrupt.exists()
    if callable(interrupt):
        return interrupt()
    return interrupt is not None and seconds > interrupt


@contextmanager
def kernel(
    data: Path, folder: Path, python: Path | None = None, variables: dict[str, str] | None = None
) -> Iterator[Kernel]:
    """A kernel whose working folder is `folder`, as a notebook's would be, with the extension not yet loaded.

    `python` is another than the tests'; `variables` replace the environment that leads to this checkout.
    """
    manager = KernelManager(kernel_name="python3")
    if python is not None:
        manager.kernel_spec.argv = [str(python), *manager.kernel_spec.argv[1:]]
    if variables is None:
        variables = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    manager.start_kernel(
        cwd=str(folder),
        env={**variables, "ASYNCLAB_DATA": str(data)},
        extra_arguments=["--HistoryManager.enabled=False"],
    )
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
