"""Equal log entries, which a client has sent twice."""

from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import Mock

from domain.task_runs import logs
from domain.task_runs.logs import KeptEntry, LogEntry, without_repeats

ENTRY = LogEntry(
    flow_run_id="6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21",
    task_run_id=None,
    timestamp=datetime(2026, 1, 31, tzinfo=UTC),
    name=None,
    level="INFO",
    message="m",
    info=None,
)


def test_only_entries_of_equal_texts_and_infos_are_repeats():
    entries = [
        KeptEntry(ENTRY, "a", 0),
        KeptEntry(replace(ENTRY, message="n"), "a", 1),
        KeptEntry(replace(ENTRY, info={"x": 1}), "a", 2),
        KeptEntry(replace(ENTRY, info={"x": 1}), "b", 0),
        KeptEntry(ENTRY, "b", 1),
    ]

    assert without_repeats(entries) == entries[:3]
    assert without_repeats(entries[::-1]) == entries[2::-1]


def test_entries_of_one_time_need_digests_only_if_their_texts_are_equal(monkeypatch):
    digest_of = Mock(wraps=logs.digest_of)
    monkeypatch.setattr(logs, "digest_of", digest_of)
    different = [KeptEntry(replace(ENTRY, message=f"{number}"), "a", number) for number in range(100)]

    assert without_repeats(different) == different
    assert digest_of.call_count == 0
    without_repeats([*different, KeptEntry(different[0].entry, "b", 0)])
    assert digest_of.call_count == 2
