"""The one exception that reaches a person: what is wrong in a sentence, and what to do in another."""

from __future__ import annotations


class Problem(Exception):
    """Something a person can act on; shown as two sentences, never as a traceback.

    `what` says what is wrong, `todo` what to do about it. The command line prints both on standard
    error and exits with `status` (2 unless told); a notebook shows them as a short box.
    """

    def __init__(self, what: str, todo: str = "", status: int = 2) -> None:
        super().__init__(f"{what} {todo}".strip())
        self.what = what
        self.todo = todo
        self.status = status

    def _render_traceback_(self) -> list[str]:
        """IPython's own hook: what is printed instead of a traceback."""
        return [self.what, self.todo] if self.todo else [self.what]
