"""The writes of a schedule's items that go with a state of one of its runs. Pure: it makes no call."""

from domain.schedules.runs.beside_runs import Beside
from storage.dynamodb.items import Write
from storage.layout.keys import Keys
from storage.schedules.occurrence_items import encode_occurrence
from storage.schedules.schedule_items import count_end
from storage.schedules.turn_items import put_turn


def writes_beside(keys: Keys, beside: Beside) -> list[Write]:
    """Return the writes of the transaction that sets a state. A repeat finds the state, and makes none."""
    writes: list[Write] = []
    if beside.turn is not None:
        writes.append(put_turn(keys, beside.turn))
    if beside.skipped is not None:
        # A run that was skipped, scheduled anew by a user and skipped again has a note already.
        writes.append({"Put": {"Item": encode_occurrence(keys, beside.skipped)}})
    if beside.ended is not None:
        writes.append(count_end(keys, beside.ended))
    return writes
