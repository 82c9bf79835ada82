"""A task as its lesson's grading.py writes it: what is asked, what is run, how that is judged."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from asynclab.grader.verdict import Demand, Judgement
from asynclab.measure.evidence import Evidence
from asynclab.paths import CHECKOUT

if TYPE_CHECKING:
    from asynclab.grader.bench import Bench


class Ask:
    """One demand before it is measured. One point each.

    >>> Ask("time", "It takes no longer than it must.", "at most 3 times the reference").met("1.1 times")
    """

    def __init__(self, name: str, sentence: str, limit: str) -> None:
        self.name, self.sentence, self.limit = name, sentence, limit

    def result(self, met: bool, measured: str, near: bool = False) -> Demand:
        """The demand with what was measured; `near` asks for it to be measured again."""
        return Demand(self.name, self.sentence, self.limit, measured, met, near)

    def unmeasured(self, why: str = "not measured") -> Demand:
        """The demand when nothing could be measured. Never met: a pass needs positive evidence."""
        return self.result(False, why)


class Task:
    """One graded function.

    A lesson's grading.py makes a subclass a task: `asks` are its demands in the order of the card, `collect`
    runs the answer (and the reference) through the bench, and `judge` makes a judgement of the evidence. `judge`
    is pure: a record's stored evidence judged again gives the same judgement.
    """

    name: str
    function: str
    parameters: tuple[str, ...]
    kind: str = "coroutine function"  # or "function"; a plain def that returns an awaitable is fine for the first
    stretch: bool = False
    graded: bool = True  # False: a verdict and no points
    children: int = 4  # processes to start ahead: how often `collect` runs something, at least
    asks: tuple[Ask, ...] = ()

    @property
    def max_points(self) -> int:
        return len(self.asks) if self.graded else 0

    async def collect(self, bench: Bench) -> None:
        """Runs the answer; every `bench.run` stores its evidence under the run's name."""
        raise NotImplementedError

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        """What the evidence says: every demand met or not, and the mistakes it shows."""
        raise NotImplementedError

    def unmeasured(self, why: str = "not measured") -> tuple[Demand, ...]:
        return tuple(ask.unmeasured(why) for ask in self.asks)


@lru_cache
def tasks_of(lesson_folder: Path) -> dict[str, Task]:
    """The tasks that a lesson's grading.py defines, by name; none where the lesson has no grading.py."""
    path = lesson_folder / "grading.py"
    if not path.exists():
        return {}
    module = _load(path, f"asynclab_grading_{lesson_folder.name}")
    return {task.name: task for task in module.TASKS}


@lru_cache
def find_task(name: str) -> Task | None:
    """The task of that name, or None."""
    return tasks_of(CHECKOUT / "lessons" / name.partition(".")[0]).get(name)


def grading_file(name: str) -> Path:
    """The grading.py that the task `name` comes from."""
    return CHECKOUT / "lessons" / name.partition(".")[0] / "grading.py"


def all_tasks() -> dict[str, Task]:
    """Every task of the course that can be graded, in the lessons' order."""
    found: dict[str, Task] = {}
    for path in sorted((CHECKOUT / "lessons").glob("*/grading.py")):
        found.update(tasks_of(path.parent))
    return found


def _load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
