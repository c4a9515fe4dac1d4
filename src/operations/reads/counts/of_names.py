"""The count of runs with some names, by the index that lists runs by the names that they were given."""

from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.counts.count import Count
from operations.reads.plans.flow_runs.run_names import ids_of_made_up_names, named_ranges, names_to_look_up
from operations.reads.plans.spans import Span


def count_of_names(context: Context, where: Where | None, span: Span) -> Count | None:
    """Count the runs with the names that a filter demands; None if these are not looked up.

    Runs with made-up names are read, because they may have been given another name since. No index lists
    these under the names that were made up.
    """
    names = names_to_look_up(context, where)
    if names is None:
        return None
    made_up = ids_of_made_up_names(context, names, span)
    rest = [{"_and": [where or {}, {"id": {"_in": made_up}}]}] if made_up else []
    return Count(named_ranges(context, names, span), rest)
