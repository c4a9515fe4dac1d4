"""API keys, as the client returns them: plain, frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flow_runs.times import read_time


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyInfo:
    """An API key or token, without its secret.

    `kind` is `key` or `token`, `scope` what it may do (of both kinds in the words of keys), `beginning` are
    its first characters, `projects` the ids of those to which it is limited or None, `made_by_key_id` is the
    key that made it, `successor_id` the key that takes its place.
    """

    id: str
    kind: str
    name: str
    scope: str
    projects: list[str] | None
    beginning: str | None
    owner: str | None
    made_by: str | None
    made_by_key_id: str | None
    created: datetime | None
    used: datetime | None
    expires_at: datetime | None
    ends_soon: bool
    successor_id: str | None

    @classmethod
    def from_json(cls, row: Mapping[str, Any], kind: str) -> "ApiKeyInfo":
        """Return the key that a row of `auth_api_key` or `api_token` in a response describes."""
        return cls(
            id=row["id"],
            kind=kind,
            name=row["name"],
            scope=row["permits" if kind == "token" else "scope"],
            projects=row["projects"],
            beginning=row["beginning"],
            owner=row["owner"],
            made_by=row["made_by"],
            made_by_key_id=row["made_by_key_id"],
            created=read_time(row["created"]),
            used=read_time(row["used"]),
            expires_at=read_time(row["expires_at"]),
            ends_soon=row["ends_soon"],
            successor_id=row["successor_id"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """A new API key with its secret, which nobody can read again."""

    id: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RotatedApiKey:
    """The successor of an API key with its secret, and when both of them end; None means never."""

    id: str
    key: str = field(repr=False)
    expires_at: datetime | None
    former_expires_at: datetime | None
