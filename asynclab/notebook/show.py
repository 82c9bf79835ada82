"""What the magics show: each as HTML and as text, so that a stored notebook reads anywhere."""

from __future__ import annotations

import time
from html import escape
from typing import Any

from IPython.display import DisplayHandle, clear_output, display

from asynclab.grader import card


class Shown:
    """Something with two faces, HTML and text."""

    def __init__(self, html: str, plain: str) -> None:
        self.html = html
        self.plain = plain

    def __repr__(self) -> str:
        return self.plain

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.plain, "text/html": self.html}


class Prose:
    """Markdown that also reads as text."""

    def __init__(self, markdown: str) -> None:
        self.markdown = markdown

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.markdown, "text/markdown": self.markdown}


def note(said: str) -> Shown:
    """One or two sentences of the lab's own, in which `this` is code."""
    return Shown(f'<p class="asynclab-note">{card.prose(said)}</p>', said.replace("`", ""))


class Bar:
    """How far a grading is, in the notebook; gone when it is over.

    The display is opened empty and filled by updates: tools that compare a notebook's outputs and know nothing of
    updates (nbval) then see nothing of it, however often it changes.
    """

    def __init__(self, task: str) -> None:
        self.task = task
        self.started = time.monotonic()
        self.said: dict[str, Any] = {"say": "starting"}
        self.shown = ""
        handle = display({}, raw=True, display_id=True)
        assert isinstance(handle, DisplayHandle)
        self.handle = handle

    def update(self, told: dict[str, Any]) -> None:
        """Shows what the supervisor told, or, told nothing, that time goes on."""
        self.said = told or self.said
        seconds = int(time.monotonic() - self.started)
        say, done, of = str(self.said.get("say", "")), self.said.get("done"), self.said.get("of")
        known = isinstance(done, int | float) and isinstance(of, int | float) and of > 0
        amount = f' value="{done}" max="{of}"' if known else ""
        count = f", {done} of {of}" if known else ""
        plain = f"Grading {self.task}: {say}{count} ({seconds} s)"
        if plain != self.shown:
            self.shown = plain
            html = (
                f'<div class="asynclab-wait"><progress aria-label="How far the grading is"{amount}></progress> '
                f"{escape(plain)}</div>"
            )
            self.handle.update({"text/html": html, "text/plain": plain}, raw=True)

    def close(self) -> None:
        """Takes it away; with the next output, so that nothing jumps."""
        self.handle.update({}, raw=True)
        clear_output(wait=True)
