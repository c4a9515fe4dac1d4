"""What the whole life of a run costs: ten tasks, from creation to Success, by unmodified agents and runners.

For each release of Prefect Core: the local server on dynoxide, the release's local agent and runner with the
settings that they come with, and one run. The figures are those that the server's log gives for each request.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from tests.e2e.agents.agent_process import running_agent
from tests.e2e.agents.site import FLOWS_SCRIPT, Site
from tests.e2e.prefect_client import PrefectCore
from tests.e2e.server_process import running_server

RELEASES = {
    "0.8.1": {"PREFECT__CLOUD__API": "{url}", "PREFECT__CLOUD__AGENT__AUTH_TOKEN": "any"},
    "1.4.1": {"PREFECT__BACKEND": "server", "PREFECT__SERVER__ENDPOINT": "{url}"},
}
FLOW, TASKS = "Ten tasks", 10
CREATE = {"createFlowRun", "create_flow_run"}
POLL = {"getRunsInQueue", "get_runs_in_queue"}
SET_RUN = {"setFlowRunStates", "set_flow_run_states"}
SET_TASK = {"setTaskRunStates", "set_task_run_states"}
BEAT = {"updateFlowRunHeartbeat", "update_flow_run_heartbeat", "updateTaskRunHeartbeat"}
LOGS = {"writeRunLogs", "write_run_logs"}
PHASES = ("creation", "queue and claim", "start", "tasks", "end", "heartbeats", "logs")

Line = dict[str, Any]


@dataclass(slots=True)
class Cost:
    """Requests, and what they were in calls to DynamoDB and capacity units."""

    requests: int = 0
    calls: int = 0
    write_units: float = 0.0
    read_units: float = 0.0

    def add(self, line: Line) -> None:
        """Add one request, by its line in the log."""
        self.requests += 1
        self.calls += line["calls"]
        self.write_units += line["write_units"]
        self.read_units += line["read_units"]


def live_once(release: str, home: Path) -> list[Line]:
    """Let one run live; answers the log lines of it, from its creation on."""
    with running_server(home, POWERTOOLS_LOG_LEVEL="INFO", STORE="dynoxide") as server:
        settings = {name: value.format(url=server.url) for name, value in RELEASES[release].items()}
        core = PrefectCore(release=release, home=home, settings=settings)
        if not core.binaries.exists():
            raise SystemExit(
                f"Prefect Core {release} is not installed: make .venvs/prefect-{release}/.installed"
            )
        site = Site(core=core, server=server, flows=core.script_at(FLOWS_SCRIPT))
        with running_agent(core) as site.agent:
            run = site.ended(site.create_run(FLOW))
            site.wait_until_gone()
        if run["state"] != "Success":
            raise SystemExit(f"The run has come to {run['state']}: {site.agent.output}")
        return since_creation(server.stdout)


def since_creation(log: str) -> list[Line]:
    """The lines of the only run that was created, without those of the one who watched it."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line.get("root_fields")]
    first = next(number for number, line in enumerate(requests) if root(line) in CREATE)
    return [requests[first], *(line for line in requests[first + 1 :] if line["client_version"])]


def root(line: Line) -> str:
    """The operation of a request."""
    return str(line["root_fields"][0])


def phases(lines: list[Line]) -> Iterator[tuple[str, Line]]:
    """Each request with its phase; polls that found nothing are no part of a run's life."""
    last_task = max(number for number, line in enumerate(lines) if root(line) in SET_TASK)
    changes = 0
    for number, line in enumerate(lines):
        name = root(line)
        following = (root(each) for each in lines[number + 1 :] if root(each) not in LOGS | BEAT)
        if name in POLL and next(following, None) != "flow_run":
            continue
        if name in CREATE:
            yield "creation", line
        elif name in LOGS:
            yield "logs", line
        elif name in BEAT:
            yield "heartbeats", line
        elif changes < 2:  # noqa: PLR2004 - Submitted, then Running
            yield ("queue and claim", "start")[changes], line
        else:
            yield "tasks" if number <= last_task else "end", line
        changes += name in SET_RUN


def sums(named: Iterable[tuple[str, Line]]) -> dict[str, Cost]:
    """The cost of each phase, and of all."""
    costs = {phase: Cost() for phase in (*PHASES, "whole life")}
    for phase, line in named:
        costs[phase].add(line)
        costs["whole life"].add(line)
    return costs


def show(release: str, costs: dict[str, Cost]) -> None:
    """Print one release's table."""
    grid = Grid("phase", "requests", "calls", "WCU", "RCU", title=f"A run of {TASKS} tasks, Core {release}")
    for phase, cost in costs.items():
        grid.add_row(
            phase, f"{cost.requests}", f"{cost.calls}", f"{cost.write_units:g}", f"{cost.read_units:g}"
        )
    Console(width=100).print(grid)


def main() -> int:
    """Measure, print; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--releases", nargs="+", choices=RELEASES, default=list(RELEASES))
    chosen = parser.parse_args()
    figures = {}
    for release in chosen.releases:
        with tempfile.TemporaryDirectory() as home:
            costs = sums(phases(live_once(release, Path(home))))
        show(release, costs)
        figures[release] = {phase: asdict(cost) for phase, cost in costs.items()}
    text = json.dumps(figures, indent=2)
    if chosen.json:
        chosen.json.write_text(text + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
