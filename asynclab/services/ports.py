"""Ports on loopback, below the ephemeral ones, which anyone's connections may be using at any time."""

from __future__ import annotations

import random
import socket
from pathlib import Path

from asynclab.problems import Problem

PORTS = range(20000, 32000)
BACKLOG = 4096  # connections that may wait to be accepted: a fan-out of thousands comes at once


def listening_socket(wanted: int = 0) -> socket.socket:
    """Listens on 127.0.0.1, on the wanted port where it is free, else on any."""
    for port in [*([wanted] if wanted else []), *random.sample(PORTS, 50), 0]:
        try:
            return socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        except OSError:
            continue
    raise Problem("No free port was found on this machine.", "Close programs that listen on many ports.")


def remembered(file: Path) -> int:
    """The port of last time, 0 when there was none: an address that somebody noted stays good."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0
