"""The folder of the durable data, and its lock: one server at a time may use a folder."""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING

from local_server.errors import StartError

if TYPE_CHECKING:
    from pathlib import Path

# The emulator of a killed server lives an instant longer, and holds the lock until it ends.
_WAIT_SECONDS = 2.0
_RETRY_SECONDS = 0.02


def lock(folder: Path, holder: str) -> int:
    """Make the folder, lock it, and return the file descriptor of the lock; closing it unlocks the folder.

    `holder` names this server in the error message of a second server. Raises StartError.
    """
    path = folder / "server.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
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
