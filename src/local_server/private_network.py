"""A network that this process and its children have to themselves, where the system allows one.

The emulator responds to whoever can connect to it. In a network of its own nobody else can: no page in a
browser, no process of another user. What was opened before stays where it was, so clients still reach the
server. A connection costs the same as before.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import NoReturn

# Constants of Linux: linux/sched.h, linux/sockios.h, linux/if.h, linux/capability.h.
_NEW_USERS, _NEW_NETWORK = 0x10000000, 0x40000000
_SET_INTERFACE_FLAGS, _IS_UP = 0x8914, 0x1
_CAPABILITY_VERSION = 0x20080522


def enter() -> bool:
    """Move this process into a new network that has nothing but a loopback. Return False if it stays.

    The process must have no other threads yet, because each thread has its own network.
    """
    if sys.platform != "linux" or not _is_allowed():
        return False
    _enter()
    return True


def _is_allowed() -> bool:
    """Return True if a child of this process could move: half a move could not be taken back."""
    # What libraries do around a fork swallows the KeyboardInterrupt of a Ctrl-C, so a signal waits meanwhile.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        child = os.fork()
        if child == 0:
            _exit_after_moving()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _exit_after_moving() -> NoReturn:
    status = 1
    try:
        _enter()
        status = 0
    finally:
        os._exit(status)


def _enter() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    # Root may make a network, and would lose its rights on the files of others in a namespace of users.
    is_root = user == 0
    _call(libc, "unshare", _NEW_NETWORK if is_root else _NEW_USERS | _NEW_NETWORK)
    if not is_root:
        process = Path("/proc/self")
        (process / "setgroups").write_bytes(b"deny")
        (process / "uid_map").write_bytes(b"%d %d 1" % (user, user))
        (process / "gid_map").write_bytes(b"%d %d 1" % (group, group))
    _start_loopback()
    if not is_root:
        # The maker of a namespace has all capabilities in it. The server had none, and files that the user
        # made read-only shall stay so.
        _call(libc, "capset", struct.pack("Ii", _CAPABILITY_VERSION, 0), bytes(24))


def _start_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SET_INTERFACE_FLAGS, struct.pack("16sh22x", b"lo", _IS_UP))


def _call(libc: ctypes.CDLL, name: str, *arguments: int | bytes) -> None:
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
