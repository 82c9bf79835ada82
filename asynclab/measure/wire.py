"""How values travel between the supervisor and the child: bounded JSON of tagged plain values.

Nothing is ever unpickled. Only *content* of exact built-in types travels: of an object of a subclass
(an int with an ``__eq__`` that says yes to everything, a str that hides another value) the built-in
part is read by the built-in's own methods, so no code of the object runs here and none of it arrives.
What is no plain value arrives as `Opaque`, its type's name and a short text, which equals nothing but itself.

This file stands alone (it imports the standard library only): the child loads it inside its sandbox.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import math
import pathlib
import signal
import struct
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# At these the child dumps the stack of its main thread, by Python and by C, and of all its threads. (macOS has no
# real-time signals.)
HERE_SIGNAL = signal.SIGRTMIN + 8 if sys.platform == "linux" else signal.SIGUSR1
HERE_IN_C_SIGNAL = signal.SIGRTMIN + 10 if sys.platform == "linux" else signal.SIGIO
ALL_SIGNAL = signal.SIGRTMIN + 9 if sys.platform == "linux" else signal.SIGUSR2

MAX_DEPTH = 40
MAX_NODES = 1_000_000
MAX_BYTES = 64 * 1024 * 1024
MAX_BRACKETS = 1_000_000  # in a message: what takes three bytes to write takes 64 when it is read
MAX_TEXT = 4096  # of an exception's message, an opaque value's text
MAX_INT_BITS = 1 << 20

_HEAD = struct.Struct(">I")


class Unreadable(Exception):
    """The value can't travel (too deep, too large), or what arrived is no such message."""


@dataclass(frozen=True)
class Opaque:
    """A value that is no plain data: what it was, in words."""

    type: str
    text: str


@dataclass(frozen=True)
class Marker:
    """Stands in the arguments for something that is made in the child: a folder, a pool, jobs."""

    name: str


# --- frames: a length and JSON ---------------------------------------------------------------------


def pack(message: Mapping[str, Any]) -> bytes:
    """A message as the bytes of one frame."""
    body = json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii")
    return _HEAD.pack(len(body)) + body


class Frames:
    """Takes bytes as they arrive, gives whole messages."""

    def __init__(self, limit: int = MAX_BYTES) -> None:
        self._limit = limit
        self._bytes = bytearray()
        self.last_size = 0  # bytes of the largest message of the last feed

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The messages that `data` completed. Raises Unreadable for what is no message."""
        self._bytes += data
        messages = []
        self.last_size = 0
        while len(self._bytes) >= _HEAD.size:
            (length,) = _HEAD.unpack_from(self._bytes)
            if length > self._limit:
                raise Unreadable(f"a message of {length} bytes, at most {self._limit} are taken")
            if len(self._bytes) < _HEAD.size + length:
                break
            body = bytes(self._bytes[_HEAD.size : _HEAD.size + length])
            del self._bytes[: _HEAD.size + length]
            self.last_size = max(self.last_size, length)
            if body.count(b"[") + body.count(b"{") > MAX_BRACKETS:
                raise Unreadable("a message of too many parts")
            try:
                message = json.loads(body)
            except (ValueError, RecursionError, MemoryError) as error:
                raise Unreadable(f"no JSON: {type(error).__name__}") from None
            if not isinstance(message, dict) or not isinstance(message.get("say"), str):
                raise Unreadable("no message of ours")
            messages.append(message)
        return messages


# --- values ----------------------------------------------------------------------------------------


class Encoder:
    """Makes JSON of a value; afterwards `opaque` holds where the values were that can't travel."""

    def __init__(self, max_bytes: int = MAX_BYTES // 2, max_nodes: int = MAX_NODES) -> None:
        self._bytes = max_bytes
        self._nodes = max_nodes
        self.opaque: list[str] = []

    def encode(self, value: Any) -> Any:
        """`value` as tagged JSON. Raises Unreadable when it is too deep or too large."""
        return self._encode(value, 0)

    def _spend(self, size: int) -> None:
        self._bytes -= size
        if self._bytes < 0:
            raise Unreadable("the value is too large")

    def _encode(self, value: Any, depth: int) -> Any:
        kind = type(value)
        self._nodes -= 1
        if self._nodes < 0:
            raise Unreadable("the value has too many parts")
        if value is None or kind is bool:
            return value
        if kind is str:
            self._spend(len(value) + 8)
            return value
        if kind is int:
            return self._int(value)
        if kind is float:
            return value if math.isfinite(value) else ["f", repr(value)]
        if depth >= MAX_DEPTH:
            raise Unreadable(f"the value is nested more than {MAX_DEPTH} deep, or holds itself")
        return self._compound(value, kind, depth + 1)

    def _int(self, value: int) -> Any:
        bits = int.bit_length(value)
        if bits < 1024:
            return value
        if bits > MAX_INT_BITS:
            raise Unreadable("an int of more than a million bits")
        self._spend(bits // 4)
        return ["i", hex(value)]

    def _items(self, items: list[Any], depth: int) -> list[Any]:
        return [self._encode(item, depth) for item in items]

    def _compound(self, value: Any, kind: type, depth: int) -> Any:
        # issubclass of the true type: an object can lie about __class__, not about type().
        if issubclass(kind, str):
            return self._encode(str.__str__(value), depth)
        if issubclass(kind, int):
            return self._int(int.__int__(value))
        if issubclass(kind, float):
            return self._encode(float.__float__(value), depth)
        if issubclass(kind, bytes):
            return self._binary(bytes.__getitem__(value, slice(None)), "b")
        if issubclass(kind, bytearray):
            return self._binary(bytes(bytearray.__getitem__(value, slice(None))), "b")
        if issubclass(kind, list):
            return ["l", self._items(list.__getitem__(value, slice(None)), depth)]
        if issubclass(kind, tuple):
            return ["t", self._items(list(tuple.__iter__(value)), depth)]
        if issubclass(kind, dict):
            pairs = list(dict.items(value))
            return ["d", [[self._encode(k, depth), self._encode(v, depth)] for k, v in pairs]]
        if issubclass(kind, set):
            return ["s", self._items(list(set.__iter__(value)), depth)]
        if issubclass(kind, frozenset):
            return ["z", self._items(list(frozenset.__iter__(value)), depth)]
        if issubclass(kind, BaseException):
            return ["x", describe(value)]
        if kind in _TEXTUAL:
            return [_TEXTUAL[kind], _text_of(value)]
        if kind is Marker:
            return ["m", value.name]
        return self._unknown(value, kind)

    def _binary(self, value: bytes, tag: str) -> Any:
        self._spend(len(value) * 4 // 3 + 8)
        return [tag, base64.b64encode(value).decode("ascii")]

    def _unknown(self, value: Any, kind: type) -> Any:
        name = type_name(kind)
        self.opaque.append(name)
        return ["?", [name, short(object.__repr__(value), 200)]]


def decode(data: Any, markers: Mapping[str, Any] | None = None, raised: Callable[[Any], Any] | None = None) -> Any:
    """The inverse of `Encoder.encode`. Raises Unreadable for what no encoder makes.

    `markers` are put in place of `Marker`s (which stay when it is None); `raised` makes something of
    an exception's description (it stays a dict when it is None).
    """
    return _Decoder(markers, raised).decode(data, 0)


class _Decoder:
    def __init__(self, markers: Mapping[str, Any] | None, raised: Callable[[Any], Any] | None) -> None:
        self._markers = markers
        self._raised = raised

    def decode(self, data: Any, depth: int) -> Any:
        if data is None or isinstance(data, (str, bool, int, float)):
            return data
        if depth > MAX_DEPTH or not isinstance(data, list) or len(data) != 2:
            raise Unreadable("no value of ours")
        tag, body = data
        try:
            return self._tagged(tag, body, depth + 1)
        except (TypeError, ValueError, KeyError, ArithmeticError, AttributeError) as error:
            raise Unreadable(f"no value of ours: {type(error).__name__}") from None

    def _tagged(self, tag: Any, body: Any, depth: int) -> Any:
        if tag in ("l", "t", "s", "z"):
            if not isinstance(body, list):
                raise Unreadable("no value of ours")
            items = [self.decode(item, depth) for item in body]
            if tag in ("s", "z"):
                _beware_of_collisions(items)
            make: Any = {"l": list, "t": tuple, "s": set, "z": frozenset}[tag]
            return make(items)
        if tag == "d":
            pairs = [(self.decode(key, depth), self.decode(value, depth)) for key, value in body]
            _beware_of_collisions([key for key, _ in pairs])
            return dict(pairs)
        if tag == "b":
            return base64.b64decode(body, validate=True)
        if tag == "f":
            return float(_str(body))
        if tag == "i":
            return int(_str(body), 16)
        if tag == "x":
            return self._raised(body) if self._raised else body
        if tag == "?":
            name, text = body
            return Opaque(_str(name), _str(text))
        if tag == "m":
            marker = _str(body)
            return Marker(marker) if self._markers is None else self._markers[marker]
        return _FROM_TEXT[tag](_str(body))


def _beware_of_collisions(keys: list[Any]) -> None:
    """Members of a set differ, and so do their hashes, unless they were chosen to keep us busy for hours."""
    if len(keys) > 1000 and len({hash(key) for key in keys}) < len(keys) // 2:
        raise Unreadable("a set or dict of values whose hashes are the same")


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise Unreadable("no value of ours")
    return value


_TEXTUAL: dict[type, str] = {
    pathlib.PosixPath: "p",
    pathlib.PurePosixPath: "p",
    datetime.datetime: "D",
    datetime.date: "a",
    datetime.time: "T",
    datetime.timedelta: "e",
    decimal.Decimal: "c",
    uuid.UUID: "u",
    complex: "j",
}

_FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "p": pathlib.Path,
    "D": datetime.datetime.fromisoformat,
    "a": datetime.date.fromisoformat,
    "T": datetime.time.fromisoformat,
    "e": lambda text: datetime.timedelta(microseconds=int(text)),
    "c": decimal.Decimal,
    "u": uuid.UUID,
    "j": complex,
}


def _text_of(value: Any) -> str:
    if type(value) is datetime.timedelta:
        return str((value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return short(str(value), MAX_TEXT)


# --- exceptions ------------------------------------------------------------------------------------


def describe(error: BaseException, depth: int = 0) -> dict[str, Any]:
    """An exception as plain data, in the shape of `evidence.Raised`."""
    kind = type(error)
    places = answer_places(error)
    inner: list[dict[str, Any]] = []
    if depth < 3 and issubclass(kind, BaseExceptionGroup):
        inner = [describe(one, depth + 1) for one in BaseExceptionGroup.exceptions.__get__(error)[:50]]
    message = _message(error)
    name = type_name(kind)
    lines = [f"line {line}, in {function}: {text}" for line, function, text in places[-6:]]
    return {
        "type": name,
        "message": message,
        "bases": [type_name(base) for base in type.mro(kind)[:-1]][:20],
        "line": places[-1][0] if places else _syntax_line(error),
        "text": short("\n".join([*lines, f"{name}: {message}" if message else name]), MAX_TEXT),
        "inner": inner,
    }


def _message(error: BaseException) -> str:
    try:
        return short(str(error), MAX_TEXT)
    except BaseException as trouble:  # an exception's own __str__ may raise anything: it is the answer's
        return f"(its text can't be had: {type(trouble).__name__})"


def _syntax_line(error: BaseException) -> int | None:
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    return line if type(line) is int else None


def answer_places(error: BaseException, filename: str = "<answer>") -> list[tuple[int, str, str]]:
    """(line, function, text) of each frame of the answer that the exception came through, outermost first."""
    import linecache

    places = []
    traceback = error.__traceback__
    for _ in range(2000):
        if traceback is None:
            break
        code = traceback.tb_frame.f_code
        if code.co_filename == filename:
            text = linecache.getline(filename, traceback.tb_lineno).strip()
            places.append((traceback.tb_lineno, code.co_name, short(text, 200)))
        traceback = traceback.tb_next
    return places


def type_name(kind: type) -> str:
    """ "ValueError", "aiohttp.client_exceptions.ClientError"; a class that lies about its home is the answer's."""
    module, name = kind.__dict__.get("__module__", None), type.__dict__["__qualname__"].__get__(kind)
    if not isinstance(module, str):
        module = type.__dict__["__module__"].__get__(kind)
    if module == "builtins" and getattr(sys.modules["builtins"], name, None) is kind:
        return str(name)
    home: Any = sys.modules.get(module) if isinstance(module, str) else None
    for part in str(name).split("."):
        home = getattr(home, "__dict__", {}).get(part)
    if home is kind or kind.__flags__ & (1 << 8):  # an immutable type: made in C, it can't lie
        return short(name if module == "builtins" else f"{module}.{name}", 200)
    return short(f"answer.{name}", 200)


def short(text: str, limit: int) -> str:
    """`text`, cut to `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
