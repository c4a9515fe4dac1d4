"""The use case of rotation: a key gets a successor, once however often the request is sent."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.access.api_keys import ApiKey
from domain.access.callers import check_grant
from domain.access.rotations import check_overlap, digest_of_rotation, end_of_former, end_of_successor
from domain.access.scopes import Scope
from domain.errors import BadUserInput, Forbidden, NotFound
from domain.flow_runs.idempotency import check_key
from domain.times import format_time
from operations.access.api_keys import WantedKey, new_key
from operations.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """A successor with its token, and when both keys end."""

    id: str
    token: str
    expires_at: datetime | None
    former_expires_at: datetime | None


def rotate_api_key(
    context: Context, api_key_id: str | None, overlap: int | None, idempotency_key: str | None
) -> Rotated:
    """Give a key, the caller's own for None, a successor, and let it end after an overlap of seconds.

    Any key may rotate itself, because the successor has no more than it has; other keys are an admin's. A
    repeat with the same idempotency key puts another successor in the place of the first one, unless that was
    used. Raises BadUserInput, Forbidden, NotFound, ApiError.
    """
    caller, now = context.caller, context.now()
    span = check_overlap(overlap)
    rotation = None if idempotency_key is None else digest_of_rotation(check_key(idempotency_key))
    former = replace(_rotatable(context, api_key_id, now), rotation=rotation)
    end = end_of_successor(former, now, caller.expires_at)
    check_grant(caller, former.scope, former.projects, end)
    successor, token = new_key(context, _like(former, end), now)
    if former.successor is None:
        standing = context.store.api_keys.rotate(former, successor, end_of_former(former, now, span))
    else:
        standing = context.store.api_keys.find(former.id)
    if standing is None:
        raise _unknown(former.id)
    if standing.successor != successor.id:
        successor = _instead(context, former, standing, successor)
    return Rotated(
        id=successor.id,
        token=token,
        expires_at=successor.expires_at,
        former_expires_at=standing.expires_at,
    )


def _rotatable(context: Context, api_key_id: str | None, now: datetime) -> ApiKey:
    caller = context.caller
    if api_key_id is None and caller.key_id is None:
        raise BadUserInput("key_id must be given, because this request was not sent with an API key.")
    wanted = api_key_id or str(caller.key_id)
    if wanted != caller.key_id and caller.scope is not Scope.ADMIN:
        raise Forbidden(
            f"A key of scope {caller.scope.value!r} can rotate itself alone; others need scope 'admin'.",
            {"scope": caller.scope.value, "needs": Scope.ADMIN.value},
        )
    found = context.store.api_keys.find(wanted)
    if found is None:
        raise _unknown(wanted)
    if found.tenant_id != context.tenant.id:
        raise _rotated_elsewhere(found) if wanted == caller.key_id else _unknown(wanted)
    # A repeat may come after the end that the rotation itself has set.
    if found.successor is None and found.expires_at is not None and found.expires_at <= now:
        raise BadUserInput(
            f"API key {wanted} ended at {format_time(found.expires_at)}: create a new one in its place."
        )
    return found


def _instead(context: Context, former: ApiKey, standing: ApiKey, successor: ApiKey) -> ApiKey:
    """Return the successor that a repeat puts in the place of the one that its key has.

    It ends as that one, because the key itself no longer tells how long it was to last; but not later than
    the access of the caller, who may be another than at first.
    """
    if former.rotation is None or standing.rotation != former.rotation:
        raise BadUserInput(
            f"API key {former.id} was rotated already: its successor is {standing.successor}. "
            "Rotate or delete that one.",
            {"successor_id": standing.successor},
        )
    first = context.store.api_keys.find(str(standing.successor))
    ends = (None if first is None else first.expires_at, context.caller.expires_at)
    latest = replace(successor, expires_at=min((end for end in ends if end is not None), default=None))
    if first is None or not context.store.api_keys.rotate_again(standing, latest):
        raise BadUserInput(
            f"API key {former.id} was rotated by this request already, and its successor "
            f"{standing.successor} was used or deleted since. Rotate that one, or create a new key.",
            {"successor_id": standing.successor},
        )
    return latest


def _like(former: ApiKey, expires_at: datetime | None) -> WantedKey:
    return WantedKey(
        kind=former.kind,
        name=former.name,
        scope=former.scope,
        declared=former.declared,
        projects=former.projects,
        expires_at=expires_at,
        owner=former.owner,
        tenants=former.tenant_ids,
    )


def _rotated_elsewhere(own: ApiKey) -> Forbidden:
    return Forbidden(
        f"API key {own.id} opens several tenants, so it is listed in the home tenant, and rotated in "
        "requests for that one."
    )


def _unknown(api_key_id: str) -> NotFound:
    return NotFound(f"There is no API key {api_key_id}.")
