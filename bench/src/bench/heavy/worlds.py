"""The data that heavy requests are about: a tenant for each kind, all in one table."""

import base64
import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Final

from bench.core_states import RUNNING, SUBMITTED
from domain.flow_runs.states import State
from domain.ids import member_id, stable_id
from domain.task_runs.logs import LogEntry
from operations.context import Context
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.states import set_flow_run_state
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from operations.task_runs.logs import write_logs
from operations.task_runs.task_runs import set_task_run_state
from wiring import DEFAULT_TENANT_ID, App, Settings

SHORT: Final = "Task 'load': finished task run for task with final state: 'Success'"
PARAMETERS: Final = {"dataset": "s3://bucket/path/data.parquet", "limit": 1000, "mode": "incremental"}
_PRINTABLE: Final = "".join(map(chr, range(0x21, 0x7F)))
# The states of the runs of a flow of the dashboard, the newest run last.
_DASHBOARD: Final = ("Failed", "Success", "Success", "Success", "")


def dense(length: int, dice: random.Random) -> str:
    """Return a text that hardly compresses."""
    return "".join(dice.choices(_PRINTABLE, k=length))


def traceback(number: int) -> str:
    """Return a text of about 20 KB that compresses as tracebacks do."""
    lines = (f'  File "/site-packages/module_{number}.py", line {line}, in run' for line in range(400))
    return "\n".join(lines)[:20_000]


def compressed(flow: dict[str, Any]) -> str:
    """Return a flow as clients send it."""
    return base64.b64encode(gzip.compress(json.dumps(flow).encode(), 6)).decode()


@dataclass(frozen=True)
class Worlds:
    """The tenants, each of which is filled when it is first asked for."""

    dynamodb: Any

    def app(self, name: str) -> App:
        """Return the App of the tenant of this name."""
        tenant = stable_id(DEFAULT_TENANT_ID, name)
        return App(Settings.from_environment({"TENANT_ID": tenant}), self.dynamodb)

    @cached_property
    def long_log(self) -> str:
        """The id of a run with 20,000 short entries."""
        return self._run_with_log("long_log", 20_000, lambda _: SHORT)

    @cached_property
    def short_log(self) -> str:
        """The id of a run with 1,100 short entries."""
        return self._run_with_log("short_log", 1_100, lambda _: SHORT)

    @cached_property
    def large_log(self) -> str:
        """The id of a run with 300 tracebacks."""
        return self._run_with_log("large_log", 300, traceback)

    @cached_property
    def dense_log(self) -> str:
        """The id of a run with 3,720 entries of 4 KB that hardly compress."""
        dice = random.Random(7)  # noqa: S311
        return self._run_with_log("dense_log", 3_720, lambda _: dense(4_000, dice))

    @cached_property
    def logs_of_runs(self) -> str:
        """The id of a flow with three runs that have 20,000 entries each, half of them of 20 tasks."""
        context, flow = self._flow("logs_of_runs", tasks=_tasks(20))
        for _ in range(3):
            _log(context, create_flow_run(context, CreateFlowRun(flow_id=flow)), 20_000, lambda _: SHORT)
        return flow

    @cached_property
    def dashboard(self) -> str:
        """The id of a project of a hundred flows with five runs each."""
        context = self.app("dashboard").context()
        project = create_project(context, name="Bench")
        for number in range(100):
            serialized = {"name": f"Flow {number}", "tasks": _tasks(2)}
            flow = register_flow(context, RegisterFlow(project_id=project, serialized_flow=serialized))
            for end in _DASHBOARD:
                run = create_flow_run(context, CreateFlowRun(flow_id=flow, parameters=PARAMETERS))
                for state in ("Running", end) if end else ():
                    set_flow_run_state(context, run, None, State({"type": state, "message": "It is so."}))
        return project

    @cached_property
    def wide_flow(self) -> str:
        """The id of a flow of 5,000 tasks in a chain."""
        edges = [
            {"upstream_task": {"slug": f"t{n}"}, "downstream_task": {"slug": f"t{n + 1}"}, "key": "x"}
            for n in range(4_999)
        ]
        return self._flow("wide_flow", tasks=_tasks(5_000), edges=edges)[1]

    @cached_property
    def many_runs(self) -> str:
        """The id of a flow with 1,000 runs that have parameters, a context and up to three states."""
        context, flow = self._flow("many_runs", tasks=_tasks(10))
        wanted = CreateFlowRun(flow_id=flow, parameters=PARAMETERS, context=PARAMETERS)
        for number in range(1_000):
            run = create_flow_run(context, wanted)
            for state in (SUBMITTED, RUNNING)[: 1 + number % 2]:
                set_flow_run_state(context, run, None, State(state))
        return flow

    @cached_property
    def runs_of_tasks(self) -> str:
        """The id of a flow of 500 tasks with 200 runs, in each of which five tasks have run."""
        context, flow = self._flow("runs_of_tasks", tasks=_tasks(500))
        for _ in range(200):
            run = create_flow_run(context, CreateFlowRun(flow_id=flow))
            set_flow_run_state(context, run, None, State({"type": "Running"}))
            for number in range(1, 6):
                set_task_run_state(context, member_id(run, number), None, State({"type": "Failed"}))
        return flow

    @cached_property
    def running(self) -> str:
        """The id of a running run, for changes."""
        context, flow = self._flow("running")
        run = create_flow_run(context, CreateFlowRun(flow_id=flow))
        set_flow_run_state(context, run, None, State({"type": "Running"}))
        return run

    def _flow(self, name: str, **flow: Any) -> tuple[Context, str]:
        context = self.app(name).context()
        project = create_project(context, name="Bench")
        serialized = {"name": "Flow", **flow}
        return context, register_flow(context, RegisterFlow(project_id=project, serialized_flow=serialized))

    def _run_with_log(self, name: str, count: int, message: Callable[[int], str]) -> str:
        context, flow = self._flow(name)
        run = create_flow_run(context, CreateFlowRun(flow_id=flow))
        _log(context, run, count, message)
        return run


def _tasks(count: int) -> list[dict[str, Any]]:
    return [
        {"slug": f"t{number}", "name": f"Task {number}", "type": "prefect.tasks.core.Task", "tags": ["etl"]}
        for number in range(count)
    ]


def _log(context: Context, run: str, count: int, message: Callable[[int], str]) -> None:
    began = context.now()
    write_logs(
        context,
        [
            LogEntry(
                flow_run_id=run,
                task_run_id=member_id(run, 1 + number % 20) if number % 2 else None,
                timestamp=began + timedelta(milliseconds=5 * number),
                name="prefect.CloudTaskRunner",
                level="INFO",
                message=message(number),
                info=None,
            )
            for number in range(count)
        ],
    )
