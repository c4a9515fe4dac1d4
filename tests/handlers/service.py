"""The whole service in memory, called as API Gateway calls it: event in, JSON out."""

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

Json = dict[str, Any]
_numbers = itertools.count(1)


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name.replace("_api_", "_API_"))


@dataclass(frozen=True)
class Dialect:
    """How one generation of clients spells a mutation; inputs are given in snake_case to both."""

    name: str

    def spell(self, name: str) -> str:
        return camel(name) if self.name == "camelCase" else name

    def input_type(self, mutation: str) -> str:
        return f"{camel(mutation)}Input!" if self.name == "camelCase" else f"{mutation}_input!"

    def spelt(self, given: Json) -> Json:
        found = {self.spell(key): value for key, value in given.items()}
        if "states" in found:
            found["states"] = [{self.spell(key): each[key] for key in each} for each in found["states"]]
        return found

    def document(self, mutation: str, selection: str) -> str:
        field = self.spell(mutation)
        return f"mutation($input: {self.input_type(mutation)}) {{ {field}(input: $input) {{ {selection} }} }}"


CAMEL = Dialect("camelCase")
SNAKE = Dialect("snake_case")
both_dialects = pytest.mark.parametrize("dialect", [SNAKE, CAMEL], ids=lambda dialect: dialect.name)


class Service:
    """One account's service, with what tests ask of it."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def send(self, query: str, variables: Any = None, path: str = "/graphql", **headers: str) -> Json:
        """The answer's body; its HTTP status is 200 for whatever was executed."""
        event = graphql_event(query, variables, path=path, headers=headers)
        response = http_api.handler(json.loads(json.dumps(event)), None)
        body = response["body"]
        raw = base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()
        result: Json = json.loads(raw, parse_constant=_refuse)
        assert response["statusCode"] == 200 or "data" not in result
        return result

    def data(self, query: str, variables: Any = None, **more: Any) -> Json:
        """The data of a request that succeeds: a success has no other key, `errors` least of all."""
        result = self.send(query, variables, **more)
        assert set(result) == {"data"}, result
        data: Json = result["data"]
        return data

    def error(self, query: str, variables: Any = None) -> Json:
        """The only error of a request that is refused; it must have written nothing."""
        before = copy.deepcopy(self.items())
        result = self.send(query, variables)
        assert self.items() == before
        assert len(result["errors"]) == 1, result
        error: Json = result["errors"][0]
        assert all(value is None for value in (result.get("data") or {}).values())
        return error

    def mutate(self, dialect: Dialect, mutation: str, given: Json, selection: str) -> Any:
        """What a mutation of this dialect answers, its input in a variable."""
        data = self.data(dialect.document(mutation, selection), {"input": dialect.spelt(given)})
        return data[dialect.spell(mutation)]

    def refuse(self, dialect: Dialect, mutation: str, given: Json, selection: str = "__typename") -> Json:
        """The error by which a mutation is refused."""
        return self.error(dialect.document(mutation, selection), {"input": dialect.spelt(given)})

    def items(self) -> list[Json]:
        """Everything that is stored."""
        return [item.to_json() for items in self._table().items.values() for item in items.values()]

    def forget_everything(self) -> None:
        """Empty the table and set the clock right; a new account would take a hundred times as long."""
        self._table().items.clear()
        self.account.later = timedelta(0)

    def _table(self) -> Any:
        return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[TABLE]

    def project(self) -> str:
        """A new project's id."""
        name = f"Project {next(_numbers)}"
        return str(self.mutate(SNAKE, "create_project", {"name": name}, "id")["id"])

    def flow(self, serialized: Json | None = None, **more: Any) -> str:
        """A new flow's id; in a project of its own unless one is given."""
        given = {
            "project_id": more.pop("project_id", None) or self.project(),
            "serialized_flow": {"name": "My Flow Name", **(serialized or {})},
            **more,
        }
        return str(self.mutate(SNAKE, "create_flow", given, "id")["id"])

    def run(self, flow_id: str | None = None, **more: Any) -> str:
        """A new run's id; of a flow of its own unless one is given."""
        given = {"flow_id": flow_id or self.flow(), **more}
        return str(self.mutate(SNAKE, "create_flow_run", given, "id")["id"])

    def set_state(self, flow_run_id: str, state: Json, version: int | None = None) -> None:
        """Set a state as whatever version is current, or as the given one."""
        given = {"flow_run_id": flow_run_id, "version": version, "state": state}
        self.mutate(SNAKE, "set_flow_run_state", given, "id")

    def read(self, flow_run_id: str, selection: str) -> Any:
        """A run by its id; null when there is none."""
        query = f"query($id: UUID!) {{ flow_run_by_pk(id: $id) {{ {selection} }} }}"
        return self.data(query, {"id": flow_run_id})["flow_run_by_pk"]


def code(error: Json) -> str:
    return str(error["extensions"]["code"])


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} in an answer is no JSON")


@contextmanager
def service_in_memory() -> Iterator[Service]:
    """Make the account, call the service in it, and put the environment back."""
    with pytest.MonkeyPatch.context() as patch, aws_account(patch) as account:
        yield Service(account)
