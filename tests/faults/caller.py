"""A client that sends each request once and keeps what it knows of it afterwards."""

import http.client
import json
import time
from contextlib import suppress

from tests.faults.history import Operation, Outcome

# Longer than a server tries.
_SECONDS = 40
# After a request without an answer: its server may be gone.
_PAUSE = 0.05
# With these a client cannot tell whether it was done.
_UNDECIDED = ("API_ERROR", "INTERNAL_ERROR")
_JSON = {"content-type": "application/json"}


class Caller:
    """Speaks for one worker; each request goes to any of the servers."""

    def __init__(self, name, ports, history, dice, note_server=lambda _: None):
        self.name, self.history, self.dice = name, history, dice
        self._ports, self._connections = ports, {}
        self._note_server = note_server

    def mutate(self, name, selection, given, *, subject="", number=None, repeatable=False, kind=None):
        """Sends a mutation and gives back the operation with its end."""
        query = f"mutation($input: {name}_input!) {{ {name}(input: $input) {{ {selection} }} }}"
        operation = Operation(number or self.history.number(), kind or name, subject, given, worker=self.name)
        return self._carry_out(operation, name, query, {"input": given}, repeatable=repeatable)

    def ask(self, name, query, *, subject="", **variables):
        """Sends a query; gives back what it found, None where that is not known."""
        operation = Operation(self.history.number(), name, subject, variables, worker=self.name)
        self._carry_out(operation, name, query, variables, repeatable=True)
        return operation.answer if operation.ok else None

    def close(self):
        for connection in self._connections.values():
            connection.close()

    def _carry_out(self, operation, name, query, variables, *, repeatable):
        self.history.add(operation)
        sent = dict(_JSON, **({"x-repeatable": "yes"} if repeatable else {}))
        answer = self._post(json.dumps({"query": query, "variables": variables}), sent)
        if answer is None:
            time.sleep(_PAUSE)
        else:
            _judge(operation, name, answer)
        self.history.end(operation)
        return operation

    def _post(self, body, headers):
        """The body of the answer; None when there is none that tells anything."""
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
        operation.answer = {"rows": found} if isinstance(found, list) else found
        return
    operation.code = told["errors"][0]["extensions"]["code"]
    if operation.code in ("GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"):
        raise AssertionError(told["errors"])
    if operation.code not in _UNDECIDED:
        operation.outcome = Outcome.REFUSED
