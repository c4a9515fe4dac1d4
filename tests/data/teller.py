"""The code of one release, called by stories with a clock and dice that are the same each time."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import wiring
from graphql_api.execution import GraphQLRequest
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run

# Far ahead of the emulators' clocks, so that the emulators delete no item that expires.
BEGAN = datetime(2040, 1, 1, 12, tzinfo=UTC)
# The release of Core in the requests.
CALLER = "1.4.1"


class Teller:
    """The caller that stories use. `names` has the story's names of objects, by id."""

    def __init__(self, client: Any, environment: dict[str, str] | None = None) -> None:
        self._app = wiring.App(wiring.Settings.from_environment(environment or {}), client)
        if hasattr(self._app, "formats"):  # releases after 0.1.0
            self._app.formats.note_new()
        self._dice = random.Random(12)  # noqa: S311
        self.settings = self._app.settings
        self.now = BEGAN
        self.names: dict[str, str] = {}

    @property
    def context(self) -> Any:
        """Return the context of a request, a second after the one before."""
        self.now += timedelta(seconds=1)
        now = self.now
        who: list[Any] = [CALLER, self.names["agent"]] if "agent" in self.names else [CALLER]
        return replace(self._app.context(*who), now=lambda: now, random_bits=self._dice.getrandbits)

    @property
    def form(self) -> int:
        """Return the form of the stored data, or 0 for a release that does not note it."""
        found = self._app.formats.read() if hasattr(self._app, "formats") else None
        return found.version if found else 0

    def wait(self, **span: float) -> None:
        """Move the clock."""
        self.now += timedelta(**span)

    def read(self, query: str, **variables: Any) -> Any:
        """Send a document. Return its data."""
        request = GraphQLRequest(query=query, variables=variables)
        result = self._app.executor.execute(request, self.context).result
        if "errors" in result:
            raise RuntimeError(f"{query}: {result['errors']}")
        return result["data"]

    def say(self, mutation: str, given: dict[str, Any], selection: str = "success") -> Any:
        """Send a mutation of the newer dialect. Return its payload."""
        query = f"mutation($input: {mutation}_input!) {{ {mutation}(input: $input) {{ {selection} }} }}"
        return self.read(query, input=given)[mutation]

    def run(self, name: str, flow: str, **more: Any) -> str:
        """Create a flow run and name it."""
        given = {"flow_id": self.names[flow], "flow_run_name": name, **more}
        self.names[name] = self.say("create_flow_run", given, "id")["id"]
        return self.names[name]

    def occur(self, name: str, flow: str, occurrence: Any) -> None:
        """Create the flow run of a schedule's occurrence, as the function that schedules invoke does."""
        request = CreateFlowRun(
            flow_id=self.names[flow],
            flow_run_name=name,
            occurrence=occurrence,
            scheduled_start_time=occurrence.time,
        )
        self.names[name] = create_flow_run(self.context, request)

    def set(self, name: str, *states: Any) -> None:
        """Set states of a flow run, one after the other: each by its JSON or its type."""
        for state in states:
            data = {"type": state, "message": f"It is {state}."} if isinstance(state, str) else state
            change = {"flow_run_id": self.names[name], "version": None, "state": data}
            self.say("set_flow_run_states", {"states": [change]}, "states { id status }")

    def begin_task(self, name: str, run: str, number: int, map_index: int = -1) -> str:
        """Find or make a task run, and name it."""
        tasks = self.read(
            "query($id: UUID!) { flow_run_by_pk(id: $id) { flow { tasks { id } } } }", id=self.names[run]
        )
        task = tasks["flow_run_by_pk"]["flow"]["tasks"][number - 1]["id"]
        given = {"flow_run_id": self.names[run], "task_id": task, "map_index": map_index}
        self.names[name] = self.say("get_or_create_task_run_info", given, "id")["id"]
        return self.names[name]

    def set_task(self, name: str, *states: Any) -> None:
        """Set states of a task run."""
        for state in states:
            data = {"type": state, "message": f"It is {state}."} if isinstance(state, str) else state
            change = {"task_run_id": self.names[name], "version": None, "state": data}
            self.say("set_task_run_states", {"states": [change]}, "states { id status }")
