"""The data that are stored when the requests are recorded."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from bench.core_states import SUBMITTED
from bench.handler_cpu.documents import LABELS, PARAMETERS, Ids
from domain.flow_runs.states import State
from operations.context import Context
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.states import set_flow_run_state
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from wiring import App, Settings

# More than a page of the list, so that the page is full. A poll returns the first 25 due runs.
RUNS: Final = 60
# The ids are the same each time, because they decide the shards of runs, and so the number of calls of a
# list.
NOW: Final = datetime(2026, 11, 23, 8, tzinfo=UTC)
SEED: Final = 7


def fill(client: Any) -> Ids:
    """Register a flow with ten tasks, create RUNS due runs and a Submitted one, and return the ids."""
    dice = random.Random(SEED)  # noqa: S311
    context = App(Settings.from_environment({}), client).context()
    context = replace(context, now=lambda: NOW, random_bits=dice.getrandbits)
    project = create_project(context, name="Bench")
    serialized = {
        "name": "Standard",
        "parameters": [{"name": "dataset", "required": True}],
        "tasks": [{"slug": f"task-{number}", "name": "task"} for number in range(1, 11)],
    }
    flow = register_flow(context, RegisterFlow(project_id=project, serialized_flow=serialized))
    for _ in range(RUNS):
        _run(context, flow)
    submitted = _run(context, flow)
    set_flow_run_state(context, submitted, 1, State(SUBMITTED))
    return Ids(flow, submitted, NOW)


def _run(context: Context, flow: str) -> str:
    return create_flow_run(context, CreateFlowRun(flow_id=flow, parameters=PARAMETERS, labels=LABELS))
