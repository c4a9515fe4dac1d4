"""What the whole life of a run costs: ten tasks, from creation to Success, by unmodified agents and runners.

For each release of Prefect Core: the local server on dynoxide, the release's local agent and runner with the
settings that they come with, and one run. The figures are those that the server's log gives for each request.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.agents.agent_process import running_agent
from tests.e2e.agents.site import FLOWS_SCRIPT, Site
from tests.e2e.prefect_client import PrefectCore
from tests.e2e.server_process import running_server

from bench.report import Goal, Report, Table, run

RELEASES = {
    "0.8.1": {"PREFECT__CLOUD__API": "{url}", "PREFECT__CLOUD__AGENT__AUTH_TOKEN": "any"},
    "1.4.1": {"PREFECT__BACKEND": "server", "PREFECT__SERVER__ENDPOINT": "{url}"},
}
# Requests, write units and read units of the whole life: what docs/benchmarks.md holds (76, 57, 115.5 and 44,
# 33, 79.5), and an eighth for chance, such as one heartbeat more. 0.8.1 asks 22 times for a flow's settings,
# each of which reads the run, the flow and its group.
MOST = {"0.8.1": (86, 65, 130), "1.4.1": (50, 38, 90)}
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


def table(release: str, costs: dict[str, Cost]) -> Table:
    """Show one release's costs."""
    rows = [
        (phase, cost.requests, cost.calls, cost.write_units, cost.read_units) for phase, cost in costs.items()
    ]
    columns = ("phase", "requests", "calls", "WCU", "RCU")
    return Table(f"A run of {TASKS} tasks, Core {release}", columns, rows)


def goals(release: str, whole: Cost) -> Iterator[Goal]:
    """What a run may cost: a heartbeat more or less is chance, a request more for each task is not."""
    requests, writes, reads = MOST[release]
    yield Goal(f"requests of a run of {TASKS} tasks, Core {release}", whole.requests, requests)
    yield Goal(f"write units of it, Core {release}", whole.write_units, writes, "WCU")
    yield Goal(f"read units of it, Core {release}", whole.read_units, reads, "RCU")


def measure(given: argparse.Namespace) -> Report:
    """Let a run live with each release."""
    tables: list[Table] = []
    found: list[Goal] = []
    for release in given.releases:
        print(f"a run of {TASKS} tasks by the agent of Core {release} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory() as home:
            costs = sums(phases(live_once(release, Path(home))))
        tables.append(table(release, costs))
        found += goals(release, costs["whole life"])
    return Report("bench-lifecycle", tables, found)


def main() -> int:
    """Measure as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--releases", nargs="+", choices=RELEASES, default=list(RELEASES), help="whose agents execute the run"
    )
    return run(measure, parser)


if __name__ == "__main__":
    sys.exit(main())
