"""API keys: bearer tokens that callers create. The stored part of a key gives no access."""

import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256

from domain.access.callers import Caller
from domain.access.scopes import Scope


class KeyKind(Enum):
    """The two names of a key: clients know API keys from release 0.15 on, and API tokens before."""

    KEY = "key"
    TOKEN = "token"  # noqa: S105  (a word, no password)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key or token, without its secret.

    tenant_id   the tenant that it opens
    declared    the word for its purpose that clients of API tokens send and read
    scope       what it may do
    projects    the ids of the projects to which it is limited, None for all
    expires_at  its end, None if it never ends
    """

    id: str
    tenant_id: str
    kind: KeyKind
    name: str
    declared: str
    scope: Scope
    projects: frozenset[str] | None
    digest: str
    created: datetime
    expires_at: datetime | None

    def lets_in(self, digest: str, now: datetime) -> bool:
        """Return True if the token with this digest gives access at this time."""
        is_valid = self.expires_at is None or now < self.expires_at
        return is_valid and hmac.compare_digest(self.digest, digest)

    def caller(self) -> Caller:
        """Return the caller that a request with this key has."""
        return Caller(
            name=self.name,
            scope=self.scope,
            projects=self.projects,
            key_id=self.id,
            expires_at=self.expires_at,
        )


def digest_of(token: str) -> str:
    """Return the stored part of a token: its SHA-256 in lower-case hex."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def key_id(digest: str) -> str:
    """Return the id of the key with this digest: half of the digest, so that the token leads to the key."""
    return str(uuid.UUID(hex=digest[:32], version=5))
