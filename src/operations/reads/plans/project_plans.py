"""The plan for projects, and the projects that a filter on flows names."""

from typing import Final

from domain.flows.flows import Project
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.plans.search import MAX_ROWS, Plan, Search, at_most
from operations.reads.where.constraints import allowed, below

# How many projects a filter on flows may name, because each name is looked up by itself.
MAX_NAMES: Final = 25


def plan_projects(context: Context, search: Search) -> Plan[Project]:
    """Find projects by id or name, else all of the tenant."""
    projects = context.store.projects
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([projects.get(at_most(MAX_ROWS, ids, "project", "id"))]))
    if (names := allowed(search.where, "name")) is not None:
        named = [projects.named(name) for name in at_most(MAX_ROWS, names, "project", "name")]
        return Plan("by name", iter([[project for project in named if project is not None]]))
    return Plan("index by_tenant, all", iter([projects.all()]))


def named_project_ids(context: Context, where: Where | None) -> list[str] | None:
    """Return the ids of the projects that a filter on flows names; None if it names none, or too many."""
    if (ids := allowed(where, "project_id")) is not None:
        return ids
    of_project = below(where, "project")
    if (ids := allowed(of_project, "id")) is not None:
        return ids
    names = allowed(of_project, "name")
    if names is None or len(names) > MAX_NAMES:
        return None
    return [project.id for project in map(context.store.projects.named, names) if project is not None]


def all_project_ids(context: Context) -> list[str]:
    """Return the ids of all projects of the tenant."""
    return [project.id for project in context.store.projects.all()]
