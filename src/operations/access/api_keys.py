"""Use cases of API keys, and of the tokens that clients before release 0.15 change them for."""

from datetime import datetime, timedelta
from typing import Final

from domain.access.api_keys import SECRET_BITS, ApiKey, KeyKind, digest_of, is_of_our_form, key_id, new_secret
from domain.errors import BadUserInput
from domain.names import check_name
from domain.times import format_time
from operations.context import Context

# Until when clients take the token that they have for fresh.
_FRESH_FOR: Final = timedelta(days=3650)


def create_api_key(
    context: Context, kind: KeyKind, *, name: str, scope: str, expires_at: datetime | None
) -> tuple[str, str]:
    """Make a key; answers its id, and its token, which is known to nobody from then on but the caller.

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
    """Delete a key, which from then on lets nobody in; answers whether there was one."""
    return context.store.api_keys.delete(kind, api_key_id)


def is_api_key(context: Context, token: str) -> bool:
    """Whether a token is that of a key which is there and has not expired; one read, for our tokens alone."""
    if not is_of_our_form(token):
        return False
    digest = digest_of(token)
    found = context.store.api_keys.find(key_id(digest))
    return found is not None and found.lets_in(digest, context.now())


def fresh_until(context: Context) -> datetime:
    """When a client should ask for another token: years from now, since it would get the same one."""
    return context.now() + _FRESH_FOR
