"""Calls of the client about projects and flows."""

import base64
import gzip
import json
import uuid
from collections.abc import Mapping
from typing import Any, Final, Protocol

from flow_runs import documents
from flow_runs.connection import Connection
from flow_runs.errors import BadUserInputError, NotFoundError
from flow_runs.models import FlowInfo

# A flow of at least this many characters is sent compressed; for a smaller one, compression gains nothing.
_COMPRESS_FROM: Final = 50_000
# This message of the service never changes, because clients of Prefect Core look for it.
_NAME_TAKEN: Final = "Uniqueness violation."


class Serializable(Protocol):
    """A flow of Prefect Core, or any other object with the same method."""

    def serialize(self) -> dict[str, Any]:
        """Return the serialized flow."""


class FlowCalls(Connection):
    """Calls that create and find projects and flows."""

    def create_project(self, name: str, description: str | None = None) -> str:
        """Create a project, and return its id. Raises BadUserInputError if the name is taken.

        The call is not repeated after an attempt whose outcome is unknown; look for the project then.
        """
        inputs = {"name": name, "description": description}
        try:
            return str(self._change(documents.CREATE_PROJECT, inputs, idempotent=False)["id"])
        except BadUserInputError as error:
            if error.message == _NAME_TAKEN:
                raise BadUserInputError(f"There is a project {name!r} already.", error.extensions) from error
            raise

    def register_flow(
        self,
        project: str,
        flow: Mapping[str, Any] | str | Serializable,
        *,
        version_group_id: str | None = None,
        set_schedule_active: bool = True,
        idempotency_key: str | None = None,
    ) -> str:
        """Register the next version of a flow in a project (its name or id), and return the flow's id.

        `flow` is a serialized flow, an object with `.serialize()` such as Core's `Flow`, or only a name.
        Earlier versions are archived. If the last version of the flow has the same key, nothing is registered
        and that version's id is returned. Without a key a random one keeps retries from registering twice.
        """
        serialized = _serialized(flow)
        inputs: dict[str, Any] = {
            "project_id": self._project_id(project),
            "version_group_id": version_group_id,
            "set_schedule_active": set_schedule_active,
            "idempotency_key": idempotency_key or uuid.uuid4().hex,
        }
        document = documents.CREATE_FLOW
        text = _json_text(serialized)
        if len(text) < _COMPRESS_FROM:
            inputs["serialized_flow"] = serialized
        else:
            document = documents.CREATE_FLOW_COMPRESSED
            inputs["serialized_flow"] = base64.b64encode(gzip.compress(text.encode())).decode()
        return str(self._change(document, inputs, idempotent=True)["id"])

    def archive_flow(self, flow_id: str) -> None:
        """Archive one version of a flow, so that no new runs of it can be created."""
        self._change(documents.ARCHIVE_FLOW, {"flow_id": flow_id}, idempotent=True)

    def find_flow(self, name: str, project: str | None = None) -> FlowInfo:
        """Return the newest unarchived version of a flow by its name.

        Raises NotFoundError, and BadUserInputError if no project is given and several have a flow of that
        name.
        """
        variables = {"name": name} if project is None else {"name": name, "project": project}
        rows = self._read(documents.flow_list(in_project=project is not None), variables)["flow"]
        flows = [FlowInfo.from_json(row) for row in rows]
        if not flows:
            where = "any project" if project is None else f"project {project!r}"
            raise NotFoundError(f"There is no flow {name!r} in {where}.")
        projects = sorted({flow.project_name or "" for flow in flows})
        if len(projects) > 1:
            raise BadUserInputError(
                f"Several projects have a flow {name!r}, so name one: {', '.join(map(repr, projects))}."
            )
        return flows[0]

    def _project_id(self, project: str) -> str:
        """Return the id of a project that is given by its id or its name."""
        try:
            return str(uuid.UUID(project))
        except ValueError:
            pass
        rows = self._read(documents.PROJECT, {"name": project})["project"]
        if not rows:
            raise NotFoundError(f"There is no project {project!r}. Create it first.")
        return str(rows[0]["id"])


def _serialized(flow: Mapping[str, Any] | str | Serializable) -> dict[str, Any]:
    """Return the serialized form of a flow in any of its spellings."""
    if isinstance(flow, str):
        return {"name": flow}
    return dict(flow) if isinstance(flow, Mapping) else flow.serialize()


def _json_text(serialized: dict[str, Any]) -> str:
    """Return the flow as JSON. Raises BadUserInputError if JSON cannot hold one of its values."""
    try:
        return json.dumps(serialized, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadUserInputError(f"The flow cannot be written as JSON: {error}") from error
