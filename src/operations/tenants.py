"""The use cases of tenants: their creation, and the tenant that a request is for."""

from domain.access.tenant_tokens import token_for
from domain.access.tenants import (
    NO_LIMITS,
    Tenant,
    TenantLimits,
    check_limits,
    check_slug,
    no_such_tenant,
    tenant_id_of,
)
from domain.errors import BadUserInput, Forbidden, NotFound
from domain.names import check_name
from operations.context import Context


def create_tenant(context: Context, name: str, slug: str, limits: TenantLimits = NO_LIMITS) -> str:
    """Create a tenant. Return its id, or that of the tenant that has this slug already.

    Raises BadUserInput for an unusable name, slug or limit, or one tenant too many; Forbidden unless the
    caller administers the deployment and the request is for the home tenant; ApiError.
    """
    home = context.home_tenant
    _check_administers(context)
    if slug == home.slug:
        return home.id
    check_slug(slug)
    checked = check_name(name, "name"), slug, context.now(), check_limits(limits)
    return context.store.tenants.create(Tenant(tenant_id_of(home.id, slug), *checked)).id


def set_tenant_limits(context: Context, slug: str, limits: TenantLimits) -> str:
    """Replace the limits of a tenant beside the home tenant. Return its id.

    Raises BadUserInput for an unusable limit or the home tenant, Forbidden unless the caller administers the
    deployment and the request is for the home tenant, NotFound, ApiError.
    """
    home = context.home_tenant
    _check_administers(context)
    check_limits(limits)
    if slug == home.slug:
        raise BadUserInput("slug: the settings of the deployment limit the home tenant.")
    tenant_id = tenant_id_of(home.id, check_slug(slug))
    if not context.store.tenants.set_limits(tenant_id, limits):
        raise NotFound(f"There is no tenant with the slug {slug!r}.")
    return tenant_id


def _check_administers(context: Context) -> None:
    if not context.caller.administers(context.home_tenant.id):
        raise Forbidden(
            "Tenants are created and limited with a token of the deployment, or with a key of scope 'admin' "
            "of the home tenant that is not limited to projects."
        )
    # The trail of another tenant is not where the deployment's admins look, and its own admins read it.
    if context.tenant.id != context.home_tenant.id:
        raise Forbidden(
            f"Tenants are created and limited in requests for the home tenant ({context.home_tenant.id}); "
            f"this one is for tenant {context.tenant.id}."
        )


def check_tenant(context: Context, tenant_id: str | None) -> None:
    """Raise Forbidden if a request names another tenant than the one that it is for; None means that one."""
    if tenant_id is not None and tenant_id != context.tenant.id:
        raise Forbidden(
            f"tenant_id: this request is for tenant {context.tenant.id}, not for {tenant_id}. The header "
            "X-PREFECT-TENANT-ID names another one that the caller may use."
        )


def usable_tenant(context: Context, tenant_id: str) -> str:
    """Return the id of a tenant that the caller may use. Raises Forbidden, ApiError."""
    known = (context.tenant.id, context.home_tenant.id)
    chosen = context.tenant.id if tenant_id == context.tenant.id else _chosen(context, tenant_id)
    if chosen not in known and not context.store.tenants.get([chosen]):
        raise no_such_tenant(tenant_id)
    return chosen


def _chosen(context: Context, tenant_id: str) -> str:
    return context.caller.tenant(tenant_id, context.home_tenant.id)


def token_of(context: Context, tenant_id: str) -> str | None:
    """Return the token by which requests of the caller are for a tenant: its own token for its own tenant."""
    is_own = tenant_id == context.caller.tenant(None, context.home_tenant.id)
    return context.bearer if is_own else token_for(context.bearer, tenant_id)
