"""Types in serialized flows: a value of a wrong type is refused by its name, or can be read."""

from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operations.flows import registering
from operations.reads.entities.description import ColumnKind
from operations.reads.entities.registry import ENTITIES
from tests.examples import examples
from tests.handlers.service import SNAKE, both_dialects, code

ODD = [{"a": 1}, ["a"], 5, 1.5, True, {"a": {}}]
COLUMNS = {
    name: " ".join(ENTITIES[name].columns) for name in ("flow", "task", "edge", "flow_group", "flow_run")
}
SORTED = [
    (name, column)
    for name in ("flow", "flow_run")
    for column, definition in ENTITIES[name].columns.items()
    if definition.kind is not ColumnKind.JSON
]
odd_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def objects(*names):
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, odd_values)) | odd_values


tasks = objects(
    *("slug", "name", "type", "tags", "max_retries", "retry_delay", "timeout", "cache_key", "auto_generated"),
    *("trigger", "description"),
)
serialized_flows = st.fixed_dictionaries(
    {"name": st.just("Odd")},
    optional={
        "__version__": odd_values,
        "description": odd_values,
        "type": odd_values,
        "schedule": objects("clocks", "type"),
        "parameters": st.lists(objects("name", "slug", "required", "default"), max_size=3) | odd_values,
        "storage": objects("type", "flows"),
        "environment": objects("labels", "executor"),
        "run_config": objects("labels", "type"),
        "tasks": st.lists(tasks, max_size=3) | odd_values,
        "edges": st.lists(objects("upstream_task", "downstream_task", "key", "mapped"), max_size=3)
        | odd_values,
        "reference_tasks": odd_values,
    },
)


def read_everything(service, flow_id):
    """Read all columns of a flow, its tasks and its edges; check that no list has an error."""
    run = service.send(
        "mutation($id: UUID) { create_flow_run(input: {flow_id: $id}) { id } }", {"id": flow_id}
    )
    assert all(error["extensions"]["code"] == "BAD_USER_INPUT" for error in run.get("errors", ())), run
    where = f'{{id: {{_eq: "{flow_id}"}}}}'
    of_flow = f'{{flow_id: {{_eq: "{flow_id}"}}}}'
    edge = f"{{ {COLUMNS['edge']} upstream_task {{ slug }} downstream_task {{ slug }} }}"
    service.data(
        f"""{{
            flow(where: {where}) {{
                {COLUMNS["flow"]}
                flow_group {{ {COLUMNS["flow_group"]} }}
                tasks {{ {COLUMNS["task"]} }}
                edges {edge}
                flow_runs {{ {COLUMNS["flow_run"]} task_runs {{ id task {{ slug tags }} }} }}
            }}
            task(where: {of_flow}, order_by: {{max_retries: desc, name: asc, type: asc}}) {{ id }}
            flow_aggregate(where: {where}) {{ aggregate {{ min {{ core_version }} max {{ description }} }} }}
        }}"""
    )
    lists = (
        f"{name}_{column}: {name}(order_by: {{{column}: asc}}, limit: 5) {{ id }}" for name, column in SORTED
    )
    service.data(f"{{ {' '.join(lists)} }}")


@both_dialects
@pytest.mark.parametrize(
    ("place", "odd"),
    [
        *product(
            ["__version__", "description", "run_config.labels", "environment.labels"], ODD[:1] + ODD[2:]
        ),
        *[("__version__", ["0.8.1"]), ("description", [])],
        *product(
            ["run_config.labels", "environment.labels"], ["prod", [1], ["a", None], [["a"]], [""], ["\n"]]
        ),
        *product(["parameters[0]"], ["x", 5, [], {}, {"name": 5}, {"name": None}, {"slug": "x"}]),
    ],
    ids=repr,
)
def test_part_of_a_flow_with_a_wrong_type_is_named(service, dialect, place, odd):
    part: dict[str, Any]
    if place == "parameters[0]":
        part = {"parameters": [odd]}
    elif place.endswith(".labels"):
        part = {place.partition(".")[0]: {"labels": odd}}
    else:
        part = {place: odd}
    given = {"project_id": service.project(), "serialized_flow": {"name": "Odd", **part}}

    error = service.refuse(dialect, "create_flow", given)

    assert code(error) == "BAD_USER_INPUT"
    assert f"serialized_flow.{place}" in error["message"]


@pytest.mark.parametrize("place", ["run_config", "environment"])
@pytest.mark.parametrize(("labels", "of_run"), [(None, []), ([], []), (["b", "a", "b"], ["a", "b"])])
def test_labels_of_a_flow_are_those_of_its_runs(service, place, labels, of_run):
    run_id = service.run(service.flow({place: {"type": "X", "labels": labels}}))

    assert service.read(run_id, "labels") == {"labels": of_run}


@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(serialized=serialized_flows)
def test_registered_flow_can_be_read_in_every_column(service, serialized):
    given_flow = {"project_id": service.project(), "serialized_flow": serialized}
    response = service.send(SNAKE.document("create_flow", "id"), {"input": given_flow})

    if "errors" in response:
        assert response["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    else:
        read_everything(service, response["data"]["create_flow"]["id"])
    service.forget_everything()


def lists_and_objects(serialized):
    """Return True if a flow passes the checks of release 0.1.0."""
    return all(
        isinstance(serialized.get(name), list | None) for name in ("parameters", "tasks", "edges")
    ) and all(
        isinstance(serialized.get(name), dict | None)
        for name in ("environment", "run_config", "schedule", "storage")
    )


@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(serialized=serialized_flows.filter(lists_and_objects))
def test_flow_that_release_0_1_0_registered_can_be_read(service, monkeypatch, serialized):
    with monkeypatch.context() as patched:
        patched.setattr(registering, "check_serialized_flow", lambda value: value)
        flow_id = service.flow(serialized)

    read_everything(service, flow_id)
    service.forget_everything()


def test_text_that_release_0_1_0_took_for_labels_is_one_label(service, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(registering, "check_serialized_flow", lambda value: value)
        flow_id = service.flow({"run_config": {"labels": "prod"}})

    assert service.read(service.run(flow_id), "labels") == {"labels": ["prod"]}
