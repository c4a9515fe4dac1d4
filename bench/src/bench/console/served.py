"""A server of its own for each world, on any free port of the loopback."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.console.worlds import World
from bench.paths import SRC
from bench.server.process import NOT_PASSED_ON, end

_START_SECONDS = 120.0
_UP = re.compile(r"^Flow Runs is up: (\S+)$.*^Ctrl-C stops it\.$", re.MULTILINE | re.DOTALL)


@contextmanager
def served(world: World) -> Iterator[str]:
    """Start a server on the folder of a world, store a few things of each kind in it, and provide its URL."""
    log = world.folder / "server.txt"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_PASSED_ON)}
    own = {
        "PYTHONPATH": str(SRC),
        "PORT": "0",
        "DATA": str(world.folder),
        "STORE": "dynoxide",
        # The runs stay as they are while they are looked at.
        "RECOVERY_INTERVAL": "86400",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_server"],
            env={**inherited, **own},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C goes to the benchmark, which stops its servers
        )
    try:
        url = _wait(process, log)
        _furnish(url, world)
        yield url
    finally:
        end(process)


def _wait(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """Return the URL that the server itself names, so that no other server on this machine is measured."""
    deadline = time.monotonic() + _START_SECONDS
    while not (found := _UP.search(log.read_text(encoding="utf-8", errors="replace"))):
        if process.poll() is not None or time.monotonic() > deadline:
            process.send_signal(signal.SIGINT)
            raise SystemExit(f"The server is not up: {log.read_text(errors='replace').strip()}")
        time.sleep(0.05)
    return found[1]


def _furnish(url: str, world: World) -> None:
    group = world.known.flow_group_id
    # Once a year, so that it makes no runs now.
    _mutate(
        url, "set_flow_group_schedule", "success", flow_group_id=group, cron_clocks=[{"cron": "0 4 1 1 *"}]
    )
    _mutate(url, "set_schedule_active", "success", flow_id=world.known.flow_id)
    for number in range(3):
        _mutate(url, "register_agent", "id", name=f"host-{number}", type="LocalAgent", labels=["prod"])
        _mutate(url, "update_task_tag_limit", "id", tag=f"tag-{number}", limit=10)
        _mutate(url, "update_flow_concurrency_limit", "id", name=f"label-{number}", limit=10)
        _mutate(url, "create_api_key", "id", name=f"key-{number}")
        _mutate(url, "set_secret", "success", name=f"SECRET_{number}", value="a")
        _mutate(url, "set_key_value", "id", key=f"key-{number}", value="a")


def _mutate(url: str, mutation: str, answer: str, /, **given: Any) -> None:
    query = f"mutation($input: {mutation}_input!) {{ {mutation}(input: $input) {{ {answer} }} }}"
    body = json.dumps({"query": query, "variables": {"input": given}}).encode()
    request = urllib.request.Request(  # noqa: S310 - the URL of the server that was started
        f"{url}/graphql", body, {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            answered = json.loads(response.read())
    except urllib.error.HTTPError as error:
        answered = json.loads(error.read())
    if "errors" in answered:
        raise SystemExit(f"{mutation}: {answered['errors'][0]['message']}")
