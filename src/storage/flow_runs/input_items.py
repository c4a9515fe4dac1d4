"""The inputs of a flow run as attributes: inside the run's item while they are small, else in their own item.

The item that every state change rewrites stays near one write unit, however large the inputs are. Pure: no
call is made here.
"""

from typing import Final

from domain.flow_runs.flow_runs import RunInputs
from domain.json_types import JsonObject
from domain.memory import Memory, Share
from storage.dynamodb.items import Item
from storage.layout.codec import is_small, pack_whole, unpack
from storage.layout.keys import DETAILS, key

# Packed inputs up to this size stand in the run's own item.
INLINE_INPUTS: Final = 768
# A value like its default is not stored.
_DEFAULTS: Final = RunInputs()


def put_inputs(item: Item, inputs: RunInputs) -> list[Item]:
    """Put the inputs of a new run in its item, if they fit; return the overflow item that holds them if not.

    Raises PayloadTooLarge.
    """
    names = ("parameters", "context", "run_config", "idempotency_key")
    values = {name: getattr(inputs, name) for name in names}
    stored = {name: value for name, value in values.items() if value != getattr(_DEFAULTS, name)}
    if not stored:
        return []
    packed, weight, _ = pack_whole(stored, "The run's parameters, context and run config")
    details: Item = {"details": {"B": packed}}
    if len(packed) <= INLINE_INPUTS and is_small(weight, packed):
        item |= details
        return []
    item["details_apart"] = {"BOOL": True}
    return [key(item["pk"]["S"], DETAILS) | details]


def has_inputs_item(item: Item) -> bool:
    """Return True if the inputs of this run's item stand in an overflow item."""
    return "details_apart" in item


def decode_inputs(item: Item, memory: Memory | Share | None = None) -> RunInputs:
    """Return the inputs that stand in a run's item, or in its overflow item."""
    if "details" not in item:
        return RunInputs()
    stored: JsonObject = unpack(item["details"]["B"], memory)
    return RunInputs(
        parameters=stored.get("parameters", {}),
        context=stored.get("context", {}),
        run_config=stored.get("run_config"),
        idempotency_key=stored.get("idempotency_key"),
    )
