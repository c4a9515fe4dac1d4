"""Use cases of projects."""

from contextlib import suppress
from typing import Final

from domain.errors import BadUserInput
from domain.flows.flows import Project, check_description
from domain.ids import RANDOM_BITS, time_ordered_id
from domain.names import check_name
from domain.rounds import ROUNDS, changed_too_often
from operations.context import Context

# The project of flows whose registration names none.
DEFAULT_PROJECT: Final = "Default"


def create_project(context: Context, *, name: str, description: str | None = None) -> str:
    """Create a project. Return its id.

    Raises BadUserInput if the name is taken or unusable, PayloadTooLarge for a long description.
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
    """Return the id of the project named DEFAULT_PROJECT; create the project if there is none.

    A second item makes the name unique, so that concurrent first registrations create one project. After a
    rename or a deletion of the project the next registration creates another one. Raises ApiError.
    """
    for _ in range(ROUNDS):
        project = context.store.projects.named(DEFAULT_PROJECT)
        if project is not None:
            return project.id
        with suppress(BadUserInput):  # another request created the project in the meantime
            description = "Flows whose registration named no project."
            return create_project(context, name=DEFAULT_PROJECT, description=description)
    raise changed_too_often(f"The project {DEFAULT_PROJECT!r}")


def set_project_name(context: Context, project_id: str, name: str) -> bool:
    """Rename a project. Return False if there is none. Raises BadUserInput if the name is taken."""
    return context.store.projects.rename(project_id, check_name(name, "name"), context.now())


def set_project_description(context: Context, project_id: str, description: str | None) -> bool:
    """Describe a project. Return False if there is no such project. Raises PayloadTooLarge."""
    return context.store.projects.describe(project_id, check_description(description), context.now())
