"""Secrets as encrypted parameters of AWS Systems Manager; the table holds nothing of them."""

import base64
from collections.abc import Callable
from typing import Any, Final

from domain.errors import ApiError
from storage.dynamodb.aws_errors import AWS_ERRORS, error_code

_GONE: Final = "ParameterNotFound"
# A tenant has tens of secrets. No more than this are listed.
MAX_LISTED: Final = 1_000


class ParameterSecrets:
    """Secrets under one path: `prefix` begins with a slash and does not end with one."""

    def __init__(self, make_client: Callable[[], Any], prefix: str) -> None:
        self._make_client = make_client
        self._prefix = prefix

    def put(self, name: str, text: str) -> None:
        """Store a secret in place of an earlier one. Raises ApiError."""
        self._call("put_parameter", Name=self._path(name), Value=text, Type="SecureString", Overwrite=True)

    def get(self, name: str) -> str | None:
        """Return the text of a secret, None if there is none. Raises ApiError."""
        response = self._call("get_parameter", Name=self._path(name), WithDecryption=True)
        return None if response is None else str(response["Parameter"]["Value"])

    def delete(self, name: str) -> bool:
        """Delete a secret. Return True if it existed. Raises ApiError."""
        return self._call("delete_parameter", Name=self._path(name)) is not None

    def names(self) -> list[str]:
        """Return the names of all secrets, in order. No value is read or decrypted. Raises ApiError."""
        found: list[str] = []
        more: dict[str, str] = {}
        while len(found) < MAX_LISTED:
            page = self._call("get_parameters_by_path", Path=self._prefix, MaxResults=10, **more) or {}
            names = (parameter["Name"].rpartition("/")[2] for parameter in page.get("Parameters", []))
            found += map(_decoded, names)
            if "NextToken" not in page:
                break
            more = {"NextToken": page["NextToken"]}
        return sorted(found)

    def _path(self, name: str) -> str:
        # Encoded, because the name of a parameter may have few characters and that of a secret any.
        return f"{self._prefix}/{base64.urlsafe_b64encode(name.encode()).decode().rstrip('=')}"

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any] | None:
        """Return the response, None if there is no such parameter.

        The messages of AWS are not passed on, because they may contain the values that were sent.
        """
        try:
            response: dict[str, Any] = getattr(self._make_client(), operation)(**arguments)
        except AWS_ERRORS as error:
            code = error_code(error)
            if code == _GONE:
                return None
            if code is not None:
                raise ApiError(f"The secret store refused the request ({code}).") from None
            raise ApiError(f"The secret store could not answer ({type(error).__name__}).") from None
        return response


def _decoded(name: str) -> str:
    return base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
