"""Calls of the client about the schedules of flows. A schedule is known by the id of its flow group."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flow_runs import documents
from flow_runs.errors import NotFoundError
from flow_runs.flow_calls import FlowCalls
from flow_runs.schedules import ScheduleInfo
from flow_runs.times import write_time


class ScheduleCalls(FlowCalls):
    """Calls that find, change, pause and trigger schedules."""

    def find_flow_group(self, flow: str, project: str | None = None) -> str:
        """Return the id of a flow's group. The flow is given by its name, its id, or the group's id.

        Raises NotFoundError, and BadUserInputError if several projects have a flow of that name.
        """
        try:
            found = str(uuid.UUID(flow))
        except ValueError:
            return str(self.find_flow(flow, project).flow_group_id)
        data = self._read(documents.FLOW_GROUP, {"id": found})
        if data["flow_by_pk"] is None and data["flow_group_by_pk"] is None:
            raise NotFoundError(f"There is no flow and no flow group {flow}.")
        return str((data["flow_by_pk"] or {}).get("flow_group_id") or found)

    def current_flow_id(self, flow_group_id: str) -> str:
        """Return the version of a flow that is not archived. Raises NotFoundError."""
        where = {"flow_group_id": {"_eq": flow_group_id}, "archived": {"_eq": False}}
        rows = self._read(documents.FLOWS, {"where": where, "limit": 1})["flow"]
        if not rows:
            raise NotFoundError(f"Flow group {flow_group_id} has no flow that is not archived.")
        return str(rows[0]["id"])

    def list_schedules(
        self, project: str | None = None, name: str | None = None, limit: int = 100
    ) -> list[ScheduleInfo]:
        """Return the schedules that were ever switched on, sorted by their flows' names."""
        where: dict[str, Any] = {} if name is None else {"name": {"_eq": name}}
        if project is not None:
            where["flow"] = {"project": {"name": {"_eq": project}}}
        rows = self._read(documents.SCHEDULES, {"where": where, "limit": limit})["schedule"]
        return [ScheduleInfo.from_json(row) for row in rows]

    def get_schedule(self, flow_group_id: str) -> ScheduleInfo:
        """Return a schedule. Raises NotFoundError if there is none that was ever switched on."""
        row = self._read(documents.SCHEDULE, {"id": flow_group_id})["schedule_by_pk"]
        if row is None:
            raise NotFoundError(f"Flow group {flow_group_id} has no schedule that was ever switched on.")
        return ScheduleInfo.from_json(row)

    def set_schedule_rules(self, flow_group_id: str, rules: Mapping[str, Any]) -> None:
        """Replace the given rules of a schedule; None switches a rule off, the others stay.

        Spans are in seconds, dates texts such as 2026-12-24. Raises NotFoundError, BadUserInputError.
        """
        self._tell(documents.SET_SCHEDULE_RULES, {"flow_group_id": flow_group_id, **rules})

    def set_schedule(
        self,
        flow_group_id: str,
        *,
        cron: str | None = None,
        interval: int | None = None,
        timezone: str | None = None,
    ) -> None:
        """Let a cron expression, an interval in seconds, or both replace the schedule of the flow's versions.

        An interval begins now. Raises NotFoundError, BadUserInputError.
        """
        inputs = {
            "flow_group_id": flow_group_id,
            "cron_clocks": [] if cron is None else [{"cron": cron}],
            "interval_clocks": [] if interval is None else [{"interval": interval}],
            "timezone": timezone,
        }
        self._tell(documents.SET_FLOW_GROUP_SCHEDULE, inputs)

    def set_schedule_active(self, flow_id: str, *, active: bool) -> bool:
        """Switch the schedule of a flow's version on or off. Return False if the flow has none."""
        inputs = {"flow_id": flow_id, "set_active": active}
        return bool(self._change(documents.SET_SCHEDULE_STATE, inputs, idempotent=True)["success"])

    def pause_schedule(
        self,
        flow_group_id: str,
        *,
        note: str | None = None,
        until: datetime | str | None = None,
        by: str | None = None,
    ) -> None:
        """Pause a schedule until a time, or until it is resumed. Raises NotFoundError, BadUserInputError."""
        inputs = {"flow_group_id": flow_group_id, "note": note, "until": write_time(until), "by": by}
        self._tell(documents.PAUSE_SCHEDULE, inputs)

    def resume_schedule(self, flow_group_id: str) -> None:
        """End the pause of a schedule, if there is one. Raises NotFoundError."""
        self._tell(documents.RESUME_SCHEDULE, {"flow_group_id": flow_group_id})

    def trigger_schedule(
        self, flow_group_id: str, *, clock: int = 0, idempotency_key: str | None = None
    ) -> str:
        """Create a run now with what a clock of the schedule gives to its runs, and return the run's id.

        A key that was used within the last 24 hours returns the run that it made. Without one a random key is
        sent, so that a retry never creates a second run. Raises NotFoundError, BadUserInputError.
        """
        inputs = {
            "flow_group_id": flow_group_id,
            "clock": clock,
            "idempotency_key": uuid.uuid4().hex if idempotency_key is None else idempotency_key,
        }
        return str(self._change(documents.TRIGGER_SCHEDULE, inputs, idempotent=True)["id"])

    def _tell(self, document: str, inputs: Mapping[str, Any]) -> None:
        """Send a mutation of a schedule, which may be repeated. Raises NotFoundError if it was not found."""
        if not self._change(document, inputs, idempotent=True)["success"]:
            raise NotFoundError(f"There is no flow group {inputs['flow_group_id']}.")
