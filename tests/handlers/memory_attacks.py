"""A process that answers attacks on its memory, and measures for each how much it had at most.

It prints a line of JSON for each attack. A process of its own, because the figures are those of the process.
"""

import base64
import gc
import gzip
import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from handlers import http_api
from local_server.allocator import return_large_blocks
from tests.handlers.aws import aws_account
from tests.handlers.events import graphql_event
from tests.handlers.invocation import invocation

Json = dict[str, Any]
WRITE_LOGS = "mutation($input: write_run_logs_input!) { write_run_logs(input: $input) { success } }"
LOG = "query($id: UUID!) { log(where: {flow_run_id: {_eq: $id}}) { message info } }"
# The attacks that are also made by three clients at once.
AT_ONCE = {"read all serialized flows", "filter by parameters", "read 100 MB of logs", "body of many lists"}
ECHO = "mutation($input: set_key_value_input!) { set_key_value(input: $input) { id } }"
LISTS = "[" + "[]," * 50_000 + "0]"


def send(query: str, variables: Any = None, **headers: str) -> Json:
    """Return the response to a request, whose body is compressed as clients may send it."""
    event = graphql_event(query, variables, headers={"accept-encoding": "gzip", **headers})
    response = http_api.handler(event, invocation(60))
    raw = base64.b64decode(response["body"]) if response["isBase64Encoded"] else response["body"].encode()
    if response["headers"].get("content-encoding") == "gzip":
        raw = gzip.decompress(raw)
    found: Json = json.loads(raw)
    return found


def change(mutation: str, selection: str = "id", **given: Any) -> Json:
    document = f"mutation($input: {mutation}_input!) {{ {mutation}(input: $input) {{ {selection} }} }}"
    return send(document, {"input": given})


def created(mutation: str, **given: Any) -> str:
    return str(change(mutation, **given)["data"][mutation]["id"])


def by_aliases(field: str, value: Any, kind: str = "JSON!", count: int = 50) -> Json:
    """Return the response to many uses of one variable, $v, in this field of a mutation."""
    fields = " ".join(f"a{number}: {field}" for number in range(count))
    return send(f"mutation($v: {kind}) {{ {fields} }}", {"v": value})


def compressed(text: bytes) -> str:
    return base64.b64encode(gzip.compress(text, 6)).decode()


class Attacks:
    """The attacks on one account, in an order in which the later find what the earlier have stored."""

    def __init__(self) -> None:
        self.project = created("create_project", name="P")
        self.flow = created("create_flow", project_id=self.project, serialized_flow={"name": "F"})
        self.run = created("create_flow_run", flow_id=self.flow)

    def register(self, flow: str) -> Json:
        given = {"project_id": self.project, "serialized_flow": flow}
        return change("create_flow_from_compressed_string", **given)

    def state(self, version: int, **state: Any) -> Json:
        entry = {"flow_run_id": self.run, "version": version, "state": {"type": "Running", **state}}
        return change("set_flow_run_states", "states { version }", states=[entry])

    def all(self) -> Iterator[tuple[str, Callable[[], Json]]]:
        yield from self.of_flows()
        yield from self.of_runs()
        yield from self.of_states()
        yield from self.of_logs()
        yield from self.of_bodies()

    def of_flows(self) -> Iterator[tuple[str, Callable[[], Json]]]:
        def registration(name: str, text: bytes) -> tuple[str, Callable[[], Json]]:
            return f"register {name}", partial(self.register, compressed(text))

        zeros = b"0" * 10_000_000
        yield registration(
            "10 MB of zeros as default",
            b'{"name": "Z", "parameters": [{"name": "x", "default": "' + zeros + b'"}]}',
        )
        yield registration("59 MB of lists", b'{"name": "L", "a": [' + b"[]," * 19_600_000 + b"0]}")
        yield registration("18 MB of lists", b'{"name": "L", "a": [' + b"[]," * 6_000_000 + b"0]}")
        yield registration("the most lists", b'{"name": "Lists", "a": [' + b"[]," * 280_000 + b"0]}")
        nested = b",".join([b'{"":' * 150 + b"0" + b"}" * 150] * 2_000)
        yield registration("nested objects", b'{"name": "Nest", "a": [' + nested + b"]}")
        wide = '{"name": "Fox", "a": "🦊'.encode() + b"0" * 7_000_000 + b'"}'
        yield registration("wide text", wide)
        tasks = [{"slug": f"task-{number}", "name": "task", "type": "Task"} for number in range(65_000)]
        yield registration("65,000 tasks", json.dumps({"name": "Many", "tasks": tasks}).encode())
        del zeros, nested, wide, tasks
        yield "read all serialized flows", lambda: send("{ flow { name serialized_flow } }")
        by_name = "query($n: String) { flow(where: {name: {_eq: $n}}) { serialized_flow } }"
        for name in ("Lists", "Nest", "Fox", "Many"):
            yield f"read {name}", partial(send, by_name, {"n": name})
        aliases = " ".join(f"a{n}: flow_by_pk(id: $f) {{ serialized_flow }}" for n in range(100))
        for name in ("Fox", "Many"):
            found = send("query($n: String) { flow(where: {name: {_eq: $n}}) { id } }", {"n": name})
            variables = {"f": found["data"]["flow"][0]["id"]}
            yield f"read {name} by aliases", partial(send, f"query($f: UUID!) {{ {aliases} }}", variables)
        field = "create_flow_from_compressed_string(input: {serialized_flow: $v}) { id }"
        flow = compressed(b'{"name": "W", "a": "' + b"a" * 19_900_000 + "中".encode() + b'"}')
        yield "register wide text by aliases", partial(by_aliases, field, flow, "String!")
        flow = compressed(b'{"name": "", "a": [' + b"[]," * 300_000 + b"0]}")
        yield "refused flows by aliases", partial(by_aliases, field, flow, "String!")
        yield "edges of all flows", lambda: send("{ edge { id } }")
        nested_tasks = '{ flow(where: {name: {_eq: "Many"}}) { tasks { id slug } } }'
        yield "tasks of a flow", lambda: send(nested_tasks)

    def of_runs(self) -> Iterator[tuple[str, Callable[[], Json]]]:
        parameters = [{"name": "x", "default": "0" * 900_000}]
        flow = {"name": "D", "parameters": parameters}
        flow_id = created("create_flow", project_id=self.project, serialized_flow=flow)
        for _ in range(60):
            created("create_flow_run", flow_id=flow_id)
        for _ in range(20):
            created("create_flow_run", flow_id=self.flow, parameters={"x": json.loads(LISTS)})
        yield "list parameters", lambda: send("{ flow_run(limit: 40) { id parameters } }")
        yield "list all parameters", lambda: send("{ flow_run { id parameters } }")
        aliases = " ".join(f"a{n}: flow_run(limit: 40) {{ parameters }}" for n in range(20))
        yield "list parameters by aliases", lambda: send(f"{{ {aliases} }}")
        aliases = " ".join(f"a{n}: parameters" for n in range(150))
        yield "parameters by aliases", lambda: send(f"{{ flow_run(limit: 5) {{ {aliases} }} }}")
        yield "parameters of a flow by its runs", lambda: send("{ flow_run { flow { parameters } } }")
        where = "where: {parameters: {_contains: {y: 1}}}"
        yield "filter by parameters", lambda: send(f"{{ flow_run({where}) {{ id }} }}")
        yield "order by parameters", lambda: send("{ flow_run(order_by: {parameters: asc}) { id } }")
        yield "ids of the runs", lambda: send("{ flow_run { id state } }")
        yield "parameters of the runs of flows", lambda: send("{ flow { flow_runs { parameters } } }")

        field = f'create_flow_run(input: {{flow_id: "{self.flow}", parameters: $v}}) {{ id }}'
        text = "[" + "[]," * 160_000 + "1e999]"
        yield "refused parameters by aliases", partial(by_aliases, field, text)
        numbers = "[" + "1e999," * 490_000 + "0]"
        yield "numbers that cannot be kept by aliases", partial(by_aliases, field, numbers)
        repeated = field.replace("$v", "{a: [" + "$v " * 4 + "]}")
        yield "a variable many times in parameters", partial(by_aliases, repeated, "a" * 4_000_000)

    def of_states(self) -> Iterator[tuple[str, Callable[[], Json]]]:
        lists, version = json.loads(LISTS), 1
        yield "state of too many lists", lambda: self.state(1, a=lists * 8)
        for version in range(1, 25):
            self.state(version, a=lists)
        for version in range(25, 50):
            self.state(version, message="0" * 900_000)
        entry = f'{{flow_run_id: "{self.run}", state: $v}} '
        field = f"set_flow_run_states(input: {{states: [{entry * 100}]}}) {{ __typename }}"
        text = '{"type": "Success", "a": [' + "[]," * 150_000 + "0]}"
        yield "states of lists in one list", partial(by_aliases, field, text, count=1)
        yield "history", lambda: send("{ flow_run { states { message serialized_state } } }")
        yield "current states", lambda: send("{ flow_run { serialized_state } }")
        yield "ids and states", lambda: send("{ flow_run { id state version } }")

    def of_logs(self) -> Iterator[tuple[str, Callable[[], Json]]]:
        def write(number: int, info: Any) -> Json:
            entry = {"flow_run_id": self.run, "timestamp": f"2026-01-01T00:{number:02}:00Z", "info": info}
            logs = [entry | {"message": f"{n}" + "0" * 990_000} for n in range(2 if info else 5)]
            return send(WRITE_LOGS, {"input": {"logs": logs}})

        yield "write info of lists", lambda: write(0, json.loads(LISTS))
        entry = f'{{flow_run_id: "{self.run}", info: $v}} '
        field = f"write_run_logs(input: {{logs: [{entry * 200}]}}) {{ success }}"
        yield "infos of lists in one list", partial(by_aliases, field, LISTS, count=1)
        for number in range(20):
            write(number, None)
        yield "read 100 MB of logs", lambda: send(LOG, {"id": self.run})
        yield "logs of runs", lambda: send("{ flow_run { logs(limit: 3) { message } } }")

    def of_bodies(self) -> Iterator[tuple[str, Callable[[], Json]]]:
        for name, count in (("too many", 1_900_000), ("many", 400_000)):
            yield f"body of {name} lists", partial(send, ECHO, {"input": {"key": "k", "value": [[]] * count}})
        text = json.dumps({"input": {"key": "k", "value": [[]] * 400_000}})
        yield "variables as text of many lists", lambda: send(ECHO, text)
        yield "logs of nothing", lambda: send(WRITE_LOGS, {"input": {"logs": [{}] * 300_000}})


def _status(name: str) -> float:
    """Return a figure of the process in megabytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1_024


def _measured(call: Callable[[], Json], times: int) -> Json:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the highest figure so far
    before = _status("VmRSS")
    began = time.process_time()
    with ThreadPoolExecutor(times) as threads:
        results = list(threads.map(lambda _: call(), range(times)))
    errors = [error["extensions"]["code"] for result in results for error in result.get("errors", ())]
    return {
        "before": round(before),
        "peak": round(_status("VmHWM")),
        "cpu": round(time.process_time() - began, 2),
        "errors": sorted(set(errors)),
    }


def main() -> None:
    return_large_blocks()
    os.environ.pop("AUTH_TOKEN_SHA256", None)
    with pytest.MonkeyPatch.context() as patch, aws_account(patch):
        for name, call in Attacks().all():
            for times in (1, 3) if name in AT_ONCE else (1,):
                line = {"attack": name, "times": times, **_measured(call, times)}
                print(json.dumps(line), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
