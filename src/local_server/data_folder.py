"""The folder of the durable data, which its owner alone can read, and its lock: one server uses it."""

from __future__ import annotations

import fcntl
import os
import stat
import sys
import time
from typing import TYPE_CHECKING

from local_server.errors import StartError

if TYPE_CHECKING:
    from pathlib import Path

# The emulator of a killed server lives an instant longer, and holds the lock until it ends.
_WAIT_SECONDS = 2.0
_RETRY_SECONDS = 0.02
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600
# What servers of any release keep in the folder: these files, and those whose names begin as that of the
# database, or of the file of secrets, which each tenant has.
_FILES = frozenset({"server.lock", "dynoxide.log", "secrets.new"})
_BEGINNINGS = ("flow-runs.db", "secrets.json")


def lock(folder: Path, holder: str) -> int:
    """Make the folder, lock it, and return the file descriptor of the lock; closing it unlocks the folder.

    Other users can read neither the folder nor the data that is in it already. `holder` names this server in
    the error message of a second server. Raises StartError.
    """
    path = folder / "server.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE_FILE)
        _make_private(folder)
    except OSError as error:
        raise StartError(
            f"The data folder {folder} cannot be used: {error.strerror}. Choose another: DATA=FOLDER make run"
        ) from error
    if not _locked_in_time(descriptor):
        other = os.pread(descriptor, 1000, 0).decode(errors="replace").strip()
        os.close(descriptor)
        raise StartError(
            f"The data folder {folder} is in use by another server ({other or 'just starting'}). "
            "Stop that one or choose another: DATA=FOLDER make run"
        )
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, holder.encode(), 0)
    return descriptor


def _make_private(folder: Path) -> None:
    """Take the folder and its files of data from all other users, whatever modes they have got before.

    A folder with files of others, such as a home, keeps its mode: its owner wants it as it is.
    """
    found = list(folder.iterdir())
    ours = [path for path in found if path.name in _FILES or path.name.startswith(_BEGINNINGS)]
    for path in [folder, *ours] if len(ours) == len(found) else ours:
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            private = mode & (_PRIVATE_FOLDER if path is folder else _PRIVATE_FILE)
            if mode != private:
                path.chmod(private)
        except FileNotFoundError:  # a running emulator has removed it meanwhile
            continue
        except OSError as error:  # a file of another user, or a file system without modes
            text = f"warning: {path} may be read by other users of this machine: {error.strerror}."
            print(text, file=sys.stderr, flush=True)  # noqa: T201


def _locked_in_time(descriptor: int) -> bool:
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_RETRY_SECONDS)
        else:
            return True
