"""Messages between the lab's own processes: JSON with its length before it, over unix sockets.

A unix socket's address holds about 100 bytes, a data folder's path may be longer: on Linux the folder
is then named by a descriptor (/proc/self/fd/N), elsewhere the sockets lie in a short private folder
below /tmp.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
import struct
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LARGEST = 256 * 1024 * 1024  # bytes of one message
_HEAD = struct.Struct("!I")
_ADDRESS_BYTES = 100  # 108 on Linux, 104 on macOS, the closing zero included


class Gone(ConnectionError):
    """The other side closed the connection."""


def connect(folder: Path, name: str, timeout: float) -> socket.socket:
    """A connection to the socket `name` in `folder`. Raises OSError when nobody listens there."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(timeout)
        _at(folder, name, connection.connect)
    except BaseException:
        connection.close()
        raise
    return connection


def listen(folder: Path, name: str) -> socket.socket:
    """A listening socket `name` in `folder` (0600), in the place of whatever lay there."""
    listening = socket.socket(socket.AF_UNIX)
    try:
        unlink(folder, name)
        mask = os.umask(0o177)  # connecting needs write permission: ours alone, from the first moment
        try:
            _at(folder, name, listening.bind)
        finally:
            os.umask(mask)
        listening.listen(512)
    except BaseException:
        listening.close()
        raise
    return listening


def unlink(folder: Path, name: str) -> None:
    """Removes the socket `name` of `folder`, if it is there."""
    for place in (folder, _short(folder)):
        try:
            (place / name).unlink(missing_ok=True)
        except OSError:
            pass


def send(connection: socket.socket, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
    """Sends a message, and descriptors along with it."""
    data = pack(message)
    if fds:
        sent = socket.send_fds(connection, [data], list(fds))
        data = data[sent:]
    if data:  # sending nothing at all would fail where the other side has already answered and gone
        connection.sendall(data)


def receive(connection: socket.socket) -> dict[str, Any]:
    """The next message. Raises `Gone` when the other side closed, TimeoutError as the socket is set."""
    size = _HEAD.unpack(_exactly(connection, _HEAD.size))[0]
    if size > LARGEST:
        raise Gone("a message too large")
    return json.loads(_exactly(connection, size))


def ask(folder: Path, name: str, message: dict[str, Any], timeout: float, fds: Sequence[int] = ()) -> Any:
    """One question on a connection of its own, and its answer."""
    with connect(folder, name, timeout) as connection:
        send(connection, message, fds)
        return receive(connection)


def pack(message: dict[str, Any]) -> bytes:
    data = json.dumps(message, separators=(",", ":")).encode()
    return _HEAD.pack(len(data)) + data


def size_of(head: bytes) -> int:
    """The length that a message's first `HEAD_SIZE` bytes announce."""
    return int(_HEAD.unpack(head)[0])


def unpack(data: bytes) -> dict[str, Any]:
    """A message from its bytes, length included."""
    return json.loads(data[_HEAD.size :])


HEAD_SIZE = _HEAD.size


def _exactly(connection: socket.socket, count: int) -> bytes:
    parts = []
    while count:
        part = connection.recv(min(count, 1 << 20))
        if not part:
            raise Gone("the other side closed the connection")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _at(folder: Path, name: str, use: Any) -> None:
    path = os.fsencode(folder / name)
    if len(path) <= _ADDRESS_BYTES:
        use(path)
    elif sys.platform == "linux":
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            use(f"/proc/self/fd/{descriptor}/{name}")
        finally:
            os.close(descriptor)
    else:
        short = _short(folder)
        short.mkdir(mode=0o700, exist_ok=True)
        seen = short.lstat()
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid() or seen.st_mode & 0o077:
            raise PermissionError(f"{short} is not ours alone")
        use(os.fsencode(short / name))


def _short(folder: Path) -> Path:
    mark = hashlib.blake2b(os.fsencode(folder.resolve()), digest_size=6).hexdigest()
    base = tempfile.gettempdir() if len(tempfile.gettempdir()) < 60 else "/tmp"
    return Path(base) / f"asynclab-{os.getuid()}-{mark}"
