"""Strawberry as its users call it, and with its extensions that cache documents and their validation."""

import enum
from collections.abc import Callable
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Any, NewType

import strawberry
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from bench.handler_cpu.others.rows import Json, parse_time, parse_uuid, root_results, time_out

UUID = NewType("UUID", str)
Time = NewType("Time", datetime)
JSON = NewType("JSON", object)
SCALARS = {
    UUID: strawberry.scalar(name="UUID", serialize=str, parse_value=parse_uuid),
    Time: strawberry.scalar(name="DateTime", serialize=time_out, parse_value=parse_time),
    JSON: strawberry.scalar(name="JSON", serialize=lambda value: value, parse_value=lambda value: value),
}


@strawberry.type(name="project")
class Project:
    id: UUID | None
    name: str | None


@strawberry.type(name="flow")
class Flow:
    id: UUID | None
    name: str | None
    project: Project | None


@strawberry.type(name="flow_run")
class FlowRun:
    id: UUID | None = None
    name: str | None = None
    flow_id: UUID | None = None
    state: str | None = None
    version: int | None = None
    labels: JSON | None = None
    parameters: JSON | None = None
    context: JSON | None = None
    serialized_state: JSON | None = None
    created: Time | None = None
    scheduled_start_time: Time | None = None
    flow: Flow | None = None


@strawberry.type(name="flow_run_id_payload")
class FlowRunId:
    id: UUID | None
    flow_run: FlowRun | None = None


@strawberry.type(name="set_flow_run_state_payload")
class StateSet:
    id: UUID | None = None
    status: str | None = None
    message: str | None = None
    version: int | None = None


@strawberry.type(name="set_flow_run_states_payload")
class StatesSet:
    states: list[StateSet]


@strawberry.type(name="runs_in_queue_payload")
class RunsInQueue:
    flow_run_ids: list[UUID]


@strawberry.enum(name="order_by")
class Order(enum.Enum):
    asc = "asc"
    desc = "desc"


@strawberry.input(name="flow_run_order_by")
class FlowRunOrder:
    created: Order | None = strawberry.UNSET
    name: Order | None = strawberry.UNSET
    state: Order | None = strawberry.UNSET


@strawberry.input(name="create_flow_run_input")
class CreateFlowRun:
    flow_id: UUID | None = None
    version_group_id: str | None = None
    parameters: JSON | None = None
    context: JSON | None = None
    labels: list[str] | None = None
    run_config: JSON | None = None
    flow_run_name: str | None = None
    scheduled_start_time: Time | None = None
    idempotency_key: str | None = None


@strawberry.input(name="set_flow_run_states_input_states")
class OneState:
    flow_run_id: UUID
    state: JSON
    version: int | None = None


@strawberry.input(name="set_flow_run_states_input")
class SetStates:
    states: list[OneState]


@strawberry.input(name="get_runs_in_queue_input")
class Poll:
    before: Time | None = None
    labels: list[str] | None = None
    tenant_id: UUID | None = None


def acts(cases: list[Json]) -> dict[str, dict[str, Callable[[], Any]]]:
    """Return the acts to time, by variant and case."""
    results = root_results(cases)
    variants = {"Strawberry": [], "Strawberry, documents kept": [ParserCache, ValidationCache]}
    return {
        name: {
            case["name"]: partial(schema.execute_sync, case["query"], variable_values=case["variables"])
            for case in cases
        }
        for name, extensions in variants.items()
        for schema in (_schema(results, extensions),)
    }


def _schema(results: Json, extensions: list[Any]) -> strawberry.Schema:
    run = _run(results["flow_run_by_pk"])
    runs = [_run(row) for row in results["flow_run"]]
    created = FlowRunId(id=results["create_flow_run"].id)
    states = StatesSet(states=[StateSet(**vars(row)) for row in results["set_flow_run_states"].states])
    queue = RunsInQueue(flow_run_ids=results["get_runs_in_queue"].flow_run_ids)

    @strawberry.type
    class Query:
        @strawberry.field
        def flow_run_by_pk(self, id: UUID) -> FlowRun | None:  # noqa: A002, ARG002
            return run

        @strawberry.field
        def flow_run(
            self,
            order_by: list[FlowRunOrder] | None = None,  # noqa: ARG002
            limit: int | None = None,  # noqa: ARG002
            offset: int | None = None,  # noqa: ARG002
        ) -> list[FlowRun]:
            return runs

    @strawberry.type
    class Mutation:
        @strawberry.mutation
        def create_flow_run(self, input: CreateFlowRun) -> FlowRunId | None:  # noqa: A002, ARG002
            return created

        @strawberry.mutation
        def set_flow_run_states(self, input: SetStates) -> StatesSet | None:  # noqa: A002, ARG002
            return states

        @strawberry.mutation
        def get_runs_in_queue(self, input: Poll) -> RunsInQueue | None:  # noqa: A002, ARG002
            return queue

    config = StrawberryConfig(auto_camel_case=False, scalar_map=SCALARS)

    return strawberry.Schema(Query, Mutation, extensions=extensions, config=config)


def _run(row: SimpleNamespace) -> FlowRun:
    values = dict(vars(row))
    if flow := values.pop("flow", None):
        project = Project(id=flow.project.id, name=flow.project.name)
        values["flow"] = Flow(id=flow.id, name=flow.name, project=project)
    return FlowRun(**values)


def data(result: Any) -> Any:
    """Return the data of a result. Leave the benchmark if it has errors."""
    if result.errors:
        raise SystemExit(f"Strawberry failed: {result.errors}")
    return result.data
