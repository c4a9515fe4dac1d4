"""The live flow runs of a tenant, and the few of them that recovery has to look into.

The heartbeat of a flow run, read without the flow run, clears most live flow runs.
"""

from dataclasses import replace
from functools import partial

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind
from domain.parts import Part
from domain.recovery.rules import NEEDS_PROCESS, Heartbeat, Switches
from operations.context import Context
from operations.recovery.dead_task_runs import is_dead
from operations.recovery.silent_runs import SilentRun
from operations.recovery.tick_view import TickView


class LiveRuns:
    """The live flow runs of one tenant, as one tick of recovery sees them."""

    def __init__(self, context: Context, tick: TickView) -> None:
        self._context, self._tick = context, tick

    def silent_runs(self, batch: list[str]) -> list[SilentRun]:
        """Return the flow runs of a batch that need a process and seem to have none, in the order of ids.

        The flow runs are read consistently. A flow run is also returned if only a task run seems dead.
        """
        heartbeats = self._context.store.heartbeats.newest(batch)
        suspects = self._suspects(batch, heartbeats)
        return self._silent_runs(suspects, heartbeats) if suspects else []

    def _suspects(self, batch: list[str], heartbeats: dict[str, Heartbeat]) -> dict[str, bool]:
        """Return the ids of flow runs to read, each with True if it seems to have a dead task run."""
        deadline = self._tick.began_at - self._tick.settings.patience
        is_silent_since = self._tick.cursor.is_silent_since
        silent = {
            run_id
            for run_id in batch
            if run_id not in heartbeats or is_silent_since(deadline, heartbeats[run_id].at)
        }
        alive = [
            run_id for run_id in batch if run_id not in silent and not heartbeats[run_id].covers_task_runs
        ]
        results = self._context.store.parallel(
            [partial(self._seems_to_have_dead, run_id, heartbeats[run_id]) for run_id in alive]
        )
        return dict.fromkeys(silent, False) | {
            run_id: True for run_id, has_dead in zip(alive, results, strict=True) if has_dead
        }

    def _seems_to_have_dead(self, flow_run_id: str, heartbeat: Heartbeat) -> bool:
        """Return True if a living flow run seems to have a dead task run, because a worker may have died.

        Heartbeats stay after their task run has ended. So old heartbeats are only a reason to read the task
        runs.
        """
        heartbeats, deadline = self._context.store.heartbeats, self._tick.heartbeat_deadline
        own_heartbeats = heartbeats.of_task_runs(flow_run_id, consistent=False)
        if not any(self._tick.cursor.is_silent_since(deadline, at) for at in own_heartbeats.values()):
            return False
        return any(
            is_dead(task_run, heartbeat.at, own_heartbeats, self._tick)
            for page in heartbeats.active_task_runs(flow_run_id, consistent=False)
            for task_run in page
        )

    def _silent_runs(self, suspects: dict[str, bool], heartbeats: dict[str, Heartbeat]) -> list[SilentRun]:
        runs = self._context.store.flow_runs.get(sorted(suspects), (Part.HEARTBEAT,), consistent=True)
        for run in runs:
            if run.state.kind is Kind.FINISHED:
                self._mark(run)
        found = [
            self._silent_run(run, heartbeats.get(run.id)) for run in runs if run.state.type in NEEDS_PROCESS
        ]
        return self._with_switches(
            [silent for silent in found if suspects[silent.run.id] or silent.is_silent]
        )

    def _silent_run(self, run: FlowRun, heartbeat: Heartbeat | None) -> SilentRun:
        have_heartbeats = heartbeat is None or not heartbeat.covers_task_runs
        return SilentRun(run, self._tick, task_runs_have_heartbeats=have_heartbeats)

    def _with_switches(self, silent_runs: list[SilentRun]) -> list[SilentRun]:
        """Return the flow runs with the switches of their flow groups; defaults if the group is gone."""
        group_ids = sorted({silent.run.flow_group_id for silent in silent_runs})
        groups = self._context.store.flows.groups(group_ids, whole=False) if group_ids else []
        switches = {group.id: Switches.of(group.settings) for group in groups}
        return [
            replace(silent, switches=switches.get(silent.run.flow_group_id, silent.switches))
            for silent in silent_runs
        ]

    def _mark(self, run: FlowRun) -> None:
        """Mark an ended flow run that is listed as live, and take it off that list.

        Release 0.1.0 kept a flow run listed until it had cancelled all its task runs.
        """
        self._context.store.follow_ups.put(run.id, self._tick.began_at)
        self._context.store.flow_runs.leave_live_index(run)
