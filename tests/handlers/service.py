"""The whole service in memory, called with events as API Gateway calls it."""

import base64
import copy
import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from handlers import http_api
from tests.handlers.aws import REGION, TABLE, Account, aws_account
from tests.handlers.events import graphql_event
from tests.handlers.invocation import invocation

Json = dict[str, Any]
_numbers = itertools.count(1)


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name.replace("_api_", "_API_"))


@dataclass(frozen=True)
class Dialect:
    """The spelling of mutations by one generation of clients; inputs are given in snake_case to both."""

    name: str

    def spell(self, name: str) -> str:
        return camel(name) if self.name == "camelCase" else name

    def input_type(self, mutation: str) -> str:
        return f"{camel(mutation)}Input!" if self.name == "camelCase" else f"{mutation}_input!"

    def spelt(self, given: Json) -> Json:
        found = {self.spell(key): value for key, value in given.items()}
        if "states" in found:
            found["states"] = [{self.spell(key): state[key] for key in state} for state in found["states"]]
        return found

    def document(self, mutation: str, selection: str) -> str:
        field = self.spell(mutation)
        return f"mutation($input: {self.input_type(mutation)}) {{ {field}(input: $input) {{ {selection} }} }}"


CAMEL = Dialect("camelCase")
SNAKE = Dialect("snake_case")
both_dialects = pytest.mark.parametrize("dialect", [SNAKE, CAMEL], ids=lambda dialect: dialect.name)


def body_of(response: Any) -> Json:
    """Return the JSON in the body of a proxy response."""
    body = response["body"]
    raw = base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()
    result: Json = json.loads(raw, parse_constant=_refuse)
    return result


class Service:
    """The service of one account, with the requests that tests make."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def send(self, query: str, variables: Any = None, path: str = "/graphql", **headers: str) -> Json:
        """Return the body of the response to a request that is executed, so that its HTTP status is 200."""
        event = graphql_event(query, variables, path=path, headers=headers)
        response = http_api.handler(json.loads(json.dumps(event)), invocation())
        result = body_of(response)
        assert response["statusCode"] == 200 or "data" not in result
        return result

    def data(self, query: str, variables: Any = None, **more: Any) -> Json:
        """Return the data of a request that succeeds, so that its response has no other key."""
        result = self.send(query, variables, **more)
        assert set(result) == {"data"}, result
        data: Json = result["data"]
        return data

    def error(self, query: str, variables: Any = None) -> Json:
        """Return the only error of a request that is refused; check that it wrote nothing."""
        before = copy.deepcopy(self.items())
        result = self.send(query, variables)
        assert self.items() == before
        assert len(result["errors"]) == 1, result
        error: Json = result["errors"][0]
        assert all(value is None for value in (result.get("data") or {}).values())
        return error

    def mutate(self, dialect: Dialect, mutation: str, given: Json, selection: str) -> Any:
        """Return the payload of a mutation in this dialect, with its input in a variable."""
        data = self.data(dialect.document(mutation, selection), {"input": dialect.spelt(given)})
        return data[dialect.spell(mutation)]

    def refuse(self, dialect: Dialect, mutation: str, given: Json, selection: str = "__typename") -> Json:
        """Return the error of a mutation that is refused."""
        return self.error(dialect.document(mutation, selection), {"input": dialect.spelt(given)})

    def items(self) -> list[Json]:
        """Return all items of the table."""
        return [item.to_json() for items in self._table().items.values() for item in items.values()]

    def forget_everything(self) -> None:
        """Empty the table and set the clock right, because a new account takes a hundred times as long."""
        self._table().items.clear()
        self.account.later = timedelta(0)

    def _table(self) -> Any:
        return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[TABLE]

    def project(self) -> str:
        """Create a project. Return its id."""
        name = f"Project {next(_numbers)}"
        return str(self.mutate(SNAKE, "create_project", {"name": name}, "id")["id"])

    def flow(self, serialized: Json | None = None, **more: Any) -> str:
        """Register a flow, in a project of its own unless one is given. Return its id."""
        given = {
            "project_id": more.pop("project_id", None) or self.project(),
            "serialized_flow": {"name": "My Flow Name", **(serialized or {})},
            **more,
        }
        return str(self.mutate(SNAKE, "create_flow", given, "id")["id"])

    def run(self, flow_id: str | None = None, **more: Any) -> str:
        """Create a run, of a flow of its own unless one is given. Return its id."""
        given = {"flow_id": flow_id or self.flow(), **more}
        return str(self.mutate(SNAKE, "create_flow_run", given, "id")["id"])

    def set_state(self, flow_run_id: str, state: Json, version: int | None = None) -> None:
        """Set a state at the given version, or at the current one."""
        given = {"flow_run_id": flow_run_id, "version": version, "state": state}
        self.mutate(SNAKE, "set_flow_run_state", given, "id")

    def read(self, flow_run_id: str, selection: str) -> Any:
        """Return a run by its id; None if there is none."""
        query = f"query($id: UUID!) {{ flow_run_by_pk(id: $id) {{ {selection} }} }}"
        return self.data(query, {"id": flow_run_id})["flow_run_by_pk"]


def code(error: Json) -> str:
    return str(error["extensions"]["code"])


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} in a response is no JSON")


@contextmanager
def service_in_memory() -> Iterator[Service]:
    """Yield a service in a new account; restore the environment afterwards."""
    with pytest.MonkeyPatch.context() as patch, aws_account(patch) as account:
        yield Service(account)
