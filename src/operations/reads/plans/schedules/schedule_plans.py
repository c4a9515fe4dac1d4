"""The plan for schedules: those of the flow groups whose schedule was ever switched on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from domain.access.authors import Author
from domain.flows.flows import Flow, FlowGroup
from domain.json_types import JsonObject
from domain.parts import Part
from domain.times import parse_time
from operations.context import Context
from operations.reads.plans.flows.flow_scope import MAX_LISTS
from operations.reads.plans.flows.project_plans import all_project_ids
from operations.reads.plans.search import MAX_ROWS, Plan, Search, bounded, in_batches
from operations.reads.where.constraints import allowed, below

if TYPE_CHECKING:
    from domain.schedules.runs.records import ScheduleRecord


@dataclass(frozen=True, slots=True)
class ScheduleOfGroup:
    """The schedule of a flow group: what is stored of it, looked at now.

    `flow` is the version that is not archived, None if all are. `record` is None unless it was asked for.
    """

    group: FlowGroup
    flow: Flow | None
    record: "ScheduleRecord | None"
    read_at: datetime

    @property
    def id(self) -> str:
        """The id of the flow group."""
        return self.group.id

    @property
    def flow_id(self) -> str | None:
        """The id of the version that runs."""
        return None if self.flow is None else self.flow.id

    @property
    def is_active(self) -> bool:
        """True if the schedule is switched on."""
        return self.flow is not None and self.flow.is_schedule_active

    @property
    def serialized(self) -> JsonObject | None:
        """The schedule in effect: that of the group, else that of the flow."""
        of_flow = None if self.flow is None else self.flow.outline.get("schedule")
        return self.group.schedule or of_flow

    @property
    def pause(self) -> JsonObject | None:
        """The pause, if it is not over."""
        stored = self.group.schedule_pause
        until = None if stored is None else stored.get("until")
        is_over = until is not None and parse_time(until, "until") <= self.read_at
        return None if is_over else stored

    @property
    def author(self) -> Author | None:
        """Who set the schedule in effect: that of the group, else that of the flow."""
        if self.group.schedule is not None:
            return self.group.schedule_author
        return None if self.flow is None else self.flow.author

    @property
    def next_run(self) -> datetime | None:
        """The time of the next occurrence that has a run."""
        made = () if self.record is None else self.record.made
        return min((run.time for run in made if run.time > self.read_at and run.has_run), default=None)

    @property
    def failures(self) -> int:
        """How many of the runs that ended last have failed in a row, if the rules ask for that."""
        return 0 if self.record is None else self.record.failures

    @property
    def fault(self) -> str | None:
        """Why the schedule makes no runs."""
        return None if self.record is None or not self.is_active else self.record.fault


def plan_schedules(context: Context, search: Search) -> Plan[ScheduleOfGroup]:
    """Find schedules by their flow groups or flows' names, else all of the tenant."""
    path, ids = "by id", allowed(search.where, "flow_group_id")
    if ids is None:
        ids = allowed(search.where, "id")
    if ids is not None:
        bounded(MAX_ROWS, ids, "schedule", "flow_group_id")
    else:
        names = allowed(search.where, "name")
        if names is not None:
            bounded(MAX_ROWS, names, "schedule", "name")
        projects = allowed(below(search.where, "flow_group"), "project_id")
        if projects is None or len(projects) > MAX_LISTS:
            projects = all_project_ids(context)
        members = context.store.flow_lists.members(projects, names)
        path, ids = "by the projects' flows", list(dict.fromkeys(member.group_id for member in members))
    return Plan(path, _read(context, search, ids), in_order=not search.order)


def _read(context: Context, search: Search, group_ids: Sequence[str]) -> Iterator[list[ScheduleOfGroup]]:
    whole, now = Part.OUTLINE in search.parts, context.now()
    for batch in in_batches(group_ids, search.first):
        groups = [group for group in context.store.flows.groups(batch, whole=whole) if group.is_scheduled]
        flow_ids = [group.current_flow_id for group in groups if group.current_flow_id is not None]
        flows = context.store.flows.get(flow_ids, with_outlines=whole) if flow_ids else []
        of_group = {flow.flow_group_id: flow for flow in flows if not flow.archived}
        wanted = [group.id for group in groups] if Part.SCHEDULE in search.parts else []
        records = {record.group_id: record for record in _records(context, wanted)}
        yield [ScheduleOfGroup(group, of_group.get(group.id), records.get(group.id), now) for group in groups]


def _records(context: Context, group_ids: Sequence[str]) -> "list[ScheduleRecord]":
    return context.store.schedules.records(group_ids) if group_ids else []
