"""Queries that overview the runs: how many there were in each hour or day, and how many are due.

Few requests ask for these, so that starts do without the modules that count.
"""

from datetime import datetime
from functools import partial
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from domain.flow_runs.run_totals import Level
from graphql_api.info import Info
from graphql_api.language.scalars import DATE_TIME, UUID

_NUMBER: Final = GraphQLNonNull(GraphQLInt)
_TIME: Final = GraphQLNonNull(DATE_TIME)
_SECONDS: Final = 30


def _shown(kind: Any, description: str, attribute: str = "") -> GraphQLField:
    """Return a field that shows an attribute, of its own name if no other one is given."""
    resolve = partial(_attribute, attribute) if attribute else None
    return GraphQLField(kind, resolve=resolve, description=description)


def _attribute(name: str, counted: object, _info: Info) -> Any:
    return getattr(counted, name)


_BUCKET: Final = GraphQLEnumType(
    "run_count_bucket",
    {"HOUR": Level.HOUR, "DAY": Level.DAY},
    description="The lengths of the times by which runs are counted, in UTC.",
)
_COUNTS: Final = GraphQLObjectType(
    "flow_run_counts",
    {
        "start": _shown(_TIME, "The beginning of the hour or the day."),
        "end": _shown(_TIME, "Its end, where the next one begins."),
        "runs": _shown(_NUMBER, "The number of all runs that were created in this time."),
        "success": _shown(_NUMBER, "The number of those that are in state `Success`.", "successful"),
        "failed": _shown(
            _NUMBER, "Those in `Failed`, `Aborted`, `TimedOut`, `TriggerFailed` or `ValidationFailed`."
        ),
        "cancelled": _shown(_NUMBER, "Those in state `Cancelled`."),
        "ended_otherwise": _shown(_NUMBER, "Those in any other finished state."),
        "live": _shown(_NUMBER, "Those that an agent or a runner has, and that have not ended."),
        "waiting": _shown(_NUMBER, "Those that wait for their start."),
        "as_of": _shown(
            _TIME, "When they were counted: now, or at most 15 minutes ago where more than 1,000 are counted."
        ),
    },
    description="How many runs were created in an hour or a day, and how they stand now.",
)
_DEPTH: Final = GraphQLObjectType(
    "queue_depth",
    {
        "due": _shown(_NUMBER, "The number of runs that are due and not taken."),
        "late": _shown(_NUMBER, "Those that were due more than `late_after` seconds ago."),
        "earliest": _shown(
            DATE_TIME, "The start of the run that is due for the longest time; null if none is."
        ),
        "complete": _shown(
            GraphQLNonNull(GraphQLBoolean),
            "False if more runs are due than were counted.",
            "is_complete",
        ),
    },
    description="The runs that are due and that no agent has taken, as the queue lists them.",
)


def overview_fields() -> dict[str, GraphQLField]:
    """Return the queries `flow_run_counts` and `queue_depth`."""
    return {
        "flow_run_counts": GraphQLField(
            # Null beside an error, so that a page that asks for more in one request still gets the rest.
            GraphQLList(GraphQLNonNull(_COUNTS)),
            {
                "from": _argument(_TIME, "A time in the first hour or day.", "start"),
                "to": _argument(DATE_TIME, "The time before which the last one begins; now if null.", "end"),
                "bucket": _argument(GraphQLNonNull(_BUCKET), "`HOUR` or `DAY`.", "level"),
                "project_id": _argument(UUID, "Only runs of the flows in this project."),
                "flow_group_id": _argument(UUID, "Only runs of this flow group."),
            },
            _counts,
            description="How many runs were created in each hour or day of a time, and how they stand now.",
        ),
        "queue_depth": GraphQLField(
            GraphQLNonNull(_DEPTH),
            {
                "late_after": _argument(
                    GraphQLInt, f"After how many seconds a due run is late; {_SECONDS} if null."
                ),
                "most": _argument(GraphQLInt, "How many runs are counted, up to 1,000; 100 if null."),
            },
            _depth,
            description="How many runs are due and not taken, and how many of them are late.",
        ),
    }


def _argument(kind: Any, description: str, out_name: str | None = None) -> GraphQLArgument:
    return GraphQLArgument(kind, description=description, out_name=out_name)


def _counts(
    _root: None, info: Info, *, level: Level, start: datetime, end: datetime | None = None, **of: str | None
) -> Any:
    from operations.reads.counts import over_time  # noqa: PLC0415

    question = over_time.Question(level=level, start=start, end=end, **of)
    return over_time.counts_over_time(info.context, question)


def _depth(_root: None, info: Info, *, late_after: int | None = None, most: int | None = None) -> Any:
    from operations.reads.counts import queue_depth  # noqa: PLC0415

    return queue_depth.queue_depth(
        info.context,
        _SECONDS if late_after is None else late_after,
        queue_depth.COUNTED if most is None else most,
    )
