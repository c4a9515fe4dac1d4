"""Mutations of agents: registering, polling the queue, and the settings that agents share."""

from typing import Final

from graphql import GraphQLList, GraphQLNonNull, GraphQLString

from domain.errors import BadUserInput
from graphql_api.language.scalars import DATE_TIME, JSON, UUID
from graphql_api.mutations.dialects import Input, Mutation, Required
from graphql_api.mutations.flows import Given, as_json
from graphql_api.mutations.payloads import Payloads
from operations.context import Context
from operations.queue import agents
from operations.queue.polling import MAX_RUNS_A_POLL, get_runs_in_queue
from operations.tenants import check_tenant


def _poll(context: Context, given: Given) -> Given:
    check_tenant(context, given.get("tenant_id"))
    return {"flow_run_ids": get_runs_in_queue(context, given.get("before"), given.get("labels") or [])}


def _register(context: Context, given: Given) -> Given:
    check_tenant(context, given.get("tenant_id"))
    agent_id = agents.register_agent(
        context,
        agent_type=given["type"],
        name=given.get("name"),
        labels=given.get("labels") or [],
        agent_config_id=given.get("agent_config_id"),
    )
    return {"id": agent_id}


def _delete(context: Context, given: Given) -> Given:
    found = agents.delete_agent(context, given["agent_id"])
    return _found(found, "agent", given["agent_id"])


def _create_config(context: Context, given: Given) -> Given:
    check_tenant(context, given.get("tenant_id"))
    return {"id": agents.create_agent_config(context, given.get("name"), _settings(given))}


def _update_config(context: Context, given: Given) -> Given:
    changes = {"name": given["name"]} if given.get("name") is not None else {}
    if given.get("settings") is not None:
        changes["settings"] = _settings(given)
    if not changes:
        raise BadUserInput("Give name, settings or both: what to change.")
    found = agents.update_agent_config(context, given["agent_config_id"], changes)
    return _found(found, "agent_config", given["agent_config_id"])


def _delete_config(context: Context, given: Given) -> Given:
    found = agents.delete_agent_config(context, given["agent_config_id"])
    return _found(found, "agent_config", given["agent_config_id"])


def _settings(given: Given) -> object:
    return as_json(given["settings"], "settings") if given.get("settings") is not None else {}


def _found(found: bool, what: str, identifier: str) -> Given:
    return {"success": found, "error": None if found else f"There is no {what} {identifier}."}


_LABELS: Final = GraphQLList(GraphQLNonNull(GraphQLString))
_YES: Final = Required.YES
_TENANT_ID: Final = Input("tenant_id", UUID, "The caller's tenant; need not be given.")
_CONFIG_ID: Final = Input("agent_config_id", UUID, "The settings.", _YES)
_CONFIG: Final = (
    Input("name", GraphQLString, "Its name; need not be unique."),
    Input("settings", JSON, "What its agents read."),
)
_POLL_INPUTS: Final = (
    _TENANT_ID,
    Input("before", DATE_TIME, "Runs that are due then; now if null."),
    Input("labels", _LABELS, "The agent's labels; none if null."),
)
_AGENT_INPUTS: Final = (
    Input("type", GraphQLString, "Its kind, such as `LocalAgent`.", _YES),
    Input("name", GraphQLString, "Its name; need not be unique."),
    Input("labels", _LABELS, "Its labels; none if null."),
    _TENANT_ID,
    Input("agent_config_id", UUID, "The settings that it was started with."),
)


def agent_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of agents."""
    return (
        Mutation(
            "get_runs_in_queue",
            f"Up to {MAX_RUNS_A_POLL} runs that an agent may start, the longest due first; "
            "none is taken by it.",
            _POLL_INPUTS,
            payloads.flow_run_ids,
            _poll,
        ),
        Mutation(
            "register_agent",
            "Keep an agent; the same agent, started again, gets the same id.",
            _AGENT_INPUTS,
            payloads.agent,
            _register,
        ),
        Mutation(
            "delete_agent",
            "Forget an agent.",
            (Input("agent_id", UUID, "The agent.", _YES),),
            payloads.success,
            _delete,
        ),
        Mutation(
            "create_agent_config",
            "Keep settings for agents.",
            (*_CONFIG, _TENANT_ID),
            payloads.agent_config,
            _create_config,
        ),
        Mutation(
            "update_agent_config",
            "Change the name of agents' settings, or what they say; what is null stays.",
            (_CONFIG_ID, *_CONFIG),
            payloads.success,
            _update_config,
        ),
        Mutation(
            "delete_agent_config", "Delete agents' settings.", (_CONFIG_ID,), payloads.success, _delete_config
        ),
    )
