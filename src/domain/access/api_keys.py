"""API keys: bearer tokens that callers create. The stored part of a key gives no access."""

import hmac
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Final

from domain.access.authors import Author
from domain.access.callers import Caller
from domain.access.scopes import Scope

# A key that ends within this time is said to end soon, so that somebody replaces it before.
SOON: Final = timedelta(days=14)
# The use of a key is noted once in this time.
USE_NOTED_EVERY: Final = timedelta(hours=1)


class KeyKind(Enum):
    """The two names of a key: clients know API keys from release 0.15 on, and API tokens before."""

    KEY = "key"
    TOKEN = "token"  # noqa: S105  (a word, no password)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key or token, without its secret.

    tenant_id   the tenant in which it is listed, rotated and deleted: see `listing_tenant`
    tenant_ids  the tenants that it opens, the one first for requests that name none
    declared    the word for its purpose that clients of API tokens send and read
    scope       what it may do
    projects    the ids of the projects to which it is limited, None for all
    expires_at  its end, None if it never ends
    beginning   its first characters, None for keys of releases that did not keep them
    owner       who answers for it, by the word of its maker
    maker       who made it, None for keys of releases that did not keep it
    used        when a use of it was last noted, None if none was
    successor   the id of the key that takes its place, None if it was never rotated
    rotation    a digest by which a repeat of its rotation is known, None if the rotation cannot be repeated
    ends_soon   it has not ended, and will within SOON, at the time at which it is listed
    """

    id: str
    tenant_id: str
    tenant_ids: tuple[str, ...]
    kind: KeyKind
    name: str
    declared: str
    scope: Scope
    projects: frozenset[str] | None
    digest: str
    created: datetime
    expires_at: datetime | None
    beginning: str | None = None
    owner: str | None = None
    maker: Author | None = None
    used: datetime | None = None
    successor: str | None = None
    rotation: bytes | None = None
    ends_soon: bool = False

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
            tenants=self.tenant_ids,
            key_id=self.id,
            expires_at=self.expires_at,
            used=self.used,
        )

    def listed_at(self, now: datetime) -> "ApiKey":
        """Return the key as it is listed at this time."""
        return replace(self, ends_soon=ends_soon(self.expires_at, now))


def listing_tenant(tenant_ids: tuple[str, ...], home_id: str) -> str:
    """Return the tenant in which a key is listed that opens these.

    That is the one that it opens. A key that opens several is the deployment's, and listed in the home
    tenant, so that whoever administers the deployment sees each key that opens more than where it is listed.
    """
    return tenant_ids[0] if len(tenant_ids) == 1 else home_id


def ends_soon(expires_at: datetime | None, now: datetime) -> bool:
    """Return True for an end that has not come and will within SOON."""
    return expires_at is not None and now < expires_at <= now + SOON


def is_use_due(used: datetime | None, now: datetime) -> bool:
    """Return True if a use at this time is to be noted."""
    return used is None or now - used >= USE_NOTED_EVERY


def digest_of(token: str) -> str:
    """Return the stored part of a token: its SHA-256 in lower-case hex."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def key_id(digest: str) -> str:
    """Return the id of the key with this digest: half of the digest, so that the token leads to the key."""
    return str(uuid.UUID(hex=digest[:32], version=5))
