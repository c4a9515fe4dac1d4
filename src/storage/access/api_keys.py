"""API keys in the table: only digests, which do not reveal the tokens."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from domain.access.api_keys import ApiKey, KeyKind, listing_tenant
from domain.access.scopes import Scope
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.layout.attributes import (
    epoch_second,
    instant,
    number,
    read_instant,
    read_optional_instant,
    read_optional_text,
    read_text,
    read_texts,
    text,
    texts,
)
from storage.layout.authors import decode_author, encode_author
from storage.layout.conditions import IS_NEW
from storage.layout.indexes import BY_TENANT
from storage.layout.keys import API_KEY, Keys, key
from storage.layout.queries import in_index

# An expired key is still listed for this long. It lets nobody in, because each use checks its end.
LISTED_AFTERWARDS: Final = timedelta(days=30)
# Note a use once an hour, whoever sees it first, and never of a key that was deleted meanwhile.
NOT_NOTED_SINCE: Final = "attribute_exists(pk) AND (attribute_not_exists(used) OR used <= :before)"
# Rotate a key once: a key with a successor gets no second one.
IS_NOT_ROTATED: Final = "attribute_exists(pk) AND attribute_not_exists(successor)"
# Replace a successor that no request has used yet, and that is still the one of its key.
IS_UNUSED: Final = "attribute_not_exists(used)"
HAS_SUCCESSOR: Final = "successor = :forgotten"
# Delete keys of one list only: that of the named kind and of the tenant of the request.
IS_LISTED: Final = "tenant_shard = :list"
# Keys that were made before there were scopes gave full access, and still do.
FORMER_SCOPE: Final = Scope.ADMIN


class ApiKeys:
    """The API keys of a deployment, found in its home tenant so that a token alone leads to its key.

    Those that open one tenant are listed and deleted there, those that open several in the home tenant.
    """

    def __init__(self, table: Table, home: Keys, tenant_id: str) -> None:
        self._table = table
        self._home = home
        self._keys = Keys(tenant_id, home.shards)

    def create(self, api_key: ApiKey) -> None:
        """Store a new key. Its id is new, so a repeat puts the same item again."""
        self._table.put(Item=self._item(api_key))

    def _item(self, api_key: ApiKey) -> Item:
        item: Item = {
            **self._key(api_key.id),
            "tenant_shard": text(Keys(api_key.tenant_id, self._home.shards).api_keys(api_key.kind.value)),
            "order": text(api_key.id),
            "made": text(api_key.kind.value),
            "name": text(api_key.name),
            "scope": text(api_key.declared),
            "grants": text(api_key.scope.value),
            "digest": text(api_key.digest),
            "created": instant(api_key.created),
            **encode_author(api_key.maker),
        }
        if api_key.beginning is not None:
            item["beginning"] = text(api_key.beginning)
        if api_key.owner is not None:
            item["owner"] = text(api_key.owner)
        if api_key.tenant_ids != (self._home.tenant,):
            item["tenants"] = texts(api_key.tenant_ids)
        if api_key.projects is not None:
            item["projects"] = texts(sorted(api_key.projects))
        if api_key.expires_at is not None:
            item["expires_at"] = instant(api_key.expires_at)
            item["expires"] = _forgotten(api_key.expires_at)
        return item

    def rotate(self, former: ApiKey, successor: ApiKey, ends: datetime) -> ApiKey | None:
        """Store a key that takes the place of another, which then ends at `ends`, in one transaction.

        Return the former key as it then is, with this successor, or with another one if it had one already;
        None if it is gone. `former.rotation` is kept with it.
        """
        values = {
            ":successor": text(successor.id),
            ":ends": instant(ends),
            ":expires": _forgotten(ends),
        }
        changes = "successor = :successor, expires_at = :ends, expires = :expires"
        if former.rotation is not None:
            values[":rotation"] = {"B": former.rotation}
            changes += ", rotation = :rotation"
        try:
            self._table.transact(
                [
                    {"Put": {"Item": self._item(successor), "ConditionExpression": IS_NEW}},
                    {
                        "Update": {
                            "Key": self._key(former.id),
                            "UpdateExpression": f"SET {changes}",
                            "ConditionExpression": IS_NOT_ROTATED,
                            "ExpressionAttributeValues": values,
                        }
                    },
                ]
            )
        except Refused:
            return self.find(former.id)
        return replace(former, successor=successor.id, expires_at=ends)

    def rotate_again(self, former: ApiKey, successor: ApiKey) -> bool:
        """Put another successor in the place of one that nobody has used. Return False if that is too late.

        So a repeat whose caller never got the first successor's secret leaves one successor.
        """
        forgotten = str(former.successor)
        try:
            self._table.transact(
                [
                    {"Delete": {"Key": self._key(forgotten), "ConditionExpression": IS_UNUSED}},
                    {"Put": {"Item": self._item(successor), "ConditionExpression": IS_NEW}},
                    {
                        "Update": {
                            "Key": self._key(former.id),
                            "UpdateExpression": "SET successor = :successor",
                            "ConditionExpression": HAS_SUCCESSOR,
                            "ExpressionAttributeValues": {
                                ":successor": text(successor.id),
                                ":forgotten": text(forgotten),
                            },
                        }
                    },
                ]
            )
        except Refused:
            standing = self.find(former.id)
            return standing is not None and standing.successor == successor.id
        return True

    def find(self, api_key_id: str) -> ApiKey | None:
        """Return a key, None if there is none. The read is consistent, so a deleted key is gone at once."""
        item = self._table.get(self._key(api_key_id))
        return _api_key(self._home, item) if item else None

    def get(self, kind: KeyKind, api_key_ids: Sequence[str]) -> list[ApiKey]:
        """Return the keys with these ids that exist, are of this kind, and are listed in the tenant."""
        items = self._table.batch_get([self._key(api_key_id) for api_key_id in api_key_ids], consistent=True)
        found = [_api_key(self._home, item) for item in items]
        own = self._keys.tenant
        return [api_key for api_key in found if api_key.kind is kind and api_key.tenant_id == own]

    def ids(self, kind: KeyKind, limit: int) -> list[str]:
        """Return the ids of up to `limit` keys of this kind."""
        page = self._table.query(
            **in_index(BY_TENANT, self._keys.api_keys(kind.value)),
            Limit=limit,
        )
        return [read_text(item, "order") for item in page.items]

    def note_use(self, api_key_id: str, now: datetime, before: datetime) -> bool:
        """Note a use if none was noted after `before`. Return True if this call did.

        A failure is no error, because the next use is noted as well, so it is tried once. The use is in no
        index, so it costs one unit.
        """
        return self._table.try_update(
            Key=self._key(api_key_id),
            UpdateExpression="SET used = :now",
            ConditionExpression=NOT_NOTED_SINCE,
            ExpressionAttributeValues={":now": instant(now), ":before": instant(before)},
        )

    def delete(self, kind: KeyKind, api_key_id: str) -> bool:
        """Delete a key. Return True if it existed, is of this kind, and is listed in the tenant."""
        return self._table.delete_existing(
            Key=self._key(api_key_id),
            ConditionExpression=IS_LISTED,
            ExpressionAttributeValues={":list": text(self._keys.api_keys(kind.value))},
        )

    def _key(self, api_key_id: str) -> Item:
        return key(self._home.api_key(api_key_id), API_KEY)


def _forgotten(ends: datetime) -> Item:
    """Return when DynamoDB may delete a key that ends then."""
    return number(epoch_second(ends + LISTED_AFTERWARDS))


def _api_key(home: Keys, item: Item) -> ApiKey:
    tenant_ids = tuple(read_texts(item, "tenants")) if "tenants" in item else (home.tenant,)
    return ApiKey(
        id=read_text(item, "order"),
        tenant_id=listing_tenant(tenant_ids, home.tenant),
        tenant_ids=tenant_ids,
        kind=KeyKind(read_text(item, "made")),
        name=read_text(item, "name"),
        declared=read_text(item, "scope"),
        scope=Scope(read_text(item, "grants")) if "grants" in item else FORMER_SCOPE,
        projects=frozenset(read_texts(item, "projects")) if "projects" in item else None,
        digest=read_text(item, "digest"),
        created=read_instant(item, "created"),
        expires_at=read_optional_instant(item, "expires_at"),
        beginning=read_optional_text(item, "beginning"),
        owner=read_optional_text(item, "owner"),
        maker=decode_author(item),
        used=read_optional_instant(item, "used"),
        successor=read_optional_text(item, "successor"),
        rotation=bytes(item["rotation"]["B"]) if "rotation" in item else None,
    )
