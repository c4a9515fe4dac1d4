"""Mutations of tenants, for who administers the deployment."""

from typing import Any

from domain.access.tenants import TenantLimits
from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import INTEGER, TEXT, MutationInput, optional, required
from graphql_api.mutations.payloads import Payload, Payloads
from operations import tenants
from operations.context import Context


class TenantLimitsInput(MutationInput):
    """The limits of a tenant."""

    slug = required(TEXT, "The tenant's name in addresses: a-z, digits, single hyphens. It is unique.")
    requests_per_minute = optional(INTEGER, "How many requests a minute are answered; null for any number.")
    log_retention_days = optional(
        INTEGER, "How many days the logs of its runs are kept; null as the deployment has it."
    )
    stored_flows = optional(INTEGER, "How many versions of flows it may store; null for any number.")


class CreateTenantInput(TenantLimitsInput):
    """A new tenant of the deployment."""

    name = required(TEXT, "The tenant's name for people. That of the home tenant is set by the deployment.")


def tenant_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of tenants."""
    return (
        Mutation(
            "create_tenant",
            "Create a tenant, or return the one that has this slug. "
            "Only admins of the home tenant may, in requests for it.",
            CreateTenantInput,
            payloads.tenant,
            _create,
            camel_case=False,
        ),
        Mutation(
            "set_tenant_limits",
            "Replace the limits of a tenant. Only admins of the home tenant may, in requests for it.",
            TenantLimitsInput,
            payloads.tenant,
            _set_limits,
            camel_case=False,
        ),
    )


def _create(context: Context, given: CreateTenantInput) -> Payload:
    return {"id": tenants.create_tenant(context, given.name, given.slug, _limits(given))}


def _set_limits(context: Context, given: TenantLimitsInput) -> Payload:
    return {"id": tenants.set_tenant_limits(context, given.slug, _limits(given))}


def _limits(given: TenantLimitsInput) -> TenantLimits:
    return TenantLimits(
        requests=given.requests_per_minute, log_days=given.log_retention_days, flows=given.stored_flows
    )
