"""An API key and its item, as the service makes them; tests compare the two.

The client imports nothing of the service, so both have the form: `flowruns_<scope>_`, 256 random bits in base
62, and a checksum. The item has the digest alone.
"""

import hashlib
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

SECRET_BITS: Final = 256
MAKER: Final = "flow-runs admin"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_DIGITS: Final = 43
_CHECK_DIGITS: Final = 6
_SHOWN_DIGITS: Final = 4
_LISTED_AFTERWARDS: Final = timedelta(days=30)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOfTable:
    """A new API key: what it permits, whose it is, and its secret."""

    tenant_id: str
    name: str
    scope: str
    projects: Sequence[str] | None
    created: datetime
    expires_at: datetime | None
    secret: str = field(repr=False)

    @property
    def id(self) -> str:
        """The id, which follows from the secret."""
        return str(uuid.UUID(hex=self._digest[:32], version=5))

    @property
    def _digest(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def item(self) -> dict[str, Any]:
        """Return the item of the key in the form of DynamoDB's low-level API."""
        item: dict[str, Any] = {
            "pk": {"S": f"{self.tenant_id}#api-key#{self.id}"},
            "sk": {"S": "api-key"},
            "tenant_shard": {"S": f"{self.tenant_id}#api-keys#key"},
            "order": {"S": self.id},
            "made": {"S": "key"},
            "name": {"S": self.name},
            "scope": {"S": self.scope.upper()},
            "grants": {"S": self.scope},
            "digest": {"S": self._digest},
            "created": {"N": str((self.created - _EPOCH) // _MICROSECOND)},
            "beginning": {"S": self.secret[: -_SECRET_DIGITS - _CHECK_DIGITS + _SHOWN_DIGITS]},
            "owner": {"S": MAKER},
            "by": {"S": MAKER},
        }
        if self.projects is not None:
            item["projects"] = {"L": [{"S": project_id} for project_id in sorted(set(self.projects))]}
        if self.expires_at is not None:
            item["expires_at"] = {"N": str((self.expires_at - _EPOCH) // _MICROSECOND)}
            forgotten = self.expires_at + _LISTED_AFTERWARDS
            item["expires"] = {"N": str((forgotten - _EPOCH) // timedelta(seconds=1))}
        return item


def new_secret(scope: str, random_bits: int) -> str:
    """Return the text of a key: its prefix, its bits and its checksum."""
    body = f"flowruns_{scope}_{_base62(random_bits, _SECRET_DIGITS)}"
    return body + _base62(zlib.crc32(body.encode()), _CHECK_DIGITS)


def _base62(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
