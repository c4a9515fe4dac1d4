"""Ask a release of Prefect Core for the next events of serialized schedules.

It runs in the release's own environment: `next_events.py FILE`, with the file of the cases in SCHEDULES. A
case has the schedule, an instant and a number; its result has the instants in microseconds since 1970, each
with what the clock gives.
"""

import json
import os
import sys
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pendulum
import pendulum.tz
from croniter.croniter import CroniterBadDateError
from prefect.serialization.schedule import ScheduleSchema

warnings.simplefilter("ignore")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
if not hasattr(pendulum.tz, "_Timezone"):
    # 1.4.1 asks for this name in an assertion; pendulum 3 calls the class so.
    pendulum.tz._Timezone = pendulum.tz.Timezone


def next_events(case):
    schedule = ScheduleSchema().load(case["schedule"])
    after = pendulum.parse(case["after"])
    try:
        if case["with_gifts"]:
            events = schedule.next(case["n"], after=after, return_events=True)
            return [[micros(event.start_time), event.parameter_defaults, event.labels] for event in events]
        return [[micros(time), {}, None] for time in schedule.next(case["n"], after=after)]
    except CroniterBadDateError:
        return []  # an expression that names no day of any year


def micros(time):
    # Plain numbers, because a difference of pendulum's times is none of timedelta's.
    year, month, day, hour, minute, second = time.utctimetuple()[:6]
    plain = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return (plain - EPOCH) // timedelta(seconds=1) * 1_000_000 + time.microsecond


cases = json.loads(Path(os.environ["SCHEDULES"]).read_text())
Path(sys.argv[1]).write_text(json.dumps({"events": [next_events(case) for case in cases]}))
