"""The table of a deployment, written with credentials of AWS. Only this module needs boto3."""

import secrets
import uuid
from datetime import datetime
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from flow_runs.admin.home_tenants import as_key, doubt_of, places
from flow_runs.admin.key_items import SECRET_BITS, KeyOfTable, new_secret
from flow_runs.errors import (
    AnswerLostError,
    BadUserInputError,
    ConfigurationError,
    ConnectionFailedError,
    ForbiddenError,
    NotFoundError,
    ServiceError,
)

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

    def doubt_of_home(self) -> str | None:
        """Return why the tenant may not be the home tenant, None if it is, for all that one read tells.

        Raises BadUserInputError if it certainly is not, and what `create_key` raises.
        """
        wanted = {"Keys": [as_key(place) for place in places(self._tenant)], "ConsistentRead": True}
        try:
            found = self._call("batch_get_item", RequestItems={self._name: wanted})
        except ForbiddenError:
            # Who may only write may make a key all the same.
            found = {"UnprocessedKeys": wanted}
        if found["UnprocessedKeys"]:
            return "What the table has could not be read"
        items = found["Responses"].get(self._name, [])
        return doubt_of(self._tenant, {(item["pk"]["S"], item["sk"]["S"]) for item in items})

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
        self._call("put_item", TableName=self._name, Item=key.item())
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
        key = as_key((f"{self._tenant}#{partition}", sk))
        asked = self._call("get_item", TableName=self._name, Key=key, ConsistentRead=True)
        found: dict[str, Any] = asked.get("Item", {})
        return found

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            response: dict[str, Any] = getattr(self._client, operation)(**arguments)
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
        except NoConnection as error:
            raise ConnectionFailedError(f"DynamoDB could not be reached: {error}") from error
        except HTTPClientError as error:
            raise AnswerLostError(f"DynamoDB did not respond: {error}") from error
        except BotoCoreError as error:
            raise ConfigurationError(f"AWS cannot be called: {error}") from error
        return response
