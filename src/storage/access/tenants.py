"""The tenants of a deployment in the table: items of the home tenant."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from domain.access.tenants import MAX_TENANTS, Tenant, TenantLimits
from domain.errors import BadUserInput
from domain.recovery.cursor import RecoveryCursor
from domain.recovery.tenant_rounds import TenantRound
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.formats import Formats
from storage.layout.attributes import (
    instant,
    number,
    read_optional_instant,
    read_optional_text,
    read_text,
    text,
)
from storage.layout.conditions import EXISTS, IS_NEW
from storage.layout.indexes import BY_TENANT
from storage.layout.keys import CURSOR, TENANT, TENANTS, Keys, key
from storage.layout.queries import in_index, in_partition
from storage.recovery.cursor import decode_cursor

# The count of tenants decides in the write of a new one. The home tenant is none of those that are counted.
HAS_ROOM: Final = "attribute_not_exists(tenants) OR tenants < :most"
# Of two ticks at once the later one tells where the next one begins.
IS_LATER: Final = "attribute_not_exists(#at) OR #at <= :at"

# Limits of a later release are left out.
_LIMITS: Final = frozenset(("requests", "log_days", "flows"))


class Tenants:
    """The tenants of a deployment beside its home tenant, whose keys these are."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys
        self._register = key(keys.recovery(), TENANTS)

    def create(self, tenant: Tenant) -> Tenant:
        """Put a new tenant. Return it, or the tenant that has its slug already. Raises BadUserInput.

        Its data has the form of this code from the beginning, which is recorded first.
        """
        Formats(self._table, Keys(tenant.id, self._keys.shards)).note_new()
        try:
            self._table.transact([self._counted(), self._put(tenant)])
        except Refused as refused:
            # A refusal may name the count alone, though the tenant exists.
            existing = self.get([tenant.id])
            if not existing:
                raise BadUserInput(f"A deployment can have {MAX_TENANTS:,} tenants.") from refused
            return existing[0]
        return tenant

    def _counted(self) -> Item:
        return {
            "Update": {
                "Key": self._register,
                "UpdateExpression": "ADD tenants :one",
                "ConditionExpression": HAS_ROOM,
                "ExpressionAttributeValues": {":one": number(1), ":most": number(MAX_TENANTS - 1)},
            }
        }

    def _put(self, tenant: Tenant) -> Item:
        item: Item = {
            **self._key(tenant.id),
            "tenant_shard": text(self._keys.tenants()),
            "order": text(tenant.slug),
            "name": text(tenant.name),
            "limits": _encode_limits(tenant.limits),
        }
        if tenant.created is not None:
            item["created"] = instant(tenant.created)
        return {"Put": {"Item": item, "ConditionExpression": IS_NEW}}

    def set_limits(self, tenant_id: str, limits: TenantLimits) -> bool:
        """Replace the limits of a tenant. Return False if there is no such tenant."""
        try:
            self._table.update(
                Key=self._key(tenant_id),
                UpdateExpression="SET limits = :limits",
                ConditionExpression=EXISTS,
                ExpressionAttributeValues={":limits": _encode_limits(limits)},
            )
        except Refused:
            return False
        return True

    def get(self, tenant_ids: Iterable[str]) -> list[Tenant]:
        """Return the tenants with these ids that exist, as of all acknowledged writes."""
        keys = [self._key(tenant_id) for tenant_id in tenant_ids]
        return [_tenant(item) for item in self._table.batch_get(keys, consistent=True)]

    def all(self) -> list[Tenant]:
        """Return all tenants by slug, as they were some moments ago."""
        found = self._table.query_all(**in_index(BY_TENANT, self._keys.tenants()))
        tenants = {tenant.id: tenant for tenant in self.get(self._ids(found))}
        return sorted(tenants.values(), key=lambda tenant: tenant.slug)

    def ids(self) -> list[str]:
        """Return the ids of all tenants by slug, as they were some moments ago."""
        return self._ids(self._table.query_all(**in_index(BY_TENANT, self._keys.tenants())))

    def round(self) -> tuple[TenantRound | None, RecoveryCursor | None]:
        """Return how far ticks have come with the tenants, None without any, and the home tenant's cursor.

        Both are in one partition, so that both cost what the cursor costs.
        """
        found = self._table.query_all(**in_partition(self._keys.recovery()), ConsistentRead=True)
        items = {read_text(item, "sk"): item for item in found}
        register, cursor = items.get(TENANTS), items.get(CURSOR)
        return (
            None if register is None else _round(register),
            None if cursor is None else decode_cursor(cursor),
        )

    def begin_round(self, begun: TenantRound) -> None:
        """Note that a tick begins, unless a later one has begun."""
        if begun.at is None or begun.since is None or begun.last is None:
            raise ValueError("A round that begins has times and a tenant.")
        with suppress(Refused):
            self._table.update(
                Key=self._register,
                UpdateExpression="SET #last = :last, #at = :at, since = :since",
                ConditionExpression=IS_LATER,
                ExpressionAttributeNames={"#last": "last", "#at": "at"},
                ExpressionAttributeValues={
                    ":last": text(begun.last),
                    ":at": instant(begun.at),
                    ":since": instant(begun.since),
                },
            )

    def note_last(self, tenant_id: str) -> None:
        """Note the tenant after which the next tick begins."""
        self._table.update(
            Key=self._register,
            UpdateExpression="SET #last = :last",
            ExpressionAttributeNames={"#last": "last"},
            ExpressionAttributeValues={":last": text(tenant_id)},
        )

    def _ids(self, found: Sequence[Item]) -> list[str]:
        return [read_text(item, "pk").rpartition("#")[2] for item in found]

    def _key(self, tenant_id: str) -> Item:
        return key(self._keys.tenant_of_deployment(tenant_id), TENANT)


def _encode_limits(limits: TenantLimits) -> Item:
    values = {"requests": limits.requests, "log_days": limits.log_days, "flows": limits.flows}
    return {"M": {name: number(value) for name, value in values.items() if value is not None}}


def _limits(item: Item) -> TenantLimits:
    given = item.get("limits", {}).get("M", {})
    return TenantLimits(**{name: int(value["N"]) for name, value in given.items() if name in _LIMITS})


def _tenant(item: Item) -> Tenant:
    return Tenant(
        id=read_text(item, "pk").rpartition("#")[2],
        name=read_text(item, "name"),
        slug=read_text(item, "order"),
        created=read_optional_instant(item, "created"),
        limits=_limits(item),
    )


def _round(item: Item) -> TenantRound:
    return TenantRound(
        last=read_optional_text(item, "last"),
        at=read_optional_instant(item, "at"),
        since=read_optional_instant(item, "since"),
    )
