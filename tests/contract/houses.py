"""A tenant of which a caller may see one project, and requests of such a caller."""

import json
import re
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_list_type, is_required_argument

from domain.access.callers import OPERATOR, Caller
from domain.access.scopes import Scope
from domain.flow_runs.states import State
from domain.ids import member_id
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.schema import build_schema
from operations.task_runs.artifacts import create_task_run_artifact
from operations.task_runs.logs import write_logs
from operations.task_runs.task_runs import set_task_run_state
from tests.contract.factories import World, log_entry
from tests.contract.sites import FLOW, Site

SCHEMA = build_schema()
EXECUTOR = Executor(SCHEMA)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class OwnThings:
    """A project of the caller's own, with one thing of each kind."""

    def __init__(self, world: World) -> None:
        self.project_id = world.project("Own")
        self.flow_id = world.register({**FLOW, "name": "Own flow"}, project_id=self.project_id)
        (flow,) = world.store.flows.get([self.flow_id])
        self.group_id = flow.flow_group_id
        self.run_id = world.create(self.flow_id)
        self.task_run_id = member_id(self.run_id, 1)
        world.set(self.run_id, "Running", 1)
        set_task_run_state(world.context, self.task_run_id, None, State({"type": "Running"}))
        create_task_run_artifact(world.context, self.task_run_id, "link", {"link": "https://example.com"})
        write_logs(world.context, [log_entry(self.run_id)])
        self.waiting_id = world.create(self.flow_id)


@dataclass
class House:
    """A tenant with other projects, full of things, and the own one. `foreign` has the ids of the others."""

    world: World
    site: Site
    own: OwnThings
    foreign: set[str]

    def caller(self, scope: Scope = Scope.ADMIN) -> Caller:
        return Caller(name="limited", scope=scope, projects=frozenset({self.own.project_id}))

    def send(self, text: str, variables: Any = None, caller: Caller | None = None) -> Any:
        caller = caller or self.caller()
        context = self.world.metered()[0].context.sent_by(caller)
        outcome = EXECUTOR.execute(GraphQLRequest(query=text, variables=variables or {}), context, caller)
        assert not outcome.failures, [str(failure.original_error) for failure in outcome.failures]
        return json.loads(json.dumps(outcome.result, default=str))

    def seen_in(self, response: Any) -> set[str]:
        """Return the ids of others in a response, of things or of members of things."""
        found = set(UUID.findall(json.dumps(response)))
        return {one for one in found if one in self.foreign or f"{one[:-4]}0000" in self.foreign}


def open_house(world: World) -> House:
    """Return a tenant full of things of others, and with a project of the caller."""
    site = Site(world)
    context = world.context
    shared = {world.tenant_id, site.agent_id, site.config_id}
    foreign = set(UUID.findall(json.dumps(world.items(), default=str))) - shared
    foreign |= {site.project_id, site.other_project_id, site.doomed_id, site.group_id, site.backfill_id}
    assert len(foreign) > 20
    own = OwnThings(World(world.client, world.table_name, world.tenant_id, world.clock))
    assert context.caller is OPERATOR
    return House(world, site, own, foreign)


def unknown(text: str, kept: set[str]) -> str:
    """Return a text with ids that nothing has in the place of all others."""
    return UUID.sub(
        lambda found: found[0] if found[0] in kept else f"{found[0][:24]}99999999{found[0][32:]}", text
    )


def selection(kind: GraphQLObjectType, depth: int) -> str:
    """Return every column of a type, and its related rows to a depth."""
    texts = []
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        if is_leaf_type(below):
            texts.append(name)
        elif depth and isinstance(below, GraphQLObjectType) and not below.name.endswith("fields"):
            limit = "(limit: 3)" if "limit" in field.args and is_list_type(field.type) else ""
            texts.append(f"{name}{limit} {{ {selection(below, depth - 1)} }}")
    return " ".join(texts) or "__typename"


def send_mutation(house: House, name: str, given: dict[str, Any], caller: Caller) -> Any:
    payload = get_named_type(SCHEMA.mutation_type.fields[name].type)  # type: ignore[union-attr]
    text = f"""mutation($input: {name}_input!) {{ {name}(input: $input) {{
        {selection(payload, 2)} }} }}"""  # type: ignore[arg-type]
    return house.send(text, {"input": json.loads(json.dumps(given, default=str))}, caller)
