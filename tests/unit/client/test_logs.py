"""Logs of runs: reading and following them."""

from datetime import UTC, datetime, timedelta

import pytest

from flow_runs import BadUserInputError, NotFoundError, WaitTimeoutError
from tests.unit.client.client_service import RUN_ID, refusal, service

START = datetime(2026, 1, 31, 8, tzinfo=UTC)
TASK_RUN = {"map_index": 2, "task": {"name": "add"}}


def line(number, seconds=None, **changes):
    return {
        "id": f"log-{number}",
        "timestamp": (START + timedelta(seconds=number if seconds is None else seconds)).isoformat(),
        "level": "INFO",
        "message": f"line {number}",
        "name": "prefect",
        "task_run_id": None,
        "task_run": None,
        **changes,
    }


def page(*lines, state="Success"):
    return {"flow_run_by_pk": {"state": state, "logs": list(lines)}}


def wheres(there):
    return [body["variables"]["where"] for body in there.bodies]


def ids(entries):
    return [entry.id for entry in entries]


def test_log_entry_has_its_message_and_its_source():
    there = service(page(line(0), line(1, task_run_id="t", task_run=TASK_RUN)))

    first, second = there.client().iter_flow_run_logs(RUN_ID)

    assert (first.timestamp, first.level, first.message, first.name) == (START, "INFO", "line 0", "prefect")
    assert (first.task_run_id, first.task_name, first.map_index) == (None, None, None)
    assert (second.task_run_id, second.task_name, second.map_index) == ("t", "add", 2)


def test_pages_of_a_log_join_between_entries_of_one_instant():
    there = service(
        page(line(0), line(1, 5)), page(line(2, 5), line(3, 5)), page(line(4, 5), line(5, 6)), page()
    )

    assert ids(there.client().iter_flow_run_logs(RUN_ID, page_size=2)) == [f"log-{n}" for n in range(6)]
    at = "2026-01-31T08:00:05+00:00"
    assert wheres(there) == [
        {"timestamp": {}},
        {"timestamp": {"_gte": at}, "id": {"_nin": ["log-1"]}},
        {"timestamp": {"_gte": at}, "id": {"_nin": ["log-1", "log-2", "log-3"]}},
        {"timestamp": {"_gte": "2026-01-31T08:00:06+00:00"}, "id": {"_nin": ["log-5"]}},
    ]


def test_bounds_of_times_are_sent_with_each_page():
    there = service(page(line(1)), page())
    naive = START.replace(tzinfo=None)

    list(
        there.client().iter_flow_run_logs(
            RUN_ID, since=naive, until=naive + timedelta(seconds=9), page_size=1
        )
    )

    until = "2026-01-31T08:00:09+00:00"
    assert [where["timestamp"] for where in wheres(there)] == [
        {"_gte": "2026-01-31T08:00:00+00:00", "_lte": until},
        {"_gte": "2026-01-31T08:00:01+00:00", "_lte": until},
    ]


def test_entries_below_the_level_are_left_out():
    lines = [
        line(number, level=level)
        for number, level in enumerate(("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
    ]

    found = service(page(*lines)).client().iter_flow_run_logs(RUN_ID, level="warning")

    assert [entry.level for entry in found] == ["WARNING", "ERROR", "CRITICAL"]


def test_too_large_page_of_a_log_is_read_in_smaller_pages():
    there = service(refusal("PAYLOAD_TOO_LARGE"), page(line(0)))

    assert ids(there.client().iter_flow_run_logs(RUN_ID)) == ["log-0"]
    assert [body["variables"]["limit"] for body in there.bodies] == [500, 250]


@pytest.mark.parametrize("given", [{"level": "loud"}, {"page_size": 0}])
def test_invalid_option_of_a_log_is_refused_before_sending(given):
    with pytest.raises(BadUserInputError, match=next(iter(given))):
        service().client().iter_flow_run_logs(RUN_ID, **given)


def test_unknown_flow_run_is_not_found():
    for read in (service({"flow_run_by_pk": None}).client().iter_flow_run_logs, _watch_nothing):
        with pytest.raises(NotFoundError):
            list(read(RUN_ID))


def _watch_nothing(run_id):
    return service({"flow_run_by_pk": None}).client().watch_logs(run_id)


class TestWatching:
    def test_entry_read_again_is_yielded_once_and_late_entries_too(self):
        there = service(
            page(line(0), line(20), state="Running"),
            page(line(20), line(22), state="Running"),
            page(line(21), line(20), line(22), state="Running"),
            *[page(line(22))] * 7,
        )

        assert ids(there.client().watch_logs(RUN_ID)) == ["log-0", "log-20", "log-22", "log-21"]
        # The last 15 seconds are read again, because entries may arrive late.
        assert wheres(there)[1] == {"timestamp": {"_gte": "2026-01-31T08:00:05+00:00"}}

    def test_log_of_an_ended_run_is_read_once(self):
        there = service(page(line(0)))

        assert ids(there.client().watch_logs(RUN_ID)) == ["log-0"]
        assert there.waits == []

    def test_entries_after_the_last_state_are_yielded(self):
        there = service(page(state="Running"), page(), page(line(1)), *[page(line(1))] * 5)

        assert ids(there.client().watch_logs(RUN_ID)) == ["log-1"]
        assert sum(there.waits[1:]) == 6

    def test_watch_goes_on_for_a_run_that_leaves_its_end_state(self):
        there = service(
            page(state="Running"), page(state="Failed"), page(state="Scheduled"), *[page(line(1))] * 7
        )

        assert ids(there.client().watch_logs(RUN_ID)) == ["log-1"]

    def test_log_without_new_entries_is_read_less_and_less_often(self):
        there = service(*[page(state="Running")] * 12, *[page()] * 7)

        list(there.client().watch_logs(RUN_ID))

        assert there.waits[:2] == [1.3, 1.3**2]
        assert max(there.waits) == 5.0

    def test_watch_begins_at_since_and_never_before(self):
        there = service(page(line(1), state="Running"), *[page()] * 7)

        list(there.client().watch_logs(RUN_ID, since=START))

        assert {where["timestamp"]["_gte"] for where in wheres(there)} == {"2026-01-31T08:00:00+00:00"}

    def test_watch_ends_at_its_timeout(self):
        there = service(page(line(0), state="Running"))

        entries = there.client().watch_logs(RUN_ID, timeout=0)

        assert next(entries).id == "log-0"
        with pytest.raises(WaitTimeoutError, match="within 0 seconds"):
            next(entries)

    def test_run_that_ended_before_the_timeout_is_no_error(self):
        assert ids(service(page(line(0))).client().watch_logs(RUN_ID, timeout=0)) == ["log-0"]

    def test_long_log_is_yielded_while_it_is_read(self):
        full = [line(number) for number in range(500)]
        there = service(page(*full))

        entries = there.client().watch_logs(RUN_ID)

        assert [next(entries).id for _ in full] == [entry["id"] for entry in full]
