"""The data of the tests of reads: a few of everything, as varied as the queries need it."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.flow_runs.states import State
from domain.ids import member_id, number_of
from operations.context import Context
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.states import set_flow_run_name, set_flow_run_state
from operations.flows.archiving import archive_flow
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from operations.task_runs.task_runs import get_or_create_task_run, set_task_run_state

START = datetime(2026, 1, 31, 8, tzinfo=UTC)
STATES = ["Submitted", "Running", "Success", "Failed", "Cancelled", "Paused", "Retrying"]
WAITING = {"start_time": "2030-01-01T00:00:00Z"}


def serialized_flow(name: str, number: int) -> dict[str, Any]:
    """Return a serialized flow of up to three tasks, one after the other, the last of them mapped."""
    slugs = [f"task-{place}" for place in range(number % 4)]
    return {
        "name": name,
        "parameters": [{"name": "x", "default": number}],
        "tasks": [{"slug": slug, "name": f"{slug} of {name}", "max_retries": number % 3} for slug in slugs],
        "edges": [
            {"upstream_task": {"slug": one}, "downstream_task": {"slug": other}, "mapped": other == slugs[-1]}
            for one, other in itertools.pairwise(slugs)
        ],
    }


def fill(context: Context) -> None:
    """Create two projects, three flows of two versions, a namesake of one, and three runs at each instant."""
    projects = [create_project(context, name=name) for name in ("one", "two")]

    def register(project: int, name: str, minutes: int, group: str | None = None) -> str:
        serialized = serialized_flow(name, minutes // 60 + 2 + len(name))
        request = RegisterFlow(
            project_id=projects[project], serialized_flow=serialized, version_group_id=group
        )
        return register_flow(at(context, minutes), request)

    numbers = itertools.count()
    for minutes in (0, 60):
        flows = [
            register(0, "a", minutes),
            register(1, "a", minutes),
            register(1, f"b{minutes}", minutes, "g"),
        ]
        for minute in (4, 15, 25, 35):  # the first while clocks may mix the runs of two versions
            for flow_id in flows:
                add_run(at(context, minutes + minute), flow_id, next(numbers))
    namesake = register(0, "a", 70, "h")
    for _ in range(3):
        add_run(at(context, 77), namesake, next(numbers))
    archive_flow(at(context, 120), flows[0])


def at(context: Context, minutes: int) -> Context:
    """Return the context at so many minutes after START."""
    return replace(context, now=lambda: START + timedelta(minutes=minutes))


def add_run(context: Context, flow_id: str, number: int) -> None:
    """Create a run, all properties of which follow from its number."""
    request = CreateFlowRun(
        flow_id=flow_id,
        parameters={"x": number % 3} if number % 2 else None,
        labels=["even", "x"] if number % 2 == 0 else [],
        flow_run_name=f"run {number % 5}" if number % 9 else None,
        scheduled_start_time=START + timedelta(hours=number % 4) if number % 8 else None,
    )
    flow_run_id = create_flow_run(context, request)
    for name in itertools.islice(itertools.cycle(STATES), number % 7, number % 7 + number % 4):
        state = State({"type": name, "message": name, **(WAITING if number % 2 else {})})
        set_flow_run_state(context, flow_run_id, None, state)
    if number % 6 == 0:
        set_flow_run_name(context, flow_run_id, "renamed")
    begin_task_runs(context, flow_id, flow_run_id, number)


def begin_task_runs(context: Context, flow_id: str, flow_run_id: str, number: int) -> None:
    """Begin some of the run's task runs, some of them mapped; the others are not stored at all."""
    (flow,) = context.store.flows.get([flow_id])
    tasks = context.store.flows.tasks([flow])[flow_id][: number % 3]
    for task in tasks:
        mapped = get_or_create_task_run(context, flow_run_id, task.id, number % 2).id
        for task_run_id, name in (
            (member_id(flow_run_id, number_of(task.id)), "Retrying"),
            (mapped, "Failed"),
        ):
            state = State({"type": name, "message": name, **(WAITING if name == "Retrying" else {})})
            set_task_run_state(context, task_run_id, None, state)
