"""The record as JSON and back: what ``--json`` prints, the card is drawn from and ``--replay`` judges again.

Every figure is rounded before it is judged (`settled`), so that a record read back holds exactly what was
judged and gives the same verdict. A record stays small: a ledger is columns of whole microseconds, samples of
memory are thinned, texts are cut.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from asynclab.grader.verdict import VERDICTS, Demand, Mistake, Record
from asynclab.measure.evidence import Evidence, Hold, Left, Place, Raised
from asynclab.problems import Problem
from asynclab.services.ledger import Ledger, Request

FORMAT = 1
LEDGER_ROWS = 5_000  # no task makes a right answer ask more; what comes after is counted, not kept
MEMORY_SAMPLES = 200
TEXT = 4_000  # characters of one text
ITEMS = 50  # of things left, warnings, lost exceptions, places


def to_json(record: Record) -> dict[str, Any]:
    """A record as one JSON object: the contract's fields first, `mistakes` as codes."""
    return {
        "task": record.task,
        "verdict": record.verdict,
        "points": record.points,
        "max_points": record.max_points,
        "mistakes": [mistake.code for mistake in record.mistakes],
        "demands": [asdict(demand) for demand in record.demands],
        "note": record.note,
        "seen": [asdict(mistake) for mistake in record.mistakes],
        "protection": record.protection,
        "machine": record.machine,
        "answer_sha256": record.answer_sha256,
        "grader_version": record.grader_version,
        "data_sha256": record.data_sha256,
        "seed": record.seed,
        "measured_again": record.measured_again,
        "graded_at": record.graded_at,
        "seconds": record.seconds,
        "format": FORMAT,
        "evidence": {name: evidence_to_json(each) for name, each in record.evidence.items()},
    }


def to_line(record: Record) -> str:
    """A record as one line of JSON."""
    return json.dumps(to_json(record), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_json(data: Mapping[str, Any]) -> Record:
    """The inverse of `to_json`. Raises Problem when `data` is no record of ours."""
    try:
        if data["verdict"] not in VERDICTS:
            raise ValueError(f"no verdict: {data['verdict']}")
        return Record(
            task=str(data["task"]),
            verdict=data["verdict"],
            points=int(data["points"]),
            max_points=int(data["max_points"]),
            mistakes=tuple(Mistake(**each) for each in data["seen"]),
            demands=tuple(Demand(**each) for each in data["demands"]),
            evidence={name: evidence_from_json(each) for name, each in data["evidence"].items()},
            note=str(data["note"]),
            protection=str(data["protection"]),
            machine=dict(data["machine"]),
            answer_sha256=str(data["answer_sha256"]),
            grader_version=str(data["grader_version"]),
            seed=int(data["seed"]),
            measured_again=int(data["measured_again"]),
            graded_at=str(data["graded_at"]),
            data_sha256=str(data["data_sha256"]),
            seconds=float(data["seconds"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Problem(
            f"This is not a whole record of a grading ({type(error).__name__}: {error}).",
            "Give a record that `grade --json` printed.",
        ) from error


def settled(evidence: Evidence) -> Evidence:
    """`evidence` as it will be read back from a record: rounded, bounded, plain."""
    return evidence_from_json(json.loads(json.dumps(evidence_to_json(evidence), allow_nan=False)))


# ---------------------------------------------------------------- evidence


def evidence_to_json(evidence: Evidence) -> dict[str, Any]:
    """One run's evidence as plain JSON; what has its default is left out."""
    told: dict[str, Any] = {"outcome": evidence.outcome}
    for field in fields(Evidence):
        value = getattr(evidence, field.name)
        if field.name in ("outcome", "value", "ledger"):
            continue
        if value is None or value == () or value == "" or value == {}:
            continue
        told[field.name] = _plain(field.name, value)
    if evidence.value is not None:
        told["value"] = _bounded_value(evidence.value)
    if evidence.ledger.requests:
        told["ledger"] = _ledger_to_json(evidence.ledger)
        if len(evidence.ledger) > LEDGER_ROWS:
            told.setdefault("facts", {})["requests_not_kept"] = len(evidence.ledger) - LEDGER_ROWS
    return told


def evidence_from_json(data: Mapping[str, Any]) -> Evidence:
    """The inverse of `evidence_to_json`."""
    told = dict(data)
    for name in ("found", "warnings", "lost_exceptions"):
        told[name] = tuple(told.get(name, ()))
    told["memory"] = tuple((moment, size) for moment, size in told.get("memory", ()))
    told["left"] = tuple(Left(**{**each, "place": _place(each["place"])}) for each in told.get("left", ()))
    told["holds"] = tuple(
        Hold(**{**each, "place": _place(each["place"]), "stack": tuple(each["stack"])})
        for each in told.get("holds", ())
    )
    told["stuck_at"] = tuple(Place(**each) for each in told.get("stuck_at", ()))
    told["held_at"] = _place(told.get("held_at"))
    told["error"] = _raised(told.get("error"))
    told["ledger"] = _ledger_from_json(told["ledger"]) if "ledger" in told else Ledger()
    return Evidence(**told)


def _plain(name: str, value: Any) -> Any:
    if name == "memory":
        return [[round(moment, 4), int(size)] for moment, size in thinned(value, MEMORY_SAMPLES)]
    if name == "error":
        return _raised_to_json(value)
    if name == "go":
        return round(value, 6)
    if isinstance(value, float):
        return round(value, 5) if math.isfinite(value) else 0.0
    if isinstance(value, tuple):
        return [_rounded(asdict(v)) if hasattr(v, "__dataclass_fields__") else str(v)[:TEXT] for v in value[:ITEMS]]
    if isinstance(value, str):
        return value[:TEXT]
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)
    return value


def _rounded(data: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 5) if isinstance(value, float) else value for name, value in data.items()}


def thinned(samples: tuple[tuple[float, int], ...], most: int) -> list[tuple[float, int]]:
    """At most about `most` of `samples`: of each stretch the highest, so that no peak is lost."""
    if len(samples) <= most:
        return list(samples)
    step = math.ceil(len(samples) / most)
    return [max(samples[i : i + step], key=lambda sample: sample[1]) for i in range(0, len(samples), step)]


def _bounded_value(value: Any) -> Any:
    """A returned value is kept when it is small plain data; the facts say what was found in a large one."""
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return repr(value)[:TEXT]
    return value if len(text) <= TEXT else f"{type(value).__name__}, {len(text)} characters"


def _place(data: Mapping[str, Any] | None) -> Place | None:
    return Place(**data) if data else None


def _raised_to_json(error: Raised, depth: int = 3) -> dict[str, Any]:
    inner = error.inner[:5] if depth else ()
    plain = asdict(replace(error, message=error.message[:TEXT], text=error.text[:TEXT], inner=()))
    return {**plain, "inner": [_raised_to_json(each, depth - 1) for each in inner]}


def _raised(data: Mapping[str, Any] | None) -> Raised | None:
    if not data:
        return None
    inner = tuple(each for each in (_raised(each) for each in data["inner"]) if each)
    return Raised(**{**data, "bases": tuple(data["bases"]), "inner": inner})


_TIMES = ("start", "end", "latency")  # kept as whole microseconds; start and end from `zero` on


def _ledger_to_json(ledger: Ledger) -> dict[str, Any]:
    kept = ledger.requests[:LEDGER_ROWS]
    zero = round(min(request.start for request in kept), 6)
    paths: dict[str, int] = {}
    columns: dict[str, Any] = {"path": [paths.setdefault(request.path, len(paths)) for request in kept]}
    for name in Request.__dataclass_fields__:
        if name in ("start", "end"):
            columns[name] = [round((getattr(request, name) - zero) * 1e6) for request in kept]
        elif name == "latency":
            columns[name] = _short([round(request.latency * 1e6) for request in kept])
        elif name == "given_up":
            columns[name] = _short([int(request.given_up) for request in kept])
        elif name != "path":
            columns[name] = _short([getattr(request, name) for request in kept])
    return {"zero": zero, "count": len(kept), "paths": list(paths), **columns}


def _ledger_from_json(data: Mapping[str, Any]) -> Ledger:
    count, zero, paths = data["count"], data["zero"], data["paths"]
    column = {name: _long(data[name], count) for name in Request.__dataclass_fields__}
    return Ledger(
        tuple(
            Request(
                path=paths[column["path"][i]],
                connection=column["connection"][i],
                start=zero + column["start"][i] / 1e6,
                end=zero + column["end"][i] / 1e6,
                status=column["status"][i],
                sent=column["sent"][i],
                attempt=column["attempt"][i],
                given_up=bool(column["given_up"][i]),
                latency=column["latency"][i] / 1e6,
            )
            for i in range(count)
        )
    )


def _short(values: list[Any]) -> Any:
    """A column in which every row says the same is that one value."""
    return values[0] if len(set(values)) == 1 else values


def _long(column: Any, count: int) -> list[Any]:
    return column if isinstance(column, list) else [column] * count
