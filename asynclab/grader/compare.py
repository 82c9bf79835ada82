"""Returned values against expected ones, as plain facts: how many are wrong, missing, in another's place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from asynclab.measure.evidence import Raised
from asynclab.measure.wire import Opaque

EXAMPLE = 120  # characters of a wrong value that are shown


def sequence(value: Any, expected: Sequence[Any]) -> dict[str, Any]:
    """A returned list against the expected one.

    Facts: `right`; `kind` of what came; `count` and `expected`; `wrong`, the places that hold another value;
    `permuted`, whether the right values all came, in another order; `exceptions`, `coroutines`, `empty` among
    the wrong ones; `first_wrong` with `got`.
    """
    if not isinstance(value, list | tuple):
        return {"right": False, "kind": kind(value), "expected": len(expected), "count": 0, "got": shown(value)}
    wrong = [i for i, want in enumerate(expected) if i >= len(value) or not same(value[i], want)]
    wrong_values = [value[i] for i in wrong if i < len(value)]
    facts: dict[str, Any] = {
        "right": not wrong and len(value) == len(expected) and isinstance(value, list),
        "kind": kind(value),
        "count": len(value),
        "expected": len(expected),
        "wrong": len(wrong),
        "permuted": bool(wrong) and len(value) == len(expected) and _permuted(value, expected),
        "exceptions": sum(kind(v) == "exception" for v in wrong_values),
        "coroutines": sum(kind(v) == "coroutine" for v in wrong_values),
        "empty": sum(v is None or v == "" or v == b"" for v in wrong_values),
        "kinds": dict(Counter(kind(v) for v in wrong_values).most_common(3)),
    }
    if wrong:
        facts["first_wrong"] = wrong[0]
        facts["got"] = shown(value[wrong[0]]) if wrong[0] < len(value) else "nothing"
        facts["wanted"] = shown(expected[wrong[0]])
    return facts


def mapping(value: Any, expected: Mapping[Any, Any]) -> dict[str, Any]:
    """A returned dict against the expected one: `missing`, `extra`, `wrong` keys."""
    if not isinstance(value, dict):
        return {"right": False, "kind": kind(value), "expected": len(expected), "count": 0, "got": shown(value)}
    missing = [key for key in expected if key not in value]
    extra = [key for key in value if key not in expected]
    wrong = [key for key in expected if key in value and not same(value[key], expected[key])]
    facts: dict[str, Any] = {
        "right": not (missing or extra or wrong),
        "kind": "dict",
        "count": len(value),
        "expected": len(expected),
        "missing": len(missing),
        "extra": len(extra),
        "wrong": len(wrong),
        "coroutines": sum(kind(each) == "coroutine" for each in value.values()),
    }
    if wrong:
        facts["got"], facts["wanted"] = shown(value[wrong[0]]), shown(expected[wrong[0]])
    return facts


def members(value: Any, expected: set[str]) -> dict[str, Any]:
    """A returned set against the expected one."""
    if not isinstance(value, set | frozenset):
        return {"right": False, "kind": kind(value), "expected": len(expected), "count": 0, "got": shown(value)}
    missing, extra = expected - value, value - expected
    return {
        "right": not missing and not extra,
        "kind": "set",
        "count": len(value),
        "expected": len(expected),
        "missing": len(missing),
        "extra": len(extra),
        "fragments": sum("#" in str(each) for each in extra),
        "example": shown(min(map(str, extra or missing), default="")),
    }


def error_kept(value: Any, place: int, pages: Collection[bytes]) -> dict[str, Any]:
    """Whether a returned list holds, where a failed page belongs, a text that is none of the `pages`: the error's.

    Where the failed page was left out, another's text stands in its place.
    """
    page = value[place] if isinstance(value, list | tuple) and place < len(value) else None
    text = page.encode() if isinstance(page, str) else page
    kept = isinstance(text, bytes) and bool(text) and text not in pages
    return {"error_kept": kept, "got": shown(page)}


def same(one: Any, other: Any) -> bool:
    """Equal and of one plain type: True is not 1, and b"a" is not "a"."""
    return type(one) is type(other) and one == other


def kind(value: Any) -> str:
    """What a value is, in a word: "list", "exception", "coroutine", "str"…"""
    if isinstance(value, Opaque):
        return value.type.rpartition(".")[2]
    if isinstance(value, Raised):
        return "exception"
    return type(value).__name__


def shown(value: Any) -> str:
    """A value in a few words, for a sentence."""
    if isinstance(value, Raised):
        return f"{value.type}: {value.message}"[:EXAMPLE]
    if isinstance(value, Opaque):
        return value.text[:EXAMPLE]
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= EXAMPLE else text[:EXAMPLE] + "…"


def _permuted(value: Sequence[Any], expected: Sequence[Any]) -> bool:
    try:
        return Counter(value) == Counter(expected)
    except TypeError:
        return False


def content(path: Path, most: int | None = None) -> bytes | None:
    """A file of the answer's, read with care: no link is followed out of its folder, none over `most` bytes is read."""
    try:
        if path.is_symlink() or not path.is_file() or (most is not None and path.stat().st_size > most):
            return None
        return path.read_bytes()
    except OSError:
        return None
