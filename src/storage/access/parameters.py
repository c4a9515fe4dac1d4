"""Secrets, each an encrypted parameter of AWS Systems Manager; nothing of them is in the table."""

import base64
from collections.abc import Callable
from typing import Any, Final

from domain.errors import ApiError
from storage.dynamodb.aws_errors import AWS_ERRORS, error_code

_GONE: Final = "ParameterNotFound"
# A tenant's secrets are tens. More than this are not listed.
MAX_LISTED: Final = 1_000


class ParameterSecrets:
    """Secrets under one path, `prefix`, which begins with a slash and does not end with one."""

    def __init__(self, make_client: Callable[[], Any], prefix: str) -> None:
        self._make_client = make_client
        self._prefix = prefix

    def put(self, name: str, text: str) -> None:
        """Keep a secret, in place of an earlier one. Raises ApiError."""
        self._call("put_parameter", Name=self._path(name), Value=text, Type="SecureString", Overwrite=True)

    def get(self, name: str) -> str | None:
        """The text of a secret, None when there is none. Raises ApiError."""
        answer = self._call("get_parameter", Name=self._path(name), WithDecryption=True)
        return None if answer is None else str(answer["Parameter"]["Value"])

    def delete(self, name: str) -> bool:
        """Delete a secret; answers whether there was one. Raises ApiError."""
        return self._call("delete_parameter", Name=self._path(name)) is not None

    def names(self) -> list[str]:
        """The names of all secrets, in order; values are neither read nor decrypted. Raises ApiError."""
        found: list[str] = []
        more: dict[str, str] = {}
        while len(found) < MAX_LISTED:
            answer = self._call("get_parameters_by_path", Path=self._prefix, MaxResults=10, **more) or {}
            found += [_decoded(each["Name"].rpartition("/")[2]) for each in answer.get("Parameters", [])]
            if "NextToken" not in answer:
                break
            more = {"NextToken": answer["NextToken"]}
        return sorted(found)

    def _path(self, name: str) -> str:
        # A parameter's name takes few characters, a secret's any.
        return f"{self._prefix}/{base64.urlsafe_b64encode(name.encode()).decode().rstrip('=')}"

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any] | None:
        """The answer, None when there is no such parameter.

        What AWS says goes no further: an error's text may hold what was sent.
        """
        try:
            answer: dict[str, Any] = getattr(self._make_client(), operation)(**arguments)
        except AWS_ERRORS as error:
            code = error_code(error)
            if code == _GONE:
                return None
            if code is not None:
                raise ApiError(f"The secret store refused the request ({code}).") from None
            raise ApiError(f"The secret store could not answer ({type(error).__name__}).") from None
        return answer


def _decoded(name: str) -> str:
    return base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
