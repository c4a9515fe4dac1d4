"""Which live runs recovery has to look into: of most a heartbeat tells that they are well."""

from dataclasses import replace
from functools import partial

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind
from domain.parts import Part
from domain.recovery.cursor import Watch
from domain.recovery.rules import NEEDS_PROCESS, Beat, Parameters, Switches
from operations.context import Context
from operations.flow_runs.cancelling import GoOn
from operations.recovery.dead_task_runs import is_before, is_dead
from operations.recovery.reviving import Case


class LiveRuns:
    """The live runs of one tenant, as one tick of recovery sees them."""

    def __init__(self, context: Context, parameters: Parameters, watch: Watch, go_on: GoOn) -> None:
        self._context, self._parameters, self._watch, self._go_on = context, parameters, watch, go_on

    def cases(self, batch: list[str]) -> list[Case]:
        """Of these those that need a process and seem to have none, as of now, in the order of ids."""
        beats = self._context.store.signs_of_life.newest(batch)
        return self._cases(self._suspects(batch, beats), beats)

    def _suspects(self, batch: list[str], beats: dict[str, Beat]) -> dict[str, bool]:
        """The runs to read, and whether each seems to have a dead task run; heartbeats clear most others."""
        deadline = self._watch.at - self._parameters.patience
        silent = {
            each for each in batch if each not in beats or is_before(beats[each].at, self._watch, deadline)
        }
        asked = [each for each in batch if each not in silent and not beats[each].for_task_runs]
        answers = self._context.store.parallel([partial(self._has_dead, each, beats[each]) for each in asked])
        return dict.fromkeys(silent, False) | {
            each: True for each, has_dead in zip(asked, answers, strict=True) if has_dead
        }

    def _has_dead(self, flow_run_id: str, beat: Beat) -> bool:
        """Whether a run that is alive seems to have a task run that is not: the worker of one may have died.

        Heartbeats stay when a task run has ended, so old ones only give cause to look at the task runs.
        """
        signs, deadline = (
            self._context.store.signs_of_life,
            self._watch.at - self._parameters.heartbeat_timeout,
        )
        own = signs.of_task_runs(flow_run_id, consistent=False)
        if not any(is_before(at, self._watch, deadline) for at in own.values()):
            return False
        active = signs.active_task_runs(flow_run_id, consistent=False)
        return any(is_dead(each, beat.at, own, self._watch, deadline) for page in active for each in page)

    def _cases(self, suspects: dict[str, bool], beats: dict[str, Beat]) -> list[Case]:
        if not suspects:
            return []
        runs = self._context.store.flow_runs.get(sorted(suspects), (Part.HEARTBEAT,), consistent=True)
        for run in runs:
            if run.state.kind is Kind.FINISHED:
                self._mark(run)
        cases = [self._case(run, beats.get(run.id)) for run in runs if run.state.type in NEEDS_PROCESS]
        cases = [case for case in cases if suspects[case.run.id] or case.is_silent]
        group_ids = sorted({case.run.flow_group_id for case in cases})
        groups = self._context.store.flows.groups(group_ids) if group_ids else []
        switches = {group.id: Switches.of(group.settings) for group in groups}
        return [replace(case, switches=switches.get(case.run.flow_group_id, case.switches)) for case in cases]

    def _mark(self, run: FlowRun) -> None:
        """Mark a run that has ended and is among the live ones all the same, and let it go from there.

        Release 0.1.0 kept those there of which it had not cancelled all task runs yet.
        """
        self._context.store.follow_ups.put(run.id, self._watch.at)
        self._context.store.flow_runs.leave_live_index(run)

    def _case(self, run: FlowRun, beat: Beat | None) -> Case:
        return Case(
            run=run,
            has_own=beat is None or not beat.for_task_runs,
            parameters=self._parameters,
            watch=self._watch,
            now=self._watch.at,
            go_on=self._go_on,
        )
