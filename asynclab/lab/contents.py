"""The lab's notebooks as JupyterLab is given them: the start page's map shows what is passed by now.

Only what is shown is another: the file stays as it is until the learner saves it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from asynclab.lab.places import START_PAGE
from asynclab.paths import CHECKOUT

MAP = "%map"  # the line of the cell whose output is the map


class Contents(AsyncLargeFileManager):
    """Files on the disk, as JupyterLab has them by default."""

    def should_list(self, name: str) -> bool:
        """Not the small file that leads kernels which the lab did not start to it: nobody opens it here."""
        return name != "asynclab.py" and bool(super().should_list(name))

    async def get(self, path: str, content: bool = True, *more: Any, **named: Any) -> Any:
        model = await super().get(path, content, *more, **named)
        if content and path.strip("/") == START_PAGE and model.get("type") == "notebook":
            try:
                await asyncio.to_thread(show_progress, model["content"])
            except Exception:  # the page opens all the same, with the map as it was stored
                logging.getLogger(__name__).warning("The start page's map could not be drawn.", exc_info=True)
        return model


def show_progress(notebook: Any) -> None:
    """Puts the map as it is now into the outputs of the cell that shows it."""
    from asynclab.notebook.living import shown
    from asynclab.notebook.overview import link_from

    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or MAP not in cell["source"].splitlines():
            continue
        now = shown(link_from((CHECKOUT / START_PAGE).parent))
        for output in cell["outputs"]:
            if output["output_type"] == "display_data" and "asynclab-map" in str(output["data"].get("text/html", "")):
                output["data"] = now._repr_mimebundle_()
