"""Where the lab's JupyterLab keeps its things: in the data folder, away from the user's own Jupyter."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from asynclab.paths import CHECKOUT

START_PAGE = "notebooks/00_start_here.ipynb"
EXTENSIONS = Path(__file__).parent / "labextensions"  # of JupyterLab: alternative texts for pictures

# Settings of JupyterLab that differ from its own: no toast about news or updates over the lesson.
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
}
# Language servers are switched off in asynclab.lab.jupyter: without this the page asks for them and gets a 404.
LANGUAGE_SERVERS = ("lsp-extension", "fileeditor-extension:language-server", "notebook-extension:language-server")
PAGE = {"disabledExtensions": {f"@jupyterlab/{name}": True for name in LANGUAGE_SERVERS}}
# The user's own, which would bring foreign settings, kernels and extensions into the lab.
FOREIGN = ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "JUPYTER_PLATFORM_DIRS", "JUPYTERLAB_DIR", "JUPYTER_TOKEN",
           "JUPYTER_PORT", "PYTHONSTARTUP")  # fmt: skip
LOG_BYTES = 1_000_000  # at the start of a lab, a log longer than this begins anew


@dataclass(frozen=True)
class Places:
    """`data` is the data folder, `runtime` a short-lived folder with a short path.

    The runtime folder holds the kernels' unix sockets, whose addresses may be about 100 bytes long;
    `kernel-<uuid>-ipc-1` takes 50 of them, so that a folder inside the checkout would often be too deep.
    """

    data: Path
    runtime: Path

    @property
    def log(self) -> Path:
        return self.data / "lab.log"

    def variables(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of JupyterLab and everything it starts."""
        jupyter = self.data / "jupyter"
        return {
            **{name: value for name, value in environ.items() if name not in FOREIGN},
            "ASYNCLAB_DATA": str(self.data),
            "PYTHONPATH": str(CHECKOUT),
            "JUPYTER_CONFIG_DIR": str(jupyter / "config"),
            "JUPYTER_DATA_DIR": str(jupyter / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "JUPYTER_PREFER_ENV_PATH": "1",
            "JUPYTERLAB_SETTINGS_DIR": str(jupyter / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(jupyter / "workspaces"),
            "IPYTHONDIR": str(self.data / "ipython"),
            "MPLCONFIGDIR": str(self.data / "matplotlib"),
        }


def prepare(data: Path) -> Places:
    """Make the folders and JupyterLab's settings. The runtime folder is the guard's to remove."""
    config = data / "jupyter" / "config" / "labconfig"
    config.mkdir(parents=True, exist_ok=True)
    for name, content in (("default_setting_overrides", SETTINGS), ("page_config", PAGE)):
        path = config / f"{name}.json"
        text = json.dumps(content, indent=1) + "\n"
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
    log = data / "lab.log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        os.truncate(log, 0)
    short = "/tmp" if os.access("/tmp", os.W_OK) else None  # macOS's own temporary folder is too deep
    return Places(data, Path(tempfile.mkdtemp(prefix="asynclab-lab-", dir=short)))
