"""Heavy requests: what honest clients may ask for, and attacks that ask for as much as they can."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from bench.api_gateway import graphql_event
from bench.heavy.worlds import Worlds, compressed, dense, traceback

_TEN_COLUMNS: Final = "id name flow_id state version labels created start_time end_time parameters"
_ALL_COLUMNS: Final = (
    f"{_TEN_COLUMNS} updated scheduled_start_time auto_scheduled context run_config serialized_state "
    "state_message state_result state_timestamp state_start_time"
)
_PATTERN: Final = {"message": {"_like": "%x%y%"}}
_LOG: Final = "log(where: {flow_run_id: {_eq: $r}%s}%s) { id message timestamp }"


@dataclass(frozen=True)
class Heavy:
    """A request to the tenant of this name. `make` fills its data. An honest request must be answered."""

    name: str
    tenant: str
    make: Callable[[Worlds], dict[str, Any]]
    is_honest: bool = True


def heavy_requests() -> tuple[Heavy, ...]:
    """Return the requests: pages, changes and attacks."""
    return *_pages(), *_changes(), *_attacks()


def _pages() -> Iterator[Heavy]:
    yield Heavy(
        "20,000 log entries with 3 columns",
        "long_log",
        lambda worlds: _query(
            "query($r: UUID!) { flow_run(where: {id: {_eq: $r}}) { logs(order_by: {timestamp: asc}) "
            "{ timestamp message level } } }",
            r=worlds.long_log,
        ),
    )
    yield Heavy(
        "300 log entries of 20 KB",
        "large_log",
        lambda worlds: _query(
            "query($r: UUID!) { log(where: {flow_run_id: {_eq: $r}}) { timestamp message level } }",
            r=worlds.large_log,
        ),
    )
    counts = " ".join(
        f'{state}: flow_runs_aggregate(where: {{state: {{_eq: "{state}"}}}}) {{ aggregate {{ count }} }}'
        for state in ("Success", "Failed", "Running", "Scheduled")
    )
    yield Heavy(
        "100 flows with last runs and four counts",
        "dashboard",
        lambda worlds: _query(
            "query($p: UUID!) { flow(where: {project_id: {_eq: $p}}, order_by: {name: asc}, limit: 100) "
            "{ id name version flow_runs(limit: 5, order_by: {created: desc}) "
            f"{{ id name state start_time end_time }} {counts} }} }}",
            p=worlds.dashboard,
        ),
    )
    yield Heavy(
        "5,000 tasks with their edges",
        "wide_flow",
        lambda worlds: _query(
            "query($f: UUID!) { task(where: {flow_id: {_eq: $f}}, limit: 5000) { id name slug "
            "upstream_edges { id key upstream_task { id } } } }",
            f=worlds.wide_flow,
        ),
    )
    yield Heavy(
        "1,000 runs with 10 columns",
        "many_runs",
        lambda worlds: _query(
            "query($f: UUID!) { flow_run(where: {flow_id: {_eq: $f}}, limit: 1000) "
            f"{{ {_TEN_COLUMNS} }} }}",
            f=worlds.many_runs,
        ),
    )
    yield Heavy(
        "200 runs of 500 tasks with five task runs",
        "runs_of_tasks",
        lambda worlds: _query(
            "query($f: UUID!) { flow_run(where: {flow_id: {_eq: $f}}, limit: 200) "
            "{ id name task_runs(limit: 5) { id state task { name } } } }",
            f=worlds.runs_of_tasks,
        ),
    )


def _changes() -> Iterator[Heavy]:
    dice = random.Random(7)  # noqa: S311
    numbers = [dice.random() for _ in range(290_000)]
    yield Heavy(
        "a last state of 5.6 MB of numbers",
        "running",
        lambda worlds: _change(
            "set_flow_run_states",
            "states { id }",
            states=[{"flow_run_id": worlds.running, "state": {"type": "Success", "_result": numbers}}],
        ),
    )
    yield Heavy(
        "a flow with 200,000 numbers",
        "running",
        lambda worlds: _change(
            "create_flow_from_compressed_string",
            "id",
            serialized_flow=compressed({"name": "Numbers", "of": [worlds.running, *numbers[:200_000]]}),
        ),
    )
    yield _written("20,000 log entries written", 20_000, lambda number: f"Entry {number} was written.")
    yield _written("200 tracebacks of 20 KB written", 200, traceback)
    yield _written("200 dense messages of 20 KB written", 200, lambda _: dense(20_000, dice))


def _written(name: str, count: int, message: Callable[[int], str]) -> Heavy:
    def make(worlds: Worlds) -> dict[str, Any]:
        entries = [
            {
                "flow_run_id": worlds.running,
                "timestamp": f"2026-11-23T08:00:{number % 60:02d}.{number % 1_000:03d}Z",
                "name": "prefect",
                "level": "INFO",
                "message": message(number),
            }
            for number in range(count)
        ]
        return _change("write_run_logs", "success", logs=entries)

    return Heavy(name, "running", make)


def _attacks() -> Iterator[Heavy]:
    def attack(name: str, tenant: str, document: str, **variables: Any) -> Heavy:
        def make(worlds: Worlds) -> dict[str, Any]:
            known = getattr(worlds, tenant)
            declared = {"r": "UUID", "w": variables.get("kind", "")}
            given = {name: value for name, value in variables.items() if name != "kind"}
            if "$r" in document:
                given["r"] = known
            head = ", ".join(f"${name}: {declared[name]}" for name in given if name in declared)
            return _query(f"query{f'({head})' if head else ''} {{ {document} }}", **given)

        return Heavy(name, tenant, make, is_honest=False)

    some = ', name: {_eq: "prefect.CloudTaskRunner"}'
    first = ", limit: 1, order_by: {timestamp: asc}"
    yield attack("18 times a log of 1,100 entries", "short_log", _aliases(18, _LOG % ("", "")))
    yield attack("3,720 dense log entries of 4 KB", "dense_log", _LOG % (', name: {_eq: "x"}', ""))
    yield attack("… shown", "dense_log", _LOG % ("", ""))
    yield attack("… ordered by id", "dense_log", _LOG % ("", ", limit: 1, order_by: {id: asc}"))
    yield attack("… 60 times, one of each", "dense_log", _aliases(60, _LOG % (some, first)))
    yield attack(
        "runs by patterns of their logs",
        "logs_of_runs",
        "flow_run(where: $w) { id }",
        kind="flow_run_bool_exp",
        w={"logs": _PATTERN},
    )
    yield attack(
        "logs of 60 task runs by patterns",
        "logs_of_runs",
        "flow_run { task_runs(limit: 60) { logs(where: $w) { id } } }",
        kind="log_bool_exp",
        w=_PATTERN,
    )
    yield attack(
        "flows by patterns of the states of their runs",
        "dashboard",
        "flow(where: $w) { id }",
        kind="flow_bool_exp",
        w={"flow_runs": {"states": _PATTERN}},
    )
    yield attack(
        "60 lists in the order of a text",
        "many_runs",
        _aliases(60, "flow_run(limit: 1, order_by: {state_message: asc}) { id }"),
    )
    yield attack(
        "7 times 700 runs with 20 columns",
        "many_runs",
        _aliases(7, f"flow_run(limit: 700) {{ {_ALL_COLUMNS} }}"),
    )
    yield attack("400,000 unused variables", "running", "hello", **{f"{n:x}": 1 for n in range(400_000)})


def _aliases(count: int, field: str) -> str:
    return " ".join(f"a{number}: {field}" for number in range(count))


def _query(document: str, **variables: Any) -> dict[str, Any]:
    event = graphql_event(document, variables)
    # Without blanks, so that as much as possible fits into a body.
    body = json.dumps({"query": document, "variables": variables}, separators=(",", ":"))
    return {**event, "body": body}


def _change(mutation: str, selection: str, **given: Any) -> dict[str, Any]:
    document = f"mutation($i: {mutation}_input!) {{ {mutation}(input: $i) {{ {selection} }} }}"
    return _query(document, i=given)
