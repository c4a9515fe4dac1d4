"""The plans for agents and their settings: a tenant has tens of them."""

from domain.queue.agents import Agent, AgentConfig
from operations.context import Context
from operations.reads.plans.search import MAX_ROWS, Plan, Search, at_most, bounded
from operations.reads.where.constraints import allowed


def plan_agents(context: Context, search: Search) -> Plan[Agent]:
    """Find agents by id, else all of the tenant."""
    agents = context.store.agents
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([agents.get(bounded(MAX_ROWS, ids, "agent", "id"))]))
    ids = at_most(MAX_ROWS, agents.ids(MAX_ROWS + 1), "agent", "id")
    return Plan("index by_tenant, all", iter([agents.get(ids)]))


def plan_agent_configs(context: Context, search: Search) -> Plan[AgentConfig]:
    """Find the settings of agents by id, else all of the tenant."""
    configs = context.store.agent_configs
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([configs.get(bounded(MAX_ROWS, ids, "agent_config", "id"))]))
    ids = at_most(MAX_ROWS, configs.ids(MAX_ROWS + 1), "agent_config", "id")
    return Plan("index by_tenant, all", iter([configs.get(ids)]))
