"""No resolver returns null for a field that the schema declares non-null, however little the store holds."""

from dataclasses import replace
from datetime import timedelta

import pytest
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

from domain.access.api_keys import KeyKind
from domain.concurrency.limits import LimitKind
from domain.schedules.rules.skips import SkippedOccurrence, SkipReason
from domain.schedules.runs.backfills import BackfillRequest
from domain.schedules.runs.records import Decided
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.schema import build_schema
from operations.access import secrets
from operations.access.api_keys import WantedKey, create_api_key
from operations.concurrency.limits import update_limit
from operations.queue.agents import create_agent_config, register_agent
from operations.reads.entities.registry import ENTITIES
from operations.schedules.backfilling import create_backfill
from operations.task_runs.artifacts import create_task_run_artifact
from operations.task_runs.logs import write_logs
from operations.task_runs.task_runs import get_or_create_task_run
from tests.contract.factories import START, log_entry
from tests.reads.world import fill

SCHEMA = build_schema()
EXECUTOR = Executor(SCHEMA)
ROOTS = sorted(name for name, entity in ENTITIES.items() if entity.plan is not None)
# These lists need a filter, because the rows of a whole tenant are too many to be read.
WHERE = {
    "log": 'flow_run_id: {{_eq: "{flow_run}"}}',
    "task_run": 'flow_run_id: {{_eq: "{flow_run}"}}',
    "task_run_state": 'task_run: {{flow_run_id: {{_eq: "{flow_run}"}}}}',
    "task_run_artifact": 'task_run_id: {{_eq: "{task_run}"}}',
}


def selection(kind: GraphQLNamedType, depth: int = 1) -> str:
    """Return every column of a type, and with `depth` those of its related rows."""
    assert isinstance(kind, GraphQLObjectType)
    fields = [text for name, field in kind.fields.items() if (text := _selected(name, field, depth))]
    return " ".join(fields)


def _selected(name: str, field: GraphQLField, depth: int) -> str | None:
    kind = get_named_type(field.type)
    if is_leaf_type(kind):
        return name if not field.args else None
    if depth == 0:
        return None
    below = selection(kind, depth - 1)
    many = is_list_type(get_nullable_type(field.type))
    return f"{name}{'(limit: 2)' if many else ''} {{ {below} }}" if below else None


def check(world, root: str, **ids: str) -> None:
    """Query every column of an entity and of its related rows; expect rows and no error."""
    where = f"(where: {{{WHERE[root].format(**ids)}}})" if root in WHERE else ""
    text = f"{{ {root}{where} {{ {selection(SCHEMA.type_map[root])} }} }}"
    outcome = EXECUTOR.execute(GraphQLRequest(query=text, variables={}), world.context)
    assert "errors" not in outcome.result, [str(error.original_error) for error in outcome.failures]
    assert outcome.result["data"][root] != []


def check_nodes(world, root: str, selected: str, **ids: str) -> None:
    """Query the aggregate of an entity with its rows; expect as many rows as are counted and no error."""
    where = f"(where: {{{WHERE[root].format(**ids)}}})" if root in WHERE else ""
    text = f"{{ {root}_aggregate{where} {{ aggregate {{ count }} nodes {{ {selected} }} }} }}"
    outcome = EXECUTOR.execute(GraphQLRequest(query=text, variables={}), world.context)
    assert "errors" not in outcome.result, [str(error.original_error) for error in outcome.failures]
    data = outcome.result["data"][f"{root}_aggregate"]
    assert len(data["nodes"]) == data["aggregate"]["count"] > 0


@pytest.fixture
def ids(world) -> dict[str, str]:
    """One object of each kind, each with its required inputs alone. The flow run is new."""
    flow_id = world.register(
        {"name": "Flow", "tasks": [{"slug": "a"}, {"slug": "b"}], "edges": [_edge("a", "b")]}
    )
    flow_run_id = world.create(flow_id)
    (flow,) = world.store.flows.get([flow_id])
    task = world.store.flows.tasks([flow])[flow_id][0]
    task_run = get_or_create_task_run(world.context, flow_run_id, task.id, None)
    create_task_run_artifact(world.context, task_run.id, "link", {})
    write_logs(world.context, [log_entry(flow_run_id, message="", name=None)])
    register_agent(world.context, agent_type="LocalAgent", name=None, labels=[], agent_config_id=None)
    create_agent_config(world.context, None, None)
    secrets.set_secret(world.context, "name", 0)
    secrets.set_key_value(world.context, "key", 0)
    for limit_kind in LimitKind:
        update_limit(world.context, limit_kind, "name", 0, what="name")
    for key_kind in KeyKind:
        create_api_key(world.context, WantedKey(kind=key_kind, name="name"))
    _skip(world)
    _leave_a_trail(world)
    return {"flow_run": flow_run_id, "task_run": task_run.id}


def _leave_a_trail(world) -> None:
    """Change something whose change has an entry, from nowhere that is known."""
    context = replace(world.context, audit_kept=timedelta(days=1))
    text = 'mutation { set_key_value(input: {key: "key", value: 1}) { id } }'
    assert "errors" not in EXECUTOR.execute(GraphQLRequest(query=text, variables={}), context).result


def _skip(world) -> None:
    """Switch a schedule on, of which an occurrence does not run."""
    clock = {"type": "DatesClock", "dates": [{"dt": "2000-01-01T00:00:00", "tz": "UTC"}]}
    flow = {"name": "Scheduled", "schedule": {"clocks": [clock]}}
    flow_id = world.register(flow, set_schedule_active=True)
    group_id = world.store.flows.get([flow_id])[0].flow_group_id
    skipped = SkippedOccurrence(
        flow_group_id=group_id, time=START, reason=SkipReason.MISSED, message="", decided=START
    )
    record = world.store.schedules.get(group_id)
    after = replace(record, revision=record.revision + 1)
    decided = Decided(after, skipped=[skipped])
    assert world.store.schedules.keep(record, decided, world.context.token()) == set()
    past = BackfillRequest(flow_group_id=group_id, first=START, last=START)
    create_backfill(world.context, past, None)


def _edge(upstream: str, downstream: str) -> dict[str, dict[str, str]]:
    return {"upstream_task": {"slug": upstream}, "downstream_task": {"slug": downstream}}


@pytest.mark.dynoxide_only
def test_objects_with_required_inputs_alone_have_every_non_null_field(world, ids):
    for root in ROOTS:
        check(world, root, **ids)


@pytest.mark.parametrize("root", ROOTS)
def test_aggregate_with_nodes_has_every_row_with_every_column(world, ids, root):
    check_nodes(world, root, selection(SCHEMA.type_map[root], depth=0), **ids)
    check_nodes(world, root, "__typename", **ids)


@pytest.mark.dynoxide_only
def test_objects_in_many_states_have_every_non_null_field(world):
    fill(world.context)

    for root in ("tenant", "project", "flow_group", "flow", "task", "edge", "flow_run"):
        check(world, root)


def test_run_of_missing_flow_has_every_non_null_field(world, ids):
    for item in world.items():
        if "#flow#" in item["pk"]["S"] or "#group#" in item["pk"]["S"]:
            key = {name: item[name] for name in ("pk", "sk")}
            world.client.delete_item(TableName=world.table_name, Key=key)
    assert world.store.flows.get([world.run(ids["flow_run"]).flow_id]) == []

    for root in ("flow_run", "flow_run_state", "task_run", "task_run_state", "task_run_artifact", "log"):
        check(world, root, **ids)
