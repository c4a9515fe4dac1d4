"""Small mutations that ask for much work: what is too much is refused before it writes anything."""

import base64
import gzip
import json
from typing import Any

import pytest

from tests.handlers.budgets import MOST_CALLS, aliases, counted_calls
from tests.handlers.service import code

NO_RUN = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"


def compressed(flow):
    return base64.b64encode(gzip.compress(json.dumps(flow).encode())).decode()


def names(count):
    return [f"name {number}" for number in range(count)]


LOGS = "mutation($l: [write_run_logs_input_logs!]!) { write_run_logs(input: {logs: $l}) { success } }"
LONG: Any = {"type": "Running", "message": "a" * 9_000}
# Documents of mutations with $r, the id of a run, and $v. The first error begins with the place of the value.
CHANGES: dict[str, tuple[str, Any, str]] = {
    "a state in a list": (
        "set_flow_run_states(input: {states: [" + "{flow_run_id: $r, state: $v} " * 6 + "]})",
        LONG,
        r"input\.states\[\d\]\.state: the changes",
    ),
    "a state as text in a list": (
        "set_flow_run_states(input: {states: [" + "{flow_run_id: $r, state: $v} " * 6 + "]})",
        '{"type": "Running", "x": [' + "[]," * 2_000 + "0]}",
        r"input\.states\[\d\]\.state: the changes",
    ),
    "many states": (
        "set_flow_run_states(input: {states: [" + "{flow_run_id: $r, state: $v} " * 9 + "]})",
        {"type": "Running"},
        r"input\.states: the changes",
    ),
    "an info in many entries": (
        "write_run_logs(input: {logs: [" + "{flow_run_id: $r, info: $v} " * 50 + "]})",
        "[" + "[]," * 2_000 + "0]",
        r"input\.logs\[\d\]\.info: the changes",
    ),
    "parameters beside each other": (
        "create_flow_run(input: {parameters: {a: $v, b: [$v, $v]}})",
        "a" * 50_000,
        r"input\.parameters: the changes",
    ),
    "lists of texts": ("create_flow_run(input: {context: $v})", names(9_000), r"input\.context: the changes"),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_mutation_that_asks_for_too_much_writes_nothing(service, budgets, name):
    field, value, message = CHANGES[name]
    declared = "$r: UUID!, $v: JSON!" if "$r" in field else "$v: JSON!"
    document = f"mutation({declared}) {{ {field} {{ __typename }} }}"

    with counted_calls() as calls:
        error = service.error(document, {"r": NO_RUN, "v": value})

    assert code(error) == "BAD_USER_INPUT"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(error["message"])
    assert calls[0] < MOST_CALLS


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{"flow_run_id": NO_RUN}] * 900, r"input\.logs: the changes"),
        ([{"flow_run_id": NO_RUN[:-3] + f"{n:03}"} for n in range(400)], r"input\.logs: the changes"),
        ([{"flow_run_id": NO_RUN, "message": "a" * 40_000}] * 5, r"input\.logs\[3\]\.message: the changes"),
    ],
    ids=["entries", "runs", "messages"],
)
def test_log_entries_that_ask_for_too_much_are_refused_before_a_read(service, budgets, entries, message):
    error = service.error(LOGS, {"l": entries})

    with pytest.raises(AssertionError, match=message):
        raise AssertionError(error["message"])
    assert budgets.last.reads_of_changes == 0


# Fields that use $v many times, each of which does little: those before the budget ends are done.
REPEATED: dict[str, tuple[str, Any]] = {
    "creations": ("create_flow_run(input: {flow_id: $f, parameters: {x: $v}}) { id }", "a" * 20_000),
    "registrations": (
        "register_tasks(input: {flow_id: $f, serialized_tasks: $v}) { success }",
        [{"slug": "x", "name": "a" * 40_000}],
    ),
    "compressed flows": (
        "create_flow_from_compressed_string(input: {serialized_flow: $v, version_group_id: $f}) { id }",
        compressed({"name": "F", "x": [0] * 20_000}),
    ),
    "labels": ("set_flow_group_labels(input: {flow_group_id: $f, labels: $v}) { success }", ["a"] * 2_000),
}


@pytest.mark.parametrize("name", list(REPEATED))
def test_mutations_after_the_budget_is_used_up_do_not_begin(service, budgets, name):
    field, value = REPEATED[name]
    kind = {"labels": "[String!]", "compressed flows": "String!"}.get(name, "JSON!")
    of_flow = "String!" if name == "compressed flows" else "UUID!"
    flow_id = service.flow({"tasks": [{"slug": f"task-{number}"} for number in range(50)]})
    document = f"mutation($f: {of_flow}, $v: {kind}) {{ {aliases(40, field)} }}"

    result = service.send(document, {"f": flow_id, "v": value})

    last = [error for error in result["errors"] if "the changes of this request" in error["message"]]
    assert len(last) > 30
    assert {code(error) for error in last} == {"BAD_USER_INPUT"}
    assert [error["path"] for error in last] == [[f"a{number}"] for number in range(40 - len(last), 40)]
    assert budgets.last.reads_of_changes < 40
