"""The grader: source in, verdict out.

A lesson's grading.py takes `Task`, `Ask` and `Bench` from here; everybody else `grade` and the record::

    record = await grade(task, source)
"""

import importlib
from typing import Any

# Public name -> the module it lives in. Loaded when first asked for: the faces and the magics read records in
# kernels that never run a grading, and shouldn't pay for what runs one.
_LAZY = {
    "Ask": "task",
    "Bench": "bench",
    "Demand": "verdict",
    "Enough": "bench",
    "Judgement": "verdict",
    "Mistake": "verdict",
    "Ran": "bench",
    "Record": "verdict",
    "Task": "task",
    "from_json": "record",
    "grade": "grading",
    "to_json": "record",
}

__all__ = sorted(_LAZY)


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'asynclab.grader' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"asynclab.grader.{_LAZY[name]}"), name)
    globals()[name] = value
    return value
