"""The DynamoDB emulator as a process that lives exactly as long as this one."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local_server.errors import StartError

_STOP_SECONDS = 3.0
# Bytes without which it does not start.
_ROOM = 100_000

# Blocks until this process has ended, however it ended: then nobody holds the pipe's other end. It kills its
# own process group, to which the emulator belongs, so that no process id can be mistaken for another's.
_GUARD = "trap '' HUP INT TERM; read -r _; kill -9 0"

_NODE_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator:
    """A running dynoxide; `stop` it, or let it be killed when this process ends."""

    process: subprocess.Popen[bytes]
    guard: subprocess.Popen[bytes]
    lifeline: int
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End the emulator and its guard; what was acknowledged is on disk whichever way it ends."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.lifeline)
        self.guard.wait()

    def last_words(self) -> str:
        """Return the last line of the emulator's log, for the message about its death."""
        with suppress(OSError):
            lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
            # Where there is no room for its data, there is none for its words.
            silent = "the disk is full" if shutil.disk_usage(self.log).free < _ROOM else "it said nothing"
            return next((line for line in reversed(lines) if line.strip()), silent)
        return "its log cannot be read"


def find_dynoxide(root: Path, search_path: str | None = None) -> Path | None:
    """Return the binary that npm put under `root`, else the one in PATH, else None."""
    machine = platform.machine().lower()
    package = f"{sys.platform}-{_NODE_MACHINES.get(machine, machine)}"
    installed = root / "node_modules" / "@dynoxide" / package / "dynoxide"
    if os.access(installed, os.X_OK):
        return installed
    found = shutil.which("dynoxide", path=search_path)
    return None if found is None else Path(found)


def start_dynoxide(binary: Path, data: Path, lock: int) -> Emulator:
    """Start the emulator on a free port, with its data and its log in `data`; it may not answer yet.

    It inherits the folder's lock, so that no second server can use the data before it has gone.
    """
    log = data / "dynoxide.log"
    port = _free_port()
    read_end, lifeline = os.pipe()
    try:
        # The guard comes first: an emulator is never without one.
        guard = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", _GUARD],
            stdin=read_end,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                [binary, "--host", "127.0.0.1", "--port", str(port), "--db-path", data / "flow-runs.db"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(lock,),
                # Not the terminal's group: Ctrl-C is the server's to handle, requests still need the store.
                process_group=guard.pid,
            )
    except OSError as error:
        raise StartError(f"The emulator {binary} cannot be started: {error.strerror}.") from error
    finally:
        os.close(read_end)
    return Emulator(process=process, guard=guard, lifeline=lifeline, port=port, log=log)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
