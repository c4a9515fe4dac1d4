"""A server as a process of its own: its start, its memory, and its end."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.01
# Settings that would reach a server, and the one that makes every start compile its modules again.
NOT_PASSED_ON = (
    *("AWS_", "AUTH_TOKEN", "DATA", "HANDLER", "HEARTBEAT_", "HOST", "PORT", "POWERTOOLS_", "PREFECT_"),
    *("PYTHONDONTWRITEBYTECODE", "RECOVERY_", "SECRETS_", "SHARDS", "STORE", "TABLE_NAME", "TENANT_"),
)


@dataclass(frozen=True, slots=True)
class Command:
    """The command that starts a server, and the path that returns 200 when the server is ready."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    port: int
    health: str
    log: Path


@dataclass(frozen=True, slots=True)
class Running:
    """A running server, and the seconds from its start to its first response."""

    process: subprocess.Popen[bytes]
    seconds: float

    def memory(self) -> float:
        """Return the megabytes of resident memory of the process and of its descendants."""
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,rss="],  # noqa: S607
            check=True,
            capture_output=True,
            text=True,
        )
        rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
        return sum(_family(self.process.pid, rows).values()) * 1024 / 1e6


def _family(root: int, rows: Sequence[tuple[int, ...]]) -> dict[int, int]:
    """Return the resident memory of a process and of its descendants, by process id."""
    found = {pid: size for pid, _, size in rows if pid == root}
    while new := {pid: size for pid, parent, size in rows if parent in found and pid not in found}:
        found |= new
    return found


@contextmanager
def running(command: Command) -> Iterator[Running]:
    """Start a server, wait for its first response, and stop it at the end."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_PASSED_ON)}
    began = time.perf_counter()
    with command.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            command.arguments,
            env={**inherited, **command.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C goes to the benchmark, which stops its servers
        )
    try:
        _wait(process, command, began)
        yield Running(process, time.perf_counter() - began)
    finally:
        end(process)


def _wait(process: subprocess.Popen[bytes], command: Command, began: float) -> None:
    while not _is_ready(command):
        if process.poll() is not None:
            last = command.log.read_text(errors="replace").strip().rpartition("\n")[2]
            raise SystemExit(f"{command.arguments[0]} did not start: {last}")
        if time.perf_counter() - began > _START_SECONDS:
            raise SystemExit(f"{command.arguments[0]} did not respond within {_START_SECONDS:.0f} seconds.")
        time.sleep(_POLL_SECONDS)


def _is_ready(command: Command) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", command.port, timeout=_START_SECONDS)
    try:
        connection.request("GET", command.health)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server as Ctrl-C does; kill it with its whole group if it takes too long."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
