"""The parts of a recurrence rule and their ranges (RFC 5545, and BYEASTER of dateutil)."""

import re
from collections.abc import Iterator
from typing import Final

from domain.schedules.clocks.given import Given

MOST_COUNT: Final = 10_000
# A rule that steps further has one time at most in all the years that a calendar has.
_LONGEST_INTERVAL: Final = 10_000
_LONGEST_INTERVALS: Final = {"HOURLY": 1_000_000, "MINUTELY": 10_000_000}
# Each position, and each day of a certain week, is looked for in each period.
_MOST_NUMBERS: Final = {"BYSETPOS": 31, "BYDAY": 70, "BYWEEKDAY": 70}

# The least and the greatest number. Signed numbers also count from the end, and are never zero.
_RANGES: Final = {
    "COUNT": (1, MOST_COUNT),
    "BYSECOND": (0, 59),
    "BYMINUTE": (0, 59),
    "BYHOUR": (0, 23),
    "BYMONTH": (1, 12),
    # So many days before and after Easter are always in its year.
    "BYEASTER": (-80, 250),
}
_SIGNED: Final = {"BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
_DAYS: Final = ("BYDAY", "BYWEEKDAY")
_MOST_WEEKS: Final = 53
_NUMBER: Final = re.compile(r"[+-]?\d+")


def check_parts(rr: Given) -> None:
    """Raise InvalidSchedule if a part of a rule's text is out of its range.

    A text that is no rule at all passes, because dateutil refuses it.
    """
    for parts in _rules(rr.text()):
        frequency = dict(parts).get("FREQ", "")
        for name, value in parts:
            if name == "INTERVAL":
                _check(rr, name, value, 1, _LONGEST_INTERVALS.get(frequency, _LONGEST_INTERVAL))
            elif name in _RANGES:
                _check(rr, name, value, *_RANGES[name])
            elif name in _SIGNED:
                _check_signed(rr, name, value, _SIGNED[name])
            elif name in _DAYS:
                _check_signed(rr, name, ",".join(map(_text, _NUMBER.finditer(value))), _MOST_WEEKS)
            most = _MOST_NUMBERS.get(name)
            if most is not None and value.count(",") >= most:
                raise rr.fault(f"{name} must have {most} entries at most.")


def _rules(text: str) -> Iterator[list[tuple[str, str]]]:
    """Yield the parts of each rule in a text, as dateutil splits it."""
    for line in text.upper().split():
        name, colon, value = line.rpartition(":")
        if not colon or name == "RRULE":
            pairs = (pair.partition("=") for pair in value.split(";"))
            yield [(part, given) for part, _, given in pairs]


def _check(rr: Given, name: str, value: str, least: int, most: int) -> None:
    for number in _numbers(value):
        if not least <= number <= most:
            raise rr.fault(f"{name} must be from {least:,} to {most:,}, not {number:,}.")


def _check_signed(rr: Given, name: str, value: str, most: int) -> None:
    for number in _numbers(value):
        if not 1 <= abs(number) <= most:
            raise rr.fault(f"{name} must be from 1 to {most} or from -{most} to -1, not {number:,}.")


def _text(found: re.Match[str]) -> str:
    return found[0]


def _numbers(value: str) -> Iterator[int]:
    for text in value.split(","):
        try:
            yield int(text)
        except ValueError:  # who reads the rule says so
            return
