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
from operations.reads.plans.tenant_plans import plan_tenants

TENANT: Final = Entity(
    "tenant",
    "Whose data this is: nothing is shared between tenants.",
    {
        **ID,
        "name": Column(STRING, named("name"), "The name that people read."),
        "slug": Column(STRING, named("slug"), "The name in addresses."),
        "settings": Column(JSON, lambda _: {}, "An object, as clients expect; empty: a deployment decides."),
        "info": Column(JSON, lambda _: {}, "An object, as clients expect; empty: nothing more is known."),
    },
    {
        "projects": Relation("project", "Its projects.", many=True, owner_column="tenant_id"),
        "flow_groups": Relation(
            "flow_group", "Its flows, versions together.", many=True, owner_column="tenant_id"
        ),
        "flows": Relation("flow", "Its flows, all versions of each.", many=True, owner_column="tenant_id"),
        "flow_runs": Relation("flow_run", "Its flow runs.", many=True, owner_column="tenant_id"),
    },
    plan=plan_tenants,
)
