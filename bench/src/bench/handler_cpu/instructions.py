"""The number of instructions of a request, counted by callgrind: slow, but nearly the same on each run.

Every count runs in a process of its own under valgrind. The instructions of start and warm-up are counted
once alone, and subtracted.
"""

import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bench.handler_cpu.clock import FrozenApp
from bench.handler_cpu.parts import handle, serve
from bench.handler_cpu.wire import Key, Wire
from storage.dynamodb.connections import Response
from wiring import Settings, dynamodb_client

WARM_UP: Final = 3
REPEATS: Final = 20
_COUNT: Final = re.compile(r"Collected : (\d+)")


@dataclass(frozen=True, slots=True)
class Requests:
    """The data with which a process serves the recorded requests."""

    known: dict[Key, Response]
    events: dict[str, dict[str, Any]]
    now: datetime


def check() -> None:
    """Leave the benchmark unless valgrind is installed."""
    if shutil.which("valgrind") is None:
        raise SystemExit("Counting instructions needs valgrind; leave out --instructions, or install it.")


def count(requests: Requests, say: Callable[[str], None]) -> Mapping[str, float]:
    """Return the instructions of each request in millions."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requests"
        file.write_bytes(pickle.dumps(requests))
        say("counting the instructions of a start")
        base = _counted(file, "")
        found = {}
        for name in requests.events:
            say(f"counting the instructions of {name}")
            found[name] = (_counted(file, name) - base) / REPEATS / 1e6
    return found


def _counted(file: Path, name: str) -> int:
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}", sys.executable]
    done = subprocess.run(  # noqa: S603
        [*command, "-m", "bench.handler_cpu.instructions", str(file), name],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    counted = _COUNT.search(done.stderr)
    if done.returncode or counted is None:
        raise SystemExit(f"valgrind failed: {done.stderr[-500:]}")
    return int(counted[1])


def main(file: str, name: str) -> None:
    """Send each request a few times, and one of them often."""
    requests: Requests = pickle.loads(Path(file).read_bytes())  # noqa: S301 - our parent process wrote it
    Wire(requests.known).install()
    serve(FrozenApp(Settings.from_environment({}), dynamodb_client(), requests.now))
    for event in requests.events.values():
        for _ in range(WARM_UP):
            handle(event)
    for _ in range(REPEATS if name else 0):
        handle(requests.events[name])


if __name__ == "__main__":
    main(*sys.argv[1:])
