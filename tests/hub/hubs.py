"""A real JupyterHub for a test: where it is installed, its configuration, and its users as a program meets them."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.hub.install import Installed

CONFIGURATION = """
import json, os
given = json.loads(os.environ["ASYNCLAB_HUB"])
c = get_config()
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"  # local processes, a home folder each, no system user needed
c.SimpleLocalProcessSpawner.home_dir_template = given["homes"] + "/{username}"
# As in the image of binder/: its start script comes before the server.
c.Spawner.cmd = [given["start"], "jupyterhub-singleuser"]
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.default_url = "/lab/tree/asynclab/notebooks/00_start_here.ipynb"
c.Spawner.start_timeout = c.Spawner.http_timeout = 180
c.JupyterHub.bind_url = given["address"]
c.JupyterHub.hub_port = given["hub_port"]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:%d" % given["proxy_port"]
c.JupyterHub.services = [{"name": "test", "api_token": given["token"]}]
c.JupyterHub.load_roles = [{
    "name": "test", "services": ["test"], "scopes": ["admin:users", "admin:servers", "access:servers", "tokens"],
}]
"""


@dataclass
class Hub:
    homes: Path
    address: str
    token: str
    process: subprocess.Popen[bytes]
    log: Path
    session: aiohttp.ClientSession = field(init=False)

    async def ask(self, method: str, path: str, token: str = "", **options: Any) -> Any:
        """What the hub, or a user's server behind it, answers."""
        headers = {"Authorization": f"token {token or self.token}"}
        async with self.session.request(method, self.address + path, headers=headers, **options) as response:
            text = await response.text()
            if response.status >= 400:
                raise LookupError(f"{method} {path}: {response.status} {text[:300]}")
            return json.loads(text) if text else None

    @asynccontextmanager
    async def user(self, name: str) -> AsyncIterator[User]:
        """A user who has come in, with a server that runs."""
        await self.ask("POST", f"/hub/api/users/{name}")
        token = (await self.ask("POST", f"/hub/api/users/{name}/tokens"))["token"]
        await self.ask("POST", f"/hub/api/users/{name}/server")
        async with asyncio.timeout(180):
            while not (await self.ask("GET", f"/hub/api/users/{name}"))["servers"].get("", {}).get("ready"):
                await asyncio.sleep(0.2)
        try:
            yield User(self, name, token)
        finally:
            await self.ask("DELETE", f"/hub/api/users/{name}/server")


@dataclass(frozen=True)
class User:
    hub: Hub
    name: str
    token: str

    @property
    def home(self) -> Path:
        return self.hub.homes / self.name

    async def ask(self, method: str, path: str, **options: Any) -> Any:
        """What this user's own server answers, through the hub's proxy."""
        return await self.hub.ask(method, f"/user/{self.name}{path}", self.token, **options)

    @asynccontextmanager
    async def notebook(self, path: str) -> AsyncIterator[Notebook]:
        """A notebook of theirs, opened as JupyterLab opens it."""
        body = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        kernel = (await self.ask("POST", "/api/sessions", json=body))["kernel"]["id"]
        address = f"{self.hub.address}/user/{self.name}/api/kernels/{kernel}/channels"
        headers = {"Authorization": f"token {self.token}"}
        async with self.hub.session.ws_connect(address, headers=headers, max_msg_size=0) as line:
            yield Notebook(line)


@dataclass
class Notebook:
    line: aiohttp.ClientWebSocketResponse

    async def run(self, code: str) -> str:
        """What a cell shows as text, printed and displayed; an error's lines too."""
        mine = uuid.uuid4().hex
        header = {"msg_id": mine, "msg_type": "execute_request", "username": "", "session": mine, "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        await self.line.send_json(
            {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        )
        said: list[str] = []
        async with asyncio.timeout(300):
            while True:
                message = json.loads((await self.line.receive()).data)
                kind, content = message["msg_type"], message["content"]
                if message["parent_header"].get("msg_id") != mine:
                    continue
                if kind == "stream":
                    said.append(content["text"])
                elif kind in ("display_data", "execute_result"):
                    said.append(content["data"].get("text/plain", "") + "\n")
                elif kind == "error":
                    said.append("\n".join(content["traceback"]))
                elif kind == "status" and content["execution_state"] == "idle":
                    return "".join(said).strip()


@asynccontextmanager
async def hub(found: Installed, folder: Path, start: Path) -> AsyncIterator[Hub]:
    """A hub that runs, with homes and its own files in `folder`; all of it ends with the block."""
    with started(found, folder, start) as running:
        timeout = aiohttp.ClientTimeout(total=200)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as running.session:
            deadline = time.monotonic() + 60
            while True:
                try:
                    await running.ask("GET", "/hub/api/")
                    break
                except (aiohttp.ClientError, LookupError) as why:
                    if running.process.poll() is not None or time.monotonic() > deadline:
                        raise AssertionError(f"the hub did not start: {running.log.read_text()[-3000:]}") from why
                    await asyncio.sleep(0.2)
            yield running


@contextmanager
def started(found: Installed, folder: Path, start: Path) -> Iterator[Hub]:
    homes, own = folder / "homes", folder / "hub"
    homes.mkdir()
    own.mkdir(mode=0o700)
    ports = free_ports(3)
    given = {
        "homes": str(homes), "start": str(start), "token": secrets.token_hex(16),
        "address": f"http://127.0.0.1:{ports[0]}", "hub_port": ports[1], "proxy_port": ports[2],
    }  # fmt: skip
    (own / "jupyterhub_config.py").write_text(CONFIGURATION, "utf-8")
    variables = {**found.variables(), "ASYNCLAB_HUB": json.dumps(given)}
    log = own / "hub.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [found.python, "-m", "jupyterhub", "-f", "jupyterhub_config.py"],
            cwd=own, env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        yield Hub(homes, given["address"], given["token"], process, log)
    finally:
        process.send_signal(signal.SIGTERM)  # ends the users' servers and the proxy, too
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(homes, ignore_errors=True)


def free_ports(number: int) -> list[int]:
    trials = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    try:
        return [trial.getsockname()[1] for trial in trials]
    finally:
        for trial in trials:
            trial.close()
