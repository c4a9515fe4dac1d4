"""The cost of a run of ten tasks, from its creation to Success, executed by unmodified agents and runners.

For each release of Prefect Core: the local server on dynoxide, the release's local agent and runner with
their default settings, and one run. The figures are those that the server logs for each request.
"""

import argparse
import json
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.lifecycle.agent import SETTINGS, Agent, Core, running_agent
from bench.lifecycle.phases import WHOLE_LIFE, Cost, Line, costs_by_phase, lines_since_creation, phases
from bench.report import Goal, Report, Table, run
from bench.server import ours
from bench.server.process import free_port, running

RELEASES = tuple(SETTINGS)
# Bounds of requests, write units and read units of the whole life. docs/benchmarks.md holds 76, 57, 115.5 and
# 44, 33, 79.5; an eighth is added for chance, such as one more heartbeat. 0.8.1 asks 22 times for a flow's
# settings, each of which reads the run, the flow and its group.
BOUNDS = {"0.8.1": (86, 65, 130), "1.4.1": (50, 38, 90)}
TASKS = 10
CREATE = "mutation($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }"
STATE = "query($id: UUID!) { flow_run_by_pk(id: $id) { state } }"
ENDED = {"Success", "Failed", "Cancelled"}
_RUN_SECONDS = 120


def measure(options: argparse.Namespace) -> Report:
    """Execute one run with each release."""
    tables: list[Table] = []
    found: list[Goal] = []
    for release in options.releases:
        print(f"a run of {TASKS} tasks by the agent of Core {release} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory() as home:
            costs = costs_by_phase(phases(execute_run(release, Path(home))))
        tables.append(table(release, costs))
        found += goals(release, costs[WHOLE_LIFE])
    return Report("bench-lifecycle", tables, found)


def execute_run(release: str, home: Path) -> list[Line]:
    """Execute one run, and return the log lines of its requests, from its creation on."""
    command = ours.command(home, free_port())
    command = replace(command, environment={**command.environment, "POWERTOOLS_LOG_LEVEL": "INFO"})
    url = f"http://127.0.0.1:{command.port}"
    core = Core(release, home, url)
    core.program("prefect")  # leaves the benchmark before a server is started
    with running(command):
        flow = core.register_flow()
        with running_agent(core) as agent:
            created = _send(url, CREATE, {"input": {"flow_id": flow}})
            state = _final_state(url, created["create_flow_run"]["id"], agent)
            _wait_for_runners(agent)
            if state != "Success":
                raise SystemExit(f"The run has ended in state {state}: {agent.output}")
    return lines_since_creation(command.log.read_text(encoding="utf-8", errors="replace"))


def _final_state(url: str, flow_run_id: str, agent: Agent) -> str:
    deadline = time.monotonic() + _RUN_SECONDS
    while True:
        state = str(_send(url, STATE, {"id": flow_run_id})["flow_run_by_pk"]["state"])
        if state in ENDED:
            return state
        if time.monotonic() > deadline:
            raise SystemExit(f"The run is still in state {state}: {agent.output}")
        time.sleep(0.2)


def _wait_for_runners(agent: Agent) -> None:
    """Wait until no runner is left, because each sends its last logs before it ends."""
    deadline = time.monotonic() + _RUN_SECONDS
    while agent.runners():
        if time.monotonic() > deadline:
            raise SystemExit(f"A runner goes on after the end of its run: {agent.output}")
        time.sleep(0.1)


def _send(url: str, query: str, variables: dict[str, Any]) -> Any:
    """Send a document to the server, and return its data. Leave the benchmark if it has errors."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(  # noqa: S310 - of this machine
        f"{url}/graphql", body, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
        result = json.load(response)
    if "errors" in result:
        raise SystemExit(f"The server refused a request of this benchmark: {result['errors'][0]['message']}")
    return result["data"]


def table(release: str, costs: dict[str, Cost]) -> Table:
    """Return the table of one release."""
    rows = [
        (phase, cost.requests, cost.calls, cost.write_units, cost.read_units) for phase, cost in costs.items()
    ]
    columns = ("phase", "requests", "calls", "WCU", "RCU")
    return Table(f"A run of {TASKS} tasks, Core {release}", columns, rows)


def goals(release: str, whole: Cost) -> Iterator[Goal]:
    """Yield the goals of one release: one more heartbeat is chance, one more request for each task is not."""
    requests, writes, reads = BOUNDS[release]
    yield Goal(f"requests of a run of {TASKS} tasks, Core {release}", whole.requests, requests)
    yield Goal(f"write units of it, Core {release}", whole.write_units, writes, "WCU")
    yield Goal(f"read units of it, Core {release}", whole.read_units, reads, "RCU")


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--releases", nargs="+", choices=RELEASES, default=list(RELEASES), help="releases whose agents run"
    )
    return run(measure, parser)


if __name__ == "__main__":
    sys.exit(main())
