"""Use cases of projects."""

from contextlib import suppress
from typing import Final

from domain.errors import BadUserInput, Forbidden
from domain.flows.flows import Project, check_description
from domain.ids import RANDOM_BITS, time_ordered_id
from domain.names import check_name
from domain.rounds import ROUNDS, changed_too_often
from operations.context import Context

# Where flows go whose registration names no project.
DEFAULT_PROJECT: Final = "Default"


def create_project(context: Context, *, name: str, description: str | None = None) -> str:
    """Make a project; answers its id.

    Raises BadUserInput when the name is taken or unusable, PayloadTooLarge for a long description.
    """
    now = context.now()
    project = Project(
        id=time_ordered_id(now, context.random_bits(RANDOM_BITS)),
        tenant_id=context.tenant.id,
        name=check_name(name, "name"),
        description=check_description(description),
        created=now,
        updated=now,
    )
    context.store.projects.create(project)
    return project.id


def default_project(context: Context) -> str:
    """The id of the project named DEFAULT_PROJECT, which is made when there is none.

    Its name's own item decides, so that any number of first uses make one. Who renames or deletes it takes it
    out of this use: the next registration makes another. Raises ApiError.
    """
    for _ in range(ROUNDS):
        known = context.store.projects.named(DEFAULT_PROJECT)
        if known is not None:
            return known.id
        with suppress(BadUserInput):  # somebody else made it at the same time
            about = "Flows whose registration named no project."
            return create_project(context, name=DEFAULT_PROJECT, description=about)
    raise changed_too_often(f"The project {DEFAULT_PROJECT!r}")


def set_project_name(context: Context, project_id: str, name: str) -> bool:
    """Rename a project; answers whether there is such a one. Raises BadUserInput when the name is taken."""
    return context.store.projects.rename(project_id, check_name(name, "name"), context.now())


def set_project_description(context: Context, project_id: str, description: str | None) -> bool:
    """Say what a project is for; answers whether there is such a one. Raises PayloadTooLarge."""
    return context.store.projects.describe(project_id, check_description(description), context.now())


def create_tenant(context: Context, slug: str) -> str:
    """The id of the deployment's tenant, for clients that begin by making one. Raises BadUserInput.

    A deployment has this one tenant, of a name and a slug that it was set up with.
    """
    if slug != context.tenant.slug:
        raise BadUserInput(
            f"slug: this deployment has one tenant, {context.tenant.slug!r}; {slug[:100]!r} cannot be added."
        )
    return context.tenant.id


def check_tenant(context: Context, tenant_id: str | None) -> None:
    """Refuse a request that names another tenant than the caller's; none named means the caller's."""
    if tenant_id is not None and tenant_id != context.tenant.id:
        raise Forbidden(f"tenant_id: this service acts for tenant {context.tenant.id}, not for {tenant_id}.")
