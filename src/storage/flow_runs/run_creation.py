"""Creating a flow run, once for each idempotency key."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.idempotency import IdempotencyKey, Inputs, check_repeat
from domain.rounds import ROUNDS, changed_too_often
from storage.dynamodb.items import Item, Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.flow_runs.flow_run_items import encode_run
from storage.layout.attributes import (
    epoch_second,
    epoch_second_rounded_up,
    number,
    read_number,
    read_text,
    text,
)
from storage.layout.conditions import IS_NEW
from storage.layout.keys import KEY, Keys, key

# The end of the key is compared here, because DynamoDB deletes expired items days late.
KEY_IS_FREE: Final = "attribute_not_exists(pk) OR expires <= :now"
# Move the end of a key only while the key stands for the same run, and never to an earlier time.
KEY_STANDS: Final = "run_id = :run AND expires > :now AND expires < :expires"


class RunCreation:
    """The creation of flow runs of one tenant, and the idempotency keys that stand for them."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def create(self, run: FlowRun, idempotency: IdempotencyKey | None, now: datetime) -> str:
        """Store a new flow run; return its id, or the id of the run that the key already stands for.

        The run and its key are written in one transaction: neither exists without the other. Raises
        IdempotencyKeyReused, PayloadTooLarge, ApiError.
        """
        puts: list[Write] = [
            {"Put": {"Item": item, "ConditionExpression": IS_NEW}} for item in encode_run(self._keys, run)
        ]
        if idempotency is None:
            self._put(puts)
            return run.id
        for _ in range(ROUNDS):
            flow_run_id = self._put_with_key(run, puts, idempotency, now)
            if flow_run_id is not None:
                return flow_run_id
        raise changed_too_often(f"The idempotency key of flow run {run.id}")

    def repeat(self, idempotency: IdempotencyKey, now: datetime) -> str | None:
        """Return the id of the run that a key stands for, and move the key's end; None if the key is free.

        Raises IdempotencyKeyReused, ApiError.
        """
        holder = self._table.get(self._key(idempotency))
        if holder is None or read_number(holder, "expires") <= epoch_second(now):
            return None
        return self._use_again(holder, idempotency, now)

    def named_by(self, scopes: Sequence[str], key_text: str) -> list[str]:
        """Return the ids of the newest runs that were created with a key in some scopes, if remembered."""
        keys = [key(self._keys.idempotency(scope, key_text), KEY) for scope in scopes]
        if len(keys) == 1:
            holder = self._table.get(keys[0])
            return [read_text(holder, "run_id")] if holder else []
        return [read_text(item, "run_id") for item in self._table.batch_get(keys, attributes=("run_id",))]

    def _put(self, puts: list[Write]) -> None:
        """Put a run without a key. Its id is new, so a refusal means that an earlier attempt has put it."""
        with suppress(Refused):
            if len(puts) == 1:
                self._table.put(**puts[0]["Put"])
            else:
                self._table.transact(puts)

    def _put_with_key(
        self, run: FlowRun, puts: list[Write], idempotency: IdempotencyKey, now: datetime
    ) -> str | None:
        """Try once to put a run with its key. Return None if the key has ended since the refusal."""
        try:
            self._table.transact([self._put_key(run, idempotency, now), *puts])
        except Refused as refused:
            holder = refused.items[0]
            if holder is None or (holder and read_text(holder, "run_id") == run.id):
                return run.id
            return self._use_again(holder, idempotency, now) if holder else None
        return run.id

    def _put_key(self, run: FlowRun, idempotency: IdempotencyKey, now: datetime) -> Write:
        """Return the put of a key for a run, refused while the key stands for another run."""
        return {
            "Put": {
                "Item": {
                    **self._key(idempotency),
                    "run_id": text(run.id),
                    "parameters": {"B": idempotency.inputs.parameters},
                    "context": {"B": idempotency.inputs.context},
                    "expires": number(epoch_second_rounded_up(idempotency.expires)),
                },
                "ConditionExpression": KEY_IS_FREE,
                "ExpressionAttributeValues": {":now": number(epoch_second(now))},
            }
        }

    def _use_again(self, holder: Item, idempotency: IdempotencyKey, now: datetime) -> str | None:
        """Return the id of the run that this key's item names, and move the key's end.

        Return None if the key has expired since its item was read. Raises IdempotencyKeyReused, ApiError.
        """
        flow_run_id = read_text(holder, "run_id")
        original = Inputs(parameters=holder["parameters"]["B"], context=holder["context"]["B"])
        check_repeat(idempotency.given, original, flow_run_id)
        if not idempotency.slides:
            return flow_run_id
        expires = epoch_second_rounded_up(idempotency.expires)
        try:
            self._table.update(
                Key=self._key(idempotency),
                UpdateExpression="SET expires = :expires",
                ConditionExpression=KEY_STANDS,
                ExpressionAttributeValues={
                    ":run": text(flow_run_id),
                    ":now": number(epoch_second(now)),
                    ":expires": number(expires),
                },
            )
        except Refused as refused:
            (item,) = refused.items
            stands = item and read_text(item, "run_id") == flow_run_id
            ends_later = item and read_number(item, "expires") >= expires
            return flow_run_id if stands and ends_later else None
        return flow_run_id

    def _key(self, idempotency: IdempotencyKey) -> Item:
        return key(self._keys.idempotency(idempotency.scope, idempotency.text), KEY)
