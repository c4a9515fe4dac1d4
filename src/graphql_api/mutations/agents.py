"""Mutations of agents: registering them, polling the queue, and the settings that agents share."""

from typing import Any

from domain.errors import BadUserInput
from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import (
    ID,
    JSON_VALUE,
    TENANT_ID,
    TEXT,
    TEXTS,
    TIME,
    MutationInput,
    as_json,
    optional,
    required,
)
from graphql_api.mutations.payloads import Payload, Payloads, found
from operations.context import Context
from operations.queue import agents
from operations.queue.polling import MAX_RUNS_A_POLL, get_runs_in_queue
from operations.tenants import check_tenant


class PollInput(MutationInput):
    """A poll for runs."""

    tenant_id = TENANT_ID
    before = optional(TIME, "Runs that are due by this time; now if null.")
    labels = optional(TEXTS, "The agent's labels; none if null.")


class RegisterAgentInput(MutationInput):
    """An agent as it registers itself."""

    type = required(TEXT, "The agent's class, such as `LocalAgent`.")
    name = optional(TEXT, "The agent's name; need not be unique.")
    labels = optional(TEXTS, "The agent's labels; none if null.")
    tenant_id = TENANT_ID
    agent_config_id = optional(ID, "The settings that the agent was started with.")


class AgentInput(MutationInput):
    """The id of an agent."""

    agent_id = required(ID, "The agent.")


class _Settings(MutationInput):
    name = optional(TEXT, "The name of the settings; need not be unique.")
    settings = optional(JSON_VALUE, "The settings that agents read.")


class CreateAgentConfigInput(_Settings):
    """New settings."""

    tenant_id = TENANT_ID


class AgentConfigInput(MutationInput):
    """The id of agents' settings."""

    agent_config_id = required(ID, "The settings.")


class UpdateAgentConfigInput(AgentConfigInput):
    """A new name, new settings, or both."""

    name = _Settings.name
    settings = _Settings.settings


def agent_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of agents."""
    return (
        Mutation(
            "get_runs_in_queue",
            f"Find up to {MAX_RUNS_A_POLL} runs that an agent may start, the longest due first. "
            "Any other agent finds them, too.",
            PollInput,
            payloads.flow_run_ids,
            _poll,
        ),
        Mutation(
            "register_agent",
            "Register an agent; an agent that is started again gets the same id.",
            RegisterAgentInput,
            payloads.agent,
            _register,
        ),
        Mutation("delete_agent", "Delete an agent.", AgentInput, payloads.success, _delete),
        Mutation(
            "create_agent_config",
            "Create settings for agents.",
            CreateAgentConfigInput,
            payloads.agent_config,
            _create_config,
        ),
        Mutation(
            "update_agent_config",
            "Change the name or the values of agents' settings; null changes nothing.",
            UpdateAgentConfigInput,
            payloads.success,
            _update_config,
        ),
        Mutation(
            "delete_agent_config",
            "Delete agents' settings.",
            AgentConfigInput,
            payloads.success,
            _delete_config,
        ),
    )


def _poll(context: Context, given: PollInput) -> Payload:
    check_tenant(context, given.tenant_id)
    return {"flow_run_ids": get_runs_in_queue(context, given.before, given.labels or [])}


def _register(context: Context, given: RegisterAgentInput) -> Payload:
    check_tenant(context, given.tenant_id)
    agent_id = agents.register_agent(
        context,
        agent_type=given.type,
        name=given.name,
        labels=given.labels or [],
        agent_config_id=given.agent_config_id,
    )
    return {"id": agent_id}


def _delete(context: Context, given: AgentInput) -> Payload:
    return found(agents.delete_agent(context, given.agent_id), "agent", given.agent_id)


def _create_config(context: Context, given: CreateAgentConfigInput) -> Payload:
    check_tenant(context, given.tenant_id)
    settings = {} if given.settings is None else as_json(given.settings, "settings", context.work.memory)
    return {"id": agents.create_agent_config(context, given.name, settings)}


def _update_config(context: Context, given: UpdateAgentConfigInput) -> Payload:
    changes: dict[str, object] = {}
    if given.name is not None:
        changes["name"] = given.name
    if given.settings is not None:
        changes["settings"] = as_json(given.settings, "settings", context.work.memory)
    if not changes:
        raise BadUserInput("Give name, settings or both.")
    is_found = agents.update_agent_config(context, given.agent_config_id, changes)
    return found(is_found, "agent config", given.agent_config_id)


def _delete_config(context: Context, given: AgentConfigInput) -> Payload:
    is_found = agents.delete_agent_config(context, given.agent_config_id)
    return found(is_found, "agent config", given.agent_config_id)
