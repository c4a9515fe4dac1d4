from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.layout.attributes import (
    epoch_second,
    epoch_second_rounded_up,
    instant,
    instant_of_order,
    instant_order,
    number,
    read_instant,
    read_number,
    read_optional_instant,
    read_optional_text,
    read_text,
    text,
)

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(1000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def test_values_have_the_form_of_dynamodbs_low_level_api():
    assert text("a") == {"S": "a"}
    assert number(-3) == {"N": "-3"}
    assert instant(datetime(1970, 1, 1, 0, 0, 1, 2, tzinfo=UTC)) == {"N": "1000002"}


@given(INSTANTS)
def test_instant_is_read_as_it_was_written(moment):
    assert read_instant({"at": instant(moment)}, "at") == moment
    assert instant_of_order(instant_order(moment)) == moment
    assert instant_of_order(f"3f#{instant_order(moment)}") == moment


@given(INSTANTS, INSTANTS)
def test_instant_order_sorts_as_instants_do(one, other):
    assert (instant_order(one) < instant_order(other)) == (one < other)
    assert (instant_order(one) < f"{instant_order(other)}~") == (one <= other)


def test_present_attribute_is_read():
    item = {"name": text("a"), "count": number(3), "at": instant(NOON)}

    assert read_text(item, "name") == read_optional_text(item, "name") == "a"
    assert read_number(item, "count") == read_number(item, "count", 7) == 3
    assert read_instant(item, "at") == read_optional_instant(item, "at") == NOON


def test_absent_attribute_is_the_default_if_there_is_one():
    assert read_optional_text({}, "name") is None
    assert read_optional_instant({}, "at") is None
    assert read_number({}, "count", 7) == 7
    for read in (read_text, read_number, read_instant):
        with pytest.raises(KeyError):
            read({}, "name")


def test_epoch_second_is_rounded_up_only_on_request():
    within = NOON + timedelta(microseconds=1)

    assert epoch_second(NOON) == epoch_second_rounded_up(NOON) == epoch_second(within)
    assert epoch_second_rounded_up(within) == epoch_second(NOON) + 1
