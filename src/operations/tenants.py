"""Use cases of tenants: a deployment has one tenant, whose name and slug are part of its settings."""

from domain.errors import BadUserInput, Forbidden
from operations.context import Context


def create_tenant(context: Context, slug: str) -> str:
    """Return the id of the deployment's tenant, for clients that begin by creating a tenant.

    Raises BadUserInput for any other slug than the tenant's.
    """
    if slug != context.tenant.slug:
        raise BadUserInput(
            f"slug: this deployment has one tenant, {context.tenant.slug!r}; {slug[:100]!r} cannot be added."
        )
    return context.tenant.id


def check_tenant(context: Context, tenant_id: str | None) -> None:
    """Raise Forbidden if a request names another tenant than the caller's; None means the caller's."""
    if tenant_id is not None and tenant_id != context.tenant.id:
        raise Forbidden(f"tenant_id: this service acts for tenant {context.tenant.id}, not for {tenant_id}.")
