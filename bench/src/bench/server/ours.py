"""The server of Flow Runs: its start, its data, and its GraphQL for each job."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.local_table import dynoxide, table_in
from bench.paths import SRC
from bench.server import jobs
from bench.server.jobs import Job, Request, part_of, raced
from bench.server.process import Command
from bench.stored_runs import DAYS, Author, register_flows, store
from storage.layout.keys import Keys
from wiring import App, Settings

NAME = "this server"
_LABELS = ["prod", "gpu"]  # of the stored runs
# The fields of a run that the other server returns, as far as both have them.
_FIELDS = """id name flow_id version state serialized_state state_message state_timestamp created updated
  start_time end_time duration scheduled_start_time auto_scheduled labels parameters context"""
_CREATE = "mutation($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }"
_SET_STATES = """mutation($input: set_flow_run_states_input!) {
  set_flow_run_states(input: $input) { states { id status message } }
}"""
_POLL = "mutation($input: get_runs_in_queue_input!) { get_runs_in_queue(input: $input) { flow_run_ids } }"
_READ = f"query($id: UUID!) {{ flow_run_by_pk(id: $id) {{ {_FIELDS} }} }}"
_LIST = f"query {{ flow_run(limit: 50, order_by: {{created: desc}}) {{ {_FIELDS} }} }}"


def check() -> None:
    """Leave the benchmark if the emulator is not installed."""
    dynoxide()


def command(home: Path, port: int) -> Command:
    """Return the command of `make run`, with its data folder in `home`."""
    return Command(
        arguments=[sys.executable, "-m", "local_server"],
        environment={
            "PYTHONPATH": str(SRC),
            "PORT": str(port),
            "DATA": str(home / "data"),
            "STORE": "dynoxide",
        },
        port=port,
        health="/health",
        log=home / "log.txt",
    )


@dataclass(frozen=True, slots=True)
class Ours:
    """The stored data: a flow, runs that have not started, and runs to read."""

    flow_id: str
    fresh: Sequence[str]
    reads: Sequence[str]

    def job(self, name: str, part: int) -> Job:
        """Return the requests of a job."""
        new = {"flow_id": self.flow_id, "parameters": jobs.PARAMETERS}
        with_key = {**new, "idempotency_key": "once"}
        changes = [
            [_change(run, 1, "Running"), _change(run, 2, "Success")] for run in part_of(self.fresh, part)
        ]
        return {
            jobs.QUEUE: Job([[_request(_POLL, {"input": {"labels": _LABELS}})]], '"flow_run_ids":'),
            jobs.READ: Job([[_request(_READ, {"id": run})] for run in self.reads], '"parameters":'),
            jobs.LIST: Job([[_request(_LIST, {})]], '"parameters":'),
            jobs.SET_STATE: Job(changes, '"SUCCESS"', repeat=False),
            jobs.CREATE: Job([[_request(_CREATE, {"input": new})]], '"id":'),
            jobs.REPLAY: Job([[_request(_CREATE, {"input": with_key})]], '"id":'),
        }[name]

    def races(self) -> Mapping[str, Sequence[tuple[Request, Request]]]:
        """Return pairs of state changes with the same version."""
        ends = ("Success", "Failed")
        states = {jobs.CLAIM: ("Submitted",) * 2, jobs.BEGIN: ("Running",) * 2, jobs.END: ends}
        return {
            name: [(_change(run, 1, one), _change(run, 1, other)) for run in raced(self.fresh, number)]
            for number, (name, (one, other)) in enumerate(states.items())
        }

    def accepted(self, status: int, body: bytes) -> bool:
        """Return True if the server accepted a state change."""
        return status == 200 and b'"SUCCESS"' in body and b'"errors"' not in body  # noqa: PLR2004


def prepare(home: Path, console: Console) -> Ours:
    """Store STORED runs, and DUE runs in the queue, while no server uses the folder."""
    now = datetime.now(UTC).replace(microsecond=0)
    with table_in(home / "data") as client:
        settings = Settings.from_environment({})
        context = App(settings, client, lambda *_: None).context()
        flows = register_flows(context, now - timedelta(days=DAYS + 1))
        author = Author(settings.tenant_id, flows, now)
        ago, later = now - timedelta(hours=1), now + timedelta(days=1)
        fresh = [author.run(ago, "Scheduled", later) for _ in range(jobs.FRESH)]
        ended = [
            author.run(ago - timedelta(minutes=number), "Success")
            for number in range(jobs.STORED - jobs.FRESH)
        ]
        due = [author.run(now - timedelta(minutes=number), "Scheduled") for number in range(jobs.DUE)]
        keys = Keys(settings.tenant_id, settings.shards)
        total = jobs.STORED + jobs.DUE
        store(client, settings.table_name, keys, chain(fresh, ended, due), total, console)
    return Ours(flows.ids[0], [run.id for run in fresh], [run.id for run in ended[:: jobs.READ_EVERY]])


def _request(query: str, variables: dict[str, Any]) -> Request:
    return Request("POST", "/graphql", json.dumps({"query": query, "variables": variables}))


def _change(flow_run_id: str, version: int, state: str) -> Request:
    change = {
        "flow_run_id": flow_run_id,
        "version": version,
        "state": {"type": state, "message": f"{state}."},
    }
    return _request(_SET_STATES, {"input": {"states": [change]}})
