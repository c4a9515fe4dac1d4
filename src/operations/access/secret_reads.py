"""The secret store as one request sees it: each secret is read once, and only so many are."""

from typing import TYPE_CHECKING

from domain.access.secrets import check_secret_reads

if TYPE_CHECKING:
    from operations.ports.access import Secrets


class SecretsOfRequest:
    """Secrets that one request reads and changes. It keeps what it has read until the request changes it.

    A document may ask for the same secret under many aliases, while AWS allows some forty reads a second to
    a whole account.
    """

    def __init__(self, secrets: "Secrets") -> None:
        self._secrets = secrets
        self._texts: dict[str, str | None] = {}
        self._names: list[str] | None = None
        self._reads = 0

    def put(self, name: str, text: str) -> None:
        """Store a secret in place of an earlier one. Raises ApiError."""
        self._forget(name)
        self._secrets.put(name, text)

    def get(self, name: str) -> str | None:
        """Return the text of a secret, None if there is none. Raises BadUserInput, ApiError."""
        if name not in self._texts:
            self._count_read()
            self._texts[name] = self._secrets.get(name)
        return self._texts[name]

    def delete(self, name: str) -> bool:
        """Delete a secret. Return True if it existed. Raises ApiError."""
        self._forget(name)
        return self._secrets.delete(name)

    def names(self) -> list[str]:
        """Return the names of all secrets, in order. Raises BadUserInput, ApiError."""
        if self._names is None:
            self._count_read()
            self._names = self._secrets.names()
        return list(self._names)

    def _count_read(self) -> None:
        self._reads += 1
        check_secret_reads(self._reads)

    def _forget(self, name: str) -> None:
        self._texts.pop(name, None)
        self._names = None
