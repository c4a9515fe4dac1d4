"""The plan for projects, and the projects that a filter on flows names."""

from typing import Final

from domain.flows.flows import Project
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.plans.search import MAX_ROWS, Plan, Search, bounded
from operations.reads.where.constraints import allowed, below

# Up to so many ids of projects are believed. Of more, only those that exist cost a query of their own.
_BELIEVED: Final = 25


def plan_projects(context: Context, search: Search) -> Plan[Project]:
    """Find projects by id or name, else all of the tenant."""
    projects = context.store.projects
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([_read(context, ids, search)]))
    if (names := allowed(search.where, "name")) is not None:
        return Plan("by name", iter([projects.all_named(bounded(MAX_ROWS, names, "project", "name"))]))
    return Plan("index by_tenant, all", iter([projects.all()]))


def _read(context: Context, ids: list[str], search: Search) -> list[Project]:
    wanted = bounded(MAX_ROWS, ids, "project", "id")
    return context.store.projects.get(wanted, consistent=search.consistent)


def named_project_ids(context: Context, where: Where | None) -> list[str] | None:
    """Return the ids of the projects that a filter on flows names; None if it names none.

    Raises BadUserInput if it names too many.
    """
    projects, of_project = context.store.projects, below(where, "project")
    for column, ids in (
        ("project_id", allowed(where, "project_id")),
        ("project.id", allowed(of_project, "id")),
    ):
        if ids is not None and len(ids) <= _BELIEVED:
            return ids
        if ids is not None:
            return [project.id for project in projects.get(bounded(MAX_ROWS, ids, "flow", column))]
    names = allowed(of_project, "name")
    if names is None:
        return None
    named = projects.all_named(bounded(MAX_ROWS, names, "flow", "project.name"))
    return [project.id for project in named]


def all_project_ids(context: Context) -> list[str]:
    """Return the ids of all projects of the tenant."""
    return context.store.projects.ids()
