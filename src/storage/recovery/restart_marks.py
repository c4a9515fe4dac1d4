"""A restart as a part of its run's follow-up. No call is made here."""

from domain.flow_runs.restarts import Place, Restart
from storage.dynamodb.items import Item
from storage.layout.attributes import number, read_number


def encode_restart(restart: Restart) -> Item:
    """Return a restart as the value of an attribute."""
    encoded: Item = {
        "version": number(restart.version),
        "token": {"B": restart.token},
        "position": number(restart.place.position),
        "index": number(restart.place.index),
        "touched": {"L": [number(touched) for touched in sorted(restart.touched)]},
    }
    if restart.found:
        encoded["found"] = {"BOOL": True}
    return {"M": encoded}


def decode_restart(encoded: Item) -> Restart:
    """Return the restart in the value of an attribute."""
    return Restart(
        version=read_number(encoded, "version"),
        token=bytes(encoded["token"]["B"]),
        place=Place(read_number(encoded, "position"), read_number(encoded, "index")),
        touched=frozenset(int(touched["N"]) for touched in encoded["touched"]["L"]),
        found="found" in encoded,
    )
