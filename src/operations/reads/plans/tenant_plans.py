"""The plan for tenants: a deployment has one, who is also its only user."""

from operations.context import Context, Tenant
from operations.reads.plans.search import Plan, Search


def plan_tenants(context: Context, _: Search) -> Plan[Tenant]:
    """Find the tenant of the deployment."""
    return Plan("of the deployment", iter([[context.tenant]]))
