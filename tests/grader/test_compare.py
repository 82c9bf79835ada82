"""What came back against what was expected, as plain facts."""

from __future__ import annotations

import pytest

from asynclab.grader import compare
from asynclab.measure.evidence import Raised
from asynclab.measure.wire import Opaque

COROUTINE = Opaque("coroutine", "<coroutine object>")
ERROR = Raised("ValueError", "no")


@pytest.mark.parametrize(
    ("value", "right", "wrong", "permuted"),
    [
        (["a", "b", "c"], True, 0, False),
        (("a", "b", "c"), False, 0, False),
        (["a", "c", "b"], False, 2, True),
        (["a", "b"], False, 1, False),
        (["a", "b", "c", "d"], False, 0, False),
        (["a", "a", "b"], False, 2, False),
        ([b"a", "b", "c"], False, 1, False),
    ],
)
def test_sequences(value: object, right: bool, wrong: int, permuted: bool) -> None:
    facts = compare.sequence(value, ["a", "b", "c"])
    assert (facts["right"], facts["wrong"], facts["permuted"]) == (right, wrong, permuted)


def test_what_stands_in_the_place_of_results_is_counted() -> None:
    facts = compare.sequence([COROUTINE, ERROR, "", None], ["a", "b", "c", "d"])
    assert (facts["coroutines"], facts["exceptions"], facts["empty"]) == (1, 1, 2)
    assert compare.sequence(None, ["a"])["kind"] == "NoneType"
    assert compare.sequence(COROUTINE, ["a"])["kind"] == "coroutine"


def test_true_is_not_one() -> None:
    assert not compare.same(True, 1) and not compare.same(1.0, 1) and compare.same("a", "a")
    assert not compare.sequence([True], [1])["right"]


def test_mappings() -> None:
    expected = {"a": 1, "b": 2}
    assert compare.mapping({"b": 2, "a": 1}, expected)["right"]
    facts = compare.mapping({"a": 9, "c": 2}, expected)
    assert (facts["missing"], facts["extra"], facts["wrong"]) == (1, 1, 1)
    assert compare.mapping([], expected)["kind"] == "list"
    assert compare.mapping({"a": COROUTINE, "b": 2}, expected)["coroutines"] == 1


def test_sets() -> None:
    facts = compare.members({"a", "b#x"}, {"a", "b"})
    assert not facts["right"] and (facts["missing"], facts["extra"], facts["fragments"]) == (1, 1, 1)
    assert compare.members({"a", "b"}, {"a", "b"})["right"]
    assert compare.members(["a", "b"], {"a", "b"})["kind"] == "list"


def test_long_values_are_cut() -> None:
    assert len(compare.shown("x" * 10_000)) <= compare.EXAMPLE + 1


def test_an_error_page_is_told_from_another_page() -> None:
    pages = {b"one", b"two"}
    assert compare.error_kept(["one", "Not found."], 1, pages) == {"error_kept": True, "got": "Not found."}
    assert compare.error_kept([b"one", b"Not found."], 1, pages)["error_kept"]
    for value in (["one", "two"], [b"one", b"two"], ["one"], ["one", ""], ["one", None], None):
        assert not compare.error_kept(value, 1, pages)["error_kept"], value
