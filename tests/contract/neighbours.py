"""Two tenants of one deployment, each with one of everything, and documents that reach for all of it."""

import random
import re
import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type, is_object_type

from domain.access.callers import OPERATOR, Caller
from domain.access.scopes import Scope
from domain.errors import FlowRunsError
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.schema import build_schema
from operations.tenants import create_tenant
from storage.dynamodb.consumption import Consumption
from storage.store import TenantStore
from tests.contract.factories import Clock, World
from tests.contract.mortals import InOrder
from tests.contract.mutation_stage import UUID, mutations
from tests.contract.sites import Site

SCHEMA = build_schema()
EXECUTOR = Executor(SCHEMA)
assert SCHEMA.query_type is not None
QUERIES = SCHEMA.query_type.fields
# Lists inside of lists inside of a list: what is related to a row, and what is related to that.
DEPTH = 2


class Resident(World):
    """A tenant beside the home tenant, whose requests are those of an admin's key of its own."""

    def __init__(self, home: World, slug: str) -> None:
        tenant_id = create_tenant(replace(home.context, caller=OPERATOR), slug, slug)
        super().__init__(home.client, home.table_name, tenant_id, home.clock)
        (tenant,) = home.store.tenants.get([tenant_id])
        self.consumption = Consumption()
        self.table = InOrder(home.client, home.table_name, self.consumption.add)
        self.store = TenantStore(self.table, tenant_id, 1, home_id=home.tenant_id)
        self.context = replace(
            self.context,
            store=self.store,
            tenant=tenant,
            home=home.context.tenant,
            random_bits=random.Random(slug).getrandbits,  # noqa: S311
            caller=Caller(name=slug, scope=Scope.ADMIN, tenants=(tenant_id,)),
        )

    def own_items(self) -> dict[tuple[str, str], Any]:
        """Return all items that name the tenant: its own, and its API keys, which the home tenant keeps."""
        pages = self.client.get_paginator("scan").paginate(TableName=self.table_name, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"]]
        return {
            (item["pk"]["S"], item["sk"]["S"]): item
            for item in items
            if any(self.tenant_id in str(value) for value in item.values())
        }

    def change(self, name: str, given: Any) -> tuple[str, dict[str, Any]]:
        """Make a mutation. Return its payload or its error as text, and what its calls have cost."""
        info = SimpleNamespace(context=self._measured())
        try:
            found = repr(mutations()[name](None, info, input=given))
        except FlowRunsError as error:
            found = f"{error.code}: {error.message} {error.extensions}"
        return found, self._cost()

    def ask(self, query: str, **variables: Any) -> tuple[Any, dict[str, Any]]:
        """Send a query. Return its result, and what its calls have cost."""
        request = GraphQLRequest(query=query, variables=variables)
        context = self._measured()
        return EXECUTOR.execute(request, context, context.caller).result, self._cost()

    def _measured(self) -> Any:
        self.consumption = Consumption()
        table = InOrder(self.client, self.table_name, self.consumption.add)
        home_id = self.context.home_tenant.id
        store = TenantStore(table, self.tenant_id, 1, home_id=home_id)
        dice = random.Random(self.tenant_id)  # noqa: S311
        return replace(self.context, store=store, random_bits=dice.getrandbits)

    def _cost(self) -> dict[str, Any]:
        return {**self.consumption.summary(), "made": dict(self.consumption.calls)}


class Neighbours:
    """A home tenant and two others, which have one of everything."""

    def __init__(self, client: Any, table_name: str) -> None:
        self.home = World(client, table_name, str(uuid.uuid4()), Clock())
        self.mine, self.theirs = (Resident(self.home, slug) for slug in ("mine", "theirs"))
        self.my_site, self.their_site = (Site(world) for world in (self.mine, self.theirs))
        self.before = self.theirs.own_items()
        mine = set(UUID.findall(str(self.mine.own_items())))
        self.their_ids = set(UUID.findall(str(self.before))) - mine - {self.home.tenant_id}
        self.mine_before = self.mine.own_items()

    def set_back(self) -> None:
        """Restore the first tenant to its first state."""
        now = self.mine.own_items()
        for place, item in self.mine_before.items():
            if now.get(place) != item:
                self.mine.table.put(Item=item)
        for place in now.keys() - self.mine_before.keys():
            self.mine.table.delete(Key={"pk": {"S": place[0]}, "sk": {"S": place[1]}})


def unknown(identifier: str) -> str:
    """Return an id of the same form that nothing has. The last digits stay, because they number a member."""
    digit = "0" if identifier[-6] != "0" else "1"
    return f"{identifier[:-6]}{digit}{identifier[-5:]}"


def without(text: Any, *identifiers: str) -> str:
    """Return a result as text, with one sign for all of these ids and another for the ids that are new."""
    told = str(text)
    for identifier in identifiers:
        told = told.replace(identifier, "ID")
    return re.sub(UUID, "new", told)


def selection(kind: GraphQLObjectType, depth: int = DEPTH) -> str:
    """Return all fields of a type that need no argument, with what is related to it, to a depth."""
    shown = []
    for name, field in kind.fields.items():
        target = get_named_type(field.type)
        if is_leaf_type(target):
            shown.append(name if not _required(field) else "")
        elif is_object_type(target) and not _required(field) and depth:
            shown.append(f"{name} {{ {selection(target, depth - 1)} }}")
    return " ".join(filter(None, shown)) or "__typename"


def _required(field: GraphQLField) -> bool:
    return any(argument.type.__class__.__name__ == "GraphQLNonNull" for argument in field.args.values())
