"""The use that a tenant has made of the service on a day."""

from dataclasses import dataclass
from datetime import date

COUNTED = ("requests", "runs", "read_units", "write_units")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfUse:
    """What was counted of a tenant on one day, in UTC.

    requests     requests that were let in
    runs         flow runs that were created by requests, schedules and events
    read_units, write_units
                 the units of DynamoDB that its requests have consumed
    """

    day: date
    requests: int = 0
    runs: int = 0
    read_units: int = 0
    write_units: int = 0
