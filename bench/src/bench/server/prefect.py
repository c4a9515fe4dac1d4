"""The server of Prefect 3: its start, its data, and its REST requests for each job."""

import http.client
import json
import sqlite3
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.paths import VENVS
from bench.server import jobs
from bench.server.jobs import Job, Request, part_of, raced
from bench.server.process import Command, free_port, running

NAME = "Prefect 3"
_BINARY = VENVS / "prefect-3" / "bin" / "prefect"
_POOL = "bench"
_ATTEMPTS = 50
_POLL = {"limit": 25, "scheduled_before": "2100-01-01T00:00:00Z"}

Row = dict[str, Any]


def check() -> None:
    """Leave the benchmark if Prefect 3 is not installed."""
    if not _BINARY.exists():
        raise SystemExit("Prefect 3 is not installed: make -C bench .venvs/prefect-3/.installed")


def command(home: Path, port: int) -> Command:
    """Return the command `prefect server start` with its defaults, in a home of its own."""
    return Command(
        arguments=[str(_BINARY), "server", "start", "--host", "127.0.0.1", "--port", str(port)],
        environment={
            "PREFECT_HOME": str(home),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        },
        port=port,
        health="/api/health",
        log=home / "log.txt",
    )


@dataclass(frozen=True, slots=True)
class Prefect:
    """The stored data: a flow, runs to change, runs to claim, and runs to read."""

    flow_id: str
    fresh: Sequence[str]
    scheduled: Sequence[str]
    reads: Sequence[str]

    def job(self, name: str, part: int) -> Job:
        """Return the requests of a job."""
        new = {"flow_id": self.flow_id, "parameters": jobs.PARAMETERS}
        with_key = {**new, "idempotency_key": "once"}
        page = {"limit": 50, "sort": "EXPECTED_START_TIME_DESC"}
        changes = [[_change(run, "RUNNING"), _change(run, "COMPLETED")] for run in part_of(self.fresh, part)]
        return {
            jobs.QUEUE: Job([[_post(f"/work_pools/{_POOL}/get_scheduled_flow_runs", _POLL)]], '"flow_run":'),
            jobs.READ: Job(
                [[Request("GET", f"/api/flow_runs/{run}")] for run in self.reads], '"parameters":'
            ),
            jobs.LIST: Job([[_post("/flow_runs/filter", page)]], '"parameters":'),
            jobs.SET_STATE: Job(changes, '"ACCEPT"', repeat=False),
            jobs.CREATE: Job([[_post("/flow_runs/", new)]], '"id":'),
            jobs.REPLAY: Job([[_post("/flow_runs/", with_key)]], '"id":'),
        }[name]

    def races(self) -> Mapping[str, Sequence[tuple[Request, Request]]]:
        """Return pairs of state changes, which have no version in Prefect 3."""
        begun, ended = raced(self.fresh, 1), raced(self.fresh, 2)
        return {
            jobs.CLAIM: [(_change(run, "PENDING"),) * 2 for run in self.scheduled],
            jobs.BEGIN: [(_change(run, "RUNNING"),) * 2 for run in begun],
            jobs.END: [(_change(run, "COMPLETED"), _change(run, "FAILED")) for run in ended],
        }

    def accepted(self, status: int, body: bytes) -> bool:
        """Return True if the server accepted a state change."""
        return status in {200, 201} and b'"ACCEPT"' in body


@dataclass(frozen=True, slots=True)
class Seed:
    """A flow and a run in each state, created by the API."""

    flow_id: str
    pending: str
    scheduled: str
    completed: str


def seed(port: int) -> Seed:
    """Create by the API a run in each state, which is copied later, and DUE runs in a queue."""
    flow = _call(port, _post("/flows/", {"name": "bench"}))["id"]
    _call(port, _post("/work_pools/", {"name": _POOL, "type": "process"}))
    new = {"flow_id": flow, "parameters": jobs.PARAMETERS, "tags": ["prod", "gpu"]}
    pending, completed = (str(_call(port, _post("/flow_runs/", new))["id"]) for _ in range(2))
    for state in ("RUNNING", "COMPLETED"):
        _call(port, _change(completed, state))
    at = datetime.now(UTC)
    scheduled = _call(port, _post("/flow_runs/", {**new, "state": _due(at)}))["id"]
    for number in range(jobs.DUE):
        due = _due(at - timedelta(minutes=number))
        _call(port, _post("/flow_runs/", {**new, "work_pool_name": _POOL, "state": due}))
    return Seed(flow, pending, scheduled, completed)


def _due(at: datetime) -> Row:
    return {"type": "SCHEDULED", "name": "Scheduled", "state_details": {"scheduled_time": at.isoformat()}}


def fill(home: Path, originals: Seed) -> Prefect:
    """Copy the runs and their states until STORED exist, while no server uses the database.

    The API would take minutes. Copies differ in ids and times alone.
    """
    now = datetime.now(UTC)
    ago = now - timedelta(hours=1)
    with closing(sqlite3.connect(home / "prefect.db")) as database, database:
        database.row_factory = sqlite3.Row
        fresh = [_copy(database, originals.pending, ago) for _ in range(jobs.FRESH - jobs.RACES)]
        scheduled = [_copy(database, originals.scheduled, ago) for _ in range(jobs.RACES)]
        ended = [
            _copy(database, originals.completed, ago - timedelta(minutes=number))
            for number in range(jobs.STORED - jobs.FRESH)
        ]
    return Prefect(originals.flow_id, fresh, scheduled, ended[:: jobs.READ_EVERY])


def prepare(home: Path, console: Console) -> Prefect:
    """Fill a home in which a server has created its database."""
    console.print(f"storing {jobs.STORED:,} runs for {NAME}")
    start = command(home, free_port())
    with running(start):
        originals = seed(start.port)
    return fill(home, originals)


def _copy(database: sqlite3.Connection, original: str, at: datetime) -> str:
    """Insert a copy of a run with all its states, and return the id of the copy."""
    new = str(uuid.uuid4())
    row = dict(database.execute("SELECT * FROM flow_run WHERE id = ?", [original]).fetchone())
    states = database.execute("SELECT * FROM flow_run_state WHERE flow_run_id = ?", [original]).fetchall()
    ids = {original: new} | {state["id"]: str(uuid.uuid4()) for state in states}
    time_text = at.strftime("%Y-%m-%d %H:%M:%S.%f")
    _insert(
        database,
        "flow_run",
        _with_new_ids(row, ids) | {"created": time_text, "expected_start_time": time_text},
    )
    for state in states:
        _insert(database, "flow_run_state", _with_new_ids(dict(state), ids))
    return new


def _with_new_ids(row: Row, ids: Mapping[str, str]) -> Row:
    """Return a row with new ids for old ones, in its columns and in the JSON of state details."""
    details = row.get("state_details")
    for old, new in ids.items():
        details = details and details.replace(old, new)
    copied = {name: ids.get(value, value) for name, value in row.items()}
    return copied | {"state_details": details} if details else copied


def _insert(database: sqlite3.Connection, table: str, row: Row) -> None:
    marks = ", ".join("?" * len(row))
    database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))  # noqa: S608


def _call(port: int, request: Request) -> Any:
    """Send a request until it is not refused with 503, as Prefect's own client does."""
    status, body = 0, b""
    for _ in range(_ATTEMPTS):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with closing(connection):
            connection.request(
                request.method, request.path, request.body, {"content-type": "application/json"}
            )
            response = connection.getresponse()
            status, body = response.status, response.read()
        if status != http.HTTPStatus.SERVICE_UNAVAILABLE:
            break
        time.sleep(0.2)
    if status >= 300:  # noqa: PLR2004
        raise SystemExit(
            f"Prefect 3 responded to {request.path} with {status}: {body.decode(errors='replace')}"
        )
    return json.loads(body)


def _post(path: str, body: dict[str, Any]) -> Request:
    return Request("POST", f"/api{path}", json.dumps(body))


def _change(flow_run_id: str, state: str) -> Request:
    data = {"type": state, "name": state.title(), "message": f"{state.title()}."}
    return _post(f"/flow_runs/{flow_run_id}/set_state", {"state": data})
