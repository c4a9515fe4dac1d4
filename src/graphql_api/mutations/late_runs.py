"""The mutation that clears late runs of schedules."""

from datetime import timedelta
from typing import Any, Final

from graphql import GraphQLBoolean, GraphQLField, GraphQLInt, GraphQLNonNull, GraphQLObjectType

from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import FLAG, ID, INTEGER, MutationInput, optional
from graphql_api.mutations.payloads import Payload
from operations.context import Context

_PAYLOAD: Final = GraphQLObjectType(
    "clear_late_runs_payload",
    {
        "count": GraphQLField(
            GraphQLNonNull(GraphQLInt), description="How many runs were closed, or would be."
        ),
        "left": GraphQLField(
            GraphQLNonNull(GraphQLBoolean), description="True if there are more; send the request again."
        ),
    },
)


class ClearLateRunsInput(MutationInput):
    """The runs of schedules that are due and that no agent has begun."""

    flow_group_id = optional(ID, "The flow group whose late runs are closed.")
    flow_id = optional(ID, "Or the version of a flow.")
    project_id = optional(ID, "Or the project.")
    late_after = optional(INTEGER, "For how many seconds they are due at least; 0 if null.")
    dry_run = optional(FLAG, "True only counts them.")


def late_run_mutations() -> tuple[Mutation[Any], ...]:
    """Return the mutation that clears late runs."""
    return (
        Mutation(
            "clear_late_runs",
            "Close late runs of schedules as skipped, or count them.",
            ClearLateRunsInput,
            _PAYLOAD,
            _clear,
            camel_case=False,
        ),
    )


def _clear(context: Context, given: ClearLateRunsInput) -> Payload:
    # Hardly any request clears runs.
    from operations.schedules.clearing import LateRuns, clear_late_runs

    wanted = LateRuns(
        flow_group_id=given.flow_group_id,
        flow_id=given.flow_id,
        project_id=given.project_id,
        late_after=timedelta(seconds=given.late_after or 0),
    )
    cleared = clear_late_runs(context, wanted, dry_run=bool(given.dry_run))
    return {"count": cleared.count, "left": cleared.left}
