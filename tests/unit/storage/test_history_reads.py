from typing import Any

from storage.flow_runs.flow_run_items import encode_run
from storage.histories.history_reads import complete
from storage.layout.keys import Keys
from tests.unit import objects

# Nothing may be read.
NO_TABLE: Any = None
SCHEDULED = {"type": "Scheduled", "start_time": "2026-01-31T08:00:00+00:00"}


def test_a_run_beside_which_nothing_stands_is_kept_as_it_was_decoded_and_nothing_more_is_read():
    run = objects.run(SCHEDULED)
    (item,) = encode_run(Keys(objects.TENANT, 4), run)

    (found,) = complete(NO_TABLE, [item], ("details", "state", "history"), lambda _: run)

    assert found is run


def test_a_run_that_somebody_has_in_hand_says_since_when():
    run = objects.run(SCHEDULED, {"type": "Submitted"})
    (item,) = encode_run(Keys(objects.TENANT, 4), run)

    (found,) = complete(NO_TABLE, [item], (), lambda _: run)

    assert found.heartbeat == run.latest.timestamp
