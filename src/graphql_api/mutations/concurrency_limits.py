"""Mutations of concurrency limits."""

from typing import Any, Final

from domain.concurrency.limits import LimitKind
from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import ID, INTEGER, TEXT, MutationInput, required
from graphql_api.mutations.payloads import Payload, Payloads, found
from operations.concurrency.limits import delete_limit, update_limit
from operations.context import Context

_LIMIT: Final = required(INTEGER, "The maximum number of runs that may be Running at a time; 0 for none.")


class TagLimitInput(MutationInput):
    """A limit of task runs."""

    tag = required(TEXT, "The tag.")
    limit = _LIMIT


class LabelLimitInput(MutationInput):
    """A limit of flow runs."""

    name = required(TEXT, "The label.")
    limit = _LIMIT


class LimitInput(MutationInput):
    """The id of a limit."""

    limit_id = required(ID, "The limit.")


def limit_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of concurrency limits."""
    return (
        Mutation(
            "update_task_tag_limit",
            "Limit how many runs of tasks with a tag may be Running at a time.",
            TagLimitInput,
            payloads.task_tag_limit,
            _update_tag_limit,
        ),
        Mutation(
            "delete_task_tag_limit",
            "Delete the limit of a tag.",
            LimitInput,
            payloads.success,
            _delete_tag_limit,
        ),
        Mutation(
            "update_flow_concurrency_limit",
            "Limit how many flow runs with a label may be Running at a time.",
            LabelLimitInput,
            payloads.flow_concurrency_limit,
            _update_label_limit,
        ),
        Mutation(
            "delete_flow_concurrency_limit",
            "Delete the limit of a label.",
            LimitInput,
            payloads.success,
            _delete_label_limit,
        ),
    )


def _update_tag_limit(context: Context, given: TagLimitInput) -> Payload:
    return {"id": update_limit(context, LimitKind.TAG, given.tag, given.limit, what="tag")}


def _update_label_limit(context: Context, given: LabelLimitInput) -> Payload:
    return {"id": update_limit(context, LimitKind.LABEL, given.name, given.limit, what="name")}


def _delete_tag_limit(context: Context, given: LimitInput) -> Payload:
    is_found = delete_limit(context, LimitKind.TAG, given.limit_id)
    return found(is_found, "task_tag_limit", given.limit_id)


def _delete_label_limit(context: Context, given: LimitInput) -> Payload:
    is_found = delete_limit(context, LimitKind.LABEL, given.limit_id)
    return found(is_found, "flow_concurrency_limit", given.limit_id)
