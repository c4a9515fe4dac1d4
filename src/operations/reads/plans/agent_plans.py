"""Plans for agents and their settings: tenants have tens of them, which are read by id or all."""

from typing import TYPE_CHECKING

from operations.context import Context
from operations.reads.plans.search import MAX_ROWS, Plan, Search, at_most
from operations.reads.where.constraints import allowed

if TYPE_CHECKING:
    from operations.ports import AgentConfigs, Agents


def plan_agents(context: Context, search: Search) -> Plan:
    """Agents by id, else all of the tenant."""
    return _plan("agent", context.store.agents, search)


def plan_agent_configs(context: Context, search: Search) -> Plan:
    """Settings for agents by id, else all of the tenant."""
    return _plan("agent_config", context.store.agent_configs, search)


def _plan(entity: str, store: "Agents | AgentConfigs", search: Search) -> Plan:
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([store.get(at_most(MAX_ROWS, ids, entity, "id"))]))
    ids = at_most(MAX_ROWS, store.ids(MAX_ROWS + 1), entity, "id")
    return Plan("index by_tenant, all", iter([store.get(ids)]))
