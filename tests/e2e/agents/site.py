"""A server with one release of Prefect Core, and the calls that the tests make to both."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.agents.agent_process import AgentProcess
from tests.e2e.prefect_client import PrefectCore, graphql
from tests.e2e.server_process import ServerProcess

PROJECT = "Run by agents"
FLOWS_SCRIPT = Path(__file__).with_name("flows.py")
ENDED = frozenset({"Success", "Failed", "Cancelled"})
# Runners need seconds of processor time each to import Prefect, and a dozen of them may start at once.
PATIENCE_SECONDS = 120
_RUN = """query($id: UUID!) {flow_run_by_pk(id: $id) {
    state version states(order_by: {timestamp: asc}) {state timestamp serialized_state}
    task_runs(limit: 200) {id map_index state version serialized_state task {name}
        states(order_by: {timestamp: asc}) {state timestamp}}}}"""
_HISTORIES = """query($ids: [uuid!]) {flow_run(where: {id: {_in: $ids}}, limit: 100) {
    states {state} task_runs {states {state}}}}"""
_PROJECTS = "query($ids: [uuid!]) {flow(where: {id: {_in: $ids}}) {project_id}}"
_KEY = """mutation($projects: [UUID!]) {
    create_api_key(input: {name: "agent", scope: runner, projects: $projects}) {key}}"""
_LOGS = """query($id: uuid) {flow_run(where: {id: {_eq: $id}}) {
    logs(order_by: {timestamp: asc}, limit: 1000) {timestamp level name message}}}"""


@dataclass(kw_only=True)
class Site:
    """A server, a release of Prefect Core and an agent.

    `flows` has the ids of the registered flows by name, `begun` the ids of the runs created at the start.
    """

    core: PrefectCore
    server: ServerProcess
    flows: dict[str, str]
    agent: AgentProcess | None = None
    begun: dict[str, str] = field(default_factory=dict)

    @property
    def release(self) -> str:
        return self.core.release

    @property
    def is_camel(self) -> bool:
        """Return True if this release sends `createFlowRun`, not `create_flow_run`."""
        return self.release == "0.8.1"

    def mutate(self, name: str, selection: str, /, **given: Any) -> Any:
        """Call a mutation in this release's dialect. Name and inputs are given in snake_case."""
        spell = _camel if self.is_camel else str
        call = spell(name)
        declared = f"{call}Input" if self.is_camel else f"{call}_input"
        document = f"mutation($input: {declared}!) {{{call}(input: $input) {{{selection}}}}}"
        values = {spell(key): value for key, value in given.items()}
        if "states" in given:
            values["states"] = [
                {spell(key): value for key, value in change.items()} for change in given["states"]
            ]
        return graphql(self.server.url, document, input=values)[call]

    def runner_key(self) -> str:
        """Return a new key of scope `runner`, made as this release makes one.

        API keys are limited to the projects of the flows; API tokens can't be.
        """
        if self.release in ("0.8.1", "0.12.6"):  # they know API tokens alone
            document = 'mutation {createAPIToken(input: {name: "agent", role: RUNNER}) {token}}'
            return str(graphql(self.server.url, document)["createAPIToken"]["token"])
        flows = graphql(self.server.url, _PROJECTS, ids=list(self.flows.values()))["flow"]
        projects = sorted({flow["project_id"] for flow in flows})
        return str(graphql(self.server.url, _KEY, projects=projects)["create_api_key"]["key"])

    def create_run(self, flow: str, **given: Any) -> str:
        created = self.mutate(
            "create_flow_run", "flow_run {id}", flow_id=self.flows[flow], parameters={}, **given
        )
        return str(created["flow_run"]["id"])

    def run(self, run_id: str) -> dict[str, Any]:
        """Return the run with its history and its task runs."""
        run: dict[str, Any] = graphql(self.server.url, _RUN, id=run_id)["flow_run_by_pk"]
        return run

    def histories(self, run_ids: list[str]) -> list[dict[str, Any]]:
        """Return the states of runs and of their task runs, in any order."""
        parts = [run_ids[start : start + 50] for start in range(0, len(run_ids), 50)]
        pages = [graphql(self.server.url, _HISTORIES, ids=part)["flow_run"] for part in parts]
        return [run for page in pages for run in page]

    def logs(self, run_id: str) -> list[dict[str, Any]]:
        logs: list[dict[str, Any]] = graphql(self.server.url, _LOGS, id=run_id)["flow_run"][0]["logs"]
        return logs

    def wait(self, run_id: str, until: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Return the run as soon as it meets a condition. A failure shows the agent's output."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not until(run := self.run(run_id)):
            output = self.agent.output[-8_000:] if self.agent else ""
            assert time.monotonic() < deadline, f"the run has come to {run}\n{output}"
            time.sleep(0.2)
        return run

    def ended(self, run_id: str) -> dict[str, Any]:
        return self.wait(run_id, lambda run: run["state"] in ENDED)

    def executing(self, run_id: str) -> dict[str, Any]:
        """Return the run as soon as one of its task runs is Running."""
        return self.wait(
            run_id, lambda run: "Running" in {task_run["state"] for task_run in run["task_runs"]}
        )

    def wait_until_gone(self) -> None:
        """Wait until the agent has no runner, because a runner sends its last logs before it ends."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.agent and self.agent.runners():
            assert time.monotonic() < deadline, f"runners go on: {self.agent.output[-8_000:]}"
            time.sleep(0.1)

    def runner_pid(self, run_id: str) -> int:
        """Return the runner's process id. The agent sends it in a state (0.8.1) or a log (1.4.1)."""
        messages = [entry["serialized_state"].get("message") or "" for entry in self.run(run_id)["states"]]
        if not self.is_camel:
            messages = [line["message"] for line in self.logs(run_id)]
        return int(
            re.findall(r"^Submitted for execution.* PID: (\d+)$", "\n".join(messages), re.MULTILINE)[-1]
        )


def server_errors(server: ServerProcess) -> dict[str, set[str]]:
    """Return the root fields of the refused requests by error code, and under `500` the server's failures."""
    found: dict[str, set[str]] = {}
    for line in map(json.loads, filter(_is_record, server.stdout.splitlines())):
        if line["level"] in {"ERROR", "CRITICAL"}:
            found.setdefault("500", set()).add(line["message"])
        for code in line.get("errors", ()):
            found.setdefault(code, set()).update(line.get("root_fields", ()))
    return found


def _is_record(line: str) -> bool:
    return line.startswith("{")


def names(states: list[dict[str, Any]]) -> list[str]:
    return [entry["state"] for entry in states]


def names_without_slow_starts(states: list[dict[str, Any]]) -> list[str]:
    """Return the names of states, without the submissions whose runner did not come to begin the run.

    A slow machine needs longer to start a runner than short timeouts allow. The run is then handed out again.
    """
    kept: list[str] = []
    for name in names(states):
        if name == "Scheduled" and kept[-2:] == ["Scheduled", "Submitted"]:
            del kept[-2:]
        kept.append(name)
    return kept


def task_run(run: dict[str, Any], name: str, map_index: int = -1) -> dict[str, Any]:
    """Return the task run of a task, found by its name and map index."""
    return next(
        found
        for found in run["task_runs"]
        if (found["task"]["name"], found["map_index"]) == (name, map_index)
    )


def most_at_once(histories: list[list[dict[str, Any]]], state: str = "Running") -> int:
    """Return the greatest number of histories that were in a state at one instant."""
    changes = []
    for states in histories:
        for entry, following in zip(states, [*states[1:], None], strict=True):
            if entry["state"] == state:
                changes.append((entry["timestamp"], 1))
                changes += [(following["timestamp"], -1)] if following else []
    present, most = 0, 0
    for _, change in sorted(changes):  # at one instant, ends come before beginnings
        present += change
        most = max(most, present)
    return most


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
