"""The runs that are kept side by side, and what is shown of them: a table and overlaid pictures."""

from __future__ import annotations

import asyncio
import string
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from asynclab import plots
from asynclab.playground import trial
from asynclab.playground.setting import WAYS, Setting
from asynclab.playground.trial import Trial

MOST_KEPT = len(plots.SERIES)  # each has a colour, a hatching and a line of its own
MOST_ROWS = 3  # panels beside each other in the timeline: of more one sees nothing

LEGEND = (
    "Floor: what the latencies alone take. In flight and connections: the most that were seen. Memory: the peak above "
    "what the process held before. Median and p99: of one request, from its turn to its answer."
)


async def start(*settings: Setting) -> Board:
    """Runs the settings, shows them side by side, and the knobs to go on with.

    Without settings: forty web pages, asked for each of the three ways. What is shown stays readable
    without a kernel; with one, the knobs above the table run and compare more.
    """
    board = Board()
    settings = settings or tuple(Setting(requests=40, at_once=20).by(way) for way in WAYS)
    await board.open(settings)
    return board


class Board:
    """Up to six runs, named A, B, C and so on; the seventh takes the place of the oldest.

    `runs` holds them by their letter. `hidden` are the letters that are in the table and not in the pictures.
    """

    def __init__(self) -> None:
        self.runs: dict[str, Trial] = {}
        self.hidden: set[str] = set()
        self.on_change: Callable[[], None] = lambda: None
        self._count = 0
        self._lock = asyncio.Lock()
        self._shown: dict[str, Any] = {}  # what is shown, by its name, to be replaced

    async def open(self, settings: tuple[Setting, ...]) -> None:
        """Shows the knobs, runs the settings, and shows what came of it."""
        from asynclab.playground.controls import Controls

        controls = Controls(self, settings[-1])
        controls.show()
        await controls.run(settings)
        self._display()

    async def run(self, setting: Setting) -> Trial:
        """Measures a setting and keeps it. Runs wait for each other: side by side they would measure each other."""
        async with self._lock:
            made = await trial.run(setting)
        if len(self.runs) >= MOST_KEPT:
            self.forget(next(iter(self.runs)))
        letter = self._letter()
        self.runs[letter] = made
        self._changed()
        return made

    def forget(self, *letters: str) -> None:
        """Takes runs off the board; without letters, all of them."""
        for letter in letters or tuple(self.runs):
            self.runs.pop(letter, None)
            self.hidden.discard(letter)
        self._changed()

    def show(self, letter: str, shown: bool = True) -> None:
        """Whether a run is drawn."""
        (self.hidden.discard if shown else self.hidden.add)(letter)
        self._changed()

    def name(self, letter: str) -> str:
        """As in the pictures: "B 20 threads"."""
        return f"{letter} {self.runs[letter].setting.who}"

    # ------------------------------------------------------------ what is shown

    @property
    def drawn(self) -> dict[str, Trial]:
        """The runs in the pictures, by their names."""
        return {self.name(letter): run for letter, run in self.runs.items() if letter not in self.hidden}

    def table(self) -> RunsTable:
        return RunsTable({self.name(letter): run for letter, run in self.runs.items()})

    def in_flight(self) -> plots.Picture:
        return plots.in_flight({name: run.evidence for name, run in self.drawn.items()}, title="In flight")

    def timeline(self) -> plots.Picture:
        """One row a request; of the last few runs."""
        last = list(self.drawn.items())[-MOST_ROWS:]
        # Without the pool, which the table has: three panels leave no room for it.
        return plots.requests({name.partition(",")[0]: run.evidence for name, run in last})

    def memory(self) -> plots.Picture:
        return plots.memory({name: run.evidence for name, run in self.drawn.items()}, title="Memory")

    def _parts(self) -> dict[str, Callable[[], Any]]:
        return {"table": self.table, "in flight": self.in_flight, "timeline": self.timeline, "memory": self.memory}

    def _display(self) -> None:
        from IPython.display import display

        for name, make in self._parts().items():
            self._shown[name] = display(self._made(make), display_id=True)

    def _changed(self) -> None:
        for name, handle in self._shown.items():
            if handle is not None:  # None: not in a notebook
                handle.update(self._made(self._parts()[name]))
        self.on_change()

    def _made(self, make: Callable[[], Any]) -> Any:
        return make() if self.drawn or (self.runs and make == self.table) else Nothing()

    def _letter(self) -> str:
        """A, B, … Z, then A again: by then the first is long off the board."""
        letter = string.ascii_uppercase[self._count % 26]
        self._count += 1
        return letter


NO_BREAK = "\u00a0"


class RunsTable(plots.Table):
    """A column a run, which fits a narrow panel too, and under them what is to be said about a run."""

    def __init__(self, runs: Mapping[str, Trial]) -> None:
        figures = {name: run.figures() for name, run in runs.items()}
        lines = dict.fromkeys(line for each in figures.values() for line in each)
        if not any(run.failed for run in runs.values()):
            lines.pop("failed", None)
        rows = {line: {name: each[line] for name, each in figures.items()} for line in lines}
        super().__init__(rows, "runs side by side")
        self.remarks = {name: run.remark for name, run in runs.items() if run.remark}

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"{name}: {remark}" for name, remark in self.remarks.items())])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        rows = {
            line: {_held(name): _held(each) if isinstance(each, str) else each for name, each in row.items()}
            for line, row in self.rows.items()
        }
        table = plots.Table(rows, self.what)._repr_mimebundle_()["text/html"]
        said = "".join(f"<li><b>{escape(name)}</b>: {escape(remark)}</li>" for name, remark in self.remarks.items())
        remarks = f"<ul>{said}</ul>" if said else ""
        return {"text/html": f"{table}{remarks}<p><small>{escape(LEGEND)}</small></p>", "text/plain": repr(self)}


def _held(text: str) -> str:
    """With breaks after a comma and before "of" alone: "40 pages / of 80 ms, / 1 MB each"."""
    return (
        text.replace(" ", NO_BREAK).replace(f",{NO_BREAK}", ", ").replace(f"{NO_BREAK}of{NO_BREAK}", f" of{NO_BREAK}")
    )


class Nothing:
    """Where a picture will be."""

    def __repr__(self) -> str:
        return "Nothing to draw: run something, or tick a run."

    def _repr_html_(self) -> str:
        return f"<p><em>{self!r}</em></p>"
