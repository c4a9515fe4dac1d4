"""API keys: bearer tokens that callers create. The stored part of a key gives no access."""

import hmac
import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Final

SECRET_BITS: Final = 256
_PREFIX: Final = "flowruns_"
_FORM: Final = re.compile(_PREFIX + "[0-9a-f]{64}")


class KeyKind(Enum):
    """The two names of a key: clients know API keys from release 0.15 on, and API tokens before."""

    KEY = "key"
    TOKEN = "token"  # noqa: S105  (a word, no password)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key or token, without its secret.

    `expires_at` is None if the key never expires. `scope` is a word of its creator. Every key gives full
    access, whatever its scope.
    """

    id: str
    tenant_id: str
    kind: KeyKind
    name: str
    scope: str
    digest: str
    created: datetime
    expires_at: datetime | None

    def lets_in(self, digest: str, now: datetime) -> bool:
        """Return True if the token with this digest gives access at this time."""
        is_valid = self.expires_at is None or now < self.expires_at
        return is_valid and hmac.compare_digest(self.digest, digest)


def new_secret(random_bits: int) -> str:
    """Return a token of 256 random bits. Its prefix tells a finder what the token is for."""
    return f"{_PREFIX}{random_bits & (1 << SECRET_BITS) - 1:064x}"


def is_of_our_form(token: str) -> bool:
    """Return True if `new_secret` can have made the token. No other token needs a look-up."""
    return _FORM.fullmatch(token) is not None


def digest_of(token: str) -> str:
    """Return the stored part of a token: its SHA-256 in lower-case hex."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def key_id(digest: str) -> str:
    """Return the id of the key with this digest: half of the digest, so that the token leads to the key."""
    return str(uuid.UUID(hex=digest[:32], version=5))
