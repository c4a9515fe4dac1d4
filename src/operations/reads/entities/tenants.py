"""The entity of tenants: the owners of all data."""

from typing import Final

from operations.reads.entities.description import (
    ID,
    JSON,
    STRING,
    Column,
    Entity,
    Relation,
    named,
)
from operations.reads.plans.access_plans import plan_tenants

TENANT: Final = Entity(
    "tenant",
    "The owner of data: tenants share nothing.",
    {
        **ID,
        "name": Column(STRING, named("name"), "The tenant's name for people."),
        "slug": Column(STRING, named("slug"), "The tenant's name in addresses."),
        "settings": Column(
            JSON,
            lambda tenant: {
                "requests_per_minute": tenant.limits.requests,
                "log_retention_days": tenant.limits.log_days,
                "stored_flows": tenant.limits.flows,
            },
            "The limits of the tenant; null where it has none of its own.",
        ),
        "info": Column(
            JSON,
            lambda _: {},
            "An empty object, because clients expect one; there is no further information.",
        ),
    },
    {
        "projects": Relation("project", "The tenant's projects.", many=True, owner_column="tenant_id"),
        "flow_groups": Relation(
            "flow_group",
            "The tenant's flow groups, one for all versions of a flow.",
            many=True,
            owner_column="tenant_id",
        ),
        "flows": Relation(
            "flow", "The tenant's flows, with all versions.", many=True, owner_column="tenant_id"
        ),
        "flow_runs": Relation("flow_run", "The tenant's flow runs.", many=True, owner_column="tenant_id"),
    },
    plan=plan_tenants,
)
