"""The table of a deployment, written with credentials of AWS. Only this module needs boto3."""

import secrets
import uuid
from datetime import datetime
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from flow_runs.admin.key_items import SECRET_BITS, KeyOfTable, new_secret
from flow_runs.errors import (
    BadUserInputError,
    ConfigurationError,
    ForbiddenError,
    NotFoundError,
    ServiceError,
)

# The tenant of a deployment that sets no TENANT_ID.
DEFAULT_TENANT_ID: Final = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"
_DENIED: Final = {"AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException"}


class AdminTable:
    """The table of one deployment. Raises the errors of the client, never those of AWS."""

    def __init__(
        self, name: str, tenant_id: str, *, region: str | None = None, endpoint_url: str | None = None
    ) -> None:
        self._name, self._tenant = name, tenant_id
        try:
            self._client: Any = boto3.client("dynamodb", region_name=region, endpoint_url=endpoint_url)
        except (BotoCoreError, ValueError) as error:
            raise ConfigurationError(f"AWS cannot be called: {error}") from error

    def create_key(
        self, name: str, scope: str, projects: list[str] | None, expires_at: datetime | None, now: datetime
    ) -> KeyOfTable:
        """Store a new key, and return it with its secret. Projects are given by their names or ids.

        Raises NotFoundError, BadUserInputError, ForbiddenError, ConfigurationError, ServiceError.
        """
        key = KeyOfTable(
            tenant_id=self._tenant,
            name=name,
            scope=scope,
            projects=None if projects is None else [self._project_id(project) for project in projects],
            created=now,
            expires_at=expires_at,
            secret=new_secret(scope, secrets.randbits(SECRET_BITS)),
        )
        self._call("put_item", Item=key.item())
        return key

    def _project_id(self, project: str) -> str:
        try:
            identifier = str(uuid.UUID(project))
        except ValueError:
            found = self._get(f"project-name#{project}", "project-name")
            if "project_id" in found:
                return str(found["project_id"]["S"])
        else:
            if self._get(f"project#{identifier}", "project"):
                return identifier
        raise NotFoundError(f"There is no project {project!r} in table {self._name}.")

    def _get(self, partition: str, sk: str) -> dict[str, Any]:
        key = {"pk": {"S": f"{self._tenant}#{partition}"}, "sk": {"S": sk}}
        found: dict[str, Any] = self._call("get_item", Key=key, ConsistentRead=True).get("Item", {})
        return found

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            response: dict[str, Any] = getattr(self._client, operation)(TableName=self._name, **arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ResourceNotFoundException":
                raise NotFoundError(
                    f"There is no table {self._name!r} in this account and region."
                ) from error
            if code in _DENIED:
                raise ForbiddenError(f"AWS refuses {operation} on table {self._name!r}: {error}") from error
            if code == "ValidationException":
                raise BadUserInputError(f"{self._name!r} is no table of Flow Runs: {error}") from error
            raise ServiceError(f"AWS could not do {operation}: {error}") from error
        except BotoCoreError as error:
            raise ConfigurationError(f"AWS cannot be called: {error}") from error
        return response
