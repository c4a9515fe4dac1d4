"""Calls of the client about API keys."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from flow_runs import documents
from flow_runs.errors import NotFoundError
from flow_runs.flow_calls import FlowCalls
from flow_runs.keys import ApiKeyInfo, NewApiKey, RotatedApiKey
from flow_runs.times import read_time, write_time


class KeyCalls(FlowCalls):
    """Calls that list, make, rotate and delete API keys. They need a key of scope `admin`."""

    def list_api_keys(self) -> list[ApiKeyInfo]:
        """Return all API keys and API tokens, the newest first."""
        data = self._read(documents.API_KEYS, {})
        kinds = {"key": data["auth_api_key"], "token": data["api_token"]}
        found = [ApiKeyInfo.from_json(row, kind) for kind, rows in kinds.items() for row in rows]
        return sorted(found, key=lambda key: (str(key.created), key.id), reverse=True)

    def create_api_key(
        self,
        name: str,
        *,
        scope: str = "user",
        projects: Sequence[str] | None = None,
        owner: str | None = None,
        expires_at: datetime | str | None = None,
    ) -> NewApiKey:
        """Make an API key, and return it with its secret, which is shown only now.

        `scope` is `admin`, `user`, `read` or `runner`; `projects` are names or ids. The call is not repeated
        after an attempt whose outcome is unknown, so look for the key then. Raises BadUserInputError,
        ForbiddenError, NotFoundError.
        """
        inputs = {
            "name": name,
            "scope": scope,
            "projects": None if projects is None else [self._project_id(project) for project in projects],
            "owner": owner,
            "expires_at": write_time(expires_at),
        }
        payload = self._change(documents.CREATE_API_KEY, inputs, idempotent=False)
        return NewApiKey(id=payload["id"], key=payload["key"])

    def rotate_api_key(
        self, key_id: str | None = None, *, overlap: int | None = None, idempotency_key: str | None = None
    ) -> RotatedApiKey:
        """Give a key, this client's own for None, a successor, and return that with its secret.

        The key itself ends after `overlap` seconds, a day by default. Each key may rotate itself. Without an
        idempotency key a random one lets retries leave one successor. Raises BadUserInputError,
        ForbiddenError, NotFoundError.
        """
        inputs = {
            "key_id": key_id,
            "overlap": overlap,
            "idempotency_key": idempotency_key or uuid.uuid4().hex,
        }
        payload = self._change(documents.ROTATE_API_KEY, inputs, idempotent=True)
        return RotatedApiKey(
            id=payload["id"],
            key=payload["key"],
            expires_at=read_time(payload["expires_at"]),
            former_expires_at=read_time(payload["former_expires_at"]),
        )

    def delete_api_key(self, key_id: str) -> None:
        """Delete an API key or an API token, which is invalid at once. Raises NotFoundError."""
        if self._change(documents.DELETE_API_KEY, {"key_id": key_id}, idempotent=True)["success"]:
            return
        if not self._change(documents.DELETE_API_TOKEN, {"token_id": key_id}, idempotent=True)["success"]:
            raise NotFoundError(f"There is no API key {key_id}.")
