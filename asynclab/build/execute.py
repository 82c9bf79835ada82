"""Runs a notebook from top to bottom, in a kernel whose world is the notebook's own.

Its folder is the working folder; its data folder is fresh, so that an author's progress does not show in the
outputs and a build leaves nothing in the author's; matplotlib and IPython read no settings of the author's.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbclient
import nbclient.exceptions
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbformat import NotebookNode

from asynclab.build.processes import end, wait_for_none
from asynclab.paths import CHECKOUT
from asynclab.problems import Problem

CELL_SECONDS = 300.0  # a graded solution measures for tens of seconds; nothing takes minutes
LINGER_SECONDS = 15.0  # the services stop about 2 s after their last user


@dataclass(frozen=True)
class Cost:
    """What a notebook cost to execute."""

    seconds: float
    cells: int


def execute(notebook: NotebookNode, folder: Path, on_cell: Callable[[int], None] = lambda number: None) -> Cost:
    """Executes `notebook` in place, working in `folder`; `on_cell` is told each cell's number when it is done.

    Raises Problem when a cell raises, takes longer than CELL_SECONDS, or the kernel dies.
    """
    with own_world() as env:
        started = time.monotonic()
        client = nbclient.NotebookClient(
            notebook,
            km=_kernel_manager(Path(env["ASYNCLAB_DATA"]).parent),
            timeout=CELL_SECONDS,
            resources={"metadata": {"path": str(folder)}},
            record_timing=False,
            store_widget_state=False,
            on_cell_executed=lambda cell, cell_index, execute_reply: on_cell(cell_index + 1),
        )
        client.owns_km = True  # or it would leave the kernel running
        metadata = deepcopy(notebook.metadata)
        try:
            client.execute(env=env)
            notebook.metadata = metadata  # the kernel's own has its version in it
        except nbclient.exceptions.CellExecutionError as error:
            fault = Path(env["ASYNCLAB_DATA"]) / "fault.txt"  # where the lab keeps the traceback of a fault of its own
            traceback = f"\n{fault.read_text(encoding='utf-8')}" if fault.is_file() else ""
            raise Problem(f"A cell raised {error.ename}: {error.evalue}", _last_cell(notebook) + traceback) from error
        except nbclient.exceptions.CellTimeoutError as error:
            raise Problem(f"A cell ran for over {CELL_SECONDS:.0f} s.", _last_cell(notebook)) from error
        except nbclient.exceptions.DeadKernelError as error:
            raise Problem("The kernel died.", _last_cell(notebook)) from error
        seconds = time.monotonic() - started
    return Cost(seconds, sum(cell.cell_type == "code" for cell in notebook.cells))


@contextmanager
def own_world() -> Iterator[dict[str, str]]:
    """The environment of a kernel with a fresh data folder, removed afterwards with everything that used it."""
    # A short name: sockets lie in it, and their paths may have 107 bytes.
    world = Path(tempfile.mkdtemp(prefix="alb-")).resolve()
    try:
        yield kernel_environment(world)
    finally:
        end(wait_for_none(world, LINGER_SECONDS))
        shutil.rmtree(world, ignore_errors=True)


def kernel_environment(world: Path) -> dict[str, str]:
    """What a kernel is told when its data, and everything else it may keep, belong in `world`."""
    env = dict(os.environ)
    for name in ("JPY_PARENT_PID", "JPY_SESSION_NAME", "MPLBACKEND", "MATPLOTLIBRC", "PYTHONSTARTUP"):
        env.pop(name, None)
    path = os.pathsep.join(p for p in (str(CHECKOUT), env.get("PYTHONPATH")) if p)
    env.update(
        ASYNCLAB_DATA=str(world / "data"),
        ASYNCLAB_STILL="1",  # asynclab.notebook.living
        IPYTHONDIR=str(world / "ipython"),
        PYTHONPATH=path,
        PATH=os.pathsep.join((str(Path(sys.executable).parent), env.get("PATH", ""))),
    )
    return env


class ThisPython(KernelSpecManager):
    """Whatever kernel a notebook names, it runs in this very Python: others may be installed under that name."""

    def get_kernel_spec(self, kernel_name: str) -> Any:
        return KernelSpec(resource_dir=str(RESOURCES), **get_kernel_dict())


def _kernel_manager(world: Path) -> AsyncKernelManager:
    # Over TCP a kernel can be spoken to by every user of the machine, and warns of it.
    return AsyncKernelManager(
        kernel_name="python3", kernel_spec_manager=ThisPython(), transport="ipc", ip=str(world / "kernel")
    )


def _last_cell(notebook: NotebookNode) -> str:
    """Where to look: the first line of the last cell that ran."""
    ran = [c for c in notebook.cells if c.cell_type == "code" and (c.execution_count or c.outputs)]
    if not ran:
        return "Run the notebook's first cell in JupyterLab to see more."
    return f"Mend the cell that begins with: {ran[-1].source.strip().splitlines()[0][:80]}"
