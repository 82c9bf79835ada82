"""measure: runs a piece of code in a fresh process and returns evidence of what it did."""

from __future__ import annotations

from asynclab.measure.evidence import MIB, Evidence, Hold, Left, Limits, Place, Raised
from asynclab.measure.protection import Protection, protections
from asynclab.measure.spec import (
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
    "protections",
    "run",
]
