"""Use cases of projects."""

from domain.errors import Forbidden
from domain.flows import Project
from domain.ids import RANDOM_BITS, time_ordered_id
from domain.names import check_name
from operations.context import Context


def create_project(context: Context, *, name: str, description: str | None = None) -> str:
    """Make a project; answers its id. Raises BadUserInput when the name is taken or unusable."""
    now = context.now()
    project = Project(
        id=time_ordered_id(now, context.random_bits(RANDOM_BITS)),
        tenant_id=context.tenant.id,
        name=check_name(name, "name"),
        description=description,
        created=now,
        updated=now,
    )
    context.store.projects.create(project)
    return project.id


def check_tenant(context: Context, tenant_id: str | None) -> None:
    """Refuse a request that names another tenant than the caller's; none named means the caller's."""
    if tenant_id is not None and tenant_id != context.tenant.id:
        raise Forbidden(f"tenant_id: this service acts for tenant {context.tenant.id}, not for {tenant_id}.")
