"""From when on the runs of a group are another version's, though clocks differ."""

from datetime import datetime, timedelta
from typing import Final

from domain.ids import created_from_id, first_id_at
from operations.context import Context

# A clock in another zone's time is not further off.
MOST_AHEAD: Final = timedelta(days=1)


def turning_point(context: Context, flow_group_id: str, now: datetime) -> datetime:
    """When a version of a group is archived, and another alone has new runs: now, but after all there are.

    The runs of a version are a span of its group's. A clock that is slow, or one that was fast when it made a
    run, would put that run on the wrong side of now.
    """
    lists = context.store.run_lists
    later = lists.of_group(flow_group_id, first_id_at(now), first_id_at(now + MOST_AHEAD))
    newest = next(lists.ids(later, descending=True, first_page=1), None)
    return now if newest is None else max(now, created_from_id(newest))
