"""Mutations of concurrency limits."""

from collections.abc import Callable

from graphql import GraphQLInt, GraphQLString

from domain.limits import LimitKind
from graphql_api.dialects import Input, Mutation, Required
from graphql_api.flow_mutations import Given
from graphql_api.payloads import Payloads
from graphql_api.scalars import UUID
from operations.concurrency import delete_limit, set_limit
from operations.context import Context

_YES = Required.YES
_LIMIT = Input("limit", GraphQLInt, "How many may run at a time; 0 lets none begin.", _YES)
_LIMIT_ID = Input("limit_id", UUID, "The limit.", _YES)


def _set(kind: LimitKind, name: str) -> Callable[[Context, Given], Given]:
    def resolve(context: Context, given: Given) -> Given:
        return {"id": set_limit(context, kind, given[name], given["limit"])}

    return resolve


def _delete(context: Context, given: Given) -> Given:
    found = delete_limit(context, given["limit_id"])
    return {"success": found, "error": None if found else f"There is no limit {given['limit_id']}."}


def limit_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of concurrency limits."""
    return (
        Mutation(
            "update_task_tag_limit",
            "Let at most so many task runs be Running at a time whose task has a tag.",
            (Input("tag", GraphQLString, "The tag.", _YES), _LIMIT),
            payloads.task_tag_limit,
            _set(LimitKind.TAG, "tag"),
        ),
        Mutation("delete_task_tag_limit", "Take such a limit away.", (_LIMIT_ID,), payloads.success, _delete),
        Mutation(
            "update_flow_concurrency_limit",
            "Let at most so many flow runs with a label be Running at a time.",
            (Input("name", GraphQLString, "The label.", _YES), _LIMIT),
            payloads.flow_concurrency_limit,
            _set(LimitKind.LABEL, "name"),
        ),
        Mutation(
            "delete_flow_concurrency_limit",
            "Take such a limit away.",
            (_LIMIT_ID,),
            payloads.success,
            _delete,
        ),
    )
