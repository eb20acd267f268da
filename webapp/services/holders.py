"""Holders: which process of which machine holds a lease, and whether that process has ended."""

from __future__ import annotations

import socket
from functools import cache
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
PID_NAMESPACE = Path("/proc/self/ns/pid")


@cache
def this_machine() -> str:
    """Name what gives processes here their numbers: two machines, or containers, never share it.

    Blank where the system does not tell (it is not Linux): a host's name alone may be another's as well.
    """
    try:
        boot, namespace = BOOT_ID.read_text("ascii").strip(), PID_NAMESPACE.readlink().name
    except OSError:
        return ""
    return f"{boot}/{namespace}"


def holder(pid: int) -> str:
    """Name a process of this machine as the holder of a lease."""
    return f"{socket.gethostname()}:{this_machine()}:{pid}"


def has_ended(held_by: str) -> bool:
    """Tell whether a holder is a process of this machine that is no more; False when that cannot be told.

    A number that another process has by now counts as the holder's.
    """
    if not this_machine():
        return False
    ours, _, pid = held_by.rpartition(":")
    if f"{ours}:" != holder(0)[:-1] or not pid.isdecimal():
        return False
    return not Path(f"/proc/{pid}").exists() or _is_zombie(pid)


def _is_zombie(pid: str) -> bool:
    try:
        told = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except FileNotFoundError:
        return True
    # The name before the state may hold any character.
    return told.rpartition(")")[2].split()[0] in ("Z", "X")
