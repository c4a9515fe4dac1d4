"""Runs that have started, ended or changed since some time: told by their creation and by three lists.

Such a run was created since then, or a little before. Or it goes on, or waits. Or it ended late, and is
listed by its end. So what was over before need not be looked at, however much that is.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from domain.flow_runs.key_ranges import KeyRange
from domain.ids import first_id_at
from domain.times import format_time
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.plans.flow_runs import shared_runs
from operations.reads.plans.flow_runs.horizons import WITHIN
from operations.reads.plans.flow_runs.run_ranges import names_flows, ranges_by_flow
from operations.reads.plans.flow_runs.shared_runs import WantedRuns, ids_in_ranges
from operations.reads.plans.flow_runs.statuses import UNFINISHED
from operations.reads.plans.search import Search
from operations.reads.plans.spans import SKEW, Span
from operations.reads.where.constraints import Bounds, bounds

# How many keys of late ends are read, each a thirtieth of a read unit, before all older runs are looked at.
MAX_LATE_KEYS: Final = 10_000
# The times of a run that lie between its creation and its last state.
_TIMES: Final = ("start_time", "end_time", "state_timestamp")
# Those that are the time of the last state, if that ended the run.
_LAST_TIMES: Final = ("end_time", "state_timestamp")
# How long after their start runs are expected to have ended, by a list of what started long ago.
_LONG: Final = timedelta(days=1)


def past_times(where: Where | None) -> Bounds:
    """Return the earliest and the latest time between which some time of each run lies by a filter."""
    found = [bounds(where, column) for column in _TIMES]
    lowers = [lower for lower, _ in found if lower is not None]
    uppers = [upper for _, upper in found if upper is not None]
    return max(lowers, default=None), min(uppers, default=None)


def created_until(latest: datetime | None) -> str | None:
    """Return the last id of runs of which a time lies before `latest`: none lies before the creation."""
    return None if latest is None else first_id_at(latest + SKEW)


def created_since(earliest: datetime) -> str:
    """Return the id before which no run was created that ended soon, at `earliest` or later."""
    return first_id_at(earliest - WITHIN - SKEW)


def ended_late(
    context: Context, search: Search, wanted: WantedRuns, earliest: datetime, most: int
) -> list[str] | None:
    """Return the wanted runs that ended late, at `earliest` or later; None if `most` keys do not tell.

    They come in the order of creation. Some other runs may be among them.
    """
    if wanted.statuses is not None and set(wanted.statuses) <= set(UNFINISHED):
        return []
    ends = context.store.run_lists.late_ends(earliest - SKEW, _last_end(context, search))
    found = list(islice(ends, most + 1))
    if len(found) > most:
        return None
    ids = sorted((run_id for _, run_id in found if run_id in wanted.span), reverse=wanted.descending)
    return _among(context, search, wanted, ids)


def _last_end(context: Context, search: Search) -> datetime | None:
    """Return the time after which no run ended that is wanted, or that a list looks at.

    What starts may end much later. A list of what started until some time looks at what ended until a day
    later, and says so.
    """
    ends = [bounds(search.where, column)[1] for column in _LAST_TIMES]
    known = [end + SKEW for end in ends if end is not None]
    started = bounds(search.where, "start_time")[1]
    if known or started is None or search.complete:
        return min(known, default=None)
    last = started + _LONG
    if last < context.now():
        context.left_out.append(
            f"flow_run: runs that started before {format_time(started)} and ended after {format_time(last)}."
        )
    return last


def _among(context: Context, search: Search, wanted: WantedRuns, ids: list[str]) -> list[str]:
    """Return those of the ids that are listed in the statuses and under the flows of a search."""
    if wanted.statuses is not None and len(ids) > shared_runs.FEW:
        ended = [status for status in wanted.statuses if status not in UNFINISHED]
        in_status, span = context.store.run_lists.in_status, _span_of(ids)
        ranges = [part for status in ended for part in in_status(status, span.lower, span.upper)]
        ids = _in_both(context, wanted, ids, ranges)
    if names_flows(search.where) and len(ids) > shared_runs.FEW:
        of_flows = ranges_by_flow(context, search, _span_of(ids))
        ids = ids if of_flows is None else _in_both(context, wanted, ids, of_flows)
    return ids


def _span_of(ids: list[str]) -> Span:
    return Span(min(ids[0], ids[-1]), max(ids[0], ids[-1]))


def _in_both(context: Context, wanted: WantedRuns, ids: list[str], ranges: Sequence[KeyRange]) -> list[str]:
    listed, known = ids_in_ranges(context, ranges, wanted), ids_in_ranges(context, (), wanted)
    return list(context.store.run_lists.shared(listed, known, ids))
