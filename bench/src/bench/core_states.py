"""The states that a runner of release 1.4.1 sends for a successful run, in JSON."""

from typing import Any

_COMMON: dict[str, Any] = {
    "context": {"tags": []},
    "cached_inputs": {},
    "_result": {"__version__": "1.4.1", "type": "NoResultType"},
    "__version__": "1.4.1",
}
_SCHEDULED = {
    **_COMMON,
    "message": "Flow run scheduled.",
    "start_time": "2026-11-23T08:00:00.123456+00:00",
    "type": "Scheduled",
}
SUBMITTED = {**_COMMON, "message": "Submitted for execution", "state": _SCHEDULED, "type": "Submitted"}
RUNNING = {**_COMMON, "message": "Running flow.", "type": "Running"}
SUCCESS = {**_COMMON, "message": "All reference tasks succeeded.", "type": "Success"}
RETRYING = {
    **_COMMON,
    "message": "Retrying Task (after attempt 1 of 14)",
    "start_time": "2026-11-23T08:00:10.123456+00:00",
    "run_count": 1,
    "type": "Retrying",
}
