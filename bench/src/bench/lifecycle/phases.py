"""The requests of one run, read from the server's log: the phase of each, and the cost of each phase."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

CREATE = {"createFlowRun", "create_flow_run"}
POLL = {"getRunsInQueue", "get_runs_in_queue"}
SET_RUN = {"setFlowRunStates", "set_flow_run_states"}
SET_TASK = {"setTaskRunStates", "set_task_run_states"}
HEARTBEAT = {"updateFlowRunHeartbeat", "update_flow_run_heartbeat", "updateTaskRunHeartbeat"}
LOGS = {"writeRunLogs", "write_run_logs"}
PHASES = ("creation", "queue and claim", "start", "tasks", "end", "heartbeats", "logs")
WHOLE_LIFE = "whole life"

# One request, as the server logs it.
Line = dict[str, Any]


@dataclass(slots=True)
class Cost:
    """The cost of some requests: their number, their calls of DynamoDB, and their capacity units."""

    requests: int = 0
    calls: int = 0
    write_units: float = 0.0
    read_units: float = 0.0

    def add(self, line: Line) -> None:
        """Add one request."""
        self.requests += 1
        self.calls += line["calls"]
        self.write_units += line["write_units"]
        self.read_units += line["read_units"]


def lines_since_creation(log: str) -> list[Line]:
    """Return the requests from the creation of the only run on.

    Requests without a release of Core are left out, because the benchmark itself sends them to watch the run.
    """
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line.get("root_fields")]
    first = next(number for number, line in enumerate(requests) if root_field(line) in CREATE)
    return [requests[first], *(line for line in requests[first + 1 :] if line["client_version"])]


def root_field(line: Line) -> str:
    """Return the first root field of a request."""
    return str(line["root_fields"][0])


def phases(lines: list[Line]) -> Iterator[tuple[str, Line]]:
    """Yield each request with its phase, without polls that find nothing: a run does not cause them."""
    last_task = max(number for number, line in enumerate(lines) if root_field(line) in SET_TASK)
    changes = 0
    for number, line in enumerate(lines):
        name = root_field(line)
        later_fields = (root_field(later) for later in lines[number + 1 :])
        following = next((field for field in later_fields if field not in LOGS | HEARTBEAT), None)
        # An agent reads the runs that a poll has found, and nothing after any other poll.
        if name in POLL and following != "flow_run":
            continue
        if name in CREATE:
            yield "creation", line
        elif name in LOGS:
            yield "logs", line
        elif name in HEARTBEAT:
            yield "heartbeats", line
        elif changes < 2:  # noqa: PLR2004 - Submitted, then Running
            yield ("queue and claim", "start")[changes], line
        else:
            yield "tasks" if number <= last_task else "end", line
        changes += name in SET_RUN


def costs_by_phase(requests: Iterable[tuple[str, Line]]) -> dict[str, Cost]:
    """Return the cost of each phase, and of the whole life."""
    costs = {phase: Cost() for phase in (*PHASES, WHOLE_LIFE)}
    for phase, line in requests:
        costs[phase].add(line)
        costs[WHOLE_LIFE].add(line)
    return costs
