"""Calls of the client that change the state of a run.

A change with a version is carried out at most once, but its response can get lost. The retry then finds the
version that the first attempt made, which is no conflict. So each such state has a `write_id`, which shows in
the history whose write made the version. Equal states prove nothing, because two agents that race for a run
send the same state.
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
    """Calls that change the state of a run."""

    def set_flow_run_state(
        self, flow_run_id: str, version: int | None, state: State | Mapping[str, Any] | str
    ) -> int:
        """Set the state of a run, and return the run's new version.

        `version` is the version of the run that you have read. If it is no longer current, nothing changes
        and VersionLockError is raised. None sets the state at any version; then the request is not repeated
        if its response is lost. `state` is a State, its JSON (Core's `state.serialize()`), or a type such as
        "Success".
        """
        data = state_json(state)
        if version is not None:
            # Replace the id of a state that was read from a run.
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
        """Cancel a run, and return the type of its state now.

        A running run becomes `Cancelling` until its agent confirms the end. A run that has not started
        becomes `Cancelled`. A run that has ended stays as it is.
        """
        payload = self._change(documents.CANCEL_FLOW_RUN, {"flow_run_id": flow_run_id}, idempotent=True)
        return str(payload["state"])

    def restart_flow_run(
        self, flow_run_id: str, *, version: int | None = None, idempotency_key: str | None = None
    ) -> int:
        """Let a run that is over go on from what has failed, and return its new version.

        What succeeded is not repeated. `version` is the version of the run that you have read: if it is no
        longer current, VersionLockError is raised. The same key restarts the run once; without one a random
        key is used. If very many task runs begin anew, this sends several requests.
        """
        inputs = {
            "flow_run_id": flow_run_id,
            "version": version,
            "idempotency_key": uuid.uuid4().hex if idempotency_key is None else idempotency_key,
        }
        while True:
            payload = self._change(documents.RESTART_FLOW_RUN, inputs, idempotent=True)
            if not payload["left"]:
                return int(payload["version"])

    def _wrote(self, flow_run_id: str, write_id: str, conflict: FlowRunsError) -> bool:
        """Return True if the history of the run has the write with this id."""
        try:
            states = self.get_flow_run_states(flow_run_id)
        except FlowRunsError as error:
            # Without the history we cannot tell success from conflict, so report that it could not be read.
            raise error from conflict
        return any(entry.state.details.get(WRITE_ID) == write_id for entry in states)
