"""The use cases of API keys, and of the API tokens of clients before release 0.15."""

from datetime import datetime, timedelta
from typing import Final

from domain.access.api_keys import SECRET_BITS, ApiKey, KeyKind, digest_of, is_of_our_form, key_id, new_secret
from domain.errors import BadUserInput
from domain.names import check_name
from domain.times import format_time
from operations.context import Context

# How long clients consider their token as fresh.
_FRESH_FOR: Final = timedelta(days=3650)


def create_api_key(
    context: Context, kind: KeyKind, *, name: str, scope: str, expires_at: datetime | None
) -> tuple[str, str]:
    """Create a key. Return its id and its token; only the caller knows the token afterwards.

    Raises BadUserInput for an unusable name or an end in the past, ApiError.
    """
    check_name(name, "name")
    now = context.now()
    if expires_at is not None and expires_at <= now:
        raise BadUserInput(f"expires_at must be later than now ({format_time(now)}), or null for never.")
    token = new_secret(context.random_bits(SECRET_BITS))
    digest = digest_of(token)
    api_key = ApiKey(
        id=key_id(digest),
        tenant_id=context.tenant.id,
        kind=kind,
        name=name,
        scope=scope,
        digest=digest,
        created=now,
        expires_at=expires_at,
    )
    context.store.api_keys.create(api_key)
    return api_key.id, token


def delete_api_key(context: Context, kind: KeyKind, api_key_id: str) -> bool:
    """Delete a key, which gives no access afterwards. Return False if there is no such key."""
    return context.store.api_keys.delete(kind, api_key_id)


def is_api_key(context: Context, token: str) -> bool:
    """Return True if the token belongs to a key that exists and has not expired.

    Only a token of our form costs a read.
    """
    if not is_of_our_form(token):
        return False
    digest = digest_of(token)
    found = context.store.api_keys.find(key_id(digest))
    return found is not None and found.lets_in(digest, context.now())


def fresh_until(context: Context) -> datetime:
    """Return when a client should ask for a token again: years from now, because it would get the same."""
    return context.now() + _FRESH_FOR
