"""The DynamoDB emulator: a process that lives exactly as long as the server's."""

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
# The emulator does not start with fewer free bytes on the disk.
_MIN_FREE_BYTES = 100_000

# The guard blocks until the server has ended in any way, because then nobody holds the other end of the pipe.
# It kills its own process group, which includes the emulator. So it needs no process id, which another
# process may have got meanwhile.
_GUARD = "trap '' HUP INT TERM; read -r _; kill -9 0"

_NODE_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator:
    """A running dynoxide. `stop` ends it; otherwise its guard kills it when the server's process ends."""

    process: subprocess.Popen[bytes]
    guard: subprocess.Popen[bytes]
    lifeline: int
    host: str
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def stop(self) -> None:
        """End the emulator and its guard. Acknowledged writes are on disk however the emulator ends."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.lifeline)
        self.guard.wait()

    def has_its_address(self) -> bool:
        """Return True once the emulator's log names its address: before that, another may respond there."""
        with suppress(OSError):
            return f"{self.host}:{self.port}" in self.log.read_text(encoding="utf-8", errors="replace")
        return False

    def last_words(self) -> str:
        """Return the last line of the emulator's log, for the message about its death."""
        with suppress(OSError):
            lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
            # On a full disk the emulator cannot write its log either.
            is_full = shutil.disk_usage(self.log).free < _MIN_FREE_BYTES
            silent = "the disk is full" if is_full else "its log is empty"
            return next((line for line in reversed(lines) if line.strip()), silent)
        return "its log cannot be read"


def find_dynoxide(root: Path, search_path: str | None = None) -> Path | None:
    """Return the binary that npm installed under `root`, else the one in PATH, else None."""
    machine = platform.machine().lower()
    package = f"{sys.platform}-{_NODE_MACHINES.get(machine, machine)}"
    installed = root / "node_modules" / "@dynoxide" / package / "dynoxide"
    if os.access(installed, os.X_OK):
        return installed
    found = shutil.which("dynoxide", path=search_path)
    return None if found is None else Path(found)


def start_dynoxide(binary: Path, data: Path, lock: int, address: tuple[str, int] | None = None) -> Emulator:
    """Start the emulator with its data and its log in `data`. It may not respond yet.

    Its address is a free port of 127.0.0.1 unless one is given. The emulator inherits the lock of the folder,
    so that no second server can use the data before it has ended.
    """
    log = data / "dynoxide.log"
    host, port = address or ("127.0.0.1", _free_port())
    read_end, lifeline = os.pipe()
    try:
        # Start the guard first, so that the emulator is never without one.
        guard = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", _GUARD],
            stdin=read_end,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                [binary, "--host", host, "--port", str(port), "--db-path", data / "flow-runs.db"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(lock,),
                # Keep the emulator out of the terminal's group: after Ctrl-C the last requests still need it.
                process_group=guard.pid,
            )
    except OSError as error:
        raise StartError(f"The emulator {binary} cannot be started: {error.strerror}.") from error
    finally:
        os.close(read_end)
    return Emulator(process=process, guard=guard, lifeline=lifeline, host=host, port=port, log=log)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
