"""API keys: bearer tokens that callers make themselves. What is kept of one does not let anybody in."""

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
    """By which of two names clients know it: API keys from release 0.15 on, API tokens before."""

    KEY = "key"
    TOKEN = "token"  # noqa: S105  (a word, no password)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key or token, without the secret that it was made with; `expires_at` None is never.

    `scope` is what the one who made it called it; every key may do everything.
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
        """Whether the bearer of the token with this digest is let in at this time."""
        is_valid = self.expires_at is None or now < self.expires_at
        return is_valid and hmac.compare_digest(self.digest, digest)


def new_secret(random_bits: int) -> str:
    """The token itself, of 256 random bits. It begins so that it is known when somebody finds it."""
    return f"{_PREFIX}{random_bits & (1 << SECRET_BITS) - 1:064x}"


def is_of_our_form(token: str) -> bool:
    """Whether `new_secret` can have made it: for anything else, nothing need be looked up."""
    return _FORM.fullmatch(token) is not None


def digest_of(token: str) -> str:
    """What is kept of a token: its SHA-256, in lower-case hex."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def key_id(digest: str) -> str:
    """The id of the key with this digest, made of a half of it: token and id both lead to the key."""
    return str(uuid.UUID(hex=digest[:32], version=5))
