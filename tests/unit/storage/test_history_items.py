"""The states that real clients send stand in the item of their run, with room to spare."""

from datetime import UTC, datetime

import pytest

from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.states import State
from storage.histories.history_items import decode_entry, encode_entry

NOW = datetime(2026, 11, 28, tzinfo=UTC)
COMMON = {
    "context": {"tags": ["nightly", "finance", "production"]},
    "cached_inputs": {},
    "_result": {"__version__": "1.4.1", "type": "NoResultType"},
    "__version__": "1.4.1",
}
SCHEDULED = {
    **COMMON,
    "message": "Flow run scheduled.",
    "start_time": "2026-11-23T08:00:00.123456+00:00",
    "type": "Scheduled",
}
FAILED = {
    **COMMON,
    "message": "Unexpected error: ConnectionError('the warehouse does not respond')",
    "_result": {"__version__": "1.4.1", "type": "SafeResult", "value": "None", "result_handler": None},
    "type": "Failed",
}
# What every run has compresses best, so it looks most like mere repetition.
PLAIN = {**COMMON, "context": {"tags": []}}
STATES = {
    "submitted plainly": {
        **PLAIN,
        "message": "Submitted for execution",
        "state": {**SCHEDULED, **PLAIN},
        "type": "Submitted",
    },
    "submitted": {**COMMON, "message": "Submitted for execution", "state": SCHEDULED, "type": "Submitted"},
    "queued again": {**COMMON, "message": "Waiting.", "state": FAILED, "type": "Queued"},
    "retrying": {**COMMON, "message": "Retrying.", "start_time": None, "run_count": 1, "type": "Retrying"},
    "failed": FAILED,
    "mapped": {**COMMON, "message": "Ready to proceed with mapping.", "n_map_states": 0, "type": "Mapped"},
    "cached": {
        **COMMON,
        "message": "Task run succeeded.",
        "cached_parameters": {"region": "eu", "day": "2026-11-28", "rows": 100},
        "cached_result_expiration": "2026-11-29T08:00:00+00:00",
        "type": "Cached",
    },
}


def stored(state):
    return encode_entry("pk", HistoryEntry(version=1, timestamp=NOW, state=State(state), token=b"123456"))


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_state_of_a_real_client_takes_no_item_of_its_own(state):
    entry = stored(state)

    assert entry.overflow is None
    assert decode_entry(entry.inline, 1).state.data == state


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_state_of_a_real_client_may_grow_by_half(state):
    more = {f"column {number}": number for number in range(len(state) // 2)}

    assert stored({**state, **more}).overflow is None
