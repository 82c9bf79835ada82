"""``python -m tests.hub.install FOLDER``: a real JupyterHub for the tests, in an environment of its own.

Needs only Python itself, a network and npm (the hub's proxy is a Node.js program).
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from asynclab.paths import CHECKOUT

VARIABLE = "ASYNCLAB_TEST_HUB"
HOW = (
    f"JupyterHub is not installed here. Run `{Path(sys.executable).name} -m tests.hub.install FOLDER`, which installs "
    f"it with the course's packages into FOLDER, and set {VARIABLE} to it."
)


@dataclass(frozen=True)
class Installed:
    """A folder with a Python environment that has JupyterHub beside the course's packages, and with the proxy."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def proxy(self) -> Path:
        return self.folder / "node_modules" / ".bin" / "configurable-http-proxy"

    def variables(self) -> dict[str, str]:
        """What a container of that image would have: its programs first on the PATH, nothing of the tests'."""
        dropped = ("ASYNCLAB_", "JUPYTER", "PYTHON", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        path = [str(self.folder / "bin"), str(self.proxy.parent), os.environ["PATH"]]
        return {**kept, "PATH": os.pathsep.join(path)}


def installed() -> Installed | None:
    folder = os.environ.get(VARIABLE)
    found = Installed(Path(folder).resolve()) if folder else None
    return found if found and found.python.exists() and found.proxy.exists() else None


def install(folder: Path) -> None:
    """What the hub's image has, and the hub itself. Needs a network and npm."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", CHECKOUT / "binder/requirements.txt", "jupyterhub"], check=True)
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "configurable-http-proxy"]
    subprocess.run(npm, check=True)


if __name__ == "__main__":
    install(Path(sys.argv[1]))
