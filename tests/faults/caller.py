"""A client that sends each request once and notes the outcome."""

import http.client
import json
import time
from contextlib import suppress

from tests.faults.history import Operation, Outcome

# Longer than a server retries.
_SECONDS = 40
# After a request without a response, because its server may be gone.
_PAUSE = 0.05
# With these codes a client does not know if the request was done.
_UNDECIDED = ("API_ERROR", "INTERNAL_ERROR")
_JSON = {"content-type": "application/json"}


class Caller:
    """The client of one worker. Each request goes to a server drawn at random."""

    def __init__(self, name, ports, history, dice, note_server=lambda _: None):
        self.name, self.history, self.dice = name, history, dice
        self._ports, self._connections = ports, {}
        self._note_server = note_server

    def mutate(self, name, selection, given, *, subject="", number=None, repeatable=False, kind=None):
        """Send a mutation. Return the operation with its outcome."""
        query = f"mutation($input: {name}_input!) {{ {name}(input: $input) {{ {selection} }} }}"
        operation = Operation(number or self.history.number(), kind or name, subject, given, worker=self.name)
        return self._carry_out(operation, name, query, {"input": given}, repeatable=repeatable)

    def ask(self, name, query, *, subject="", **variables):
        """Send a query. Return its data, or None if they are unknown."""
        operation = Operation(self.history.number(), name, subject, variables, worker=self.name)
        self._carry_out(operation, name, query, variables, repeatable=True)
        return operation.response if operation.ok else None

    def close(self):
        for connection in self._connections.values():
            connection.close()

    def _carry_out(self, operation, name, query, variables, *, repeatable):
        self.history.add(operation)
        sent = dict(_JSON, **({"x-repeatable": "yes"} if repeatable else {}))
        response = self._post(json.dumps({"query": query, "variables": variables}), sent)
        if response is None:
            time.sleep(_PAUSE)
        else:
            _judge(operation, name, response)
        self.history.end(operation)
        return operation

    def _post(self, body, headers):
        """Return the body of the response, or None without a usable response."""
        server = self.dice.randrange(len(self._ports))
        self._note_server(server)
        connection = self._connections.get(server)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self._ports[server], timeout=_SECONDS)
            self._connections[server] = connection
        try:
            connection.request("POST", "/graphql", body, headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            with suppress(OSError):
                connection.close()
            del self._connections[server]
            return None
        if response.status >= 500:
            return None
        return json.loads(text)


def _judge(operation, name, told):
    if "errors" not in told:
        operation.outcome = Outcome.OK
        found = told["data"][name] or {}
        operation.response = {"rows": found} if isinstance(found, list) else found
        return
    operation.code = told["errors"][0]["extensions"]["code"]
    if operation.code in ("GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"):
        raise AssertionError(told["errors"])
    if operation.code not in _UNDECIDED:
        operation.outcome = Outcome.REFUSED
