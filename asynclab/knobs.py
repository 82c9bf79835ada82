"""Knobs to turn in a notebook: sliders that redraw a picture from a new run.

::

    async def draw(latency, limit):
        evidence = await measure(...)
        return plots.in_flight({...})

    await knobs.turn(draw, latency=knobs.choice(0.02, 0.08, 0.3, start=0.08, label="latency, s"),
                     limit=knobs.choice(10, 100, 500, start=100))

The first picture is drawn while the cell runs and is an ordinary output: it is there for whoever only
reads the notebook, on a page without a kernel as well. Turning a knob replaces that same output.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from asynclab.problems import Problem

WIDGET = "application/vnd.jupyter.widget-view+json"
FOCUS = (  # ipywidgets draws no focus on a slider's handle: by keyboard one would not see which it is
    "<style>.asynclab-knobs .noUi-handle:focus"
    "{outline:3px solid var(--jp-brand-color1,#0072B2);outline-offset:2px}</style>"
)


@dataclass(frozen=True)
class Choice:
    """The values a knob can take, and the one at which it starts."""

    values: tuple[Any, ...]
    start: Any
    label: str = ""  # beside the slider; with the unit. Else the parameter's name


def choice(*values: Any, start: Any = None, label: str = "") -> Choice:
    """A knob with these values in this order; starts at the first unless `start` names another."""
    if not values:
        raise Problem("A knob needs values.", "Write knobs.choice(10, 100, 500, start=100).")
    begin = values[0] if start is None else start
    if begin not in values:
        raise Problem(f"The knob cannot start at {begin!r}.", f"It takes {', '.join(map(repr, values))}.")
    return Choice(tuple(values), begin, label)


async def turn(draw: Callable[..., Awaitable[Any]], **knobs: Choice) -> None:
    """Shows ``await draw(**values)`` and a slider a knob; a slider that is let go draws anew.

    `draw` is a coroutine function, called with a keyword argument a knob; what it returns is shown, as
    the last line of a cell would be. It runs on the kernel's own loop, so heavy work belongs in
    `measure`. A new run replaces one that is under way. Stop, or the kernel's Interrupt, ends a run.
    """
    from IPython.display import display

    first = await draw(**{name: knob.start for name, knob in knobs.items()})
    shown = display(first, display_id=True)
    if shown is None:
        return  # not in a notebook: nothing can be turned here
    labels = ", ".join(knob.label or name for name, knob in knobs.items())
    hint = f"Run this cell, and you can turn: {labels}."
    bundle = _Panel(draw, knobs, shown.update).mime()
    # Without a kernel the build keeps only these: a dead slider would show an error.
    bundle["text/html"] = f"<p><em>{escape(hint)}</em></p>"
    bundle["text/plain"] = hint
    display(bundle, raw=True)


class _Panel:
    """The sliders, the Stop button and the run that is under way."""

    def __init__(
        self, draw: Callable[..., Awaitable[Any]], knobs: dict[str, Choice], show: Callable[[Any], None]
    ) -> None:
        import ipywidgets as widgets

        self._draw = draw
        self._show = show
        self._loop = asyncio.get_running_loop()
        self._run: asyncio.Task[None] | None = None
        layout = widgets.Layout(width="95%", max_width="640px")
        self._sliders = {
            name: widgets.SelectionSlider(
                options=knob.values,
                value=knob.start,
                description=knob.label or name,
                continuous_update=False,  # a run takes a second: draw when the slider is let go
                style={"description_width": "12em"},
                layout=layout,
            )
            for name, knob in knobs.items()
        }
        # Never disabled: a browser takes the focus away from a button that is, and with it a keyboard's place.
        self._stop = widgets.Button(description="Stop", tooltip="End the run that is under way")
        self._again = widgets.Button(description="Run again", tooltip="Measure again with the same values")
        self._says = widgets.HTML()
        self._say("")
        self._box = widgets.VBox([*self._sliders.values(), widgets.HBox([self._again, self._stop, self._says])])
        self._box.add_class("asynclab-knobs")
        for slider in self._sliders.values():
            slider.observe(lambda change: self._start(), names="value")
        self._again.on_click(lambda button: self._start())
        self._stop.on_click(lambda button: self._cancel())

    def mime(self) -> dict[str, Any]:
        """The widget as a display's data."""
        return {WIDGET: {"version_major": 2, "version_minor": 0, "model_id": self._box.model_id}}

    def _start(self) -> None:
        """Called from the kernel's message handling, which may be any thread and is not a coroutine."""
        values = {name: slider.value for name, slider in self._sliders.items()}
        self._loop.call_soon_threadsafe(self._begin, values)

    def _begin(self, values: dict[str, Any]) -> None:
        before = self._run
        if before is not None:
            before.cancel()
        self._run = self._loop.create_task(self._redraw(values, before), name="knobs")

    def _cancel(self) -> None:
        run = self._run
        if run is not None:
            self._loop.call_soon_threadsafe(run.cancel)

    async def _redraw(self, values: dict[str, Any], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])  # two runs side by side would measure each other
        self._say("running …")
        give_back = cancel_on_interrupt(self._run)
        try:
            self._show(await self._draw(**values))
        except asyncio.CancelledError:
            self._say("stopped")
            raise
        except Exception as error:  # noqa: BLE001 - whatever a run may raise: shown here, it has no cell to appear in
            self._say(f"{type(error).__name__}: {error}"[:300])
        else:
            self._say("done")
        finally:
            give_back()

    def _say(self, text: str) -> None:
        """Beside the buttons; a screen reader says it when it changes."""
        self.said = text
        self._says.value = f'{FOCUS}<span role="status">{escape(text)}</span>'


def cancel_on_interrupt(task: asyncio.Task[Any] | None) -> Callable[[], None]:
    """Lets the kernel's Interrupt end a widget's `task` though no cell is running; returns what undoes it.

    ipykernel ignores SIGINT between cells. While a cell runs it puts its own handler in place and
    afterwards gives ours back, which then finds its task done and does nothing.
    """
    if threading.current_thread() is not threading.main_thread() or task is None:
        return lambda: None
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        return lambda: None  # a cell is running: its Interrupt is its own
    loop = asyncio.get_running_loop()

    def interrupted(number: int, frame: Any) -> None:
        loop.call_soon_threadsafe(task.cancel)

    signal.signal(signal.SIGINT, interrupted)

    def give_back() -> None:
        if signal.getsignal(signal.SIGINT) is interrupted:
            signal.signal(signal.SIGINT, before)

    return give_back
