"""Values travel whole, within bounds, and nothing of an object's own code travels with them."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import random
import uuid
from collections import Counter, OrderedDict, defaultdict, namedtuple
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest

from asynclab.measure import wire
from asynclab.measure.wire import Encoder, Frames, Marker, Opaque, Unreadable, decode, describe, pack


def there_and_back(value: Any) -> Any:
    return decode(json.loads(json.dumps(Encoder().encode(value), allow_nan=False)))


PLAIN = [
    None,
    True,
    0,
    -5,
    10**400,
    -(2**1030),
    1.5,
    math.inf,
    -math.inf,
    "",
    "ä\ud800\x00",
    b"\x00\xff",
    [1, [2, [3]]],
    (1, (2,)),
    {1, "a"},
    frozenset({b"x", (1, 2)}),
    {"a": 1, 2: "b", (3, 4): None, None: True, b"k": {}},
    Path("a/b"),
    datetime.datetime(2024, 2, 29, 12, 30, 1, 5, tzinfo=datetime.UTC),
    datetime.date(2024, 2, 29),
    datetime.time(1, 2, 3, 4),
    datetime.timedelta(days=-3, microseconds=7),
    decimal.Decimal("1.10"),
    uuid.UUID(int=5),
    1 + 2j,
]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_values_come_back_the_same(value: Any) -> None:
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


def test_nan_comes_back() -> None:
    assert math.isnan(there_and_back(math.nan))


def test_random_nests_come_back_the_same() -> None:
    draw = random.Random(5)

    def nest(depth: int) -> Any:
        kind = draw.randrange(8 if depth else 4)
        if kind < 4:
            return draw.choice([None, draw.random(), draw.getrandbits(draw.randrange(1, 2000)), draw.randbytes(3), "é"])
        if kind == 4:
            return [nest(depth - 1) for _ in range(draw.randrange(4))]
        if kind == 5:
            return tuple(nest(depth - 1) for _ in range(draw.randrange(4)))
        if kind == 6:
            return {str(draw.random()): nest(depth - 1) for _ in range(draw.randrange(4))}
        return {draw.random(), "x"}

    for _ in range(300):
        value = nest(5)
        assert there_and_back(value) == value


class YesMan(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class Loud(str):
    def __str__(self) -> str:
        raise RuntimeError("my code ran")

    __repr__ = __len__ = __str__  # type: ignore[assignment]


class Hidden(dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        return [("shown", 1)]

    __iter__ = __getitem__ = items  # type: ignore[assignment]


class Colour(IntEnum):
    RED = 3


def test_of_subclasses_only_the_builtin_content_travels() -> None:
    assert type(there_and_back(YesMan(3))) is int
    assert there_and_back(Loud("content")) == "content"
    assert there_and_back(Hidden(real=2)) == {"real": 2}
    assert there_and_back([Colour.RED, Counter("aab"), OrderedDict(a=1), defaultdict(int, b=2)]) == [
        3,
        {"a": 2, "b": 1},
        {"a": 1},
        {"b": 2},
    ]
    assert there_and_back(namedtuple("P", "x y")(1, 2)) == (1, 2)


def test_a_lie_about_the_class_is_not_believed() -> None:
    class Liar:
        __class__ = int  # type: ignore[assignment]

        def __int__(self) -> int:
            return 42

    encoder = Encoder()
    back = decode(encoder.encode(Liar()))
    assert isinstance(back, Opaque)
    assert len(encoder.opaque) == 1
    assert back != 42


def test_what_is_no_plain_value_is_named() -> None:
    async def coroutine() -> None: ...

    waiting = coroutine()
    back = there_and_back([waiting])
    waiting.close()
    assert back[0].type == "coroutine"
    assert there_and_back(object()).type == "object"


def test_bounds() -> None:
    loop: list[Any] = []
    loop.append(loop)
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    for value in (loop, deep, [1] * (wire.MAX_NODES + 1), "x" * wire.MAX_BYTES, 1 << (wire.MAX_INT_BITS + 5)):
        with pytest.raises(Unreadable):
            Encoder().encode(value)


@pytest.mark.parametrize(
    "data",
    [
        [],
        ["l"],
        ["l", 5],
        ["nothing", 1],
        ["d", [[1]]],
        ["s", [["l", []]]],
        ["b", "###"],
        ["i", 5],
        ["?", "x"],
        ["f", "hello"],
        ["D", "yesterday"],
        {"a": 1},
        ["l", [{"a": 1}]],
        [["l"], []],
    ],
    ids=repr,
)
def test_what_no_encoder_makes_is_refused(data: Any) -> None:
    with pytest.raises(Unreadable):
        decode(data)


def test_hashes_chosen_to_collide_are_refused_quickly() -> None:
    modulus = 2**61 - 1
    items = [hex(index * modulus) for index in range(5000)]
    with pytest.raises(Unreadable):
        decode(["s", [["i", item] for item in items]])


def test_frames_come_whole_however_they_are_cut() -> None:
    message = {"say": "returned", "value": ["l", ["ä", 1, None]]}
    data = pack(message) * 3
    frames, taken = Frames(), []
    for position in range(0, len(data), 7):
        taken += frames.feed(data[position : position + 7])
    assert taken == [message] * 3


@pytest.mark.parametrize(
    "data",
    [b"\xff\xff\xff\xff", b"\x00\x00\x00\x02{}", b"\x00\x00\x00\x03[1]", b"\x00\x00\x00\x02\xff\xff"],
    ids=["too long", "no say", "no object", "no text"],
)
def test_bytes_that_are_no_frame_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        Frames().feed(data)


def test_a_message_that_would_swell_when_read_is_refused() -> None:
    body = b'{"say":"returned","value":[' + b"[]," * (wire.MAX_BRACKETS + 1) + b"1]}"
    with pytest.raises(Unreadable):
        Frames().feed(len(body).to_bytes(4, "big") + body)


def test_markers_stay_or_become_what_they_stand_for() -> None:
    data = Encoder().encode([Marker("folder")])
    assert decode(data) == [Marker("folder")]
    assert decode(data, {"folder": "/x"}) == ["/x"]


def test_an_exception_is_told_in_words() -> None:
    class Own(ValueError):
        def __str__(self) -> str:
            raise RuntimeError

    assert describe(ValueError("why"))["type"] == "ValueError"
    assert describe(ValueError("why"))["message"] == "why"
    own = describe(Own())
    assert own["bases"][1] == "ValueError"
    assert "RuntimeError" in own["message"]
    group = describe(ExceptionGroup("both", [OSError("a"), KeyError("b")]))
    assert [inner["type"] for inner in group["inner"]] == ["OSError", "KeyError"]


def test_a_class_that_lies_about_its_home_is_the_answers() -> None:
    fake = type("TimeoutError", (Exception,), {"__module__": "builtins"})
    assert describe(fake())["type"] == "answer.TimeoutError"
    assert describe(TimeoutError())["type"] == "TimeoutError"
