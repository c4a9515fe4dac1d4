import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.ids import (
    MAX_NUMBER,
    RANDOM_BITS,
    created_from_id,
    first_id_at,
    flow_run_bounds,
    inner_id,
    is_time_ordered,
    member_id,
    number_of,
    owner_of,
    parse_uuid,
    stable_id,
    time_ordered_id,
)

FIRST, LAST = datetime(1970, 1, 1), datetime(9998, 12, 31)  # noqa: DTZ001 - the strategy adds the zone
instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
bits = st.integers(0, (1 << RANDOM_BITS) - 1)
ID = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"


@given(instants, bits)
def test_time_ordered_id_is_a_version_7_uuid_with_the_exact_creation(created, random_bits):
    identifier = time_ordered_id(created, random_bits)

    parsed = uuid.UUID(identifier)
    assert (parsed.version, parsed.variant, str(parsed)) == (7, uuid.RFC_4122, identifier)
    assert created_from_id(identifier) == created


@given(instants, instants, bits, bits)
def test_ids_sort_by_creation(one, other, random_of_one, random_of_other):
    first, second = time_ordered_id(one, random_of_one), time_ordered_id(other, random_of_other)

    if one != other:
        assert (first < second) is (one < other)


@given(instants, bits)
def test_first_id_at_a_time_bounds_all_ids_from_that_time_on(created, random_bits):
    identifier = time_ordered_id(created, random_bits)

    assert first_id_at(created) <= identifier < first_id_at(created + timedelta(microseconds=1))


def test_first_id_before_1970_is_below_all_ids():
    assert first_id_at(datetime(1900, 1, 1, tzinfo=UTC)) == first_id_at(datetime(1970, 1, 1, tzinfo=UTC))


def test_ids_of_one_instant_differ_by_random_bits():
    now = datetime(2026, 1, 31, tzinfo=UTC)

    assert time_ordered_id(now, 1) != time_ordered_id(now, 2)


@given(instants, bits, st.integers(1, MAX_NUMBER))
def test_member_id_leads_to_its_owner_and_number(created, random_bits, number):
    owner = time_ordered_id(created, random_bits)

    member = member_id(owner, number)

    assert (owner_of(member), number_of(member)) == (owner, number)
    assert (owner_of(owner), number_of(owner)) == (owner, 0)
    assert is_time_ordered(member)
    assert not is_time_ordered(stable_id(owner, "map"))


@pytest.mark.parametrize(
    "text",
    [ID, ID.upper(), ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", f"urn:uuid:{{{ID}}}"],
)
def test_uuid_in_any_usual_spelling_is_read_as_the_stored_one(text):
    assert parse_uuid(text, "flow_id") == ID


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        ID[:-1],
        ID + "0",
        " " * 36,
        "x" * 100_000,
        "\ud800" * 32,
        None,
        5,
        10**4000,
        True,
        [ID],
        {"id": ID},
    ],
    ids=lambda value: repr(value)[:30],
)
def test_value_that_is_no_uuid_is_refused_with_the_name_of_the_input(value):
    with pytest.raises(BadUserInput, match=r"^flow_id must be a UUID, not ") as refused:
        parse_uuid(value, "flow_id")
    assert len(refused.value.message) < 500


@given(st.text(max_size=50))
def test_any_text_is_a_uuid_or_is_refused(text):
    with suppress(BadUserInput):
        assert parse_uuid(parse_uuid(text, "id"), "id") == parse_uuid(text, "id")


def test_stable_id_depends_on_namespace_and_name_only():
    assert stable_id(ID, "state/1") == stable_id(ID, "state/1")
    assert (
        len({stable_id(ID, "state/1"), stable_id(ID, "state/2"), stable_id(str(uuid.uuid4()), "state/1")})
        == 3
    )


@given(instants, bits, st.text(max_size=20), st.integers(0, MAX_NUMBER))
def test_inner_id_is_a_version_8_uuid_with_bounds_of_its_flow_run(created, random_bits, name, number):
    flow_run_id = time_ordered_id(created, random_bits)

    identifier = inner_id(flow_run_id, name)

    parsed = uuid.UUID(identifier)
    assert (parsed.version, parsed.variant, str(parsed)) == (8, uuid.RFC_4122, identifier)
    bounds = flow_run_bounds(identifier)
    assert bounds is not None
    lower, upper = bounds
    assert lower <= flow_run_id <= upper
    assert first_id_at(created) <= lower
    assert upper < first_id_at(created + timedelta(microseconds=1))
    assert not is_time_ordered(identifier)
    assert flow_run_bounds(member_id(flow_run_id, number)) is None


def test_inner_ids_are_stable_and_differ_by_run_and_name():
    one, other = (time_ordered_id(datetime(2026, 1, 31, tzinfo=UTC), 1 << n) for n in (40, 41))

    assert len({inner_id(run, name) for run in (one, other) for name in ("state/1", "state/2")}) == 4
    assert inner_id(one, "state/1") == "019c1159-7000-8000-8100-1060a0326466"
