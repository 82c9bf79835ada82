"""measure: runs a piece of code in a fresh process and returns evidence of what it did.

In a lesson: ``from asynclab import measure``, then ``evidence = await measure(function, *args)``.
The grader: ``async with Children() as children: await children.run(Source(text), Run("function", args))``.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from asynclab.measure.evidence import MIB, Evidence, Hold, Left, Limits, Place, Raised
from asynclab.measure.lesson import measure
from asynclab.measure.protection import Protection, protections
from asynclab.measure.spec import (
    DSN,
    FOLDER,
    FOLDER_PATH,
    JOBS,
    JOBS_ITERATOR,
    POOL,
    ROWS,
    STEP,
    WORK,
    WRITE,
    Jobs,
    JobSpec,
    PoolSpec,
    Rows,
    Run,
    Source,
    WorkStep,
    in_folder,
)
from asynclab.measure.supervisor import Children, run
from asynclab.measure.wire import Opaque

__all__ = [
    "DSN",
    "FOLDER",
    "FOLDER_PATH",
    "JOBS",
    "JOBS_ITERATOR",
    "MIB",
    "POOL",
    "ROWS",
    "STEP",
    "WORK",
    "WRITE",
    "Children",
    "Evidence",
    "Hold",
    "JobSpec",
    "Jobs",
    "Left",
    "Limits",
    "Opaque",
    "Place",
    "PoolSpec",
    "Protection",
    "Raised",
    "Rows",
    "Run",
    "Source",
    "WorkStep",
    "in_folder",
    "measure",
    "protections",
    "run",
]


class _Callable(ModuleType):
    """Python binds a submodule to its package when it is first imported: then ``from asynclab import measure``
    gives this module and not the function of the same name. So the module can be called as the function is."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return measure(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
