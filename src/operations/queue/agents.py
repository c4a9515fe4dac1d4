"""The use cases of agents and of the settings that agents share."""

from typing import Any

from domain.errors import NotFound
from domain.flows.labels import check_labels
from domain.ids import RANDOM_BITS, time_ordered_id
from domain.lazy import Lazy
from domain.names import check_name
from domain.queue.agents import Agent, AgentConfig, agent_id, check_settings
from operations.context import Context


def register_agent(
    context: Context,
    *,
    agent_type: str,
    name: str | None,
    labels: list[str],
    agent_config_id: str | None,
) -> str:
    """Store an agent. Return its id, which is the same each time the same agent is started.

    Agents are the same if they have the same type, name, release, configuration and set of labels. Raises
    BadUserInput, NotFound for an unknown configuration, PayloadTooLarge, ApiError.
    """
    if agent_config_id is not None and not context.store.agent_configs.get([agent_config_id]):
        raise NotFound(f"There is no agent config {agent_config_id}.")
    traits: dict[str, Any] = {
        "type": check_name(agent_type, "type"),
        "name": check_name(name, "name") if name else None,
        "labels": check_labels(labels),
        "core_version": context.core_version,
        "agent_config_id": agent_config_id,
    }
    tenant, now = context.tenant.id, context.now()
    agent = Agent(id=agent_id(tenant, **traits), tenant_id=tenant, created=now, updated=now, **traits)
    context.store.agents.register(agent)
    return agent.id


def delete_agent(context: Context, agent_id: str) -> bool:
    """Delete an agent, which may register again. Return False if there is no such agent."""
    return context.store.agents.delete(agent_id)


def create_agent_config(context: Context, name: str | None, settings: Any) -> str:
    """Store settings for agents. Return their id. Raises BadUserInput, PayloadTooLarge, ApiError."""
    now = context.now()
    config = AgentConfig(
        id=time_ordered_id(now, context.random_bits(RANDOM_BITS)),
        tenant_id=context.tenant.id,
        name=check_name(name, "name") if name is not None else None,
        settings=Lazy.of(check_settings(settings)),
        created=now,
        updated=now,
    )
    context.store.agent_configs.create(config)
    return config.id


def update_agent_config(context: Context, config_id: str, changes: dict[str, Any]) -> bool:
    """Change `name`, `settings` or both. Return False if there are no such settings.

    Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    if changes.get("name") is not None:
        check_name(changes["name"], "name")
    if "settings" in changes:
        check_settings(changes["settings"])
    return context.store.agent_configs.update(config_id, changes, context.now())


def delete_agent_config(context: Context, config_id: str) -> bool:
    """Delete settings. Return False if there are none. Agents that were started with them keep running."""
    return context.store.agent_configs.delete(config_id)
