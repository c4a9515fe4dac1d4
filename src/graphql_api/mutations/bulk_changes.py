"""Mutations of many flow runs at once, which a filter of the read dialect chooses."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from graphql_api.language.scalars import DATE_TIME, UUID
from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import (
    FLAG,
    INTEGER,
    TEXT,
    TIME,
    InputKind,
    MutationInput,
    optional,
    required,
)
from graphql_api.mutations.payloads import Payload
from graphql_api.queries.read_types import ReadTypes
from operations.context import Context
from operations.reads.arguments import Where

if TYPE_CHECKING:
    from domain.flow_runs.bulk_changes import BulkChange
    from operations.flow_runs.bulk_portions import Portion


def bulk_mutations(types: ReadTypes) -> tuple[Mutation[Any], ...]:
    """Return the mutations of many flow runs."""
    payload = _payload()
    filter_of_runs: InputKind[Where] = InputKind(types.filter("flow_run"))

    class ManyRunsInput(MutationInput):
        """The runs, and the portion of them that a request deals with."""

        where = optional(filter_of_runs, "The filter of the runs, without null in it.")
        all = optional(FLAG, "True, in the place of `where`, stands for all runs.")
        limit = optional(INTEGER, "How many matching runs a portion has at most, up to 1,000.")
        dry_run = optional(FLAG, "True only counts the runs, and estimates the cost.")
        continuation = optional(TEXT, "That of the portion before; null for the first one.")
        as_of = optional(
            TIME, "Runs that were created later are left out; the time of the first request if null."
        )

    class CancelFlowRunsInput(ManyRunsInput):
        """The runs that are cancelled."""

        message = optional(TEXT, "The message of their states.", readable=True)

    class DeleteFlowRunsInput(ManyRunsInput):
        """The runs that are deleted."""

        live = optional(FLAG, "True deletes also runs that have begun and not ended.")

    class SetStateOfFlowRunsInput(ManyRunsInput):
        """The runs whose states are set."""

        state = required(TEXT, "Scheduled, Paused, Success, Failed, Cancelled or Skipped.")
        message = optional(TEXT, "The message of the state.", readable=True)

    return (
        Mutation(
            "cancel_flow_runs",
            "Cancel the flow runs that match, a portion at a time, or count them.",
            CancelFlowRunsInput,
            payload,
            _resolver(_cancel),
        ),
        Mutation(
            "delete_flow_runs",
            "Delete the flow runs that match with their histories, a portion at a time, or count them.",
            DeleteFlowRunsInput,
            payload,
            _resolver(_delete),
        ),
        Mutation(
            "set_state_of_flow_runs",
            "Set one state on the flow runs that match, a portion at a time, or count them.",
            SetStateOfFlowRunsInput,
            payload,
            _resolver(_set_state),
        ),
    )


def _payload() -> GraphQLObjectType:
    def of(kind: Any, description: str) -> GraphQLField:
        return GraphQLField(GraphQLNonNull(kind), description=description)

    def list_of(kind: Any, description: str) -> GraphQLField:
        return of(GraphQLList(GraphQLNonNull(kind)), description)

    skipped = GraphQLObjectType(
        "skipped_flow_runs_payload",
        {
            "reason": of(
                GraphQLString,
                "`already_done`; `ended` or `live`, which the change leaves alone; `gone` since it was read.",
            ),
            "count": of(GraphQLInt, "How many runs."),
        },
    )
    failed = GraphQLObjectType(
        "failed_flow_run_payload",
        {
            "flow_run_id": of(UUID, "The flow run, which stands as before."),
            "code": of(GraphQLString, "The code of the error: `VERSION_LOCKING_ERROR` if it has moved on."),
            "message": of(GraphQLString, "The error."),
        },
    )
    return GraphQLObjectType(
        "flow_runs_change_payload",
        {
            "matched": of(GraphQLInt, "How many matching runs this portion has dealt with."),
            "changed": of(GraphQLInt, "How many of them it has changed, or a dry run would."),
            "flow_run_ids": list_of(UUID, "Those that were changed; the first 20 that a dry run would."),
            "skipped": list_of(skipped, "The runs that are left as they are, by the reason."),
            "failed": list_of(failed, "The runs that could not be changed."),
            "read_units": GraphQLField(GraphQLInt, description="For a dry run, about what the change reads."),
            "write_units": GraphQLField(GraphQLInt, description="And about what it writes."),
            "as_of": of(DATE_TIME, "Runs that were created later are left out."),
            "continuation": GraphQLField(
                GraphQLString, description="Leads to the next portion, with the same values; null at the end."
            ),
        },
    )


def _resolver(change_of: Callable[[Any], "BulkChange"]) -> Callable[[Context, Any], Payload]:
    def resolve(context: Context, given: Any) -> Payload:
        # Hardly any request changes many runs.
        from operations.flow_runs.bulk_changing import SHOWN, BulkRequest, change_flow_runs

        request = BulkRequest(
            change=change_of(given),
            where=given.where,
            everything=bool(given.all),
            limit=given.limit,
            dry_run=bool(given.dry_run),
            continuation=given.continuation,
            as_of=given.as_of,
        )
        portion = change_flow_runs(context, request)
        return _shown(portion, SHOWN if request.dry_run else None)

    return resolve


def _shown(portion: "Portion", most_ids: int | None) -> Payload:
    units = portion.units
    return {
        "matched": portion.matched,
        "changed": len(portion.changed),
        "flow_run_ids": portion.changed[:most_ids],
        "skipped": [{"reason": reason.value, "count": count} for reason, count in portion.untouched.items()],
        "failed": [
            {"flow_run_id": failure.flow_run_id, "code": failure.error.code, "message": failure.error.message}
            for failure in portion.failed
        ],
        "read_units": None if units is None else round(units.read),
        "write_units": None if units is None else round(units.write),
        "as_of": portion.as_of,
        "continuation": portion.continuation,
    }


def _cancel(given: Any) -> "BulkChange":
    from domain.flow_runs.bulk_changes import Action, BulkChange

    return BulkChange(action=Action.CANCEL, message=given.message)


def _delete(given: Any) -> "BulkChange":
    from domain.flow_runs.bulk_changes import Action, BulkChange

    return BulkChange(action=Action.DELETE, live=bool(given.live))


def _set_state(given: Any) -> "BulkChange":
    from domain.flow_runs.bulk_changes import Action, BulkChange

    return BulkChange(action=Action.SET_STATE, state=given.state, message=given.message)
