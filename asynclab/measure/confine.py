"""What the kernel is asked for on the child's side, through ctypes: it runs on Python 3.11 too."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38

_NEWNS, _NEWUTS, _NEWIPC = 0x00020000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 1, 2, 4, 8
_MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 32, 4096, 16384, 1 << 18
_MADV_POPULATE_READ = 22

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int = 0) -> None:
    """prctl(2). Raises OSError."""
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def become_subreaper() -> None:
    """Makes orphans of this process its children, those that double-forked into sessions of their own too."""
    if sys.platform == "linux":
        prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int) -> None:
    """Ends this process when its parent ends."""
    if sys.platform == "linux":
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def enter(plan: dict[str, Any]) -> None:
    """Enters the plan's protection; returns in the process that becomes the tender.

    With namespaces of one's own that is a new process, the first of its pid namespace: when it ends, the
    kernel ends everything in it. The process that called goes (a server's child) or waits for it.
    """
    if plan["protection"] != "namespaces":
        return
    uid, gid = os.getuid(), os.getgid()
    _unshare(_NEWUSER | _NEWNS | _NEWPID | _NEWNET | _NEWIPC | _NEWUTS)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {uid} 1")
    _write("/proc/self/gid_map", f"{gid} {gid} 1")
    first = os.fork()
    if first:
        if plan["mode"] == "fork":
            os._exit(0)
        os.closerange(0, 1 << 16)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) & 0xFF)
    build_root(plan)
    lo_up()
    _libc.sethostname(b"asynclab", 8)
    try:
        # No namespaces inside: they would give the answer capabilities, and with them more of the kernel.
        _write("/proc/sys/user/max_user_namespaces", "0")
    except OSError:
        pass
    for path in ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"):
        # Root without capabilities may still write some of these: its number is what counts there.
        if os.path.exists(path):
            _mount(path, path, None, _MS_BIND | _MS_REC)
            _make_readonly(path)


def build_root(plan: dict[str, Any]) -> None:
    """Makes a root folder of the plan's mounts and goes into it. Raises OSError."""
    root = plan["stage"]
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=0755,size=4m")
    for kind, source, target in plan["mounts"]:
        place = root + target
        if kind in ("ro", "rw"):
            _make_place(source, place)
            _mount(source, place, None, _MS_BIND | (_MS_REC if kind == "ro" else 0))
            if kind == "ro":
                _make_readonly(place)
        elif kind == "dev":
            _make_place(source, place)
            _mount(source, place, None, _MS_BIND)
        elif kind == "tmpfs":
            os.makedirs(place, exist_ok=True)
            _mount("tmpfs", place, "tmpfs", _MS_NOSUID | _MS_NODEV, f"mode=1777,size={source}")
        elif kind == "link":
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.symlink(source, place)
        elif kind == "text":
            os.makedirs(os.path.dirname(place), exist_ok=True)
            _write(place, source)
        elif kind == "proc":
            os.makedirs(place, exist_ok=True)
            _mount("proc", place, "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    os.chdir(root)
    number = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
    _check(_libc.syscall(number, b".", b"."))  # pivot_root(2)
    _check(_libc.umount2(b".", 2))  # the old root, which now lies over the new one
    os.chdir("/")
    _mount("none", "/", None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV)


def lo_up() -> None:
    """Brings up the loopback interface of this network namespace."""
    import fcntl
    import socket
    import struct

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sh22x", b"lo", 0)
        (flags,) = struct.unpack("16xh22x", fcntl.ioctl(sock, 0x8913, request))
        fcntl.ioctl(sock, 0x8914, struct.pack("16sh22x", b"lo", flags | 1))


def drop(plan: dict[str, Any]) -> None:
    """Gives up what the answer must not have: capabilities, and ways to new ones."""
    if sys.platform != "linux":
        return
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    if plan["protection"] != "rlimits":
        for capability in range(64):
            _libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP: so that no exec gives them back
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        _check(_libc.capset(header, (ctypes.c_uint32 * 6)()))
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def fill_in_pages() -> None:
    """Maps the pages of the libraries in, so that code run for the first time is no growth of memory."""
    try:
        with open("/proc/self/maps") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    for line in lines:
        parts = line.split(maxsplit=5)
        if len(parts) == 6 and parts[5].startswith("/") and parts[1].startswith("r"):
            start, _, end = parts[0].partition("-")
            address = int(start, 16)
            _libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(int(end, 16) - address), _MADV_POPULATE_READ)


def give_back_memory() -> None:
    """Gives what loading left free back to the system, so that memory used from here on shows as growth."""
    import gc

    gc.collect()
    trim = getattr(_libc, "malloc_trim", None)  # glibc
    if trim is not None:
        trim(0)


def peak_memory() -> int | None:
    """The most bytes that this process had resident since the supervisor last reset it."""
    try:
        with open("/proc/self/status", "rb") as file:
            return int(file.read().partition(b"VmHWM:")[2].split(maxsplit=1)[0]) * 1024
    except (OSError, ValueError, IndexError):
        return None


def end_descendants() -> None:
    """Kills all descendants of this process (or, as a namespace's first process, everybody else)."""
    if os.getpid() == 1:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return
    # Stopped first and killed then: a process that forks without end can't outrun this.
    deadline = time.monotonic() + 5
    stopped: set[int] = set()
    while time.monotonic() < deadline:
        found = set(descendants(os.getpid()))
        _signal(found - stopped, signal.SIGSTOP)
        fresh, stopped = found - stopped, stopped | found
        if not found:
            return
        if fresh:
            continue
        _signal(found, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        time.sleep(0.001)


def _signal(pids: set[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


def descendants(root: int) -> list[int]:
    """The pids of all processes below `root`, from /proc."""
    parents: dict[int, int] = {}
    if sys.platform != "linux":
        import subprocess

        listing = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, check=False).stdout
        parents = {int(pid): int(parent) for pid, parent in map(bytes.split, listing.splitlines())}
    for name in os.listdir("/proc") if not parents else ():
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    parents[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue
    found: list[int] = []
    below = {root}
    while below:
        below = {pid for pid, parent in parents.items() if parent in below}
        found += below
    return found


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _unshare(flags: int) -> None:
    _check(_libc.unshare(flags))  # os.unshare came with Python 3.12


def _mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    encoded = (os.fsencode(source), os.fsencode(target), kind.encode() if kind else None)
    if _libc.mount(*encoded, ctypes.c_ulong(flags), data.encode() or None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount {source} at {target}: {os.strerror(number)}")


def _make_readonly(path: str) -> None:
    """Read-only, no setuid, no devices, with everything mounted below it."""
    attributes = (ctypes.c_uint64 * 4)(_MS_RDONLY | _MS_NOSUID | _MS_NODEV, 0, 0, 0)
    # mount_setattr(2), Linux 5.12; the number is the same everywhere.
    if _libc.syscall(442, -100, os.fsencode(path), 0x8000, attributes, ctypes.c_size_t(32)) == 0:
        return
    flags = os.statvfs(path).f_flag & (_MS_NOSUID | _MS_NODEV | _MS_NOEXEC | 1024 | 2048)
    _mount("none", path, None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV | flags)


def _make_place(source: str, place: str) -> None:
    """An empty folder or file for `source` to be mounted on."""
    if os.path.isdir(source):
        os.makedirs(place, exist_ok=True)
    elif not os.path.lexists(place):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o644))


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)
