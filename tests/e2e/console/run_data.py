"""Flows and runs that tests of the console make through the API."""

from uuid import uuid4

import httpx

from tests.e2e import plain_http


class Made:
    """What a test makes through the API of a server: flows in a project of its own, and their runs."""

    def __init__(self, url):
        self._client = httpx.Client(base_url=url, timeout=60, verify=plain_http.CONTEXT)
        name = f"console {uuid4()}"
        self.project = name
        self.project_id = self.change("create_project", name=name)["id"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._client.close()

    def ask(self, document, **variables):
        response = self._client.post("/graphql", json={"query": document, "variables": variables}).json()
        assert "errors" not in response, response
        return response["data"]

    def change(self, mutation, answer="id", **fields):
        document = f"mutation($input: {mutation}_input!) {{ {mutation}(input: $input) {{ {answer} }} }}"
        return self.ask(document, input=fields)[mutation]

    def flow(self, tasks=(), edges=(), mapped=(), name=None, parameters=()):
        """Register a flow whose tasks have these names; edges and mapped tasks are given by their places."""
        serialized = {"name": name or f"flow {uuid4()}", "parameters": list(parameters)}
        flow = self.change("create_flow", serialized_flow=serialized, project_id=self.project_id)["id"]
        rows = [
            {"slug": f"{task}-{at}", "name": task, "type": "a.Task", "mapped": at in mapped, "tags": []}
            for at, task in enumerate(tasks)
        ]
        joined = [
            {
                "upstream_task": {"slug": rows[first]["slug"]},
                "downstream_task": {"slug": rows[last]["slug"]},
                "key": None,
                "mapped": last in mapped,
            }
            for first, last in edges
        ]
        for part in _parts(rows, 500):
            self.change("register_tasks", "success", flow_id=flow, serialized_tasks=part)
        for part in _parts(joined, 500):
            self.change("register_edges", "success", flow_id=flow, serialized_edges=part)
        return flow

    def run(self, flow, *states, **fields):
        """Create a run and bring it into these states, one after the other."""
        run = self.change("create_flow_run", flow_id=flow, **fields)["id"]
        for state in states:
            self.set_state(run, state)
        return run

    def set_state(self, run, state, **more):
        state = state if isinstance(state, dict) else {"type": state}
        fields = {"flow_run_id": run, "version": None, "state": {**state, **more}}
        return self.change("set_flow_run_states", "states { version }", states=[fields])

    def task_runs(self, run, tasks, *states, map_index=-1):
        """Begin the runs of tasks, and bring each into these states. Return their ids."""
        indices = map_index if isinstance(map_index, (list, range)) else [map_index]
        pairs = [(task, index) for task in tasks for index in indices]
        ids = []
        for part in _parts(pairs, 50):
            fields = " ".join(
                f"a{at}: get_or_create_task_run_info("
                f'input: {{flow_run_id: "{run}", task_id: "{task}", map_index: {index}}}) {{ id }}'
                for at, (task, index) in enumerate(part)
            )
            made = [row["id"] for row in self.ask(f"mutation {{ {fields} }}").values()]
            ids += made
            for state in states:
                self.set_task_states(made, state)
        return ids

    def set_task_states(self, ids, state):
        state = state if isinstance(state, dict) else {"type": state}
        rows = [{"task_run_id": one, "version": None, "state": state} for one in ids]
        self.change("set_task_run_states", "states { id }", states=rows)

    def tasks_of(self, run):
        """Return the ids of the tasks of a run's flow, as the flow has them."""
        document = "query($id: UUID!) { flow_run_by_pk(id: $id) { flow { tasks(limit: 5000) { id } } } }"
        return [task["id"] for task in self.ask(document, id=run)["flow_run_by_pk"]["flow"]["tasks"]]

    def log(self, run, entries):
        """Write entries to the log of a run: dicts with message, and perhaps level, name, timestamp."""
        for part in _parts([{"flow_run_id": run, **entry} for entry in entries], 1000):
            self.change("write_run_logs", "success", logs=part)

    def artifact(self, task_run, kind, data):
        return self.change("create_task_run_artifact", task_run_id=task_run, kind=kind, data=data)["id"]

    def state_of(self, run):
        document = "query($id: UUID!) { flow_run_by_pk(id: $id) { state version name labels } }"
        return self.ask(document, id=run)["flow_run_by_pk"]


def _parts(rows, size):
    return [rows[at : at + size] for at in range(0, len(rows), size)]
