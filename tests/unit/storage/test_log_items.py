import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.task_runs.logs import LEVELS, SPAN, LogEntry
from storage.layout.codec import pack_text
from storage.layout.keys import Keys
from storage.logs import log_items
from storage.logs.log_items import (
    MAX_BATCH,
    MAX_BATCH_BYTES,
    decode_logs,
    encode_logs,
    first_time,
    log_sk,
    time_in,
)
from tests.contract.factories import incompressible

KEYS = Keys("2a9c1c6f-7e0a-4c55-8a43-000000000002", 4)
RUN = "2a9c1c6f-7e0a-7c55-8a43-000000000000"
START = datetime(2026, 1, 31, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def entry(seconds=0.0, **more):
    known = {
        "flow_run_id": RUN,
        "task_run_id": None,
        "timestamp": START + timedelta(seconds=seconds),
        "name": "prefect",
        "level": "INFO",
        "message": "Said.",
        "info": None,
    }
    return LogEntry(**known | more)


def encoded(given_entries, expires=None):
    return list(encode_logs(KEYS, RUN, given_entries, expires))


entries = st.builds(
    entry,
    st.floats(0, 400),
    message=st.text(max_size=30),
    level=st.sampled_from(LEVELS),
    name=st.none() | st.text(max_size=5),
    task_run_id=st.none() | st.just(RUN),
    info=st.none() | st.dictionaries(st.text(max_size=3), st.integers() | st.none()),
)


@given(st.lists(entries, max_size=30))
@settings(max_examples=300)
def test_entries_are_decoded_as_they_were_and_batches_span_at_most_span(given_entries):
    items = encoded(given_entries)

    batches = [[kept.entry for kept in decode_logs(KEYS, item)] for item in items]
    assert [line for batch in batches for line in batch] == sorted(given_entries, key=lambda e: e.timestamp)
    for item, batch in zip(items, batches, strict=True):
        assert batch[-1].timestamp - batch[0].timestamp <= SPAN
        assert time_in(item["sk"]["S"]) == batch[-1].timestamp
        assert first_time(item) == batch[0].timestamp


@given(INSTANTS, INSTANTS)
def test_sort_keys_of_batches_sort_as_times_do(one, other):
    assert (log_sk(one) < log_sk(other)) is (one < other)


def test_same_entries_make_the_same_items():
    given_entries = [entry(n, message=str(n)) for n in range(100)]

    assert encoded(given_entries, 7) == encoded(given_entries, 7)


def test_hundred_usual_entries_take_at_most_two_write_units():
    names = (
        "Task 'extract': Starting task run...",
        "Task 'load': Finished task run for task with final state: ",
    )
    lines = [entry(n / 10, message=names[n % 2] + str(n), name="prefect.CloudTaskRunner") for n in range(100)]

    (item,) = encoded(lines, 7)

    assert len(item["entries"]["B"]) < 2_000


def test_entries_too_large_for_one_item_are_split_into_several():
    lines = [entry(0, message=incompressible(9_000, seed=n)) for n in range(100)]

    items = encoded(lines)

    assert len(items) > 1
    assert all(len(item["entries"]["B"]) <= MAX_BATCH_BYTES for item in items)
    assert len({item["sk"]["S"] for item in items}) == len(items)
    assert sum(len(decode_logs(KEYS, item)) for item in items) == 100


def test_too_many_entries_of_one_instant_are_split_into_two_items():
    items = encoded([entry(message=str(n)) for n in range(MAX_BATCH + 1)])

    assert [len(decode_logs(KEYS, item)) for item in items] == [MAX_BATCH, 1]


@pytest.mark.parametrize("size", [600_000, 1_000_000])
def test_message_too_large_for_an_item_is_cut_to_fit(size):
    whole = incompressible(size)

    first, other = encoded([entry(message=whole), entry(100)])

    (kept,) = (line.entry.message for line in decode_logs(KEYS, first))
    text, _, note = kept.partition("… (")
    assert whole.startswith(text)
    assert note == f"{size - len(text):,} more characters were cut off)"
    assert MAX_BATCH_BYTES * 0.9 < len(first["entries"]["B"]) <= MAX_BATCH_BYTES
    assert decode_logs(KEYS, other)[0].entry.message == "Said."


def test_info_is_dropped_before_a_long_message_is_cut():
    whole = incompressible(270_000)

    (item,) = encoded([entry(message=whole, info={"msg": whole, "levelno": 20})])

    (kept,) = (line.entry for line in decode_logs(KEYS, item))
    assert kept.message == whole
    assert re.fullmatch(r"… \([\d,]+ bytes were left out\)", kept.info)


def test_too_large_info_is_dropped():
    (item,) = encoded([entry(info=incompressible(5_000_000))])

    assert decode_logs(KEYS, item)[0].entry.message == "Said."


@pytest.mark.parametrize("length", [2_000, 20_000, 200_000])
def test_entries_that_hardly_compress_are_packed_once_however_many_batches_they_make(monkeypatch, length):
    packed = []

    def pack(text, *more):
        packed.append(len(text))
        return pack_text(text, *more)

    monkeypatch.setattr(log_items, "pack_text", pack)
    given_entries = [
        entry(number / 1_000, message=incompressible(length, number)) for number in range(4_000_000 // length)
    ]

    items = encoded(given_entries)

    assert sum(packed) < 1.5 * 4_000_000
    sizes = [len(item["entries"]["B"]) for item in items]
    assert max(sizes) <= MAX_BATCH_BYTES
    assert len(items) < 2 * sum(sizes) / MAX_BATCH_BYTES
    assert [kept.entry for item in items for kept in decode_logs(KEYS, item)] == given_entries
