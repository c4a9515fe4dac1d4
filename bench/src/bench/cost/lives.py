"""Usage of the lives of runs, whose requests go through the handler as from API Gateway."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from statistics import median
from typing import Any

from bench.api_gateway import graphql_event
from bench.cost.arithmetic import Usage
from bench.cost.item_size import stored_bytes
from bench.invocation import Invocation
from bench.kinds import Kind

CREATE = "mutation($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }"
SET = """mutation($input: set_flow_run_states_input!) {
    set_flow_run_states(input: $input) { states { id status message } }
}"""
READ = """query($id: uuid!) {
    flow_run_by_pk(id: $id) {
        id name version state parameters labels scheduled_start_time start_time end_time serialized_state
        states { state timestamp message }
    }
}"""
PROJECT = "mutation($input: create_project_input!) { create_project(input: $input) { id } }"
FLOW = "mutation($input: create_flow_input!) { create_flow(input: $input) { id } }"
READS = 2
# Further log lines of a request: three of Lambda and one of the API, with example values.
_ID = 36 * "x"
OTHER_TEXT = (
    f"START RequestId: {_ID} Version: $LATEST",
    f"END RequestId: {_ID}",
    f"REPORT RequestId: {_ID}\tDuration: 12.34 ms\tBilled Duration: 13 ms\t",
    "Memory Size: 1024 MB\tMax Memory Used: 123 MB\t",
    '{"requestId":"JKJaXmPLv01VGzCi=","time":"1795420800000","ip":"192.0.2.10","method":"POST",',
    '"path":"/","status":"200","responseLength":"250","latency":"20","integrationLatency":"18","error":"-"}',
)
OTHER_LINES = 4  # of which two are in two parts above
LINE_OVERHEAD = 26  # bytes that CloudWatch adds to each line
HEADERS = 300  # bytes of the headers of a response, about


@dataclass(slots=True)
class Requests:
    """Sends requests to the handler, and records their log lines, seconds and bytes."""

    log: StringIO = field(default_factory=StringIO)
    seconds: list[float] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)

    def open(self) -> None:
        """Redirect the log of the handler to this object. Must be called before its first request."""
        os.environ["POWERTOOLS_LOG_LEVEL"] = "INFO"
        from handlers.http.log import logger  # noqa: PLC0415 - it reads the environment

        with redirect_stdout(self.log):
            logger()

    def forget(self) -> None:
        """Discard what was recorded."""
        self.log.seek(0)
        self.log.truncate()
        self.seconds.clear()
        self.sent.clear()

    def send(self, query: str, variables: dict[str, Any]) -> Any:
        """Send a document, and return the value of its only field."""
        from handlers.http_api import handler  # noqa: PLC0415

        event = graphql_event(query, variables, accept_encoding="identity")
        began = time.process_time()
        response = handler(event, Invocation())
        self.seconds.append(time.process_time() - began)
        self.sent.append(HEADERS + len(response["body"]))
        result = json.loads(response["body"])
        if "errors" in result:
            raise SystemExit(f"A request of this benchmark was refused: {result['errors'][0]['message']}")
        (value,) = result["data"].values()
        return value

    def lines(self) -> list[dict[str, Any]]:
        """Return the log lines of the handler."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


def execute_life(requests: Requests, kind: Kind, flow: str, key: str) -> None:
    """Execute one life: a creation with a key, its states, and its reads."""
    inputs = {
        "flow_id": flow,
        "idempotency_key": key,
        "parameters": kind.parameters,
        "labels": list(kind.labels),
    }
    run = requests.send(CREATE, {"input": inputs})["id"]
    for version, state in enumerate(kind.states, 1):
        change = {"flow_run_id": run, "version": version, "state": state}
        requests.send(SET, {"input": {"states": [change]}})
    for _ in range(READS):
        requests.send(READ, {"id": run})


def register(requests: Requests, kind: Kind) -> str:
    """Register a flow for runs of this kind, and return its id."""
    project = requests.send(PROJECT, {"input": {"name": "Bench"}})["id"]
    serialized = {
        "name": kind.name.capitalize(),
        "parameters": [{"name": name, "required": True} for name in kind.required],
        "tasks": [{"slug": f"task-{number}", "name": "task"} for number in range(1, 11)],
    }
    inputs = {"project_id": project, "serialized_flow": serialized}
    return str(requests.send(FLOW, {"input": inputs})["id"])


def usage_of(requests: Requests, client: Any, table: str, kind: Kind, lives: int) -> Usage:
    """Return the usage of one life; its processor time is the median of `lives` lives."""
    flow = register(requests, kind)
    execute_life(requests, kind, flow, "warm-up")
    before = _stored(client, table)
    spans = []
    for number in range(lives):
        requests.forget()
        execute_life(requests, kind, flow, f"{number:036}")
        spans.append(sum(requests.seconds))
    lines = requests.lines()
    return Usage(
        requests=len(requests.sent),
        calls=sum(line["calls"] for line in lines),
        write_units=sum(line["write_units"] for line in lines),
        read_units=sum(line["read_units"] for line in lines),
        cpu=median(spans),
        logged=len(requests.log.getvalue().encode()) + len(requests.sent) * _other_log_bytes(),
        sent=sum(requests.sent),
        stored=(_stored(client, table) - before) / lives,
    )


def _other_log_bytes() -> int:
    """Return the bytes of the further log lines of a request, and of what CloudWatch adds to all lines."""
    return sum(map(len, OTHER_TEXT)) + LINE_OVERHEAD * (OTHER_LINES + 1)


def _stored(client: Any, table: str) -> int:
    found = client.describe_table(TableName=table)["Table"]
    keys, *indexes = (
        [part["AttributeName"] for part in keyed["KeySchema"]]
        for keyed in (found, *found["GlobalSecondaryIndexes"])
    )
    return stored_bytes(_items(client, table), keys, indexes)


def _items(client: Any, table: str) -> Iterator[dict[str, Any]]:
    """Yield the items that remain, without idempotency keys, which expire after a day."""
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from (item for item in page["Items"] if "expires" not in item)
