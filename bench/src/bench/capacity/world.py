"""A flow in an empty table, and acts on it whose consumption is measured."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench.kinds import Kind
from bench.meter import Meter
from operations.context import Context
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows
from operations.reads.rows import Need
from storage.dynamodb.consumption import Consumption
from wiring import App, Settings

TASKS = 10
RUN_COLUMNS = Need({"id", "name", "state", "created", "start_time"}, {"flow": Need({"name"})})


@dataclass(frozen=True, slots=True)
class Line:
    """One operation and its consumption."""

    name: str
    consumed: Consumption

    @property
    def calls(self) -> str:
        """The calls by their names."""
        return ", ".join(f"{number} {name}" for name, number in sorted(self.consumed.calls.items()))


def total(lines: Iterable[Line]) -> Consumption:
    """Return the consumption of all lines together."""
    whole = Consumption()
    for line in lines:
        whole.calls += line.consumed.calls
        whole.write_units += line.consumed.write_units
        whole.read_units += line.consumed.read_units
    return whole


class World:
    """A flow for one kind of run, alone in a tenant of its own."""

    def __init__(self, client: Any, kind: Kind, number: int = 0) -> None:
        self.kind = kind
        self.meter = Meter()
        settings = Settings.from_environment({"TENANT_ID": f"00000000-0000-4000-8000-{number:012}"})
        app = App(settings, client, self.meter.observe)
        app.formats.note_new()  # the data of this tenant have today's form, too
        self.context: Context = app.context()
        project = create_project(self.context, name="Bench")
        serialized = {
            "name": kind.name.capitalize(),
            "parameters": [{"name": name, "required": True} for name in kind.required],
            "tasks": [{"slug": f"task-{number}", "name": "task"} for number in range(1, TASKS + 1)],
        }
        self.flow = register_flow(self.context, RegisterFlow(project_id=project, serialized_flow=serialized))

    def create(
        self,
        key: str | None = None,
        context: Context | None = None,
        start: datetime | None = None,
        name: str | None = None,
    ) -> str:
        """Create a run of this kind, which starts at once unless a `start` is given."""
        kind = self.kind
        request = CreateFlowRun(
            flow_id=self.flow,
            parameters=kind.parameters,
            labels=list(kind.labels),
            flow_run_name=name,
            idempotency_key=key,
            scheduled_start_time=start,
        )
        return create_flow_run(context or self.context, request)

    def line(self, name: str, act: Callable[[], object]) -> Line:
        """Measure one act."""
        with self.meter.measure() as consumed:
            act()
        return Line(name, consumed)

    def newest(self, where: dict[str, Any]) -> Callable[[], object]:
        """Return an act that lists the newest 50 runs, with the columns of a page."""
        arguments = Arguments(where=where, order_by=[{"created": "desc"}], limit=50)
        return lambda: list_rows(self.context, "flow_run", arguments, RUN_COLUMNS)
