"""What a failed step said, turned into one sentence of what is wrong and one of what to do."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from pathlib import Path

from asynclab.problems import Problem

FULL = re.compile(r"No space left on device|os error 28\b|Disk quota exceeded|os error 122\b", re.I)
UNREACHABLE = re.compile(
    r"name resolution|name or service not known|nodename nor servname|getaddrinfo|dns error|"
    r"Network is unreachable|No route to host|Connection refused|Connection reset|Connection aborted|"
    r"Failed to establish a new connection|NewConnectionError|ConnectTimeout|ConnectionError|ProxyError|"
    r"Read timed out|timed out|error sending request|Failed to fetch|Could not connect",
    re.I,
)
UNTRUSTED = re.compile(r"CERTIFICATE_VERIFY_FAILED|invalid peer certificate|UnknownIssuer", re.I)
NOT_FOR_THIS = re.compile(r"No matching distribution found|No solution found|has no wheels with a matching", re.I)
DENIED = re.compile(r"Permission denied|Read-only file system|os error (13|30)\b", re.I)
LITTLE = 100 * 1024**2  # bytes; an environment takes about ten times as many


def is_full(output: str) -> bool:
    return bool(FULL.search(output))


def is_unreachable(output: str) -> bool:
    return bool(UNREACHABLE.search(output)) and not is_full(output)


def of_output(step: str, output: str, folder: Path, log: Path) -> Problem:
    """The problem behind a step's output, the likeliest cause first. `log` holds it whole."""
    if is_full(output):
        return full_disk(folder)
    if DENIED.search(output) and not UNREACHABLE.search(output):
        return read_only(folder)
    if UNTRUSTED.search(output):
        return Problem(
            f"{step} failed: the package index's certificate is not trusted here.",
            "If a proxy of your organisation stands between, point PIP_CERT and SSL_CERT_FILE to its certificate "
            "and start again.",
        )
    if is_unreachable(output):
        return Problem(
            f"{step} failed: the package index can't be reached from here, and the first start has to download.",
            "Connect to the network (behind a proxy set HTTPS_PROXY) and start again: it goes on where it stopped.",
        )
    if NOT_FOR_THIS.search(output):
        version = ".".join(map(str, sys.version_info[:3]))
        return Problem(
            f"{step} failed: a package that the course needs is not to be had for this Python ({version}).",
            f"Start again with Python 3.11, 3.12 or 3.13; what exactly is missing stands in {log}",
        )
    if _free(folder) < LITTLE:  # venv keeps to itself what ensurepip said
        return full_disk(folder)
    return Problem(
        f"{step} failed: {_last_error(output)}",
        f"Start again (it goes on where it stopped); if it stays so, the whole output is in {log}",
    )


def of_error(error: OSError, folder: Path) -> Problem:
    """The problem behind an OSError of our own file work in `folder`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return full_disk(folder)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return read_only(folder)
    return Problem(f"Set-up could not write in {folder}: {error.strerror or error}.", "Mend that and start again.")


def _free(folder: Path) -> int:
    """Bytes that are free where `folder` lies or will lie."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def full_disk(folder: Path) -> Problem:
    return Problem(
        f"The disk is full: {_free(folder) // 1024**2} MB are free where {folder} lies.",
        "Free about 1 GB there (or move the course's folder to another disk) and start again: "
        "it goes on where it stopped.",
    )


def read_only(folder: Path) -> Problem:
    return Problem(
        f"The folder {folder} can't be written to.",
        "Copy or clone the course into a folder of your own and start it there.",
    )


def too_few_wheels(wheels: Path) -> Problem:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return Problem(
        f"The wheels in {wheels} are not all that this Python ({version}) needs, "
        "and the package index can't be reached.",
        f"Make that folder anew where there is a network (python3 -m asynclab bundle --python {version}), "
        "or connect to the network and start again.",
    )


def no_venv() -> Problem:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    package = "python3-venv" if os.path.realpath("/usr/bin/python3").endswith(version) else f"python{version}-venv"
    if shutil.which("apt-get"):
        todo = f"Install the package {package} (sudo apt install {package}) and start again."
    else:
        todo = f"Install what your system calls {package} (or take Python from python.org) and start again."
    return Problem(f"This Python ({sys.executable}) has no venv module, which set-up needs.", todo)


def _last_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(error|caused by|fatal|.*Error:)", line, re.I)]
    return (errors or lines or ["it said nothing"])[-1][:300]
