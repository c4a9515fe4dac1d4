"""Secrets of one machine: a file that only its owner can read, or memory."""

import json
import os
import threading
from pathlib import Path
from typing import Final

from domain.errors import ApiError

_LOCK: Final = threading.Lock()


class FileSecrets:
    """Secrets in one JSON file of mode 0600, replaced whole by each change, or in memory if there is no path.

    One process uses the file at a time: the process that holds the data folder's lock. Each method raises
    ApiError if the file cannot be read or written.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._memory: dict[str, str] = {}

    def put(self, name: str, text: str) -> None:
        """Store a secret in place of an earlier one."""
        with _LOCK:
            self._write({**self._read(), name: text})

    def get(self, name: str) -> str | None:
        """Return the text of a secret, None if there is none."""
        with _LOCK:
            return self._read().get(name)

    def delete(self, name: str) -> bool:
        """Delete a secret. Return True if it existed."""
        with _LOCK:
            kept = self._read()
            there = kept.pop(name, None) is not None
            if there:
                self._write(kept)
            return there

    def names(self) -> list[str]:
        """Return the names of all secrets, in order."""
        with _LOCK:
            return sorted(self._read())

    def _read(self) -> dict[str, str]:
        if self._path is None:
            return dict(self._memory)
        try:
            found: dict[str, str] = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise ApiError("The file of secrets cannot be read; the request may be sent again.") from error
        return found

    def _write(self, kept: dict[str, str]) -> None:
        if self._path is None:
            self._memory = kept
            return
        try:
            _replace(self._path, json.dumps(kept))
        except OSError as error:
            raise ApiError("The file of secrets cannot be written; the request may be sent again.") from error


def _replace(path: Path, text: str) -> None:
    new_file = path.with_suffix(".new")
    try:
        descriptor = os.open(new_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new_file.replace(path)
    except OSError:
        new_file.unlink(missing_ok=True)  # a half-written file would take room on a full disk
        raise
