import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from domain.errors import BadUserInput
from domain.flow_runs.idempotency import CLIENT_KEY_LIFETIME
from domain.flow_runs.occurrences import (
    EARLIEST_DELIVERY,
    LATEST_DELIVERY,
    MAX_SCHEDULE_LENGTH,
    REMEMBERED,
    Occurrence,
    check_occurrence,
)

ROOT = Path(__file__).resolve().parents[3]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_instant_is_one_occurrence_in_every_spelling():
    berlin = Occurrence("nightly", NOON.astimezone(timezone(timedelta(hours=1))))

    assert berlin.key == Occurrence("nightly", NOON).key


def test_two_instants_are_two_occurrences():
    assert Occurrence("nightly", NOON).key != Occurrence("nightly", NOON + timedelta(microseconds=1)).key


@pytest.mark.parametrize(
    "late",
    [timedelta(0), timedelta(hours=25), timedelta(days=14), LATEST_DELIVERY - SECOND, -EARLIEST_DELIVERY],
    ids=["on time", "after a client key's life", "as long as a queue keeps", "just in time", "early"],
)
def test_occurrence_within_its_time_is_accepted(late):
    check_occurrence(Occurrence("nightly", NOON), NOON + late)


@pytest.mark.parametrize("late", [LATEST_DELIVERY, timedelta(days=400)], ids=["at the end", "long ago"])
def test_occurrence_that_may_be_forgotten_is_refused(late):
    with pytest.raises(BadUserInput, match=r"more than 30 days ago"):
        check_occurrence(Occurrence("nightly", NOON), NOON + late)


def test_occurrence_far_ahead_is_refused():
    with pytest.raises(BadUserInput, match=r"more than 7 days ahead"):
        check_occurrence(Occurrence("nightly", NOON + EARLIEST_DELIVERY + SECOND), NOON)


def test_accepted_occurrence_is_remembered_for_another_month():
    occurrence = Occurrence("nightly", NOON)
    last_delivery = NOON + LATEST_DELIVERY

    assert occurrence.forgotten == NOON + REMEMBERED
    assert occurrence.forgotten - last_delivery >= timedelta(days=28)


def test_decision_4_names_the_times_that_hold():
    page = (ROOT / "docs/decisions/0004-idempotency-key-as-an-item.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith("| end ")]

    spans = [CLIENT_KEY_LIFETIME // timedelta(hours=1), REMEMBERED.days, LATEST_DELIVERY.days]

    assert [int(number) for number in re.findall(r"\d+", row)] == spans


@pytest.mark.parametrize("length", [1, 1600])
def test_schedule_name_of_the_least_and_the_greatest_length_is_accepted(length):
    check_occurrence(Occurrence("x" * length, NOON), NOON)


@pytest.mark.parametrize("name", ["", "x" * (MAX_SCHEDULE_LENGTH + 1)], ids=["empty", "too long"])
def test_empty_or_too_long_schedule_name_is_refused(name):
    with pytest.raises(BadUserInput, match=r"^schedule must have 1 to"):
        check_occurrence(Occurrence(name, NOON), NOON)


def test_mark_tells_an_event_from_others_whatever_its_time():
    one, again = (Occurrence("s3://b/k", NOON + late, "617f") for late in (0 * SECOND, SECOND))

    assert one.key == again.key != Occurrence("s3://b/k", NOON, "6180").key


def test_refusal_of_an_old_event_names_its_time():
    with pytest.raises(BadUserInput, match="scheduledTime 2026-11-22T12"):
        check_occurrence(Occurrence("s3://b/k", NOON, "617f"), NOON + LATEST_DELIVERY)
