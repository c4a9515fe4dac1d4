from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.times import format_interval, format_time, from_micros, parse_time, to_micros

EIGHT = datetime(2026, 1, 31, 8, tzinfo=UTC)
FIRST, LAST = datetime(1900, 1, 3), datetime(9998, 12, 29)  # noqa: DTZ001 - the strategy adds the zone
instants = st.datetimes(FIRST, LAST, timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5))]))


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T08:00:00+00:00",
        "2026-01-31T08:00:00Z",
        "2026-01-31T08:00:00",
        "2026-01-31 08:00:00",
        "2026-01-31 08:00:00+00:00",
        "2026-01-31 08:00",
        "2026-01-31T03:00:00-05:00",
        "2026-01-31T13:30:00.000000+05:30",
        "20260131T080000Z",
        "  2026-01-31T08:00:00Z\n",
    ],
)
def test_all_forms_that_clients_send_are_the_same_time(text):
    assert parse_time(text, "at") == EIGHT


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-01-31t08:00:00z", EIGHT),
        ("2026-01-31 08:00:00z", EIGHT),
        ("2026-01-31t13:30:00.000+05:30", EIGHT),
        ("20260131t080000z", EIGHT),
        ("2026-01-30T24:00:00Z", EIGHT - timedelta(hours=8)),
        ("2026-01-30 24:00", EIGHT - timedelta(hours=8)),
        ("2026-01-30T240000.000z", EIGHT - timedelta(hours=8)),
        ("2026-01-30T24:00:00+08:00", EIGHT - timedelta(hours=16)),
        ("2025-12-31T24:00:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-31T07:59:60Z", EIGHT),
        ("2016-12-31t23:59:60z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2026-01-31T07:59:60.25", EIGHT + timedelta(seconds=0.25)),
        ("2026-01-31T13:29:60+05:30", EIGHT),
    ],
)
def test_forms_of_rfc_3339_that_python_does_not_know_are_read(text, meant):
    assert parse_time(text, "at") == meant


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-31T24:00:01Z", "2026-01-31T24:01Z", "2026-01-31T24:00:00.5Z", "2026-01-31T24:00:60Z"),
        *("2026-01-31T08:60:00Z", "2026-01-31T08:00:61Z", "2026-01-31T25:00:00Z", "2026-02-30t00:00:00z"),
        *("2026-01-31T08:00:00zz", "2026-01-31T08:00:60+99:00", "9998-12-31T24:00:00Z", "9999-12-31T24:00Z"),
    ],
)
def test_impossible_time_of_day_is_refused(text):
    with pytest.raises(BadUserInput):
        parse_time(text, "at")


def test_date_alone_is_midnight_in_utc():
    assert parse_time("2026-01-31", "at") == datetime(2026, 1, 31, tzinfo=UTC)


def test_digits_beyond_microseconds_are_cut():
    assert parse_time("2026-01-31T08:00:00.123456", "at").microsecond == 123456
    assert parse_time("2026-01-31T08:00:00.123456789", "at").microsecond == 123456


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            " ",
            "tomorrow",
            "2026-13-01",
            "2026-02-30",
            "2026-01-31T25:00:00",
            "12:00",
            "NaN",
            "1769846400",
        ),
        *(
            "2026-01-31T08:00:00+99:00",
            "\uff12\uff10\uff12\uff16-01-31",
            "2026-01-31T08:00:00 PM",
            "2026-01-31\x00",
        ),
        *("9" * 100_000, "2026-01-31T08:00:00" + "0" * 100_000, "\ud800", "2026-01-31\ud80008:00:00+00:00+"),
        *(None, 5, 1769846400.0, float("nan"), True, [], {}, EIGHT),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_value_that_is_no_time_is_refused_with_the_name_of_the_input(value):
    with pytest.raises(BadUserInput, match=r"^scheduled_start_time .*ISO 8601") as refused:
        parse_time(value, "scheduled_start_time")
    assert len(refused.value.message) < 400


@pytest.mark.parametrize(
    "text",
    [
        "1899-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "9999-01-01T00:00:00Z",
    ],
)
def test_year_out_of_bounds_is_refused_without_overflow(text):
    with pytest.raises(BadUserInput, match=r"^at "):
        parse_time(text, "at")


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_is_refused(text):
    with suppress(BadUserInput):
        assert parse_time(text, "at").tzinfo is UTC


@given(instants)
def test_written_time_is_read_back_as_the_same_time(instant):
    assert parse_time(format_time(instant), "at") == instant
    assert parse_time(str(instant), "at") == instant
    assert from_micros(to_micros(instant)) == instant


@pytest.mark.parametrize(
    ("microsecond", "text"),
    [
        (0, "2026-01-31T08:00:00+00:00"),
        (666_000, "2026-01-31T08:00:00.666+00:00"),
        (100, "2026-01-31T08:00:00.0001+00:00"),
        (123_456, "2026-01-31T08:00:00.123456+00:00"),
    ],
)
def test_written_time_has_no_trailing_zeros_as_in_postgresql(microsecond, text):
    assert format_time(EIGHT.replace(microsecond=microsecond)) == text


def test_time_with_another_offset_is_written_in_utc():
    assert format_time(EIGHT.astimezone(timezone(timedelta(hours=9)))) == "2026-01-31T08:00:00+00:00"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(), "00:00:00"),
        (timedelta(seconds=2, microseconds=401917), "00:00:02.401917"),
        (timedelta(microseconds=1), "00:00:00.000001"),
        (timedelta(hours=1, minutes=2, seconds=3), "01:02:03"),
        (timedelta(days=4, hours=4), "100:00:00"),
    ],
)
def test_interval_is_written_as_hours_minutes_and_seconds(span, text):
    assert format_interval(span) == text
