"""Things that tests of the console store through the API."""

import itertools

from tests.e2e import plain_http

_numbers = itertools.count()


class Api:
    """The API of a server. Each thing gets a name of its own unless it is given one."""

    def __init__(self, url):
        self._url = url

    def send(self, document, **variables):
        """Return the data of a response. Fail on any error."""
        body = {"query": document, "variables": variables}
        response = plain_http.post(f"{self._url}/graphql", json=body, timeout=30).json()
        assert "errors" not in response, response["errors"]
        return response["data"]

    def mutate(self, mutation, selection="id", **given):
        """Send a mutation in snake_case. Return its payload."""
        document = f"mutation ($input: {mutation}_input!) {{ {mutation}(input: $input) {{ {selection} }} }}"
        return self.send(document, input=given)[mutation]

    def project(self, name=None):
        return self.mutate("create_project", name=name or f"project {next(_numbers)}")["id"]

    def flow(self, project=None, name=None, **serialized):
        serialized = {
            "name": name or f"flow {next(_numbers)}",
            "parameters": [],
            "tasks": [],
            "edges": [],
            **serialized,
        }
        given = {"project_id": project or self.project(), "serialized_flow": serialized}
        return self.mutate("create_flow", **given)["id"]

    def run(self, flow, *states, **given):
        """Create a run and set states on it, each a type or a type with a message. Return its id."""
        run = self.mutate("create_flow_run", flow_id=flow, **given)["id"]
        for version, state in enumerate(states, start=1):
            self.set(run, version, *(state if isinstance(state, tuple) else (state,)))
        return run

    def set(self, run, version, state, message=""):
        """Set the state of a run, at the version that it has."""
        new = {"flow_run_id": run, "version": version, "state": {"type": state, "message": message}}
        self.mutate("set_flow_run_states", "states { id }", states=[new])
