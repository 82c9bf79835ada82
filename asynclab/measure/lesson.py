"""`measure()`: what a lesson calls. The same instrument as the grader's, so that figures mean the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asynclab import paths
from asynclab.measure.evidence import Evidence, Limits
from asynclab.measure.protection import RLIMITS
from asynclab.measure.source import gather
from asynclab.measure.spec import PoolSpec, Run, Visit
from asynclab.measure.supervisor import Children

# In a lesson the lab itself may be imported by what is measured: the checkout is on its path. The warm server
# that these children are forked from starts with the first and ends with the kernel.
_children = Children(RLIMITS, importable=(str(paths.CHECKOUT),))


async def measure(
    function: Callable[..., Any],
    *args: Any,
    visit: Visit | None = None,
    limits: Limits = Limits(),
    pool: PoolSpec | None = None,
    cancel_after: float | None = None,
    **kwargs: Any,
) -> Evidence:
    """Runs ``function(*args, **kwargs)`` in a fresh process of its own and returns evidence of what it did.

        evidence = await measure(fetch_all, urls, visit=visit)
        evidence.wall, evidence.cpu            # seconds
        evidence.peak_memory / 2**20           # MiB above what the process held just before
        evidence.longest_hold                  # seconds in which the event loop did not turn
        evidence.ledger.peak_in_flight         # of `visit`, which is cleared before

    `function` is a coroutine function or a plain one, defined in a cell or a module; the names that it uses
    come along (imports, functions, classes, plain constants). Arguments and result are plain values.
    With `pool`, the marker ``POOL`` in the arguments stands for an asyncpg pool of that size,
    and the ledger is the database's unless a visit is given.
    What the function raises is in ``evidence.error``; at a limit the process is ended. Interrupting the cell
    ends it too. Raises Problem when the function can't be sent to another process.
    """
    source = gather(function)
    run = Run(
        function.__name__,
        args,
        kwargs,
        limits=limits,
        visit=visit,
        pool=pool,
        cancel_after=cancel_after,
    )
    return await _children.run(source, run)
