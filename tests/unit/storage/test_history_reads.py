from typing import Any

from domain.parts import Part
from storage.flow_runs.flow_run_items import encode_run
from storage.histories.history_reads import load_parts
from storage.layout.keys import Keys
from tests.unit import objects

# Nothing may be read.
NO_TABLE: Any = None


class NoItems:
    """A table without items."""

    memory = None

    def batch_get(self, *_keys, **_more):
        return []


NO_ITEMS: Any = NoItems()
SCHEDULED = {"type": "Scheduled", "start_time": "2026-01-31T08:00:00+00:00"}


def test_run_without_overflow_items_is_returned_uncopied_and_without_reads():
    run = objects.run(SCHEDULED)
    (item,) = encode_run(Keys(objects.TENANT, 4), run)

    (found,) = load_parts(NO_TABLE, [item], (Part.INPUTS, Part.STATE, Part.HISTORY), lambda _: run)

    assert found is run


def test_submitted_run_has_the_time_of_its_state_as_heartbeat():
    run = objects.run(SCHEDULED, {"type": "Submitted"})
    (item,) = encode_run(Keys(objects.TENANT, 4), run)

    (found,) = load_parts(NO_ITEMS, [item], (Part.HEARTBEAT,), lambda _: run)

    assert found.heartbeat == run.latest.timestamp
