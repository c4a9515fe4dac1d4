"""Calls of the client about one flow run, without changes of its state and waiting for it."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flow_runs import documents
from flow_runs.connection import Connection
from flow_runs.errors import BadUserInputError, NotFoundError
from flow_runs.models import FlowRunInfo, FlowRunState
from flow_runs.states import State
from flow_runs.times import write_time


class FlowRunCalls(Connection):
    """Calls that create, read, name, label and delete a flow run."""

    def create_flow_run(
        self,
        flow_id: str | None = None,
        *,
        version_group_id: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        labels: Sequence[str] | None = None,
        run_config: Mapping[str, Any] | None = None,
        run_name: str | None = None,
        scheduled_start_time: datetime | str | None = None,
        idempotency_key: str | None = None,
    ) -> str:
        """Create a run of a flow, or of the newest version of a version group, and return the run's id.

        The run starts now unless `scheduled_start_time` is given; a datetime without a zone is UTC. If the
        key was used for this flow within the last 24 hours, nothing is created, and the id of the first run
        is returned; with other parameters or another context than then IdempotencyKeyReusedError is raised.
        Without a key a random one is sent, so that a retry never creates a second run.
        """
        if (flow_id is None) == (version_group_id is None):
            raise BadUserInputError("Give either flow_id or version_group_id.")
        if isinstance(labels, str):
            raise BadUserInputError("labels must be a list of texts, not one text.")
        given = {
            "flow_id": flow_id,
            "version_group_id": version_group_id,
            "parameters": parameters,
            "context": context,
            "labels": None if labels is None else list(labels),
            "run_config": run_config,
            "flow_run_name": run_name,
            "scheduled_start_time": write_time(scheduled_start_time),
            "idempotency_key": uuid.uuid4().hex if idempotency_key is None else idempotency_key,
        }
        inputs = {name: value for name, value in given.items() if value is not None}
        return str(self._change(documents.CREATE_FLOW_RUN, inputs, idempotent=True)["id"])

    def get_flow_run_info(self, flow_run_id: str) -> FlowRunInfo:
        """Return a run, with every change that was acknowledged before. Raises NotFoundError."""
        return FlowRunInfo.from_json(self._flow_run(documents.FLOW_RUN, flow_run_id))

    def get_flow_run_state(self, flow_run_id: str) -> State:
        """Return the current state of a run. Raises NotFoundError."""
        row = self._flow_run(documents.FLOW_RUN_STATE, flow_run_id)
        return State.from_json(row["serialized_state"] or {"type": row["state"]})

    def get_flow_run_states(self, flow_run_id: str) -> list[FlowRunState]:
        """Return every state of a run, from version 1 to the current one. Raises NotFoundError."""
        rows = self._flow_run(documents.FLOW_RUN_STATES, flow_run_id)["states"]
        return [FlowRunState.from_json(row) for row in rows]

    def set_flow_run_name(self, flow_run_id: str, name: str) -> None:
        """Rename a run. Raises NotFoundError."""
        inputs = {"flow_run_id": flow_run_id, "name": name}
        self._change_known(documents.SET_FLOW_RUN_NAME, inputs)

    def set_flow_run_labels(self, flow_run_id: str, labels: Sequence[str]) -> None:
        """Replace the labels of a run. Raises NotFoundError."""
        if isinstance(labels, str):
            raise BadUserInputError("labels must be a list of texts, not one text.")
        inputs = {"flow_run_id": flow_run_id, "labels": list(labels)}
        self._change_known(documents.SET_FLOW_RUN_LABELS, inputs)

    def delete_flow_run(self, flow_run_id: str) -> None:
        """Delete a run with its history. Raises NotFoundError."""
        try:
            self._change_known(documents.DELETE_FLOW_RUN, {"flow_run_id": flow_run_id})
        except NotFoundError as error:
            # An earlier attempt, whose response was lost, may have deleted the run: that is a success.
            if not error.maybe_done:
                raise

    def _change_known(self, document: str, inputs: Mapping[str, Any]) -> None:
        """Send a mutation whose payload has `success`. Raises NotFoundError if it is false."""

        def check(data: dict[str, Any]) -> None:
            if not all(payload and payload["success"] for payload in data.values()):
                raise _not_found(inputs["flow_run_id"])

        self._transport.execute(document, {"input": inputs}, idempotent=True, check=check)

    def _flow_run(self, document: str, flow_run_id: str) -> dict[str, Any]:
        row = self._read(document, {"id": flow_run_id})["flow_run_by_pk"]
        if row is None:
            raise _not_found(flow_run_id)
        return dict(row)


def _not_found(flow_run_id: str) -> NotFoundError:
    return NotFoundError(f"There is no flow run {flow_run_id}.", {"flow_run_id": flow_run_id})
