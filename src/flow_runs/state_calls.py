"""The client's calls that change a run's state.

A change that holds a version is carried out at most once, but its answer can get lost. The retry then
meets a version that the first attempt itself made, which is no conflict. So each such state carries a
`write_id`, by which the history tells whose write took the version. Equal states would prove nothing: two
agents that race for a run send the same one.
"""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from flow_runs import documents
from flow_runs.errors import FlowRunsError, VersionLockError
from flow_runs.flow_run_calls import FlowRunCalls
from flow_runs.states import State, state_json

WRITE_ID: Final = "write_id"


class StateCalls(FlowRunCalls):
    """Changes of a run's state."""

    def set_flow_run_state(
        self, flow_run_id: str, version: int | None, state: State | Mapping[str, Any] | str
    ) -> int:
        """Set a run's state and answer the run's new version.

        `version` is the one you read the run at: if it is no longer current, nothing changes and
        VersionLockError is raised. None sets the state whatever the version is; such a request is not
        repeated when its answer is lost. `state` is a State, its JSON (Core's `state.serialize()`), or a
        type such as "Success".
        """
        data = state_json(state)
        if version is not None:
            # Also in place of one that came with a state that was read before.
            data[WRITE_ID] = uuid.uuid4().hex
        inputs = {"flow_run_id": flow_run_id, "version": version, "state": data}
        try:
            payload = self._change(documents.SET_FLOW_RUN_STATE, inputs, idempotent=version is not None)
        except VersionLockError as error:
            if version is not None and error.maybe_done and self._wrote(flow_run_id, data[WRITE_ID], error):
                return version + 1
            raise
        return int(payload["flow_run"]["version"])

    def cancel_flow_run(self, flow_run_id: str) -> str:
        """Cancel a run and answer the type of the state that it is in now.

        A running run becomes `Cancelling` until whoever executes it confirms; one that has not started
        becomes `Cancelled`; one that has ended stays as it is.
        """
        payload = self._change(documents.CANCEL_FLOW_RUN, {"flow_run_id": flow_run_id}, idempotent=True)
        return str(payload["state"])

    def _wrote(self, flow_run_id: str, write_id: str, conflict: FlowRunsError) -> bool:
        """Look in the run's history for the write of this id."""
        try:
            states = self.get_flow_run_states(flow_run_id)
        except FlowRunsError as error:
            # Neither success nor a conflict is known here; what failed is the looking.
            raise error from conflict
        return any(entry.state.details.get(WRITE_ID) == write_id for entry in states)
