"""The playground's knobs and buttons: widgets over a board."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from asynclab import knobs
from asynclab.playground.setting import KB, MB, WAYS, WHAT, Setting, milliseconds, size
from asynclab.playground.trial import SECONDS
from asynclab.problems import Problem

if TYPE_CHECKING:
    from asynclab.playground.board import Board

TICK = 0.2  # seconds between two steps of the progress bar

LABELS = {  # in the order of the knobs: three in a row where there is room
    "requests": "requests",
    "at_once": "how many at once",
    "pool": "pool size (database)",
    "latency": "latency",
    "spread": "its spread, ±",
    "failures": "failures",
    "body": "size of an answer",
}
VALUES: dict[str, tuple[Any, ...]] = {
    "requests": (10, 20, 40, 100, 200, 500, 1000, 2000),
    "latency": (0.0, 0.005, 0.01, 0.02, 0.05, 0.08, 0.1, 0.2, 0.5, 1.0, 2.0),
    "spread": (0.0, 0.25, 0.5, 0.75, 1.0),
    "failures": (0.0, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0),
    "at_once": (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
    "pool": (1, 2, 5, 10, 20, 40, 100, 200, 300),
    "body": (0, 64 * KB, 256 * KB, MB, 4 * MB, 16 * MB),
}


class Controls:
    """Widgets that say what to run next, run it on the kernel's own loop, and show that it runs.

    The measured program is a process of its own. Stop, or the kernel's Interrupt, ends it.
    """

    def __init__(self, board: Board, setting: Setting) -> None:
        import ipywidgets as widgets

        self._board = board
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._widgets = widgets
        board.on_change = self._list_runs

        self.choices = {
            "what": self._radio("ask for", WHAT, setting.what),
            "way": self._radio("by", WAYS, setting.way),
        }
        self.sliders = {name: self._slider(name, getattr(setting, name)) for name in VALUES}
        self.floor = widgets.HTML()
        self.run_button = self._button("Run", "Measure this setting", self._run, "primary")
        self.compare_button = self._button(
            "Compare the three ways", "Measure it one after the other, by threads and by coroutines", self._compare
        )
        self.stop_button = self._button("Stop", "End the run that is under way", self._cancel)
        self.forget_button = self._button("Forget all", "Take every run off the board", lambda: board.forget())
        self.bar = widgets.FloatProgress(min=0, max=1, layout=widgets.Layout(width="12em", visibility="hidden"))
        self.clock = widgets.HTML()
        self.status = widgets.HTML()
        self.kept = widgets.HBox(layout=widgets.Layout(flex_flow="row wrap", align_items="center"))
        self.ticks: dict[str, Any] = {}
        wrap = widgets.Layout(flex_flow="row wrap", align_items="center")
        self.box = widgets.VBox(
            [
                widgets.HBox(list(self.choices.values()), layout=wrap),
                widgets.HBox([self.sliders[name] for name in LABELS], layout=wrap),
                self.floor,
                widgets.HBox(
                    [self.run_button, self.compare_button, self.stop_button, self.bar, self.clock], layout=wrap
                ),
                self.status,
                self.kept,
            ]
        )
        self.box.add_class("asynclab-knobs")
        for each in (*self.choices.values(), *self.sliders.values()):
            each.observe(lambda change: self._tell_floor(), names="value")
        self._tell_floor()

    def show(self) -> None:
        """Displays the widgets; beside them, for whoever has no kernel, a line that says what can be turned."""
        from IPython.display import display

        hint = f"Run this cell, and you can turn: {', '.join(LABELS.values())}; and run, compare, keep runs."
        display(
            {
                knobs.WIDGET: {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id},
                "text/html": f"<p><em>{escape(hint)}</em></p>",
                "text/plain": hint,
            },
            raw=True,
        )

    @property
    def setting(self) -> Setting:
        """What the knobs say."""
        turned = {name: each.value for name, each in (*self.choices.items(), *self.sliders.items())}
        return Setting(**turned)

    async def run(self, settings: Sequence[Setting]) -> None:
        """Runs them one after the other, and shows which runs and for how long."""
        self._busy(True)
        try:
            for number, setting in enumerate(settings, 1):
                of = f" ({number} of {len(settings)})" if len(settings) > 1 else ""
                ticker = asyncio.create_task(self._tick(setting, of), name="playground: progress")
                try:
                    made = await self._board.run(setting)
                finally:
                    ticker.cancel()
                    await asyncio.wait([ticker])
        except BaseException:
            self._say("stopped; what was measured before is kept")
            raise
        else:
            self._say(f"done: {made.setting.who} took {made.evidence.wall:.2f} s. {made.remark}".strip())
        finally:
            self._busy(False)

    # ------------------------------------------------------------ called from the kernel's message handling

    def _run(self) -> None:
        self._loop.call_soon_threadsafe(self._begin, (self.setting,))

    def _compare(self) -> None:
        self._loop.call_soon_threadsafe(self._begin, tuple(self.setting.by(way) for way in WAYS))

    def _cancel(self) -> None:
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)

    def _begin(self, settings: tuple[Setting, ...]) -> None:
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._guarded(settings), name="playground")

    async def _guarded(self, settings: tuple[Setting, ...]) -> None:
        """A run that has no cell in which its error could appear."""
        give_back = knobs.cancel_on_interrupt(self._task)
        try:
            await self.run(settings)
        except asyncio.CancelledError:
            raise
        except Problem as problem:
            self._say(f"{problem.what} {problem.todo}")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is shown here or nowhere
            self._say(f"{type(error).__name__}: {error}"[:300])
        finally:
            give_back()

    # ------------------------------------------------------------ what is shown

    async def _tick(self, setting: Setting, of: str) -> None:
        """Moves the bar with the clock; asking the server how far it is would disturb what is measured."""
        began, expected = time.monotonic(), min(setting.floor, SECONDS)
        self._say(f"running{of}: {setting.who}; the latencies alone take {setting.floor:.2f} s")
        while True:
            gone = time.monotonic() - began
            self.bar.value = min(gone / (expected + 1.0), 0.98)
            self.clock.value = f'<span aria-hidden="true">{gone:.0f} s</span>'  # a screen reader would say each second
            await asyncio.sleep(TICK)

    def _busy(self, busy: bool) -> None:
        # No button is disabled: a browser takes the focus away from one that is, and with it a keyboard's place.
        self.bar.value, self.clock.value = 0.0, ""
        self.bar.layout.visibility = "visible" if busy else "hidden"

    def _say(self, text: str) -> None:
        self.status.value = f'<span role="status">{escape(text)}</span>'

    def _tell_floor(self) -> None:
        setting = self.setting
        self.sliders["pool"].disabled = setting.what != "queries"
        self.sliders["at_once"].disabled = setting.way == "in turn"
        if setting.spread:
            sum_ = f"about {setting.requests:,} × {milliseconds(setting.latency)} / {setting.most_in_flight}"
        else:
            sum_ = f"⌈{setting.requests:,} / {setting.most_in_flight}⌉ × {milliseconds(setting.latency)}"
        cut = f"; after {SECONDS:.0f} s no more are sent" if setting.floor > SECONDS else ""
        text = f"The latencies alone take {setting.floor:.2f} s: {sum_}{cut}. How long will it take?"
        self.floor.value = f"{knobs.FOCUS}<p>{escape(text)}</p>"

    def _list_runs(self) -> None:
        """A box to tick for each run that is kept."""
        for letter in [letter for letter in self.ticks if letter not in self._board.runs]:
            del self.ticks[letter]
        for letter in self._board.runs:
            if letter not in self.ticks:
                self.ticks[letter] = self._tick_box(letter)
        label = self._widgets.Label("drawn:", layout=self._widgets.Layout(margin="2px 1em 2px 2px"))
        self.kept.children = (label, *self.ticks.values(), self.forget_button) if self.ticks else ()

    # ------------------------------------------------------------ making widgets

    def _tick_box(self, letter: str) -> Any:
        box = self._widgets.Checkbox(
            value=letter not in self._board.hidden,
            description=self._board.name(letter),
            indent=False,
            layout=self._widgets.Layout(width="auto", margin="0 1em 0 0"),
        )
        box.observe(lambda change: self._board.show(letter, change["new"]), names="value")
        return box

    def _radio(self, label: str, options: dict[str, str], value: str) -> Any:
        return self._widgets.RadioButtons(
            options=[(text, name) for name, text in options.items()],
            value=value,
            description=label,
            orientation="horizontal",
            layout=self._widgets.Layout(width="auto", margin="2px 4em 2px 2px"),
        )

    def _slider(self, name: str, value: Any) -> Any:
        values = sorted({*VALUES[name], value})
        return self._widgets.SelectionSlider(
            options=[(_shown(name, each), each) for each in values],
            value=value,
            description=LABELS[name],
            style={"description_width": "11em"},
            layout=self._widgets.Layout(width="27em"),
        )

    def _button(self, text: str, tooltip: str, does: Any, style: str = "") -> Any:
        button = self._widgets.Button(
            description=text, tooltip=tooltip, button_style=style, layout=self._widgets.Layout(width="auto")
        )
        button.on_click(lambda clicked: does())
        return button


def _shown(name: str, value: Any) -> str:
    """A knob's value as a reader reads it."""
    if name == "latency":
        return milliseconds(value)
    if name == "body":
        return size(value) if value else "small"
    return f"{value:.0%}" if name in ("spread", "failures") else f"{value:,}"
