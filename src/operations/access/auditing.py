"""The use case of the audit trail: each change has its entry before it begins."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from domain.access.audit import AuditEntry, Outcome, kept_targets
from domain.access.authors import Origin
from domain.errors import ApiError, FlowRunsError
from domain.ids import RANDOM_BITS, time_ordered_id
from operations.context import Context

Change = Callable[[], dict[str, Any]]
_NOWHERE: Final = Origin("", "", "")


def audited(
    context: Context, mutation: str, targets: Iterable[str], change: Change, kept: timedelta
) -> dict[str, Any]:
    """Make a change after its entry in the audit trail; return the payload of the change.

    The entry is one write. A second one says that the change was refused, or may have been done in part, so
    that a change that succeeds costs one. Without the entry nothing is changed. Raises what the change
    raises, ApiError.
    """
    now = context.now()
    entry = AuditEntry(
        id=time_ordered_id(now, context.random_bits(RANDOM_BITS)),
        tenant_id=context.tenant.id,
        created=now,
        mutation=mutation,
        author=context.caller.author,
        targets=kept_targets(targets),
        origin=context.origin or _NOWHERE,
    )
    context.store.audit_trail.put(entry, now + kept)
    try:
        payload = change()
    except FlowRunsError as error:
        _note(context, entry, Outcome.UNKNOWN if isinstance(error, ApiError) else Outcome.REFUSED, error.code)
        raise
    except Exception:
        _note(context, entry, Outcome.UNKNOWN, None)
        raise
    if payload.get("success") is False:
        _note(context, entry, Outcome.REFUSED, None)
    return payload


def _note(context: Context, entry: AuditEntry, outcome: Outcome, code: str | None) -> None:
    with suppress(ApiError):
        context.store.audit_trail.note(entry.id, outcome, code)
