"""What a request is about that names things by their ids, for callers that are limited to some projects."""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum, auto
from typing import Final

from domain.access.api_keys import KeyKind
from operations.access.project_limits import is_own, own_flows, own_group_ids, own_run_ids
from operations.context import Context
from operations.task_runs.task_runs import find_addresses


class Subject(Enum):
    """The kinds of things that inputs name. A version group is named by a text, all others by an id."""

    PROJECT = auto()
    FLOW = auto()
    FLOW_GROUP = auto()
    VERSION_GROUP = auto()
    BACKFILL = auto()
    FLOW_RUN = auto()
    TASK_RUN = auto()
    ARTIFACT = auto()
    API_KEY = auto()


def foreign(context: Context, subject: Subject, names: Sequence[str]) -> set[str]:
    """Return those of some ids that things have which the caller's projects do not show. Raises ApiError.

    Ids that nothing has are not among them, as far as this can tell.
    """
    return _FOREIGN[subject](context, list(dict.fromkeys(names)))


def _projects(context: Context, ids: list[str]) -> set[str]:
    return {project_id for project_id in ids if not is_own(context, project_id)}


def _flows(context: Context, ids: list[str]) -> set[str]:
    found = context.store.flows.get(ids, with_outlines=False)
    return {flow.id for flow in found} - {flow.id for flow in own_flows(context, found)}


def _groups(context: Context, ids: list[str]) -> set[str]:
    return set(ids) - set(own_group_ids(context, ids))


def _version_groups(context: Context, names: list[str]) -> set[str]:
    ids = {name: context.store.flows.group_id(name) for name in names}
    groups = context.store.flows.groups(list(ids.values()), whole=False)
    others = {group.id for group in groups if not is_own(context, group.project_id)}
    return {name for name, group_id in ids.items() if group_id in others}


def _backfills(context: Context, ids: list[str]) -> set[str]:
    groups = {found.id: found.request.flow_group_id for found in context.store.backfills.of_ids(ids)}
    own = set(own_group_ids(context, list(groups.values())))
    return {backfill_id for backfill_id, group_id in groups.items() if group_id not in own}


def _flow_runs(context: Context, ids: list[str]) -> set[str]:
    return set(ids) - set(own_run_ids(context, ids))


def _task_runs(context: Context, ids: list[str]) -> set[str]:
    addresses = find_addresses(context, ids)
    return _of_runs(context, {found: address.flow_run_id for found, address in addresses.items()})


def _artifacts(context: Context, ids: list[str]) -> set[str]:
    return _of_runs(context, {found.id: found.flow_run_id for found in context.store.artifacts.get(ids)})


def _of_runs(context: Context, runs: Mapping[str, str]) -> set[str]:
    own = set(own_run_ids(context, runs.values()))
    return {identifier for identifier, run_id in runs.items() if run_id not in own}


def _keys(context: Context, ids: list[str]) -> set[str]:
    """Return the ids of keys and tokens that reach further than the caller's own, which it could not make."""
    found = [key for kind in KeyKind for key in context.store.api_keys.get(kind, ids)]
    return {key.id for key in found if not _is_within(key.projects, context.caller.projects)}


def _is_within(projects: Collection[str] | None, own: Collection[str] | None) -> bool:
    return own is None or (projects is not None and set(projects) <= set(own))


_FOREIGN: Final[Mapping[Subject, Callable[[Context, list[str]], set[str]]]] = {
    Subject.PROJECT: _projects,
    Subject.FLOW: _flows,
    Subject.FLOW_GROUP: _groups,
    Subject.VERSION_GROUP: _version_groups,
    Subject.BACKFILL: _backfills,
    Subject.FLOW_RUN: _flow_runs,
    Subject.TASK_RUN: _task_runs,
    Subject.ARTIFACT: _artifacts,
    Subject.API_KEY: _keys,
}
