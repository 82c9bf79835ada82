"""`asynclab lab`: it opens, it ends, and nothing of it stays."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from jupyter_client.blocking import BlockingKernelClient

from asynclab.paths import CHECKOUT
from tests.setup.labs import GONE_WITHIN, Lab, direct, run, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")


# A kernel as bad as they come: computing, deaf to interrupts, with a child that left its session.
STUBBORN = """
import signal, subprocess
signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(["setsid", "sleep", "1000"], start_new_session=True)
print("busy", flush=True)
while True: pass
"""


def kernel(lab: Lab) -> BlockingKernelClient:
    """A kernel of the lab's as JupyterLab starts it for a notebook, and a line to it."""
    body = {"path": "exercises/t.ipynb", "type": "notebook", "name": "t", "kernel": {"name": "python3"}}
    started = lab.ask("/api/sessions", body)
    client = BlockingKernelClient(connection_file=str(lab.runtime / f"kernel-{started['kernel']['id']}.json"))
    client.load_connection_file()
    client.start_channels()
    assert until(lambda: is_ready(client), 90) is not None
    return client


def is_ready(client: BlockingKernelClient) -> bool:
    """Its own waiting takes a kernel for dead that a busy machine keeps from answering for a second."""
    try:
        client.wait_for_ready(timeout=60)
    except RuntimeError:
        return False
    return True


def said(client: BlockingKernelClient, code: str) -> str:
    """What the kernel printed."""
    text: list[str] = []
    client.execute_interactive(
        code, timeout=60, output_hook=lambda message: text.append(str(message["content"].get("text", "")))
    )
    return "".join(text)


def test_page_answers_with_its_settings_and_kernels_find_the_lab(tmp_path: Path) -> None:
    with Lab(tmp_path / "data").wait() as lab:
        with direct().open(lab.url) as page:
            assert page.status == 200 and b"jupyter-config-data" in page.read()
        if (CHECKOUT / "notebooks/00_start_here.ipynb").exists():
            assert "/lab/tree/notebooks/00_start_here.ipynb?token=" in lab.url
        assert "README.md" in {entry["name"] for entry in lab.ask("/api/contents/")["content"]}
        toast = lab.ask("/lab/api/settings/@jupyterlab/apputils-extension:notification")
        assert toast["schema"]["properties"]["fetchNews"]["default"] == "false"
        client = kernel(lab)
        try:
            words = (
                said(client, "import asynclab, sys; print(asynclab.__file__, sys.executable, sep='|')")
                .strip()
                .split("|")
            )
            assert words == [str(CHECKOUT / "asynclab/__init__.py"), sys.executable]
            assert said(client, "import os; print(os.environ['ASYNCLAB_DATA'])").strip() == str(tmp_path / "data")
            assert lab.token not in said(client, "print(os.environ)")
        finally:
            client.stop_channels()
        # Else the cards and pictures stored in the course's notebooks would show without their style.
        for path in sorted(CHECKOUT.glob("notebooks/*.ipynb")) + sorted(CHECKOUT.glob("solutions/*.ipynb")):
            assert until(lambda path=path: all(trusted(lab, path)), 20) is not None, path
        log = (tmp_path / "data/lab.log").read_text()
        assert "token=" + lab.token not in log
        assert not [line for line in log.splitlines() if line.startswith(("[W", "[E"))], log
        with pytest.raises(urllib.error.HTTPError, match="403"):
            lab.ask("/api/contents/", token=False)
        for process in lab.processes():
            assert lab.token not in " ".join(process.cmdline()), "the token can be read in the list of processes"


def trusted(lab: Lab, path: Path) -> list[bool]:
    """Of a notebook's code cells with outputs."""
    cells = lab.ask(f"/api/contents/{path.relative_to(CHECKOUT)}")["content"]["cells"]
    return [cell["metadata"].get("trusted", False) for cell in cells if cell.get("outputs")]


def interrupt(lab: Lab) -> None:
    """Ctrl-C: the terminal tells the foreground's processes."""
    os.killpg(lab.process.pid, signal.SIGINT)


def close_terminal(lab: Lab) -> None:
    os.close(lab.terminal)
    lab.terminal = -1


def terminate(lab: Lab) -> None:
    lab.process.send_signal(signal.SIGTERM)


def kill(lab: Lab) -> None:
    lab.process.kill()


def kill_jupyter(lab: Lab) -> None:
    lab.part("jupyter").kill()


def kill_guard(lab: Lab) -> None:
    lab.part("guard").kill()


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (interrupt, 0),
        pytest.param(close_terminal, 0, marks=pytest.mark.slow),
        (kill, -signal.SIGKILL),
        pytest.param(terminate, 0, marks=pytest.mark.slow),
        pytest.param(kill_jupyter, 2, marks=pytest.mark.slow),
    ],
)
def test_every_process_ends(tmp_path: Path, end: Callable[[Lab], None], status: int) -> None:
    with Lab(tmp_path / "data", terminal=True).wait() as lab:
        client = kernel(lab)
        try:
            client.execute(STUBBORN)
            assert until(lambda: any("sleep" in p.cmdline() for p in lab.processes()), 30) is not None
            lab.ask("/api/terminals", {})
        finally:
            client.stop_channels()
        assert len(lab.processes()) >= 6  # the lab, its guard, JupyterLab, the kernel, its child, the terminal's shell
        end(lab)
        assert lab.process.wait(timeout=GONE_WITHIN) == status
        assert until(lambda: not lab.left(), GONE_WITHIN) is not None, lab.left()


@pytest.mark.slow
def test_a_killed_guard_takes_jupyterlab_with_it(tmp_path: Path) -> None:
    with Lab(tmp_path / "data").wait() as lab:
        kernel(lab).stop_channels()
        kill_guard(lab)
        assert lab.process.wait(timeout=GONE_WITHIN) == 2
        assert until(lambda: not lab.left(), GONE_WITHIN) is not None, lab.left()
        assert "ended unexpectedly" in lab.errors.read_text()


OTHER = """
import urllib.request
from asynclab.services import hold_lease, site
def use():
    hold_lease()
    with site.visit() as visit, urllib.request.urlopen(visit.url("/")) as page:
        print(page.status, flush=True)
use()
while input(): use()
"""


@pytest.mark.slow
def test_services_that_somebody_else_uses_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even those that a kernel of the lab brought back: they hang below the guard, which ends everything else."""
    monkeypatch.setenv("ASYNCLAB_DATA", str(tmp_path / "data"))
    with (
        subprocess.Popen(
            [sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other,
        Lab(tmp_path / "data").wait() as lab,
    ):
        assert other.stdin is not None and other.stdout is not None
        assert other.stdout.readline() == "200\n"
        (keeper,) = [p for p in lab.processes() if "asynclab.services.keeper" in p.cmdline()]
        keeper.kill()
        assert until(lambda: not keeper.is_running() or keeper.status() == psutil.STATUS_ZOMBIE, 10) is not None
        client = kernel(lab)
        try:
            assert said(client, "from asynclab import site; site.visit(); print('back')").strip() == "back"
        finally:
            client.stop_channels()
        print("again", file=other.stdin, flush=True)
        assert other.stdout.readline() == "200\n"
        interrupt(lab)
        assert lab.process.wait(timeout=GONE_WITHIN) == 0
        print("again", file=other.stdin, flush=True)
        assert other.stdout.readline() == "200\n"
        (still,) = [p for p in lab.processes() if "asynclab.services.keeper" in p.cmdline()]
        other.stdin.close()
        other.wait(timeout=30)
        assert until(lambda: not lab.left(), GONE_WITHIN) is not None, (still, lab.left())


def test_ending_while_it_starts(tmp_path: Path) -> None:
    with Lab(tmp_path / "data") as lab:
        assert until(lambda: "Starting the lab" in lab.errors.read_text(), 30) is not None
        lab.process.send_signal(signal.SIGINT)
        assert lab.process.wait(timeout=GONE_WITHIN) == 0
        assert until(lambda: not lab.left(), GONE_WITHIN) is not None, lab.left()


def test_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run("lab", "--no-browser", "--port", str(port), ASYNCLAB_DATA=str(tmp_path))
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.splitlines() == [
        f"Port {port} of 127.0.0.1 is in use by another program.",
        "Name another with --port, or leave --port out and the lab takes a free one.",
    ]


@pytest.mark.slow
def test_port_asked_for(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Lab(tmp_path / "data", "--port", str(port)).wait() as lab:
        assert f"127.0.0.1:{port}/" in lab.url


def test_no_port_at_all(tmp_path: Path) -> None:
    done = run("lab", "--port", "70000", ASYNCLAB_DATA=str(tmp_path))
    assert done.returncode == 2 and "'70000' is no port" in done.stderr


@pytest.mark.slow
def test_two_clones_at_once(tmp_path: Path, clone: Callable[[str], Path]) -> None:
    """Each with its own services, in its own data folder, in a path with spaces and letters of any kind."""
    first, second = clone("Ära 1"), clone("курс 2")
    with (
        Lab(first / ".asynclab", checkout=first) as one,
        Lab(second / ".asynclab", checkout=second) as two,
    ):
        one.wait(), two.wait()
        assert one.url.split("?")[0] != two.url.split("?")[0]
        for lab, place in ((one, first), (two, second)):
            with direct().open(lab.url) as page:
                assert page.status == 200
            assert (
                len([p for p in lab.processes() if "asynclab.lab.jupyter" in p.cmdline()]) == 2
            )  # the guard names it too
            assert (place / ".asynclab/lab.log").exists()
        interrupt(one)
        assert one.process.wait(timeout=GONE_WITHIN) == 0
        assert until(lambda: not one.processes(), GONE_WITHIN) is not None
        with direct().open(two.url) as page:
            assert page.status == 200


@pytest.mark.slow
def test_users_own_jupyter_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home whose Jupyter settings would break the lab, and which must look the same after."""
    home = tmp_path / "home"
    config = home / ".jupyter"
    config.mkdir(parents=True)
    (config / "jupyter_server_config.py").write_text("c.ServerApp.ip = '0.0.0.0'\nraise SystemExit('the user')\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with Lab(tmp_path / "data").wait() as lab:
        client = kernel(lab)
        try:
            assert said(client, "import matplotlib.pyplot; print('drawn')").strip().endswith("drawn")
        finally:
            client.stop_channels()
    assert sorted(path.relative_to(home).as_posix() for path in home.rglob("*")) == [
        ".jupyter",
        ".jupyter/jupyter_server_config.py",
    ]
