from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain import random_names
from domain.ids import RANDOM_BITS, created_from_id, time_ordered_id
from domain.names import check_name
from domain.random_names import ids_by_made_up_name, made_up_name

FIRST, LAST = datetime(1970, 1, 1), datetime(3100, 1, 1)  # noqa: DTZ001 - the strategy adds the zone
instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
bits = st.integers(0, 2**RANDOM_BITS - 1)


@given(instants, bits)
@example(datetime(2020, 1, 1, tzinfo=UTC), 0)
@example(datetime(2020, 1, 1, 0, 0, 1, tzinfo=UTC), 0)
def test_made_up_name_leads_to_the_second_of_its_run(created, random_bits):
    run_id = time_ordered_id(created, random_bits)
    name = made_up_name(run_id)

    bounds = ids_by_made_up_name(name)

    assert bounds is not None
    first, last = bounds
    assert first <= run_id <= last
    assert check_name(name, "name") == name
    # Older runs have the name of the first second.
    if created >= datetime(2020, 1, 1, 0, 0, 1, tzinfo=UTC):
        assert created_from_id(first) == created.replace(microsecond=0)
        assert created_from_id(last) == created.replace(microsecond=999_999)


def test_made_up_names_of_one_second_are_many():
    created = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)

    names = {made_up_name(time_ordered_id(created, random_bits)) for random_bits in range(10_000)}

    assert len(names) > 4_000
    assert len({name.rpartition("-")[2] for name in names}) == 1


@pytest.mark.parametrize(
    ("created", "digits"),
    [
        (datetime(1999, 12, 31, tzinfo=UTC), "000000"),
        (datetime(2020, 1, 1, 0, 0, 31, 999_999, tzinfo=UTC), "00000z"),
        (datetime(2026, 11, 28, 6, 30, tzinfo=UTC), "6fx4z8"),
        (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=2**30 - 1), "zzzzzz"),
        (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=2**30), "1000000"),
    ],
)
def test_digits_are_the_second_since_2020(created, digits):
    assert made_up_name(time_ordered_id(created, 12_345)) == f"grand-toucan-{digits}"


def test_words_and_digits_are_the_same_for_ever():
    """Names that are stored lead to their runs by these words only."""
    words = " ".join((*random_names._FIRST, "-", *random_names._SECOND, "-", random_names._DIGITS))

    assert sha256(words.encode()).hexdigest()[:16] == "215d596fea0a5396"


@pytest.mark.parametrize(
    "name",
    [
        *("", "-", "--", "brave-otter", "brave-otter-", "otter-brave-000000", "brave-otter-00000"),
        *("brave-otter-00000i", "brave-otter-00000l", "brave-otter-00000o", "brave-otter-00000u"),
        *("Brave-otter-000000", "brave-otter-00000A", "brave-otter-000000 ", "brave-otter-000-00"),
        *("brave-otter-0000000", "brave-otter-00000000", "brave-otter-zzzzzzzz", "brave-otter-00000٣"),
        *("brave-otter-" + "z" * 100_000, "brave" + "-" * 100_000, "\ud800-otter-000000", "x" * 100_000),
    ],
    ids=lambda name: ascii(name[:24]),
)
def test_other_names_are_not_made_up(name):
    assert ids_by_made_up_name(name) is None
