"""JupyterLab as the lab sets it up: ``python -m asynclab.lab.jupyter``, started by the guard alone.

The settings come by the environment and not on the command line, where other users of the machine could
read the token.
"""

from __future__ import annotations

import json
import os
import threading

from asynclab.lab.places import EXTENSIONS, START_PAGE
from asynclab.paths import CHECKOUT

SETTINGS = "ASYNCLAB_JUPYTER"
"""JSON: {"port": int, "token": str}."""


def arguments(port: int, token: str) -> list[str]:
    """What would stand on ``jupyter lab``'s command line."""
    return [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.open_browser=False",
        f"--ServerApp.allow_root={os.geteuid() == 0}",
        f"--ServerApp.root_dir={CHECKOUT}",
        f"--ServerApp.default_url=/lab/tree/{START_PAGE}",
        "--ServerApp.contents_manager_class=asynclab.lab.contents.Contents",
        # They come with the environment, cost start-up time, and a learner has no use for them here.
        '--ServerApp.jpserver_extensions={"jupyterlab_jupytext": False, "jupytext": False, "jupyter_lsp": False}',
        # Its default is longer than its interval, of which it warns at every kernel.
        '--ServerApp.tornado_settings={"ws_ping_timeout": 30000}',
        f"--IdentityProvider.token={token}",
        "--KernelManager.transport=ipc",  # sockets in a private folder: nothing on the network, no warning
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        f"--LabApp.extra_labextensions_path={EXTENSIONS}",
    ]


def main() -> None:
    settings = json.loads(os.environ.pop(SETTINGS))
    from jupyterlab.labapp import LabApp

    threading.Thread(target=trust, daemon=True).start()
    LabApp.launch_instance(arguments(settings["port"], settings["token"]))


def trust() -> None:
    """Sign the course's own notebooks, so that their stored pictures and cards show before they are run.

    Jupyter shows HTML of a notebook it didn't run only when it is signed. These came with the checkout,
    whose code runs anyway; a learner's exercises are left alone, they have no outputs until run here.
    """
    from nbformat import read
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    for path in sorted(CHECKOUT.glob("notebooks/*.ipynb")) + sorted(CHECKOUT.glob("solutions/*.ipynb")):
        try:
            notary.sign(read(path, as_version=4))
        except Exception:  # an unreadable notebook shows its own error when it is opened
            continue


if __name__ == "__main__":
    main()
