"""Mutations of concurrency limits."""

from typing import Final

from graphql import GraphQLInt, GraphQLString

from domain.concurrency.limits import LimitKind
from graphql_api.language.scalars import UUID
from graphql_api.mutations.dialects import Input, Mutation, Required
from graphql_api.mutations.flows import Given
from graphql_api.mutations.payloads import Payloads
from operations.concurrency.limits import delete_limit, update_limit
from operations.context import Context


def _update_tag_limit(context: Context, given: Given) -> Given:
    return {"id": update_limit(context, LimitKind.TAG, given["tag"], given["limit"], what="tag")}


def _update_label_limit(context: Context, given: Given) -> Given:
    return {"id": update_limit(context, LimitKind.LABEL, given["name"], given["limit"], what="name")}


def _delete_tag_limit(context: Context, given: Given) -> Given:
    return _found(delete_limit(context, LimitKind.TAG, given["limit_id"]), "task_tag_limit", given)


def _delete_label_limit(context: Context, given: Given) -> Given:
    return _found(delete_limit(context, LimitKind.LABEL, given["limit_id"]), "flow_concurrency_limit", given)


def _found(found: bool, what: str, given: Given) -> Given:
    return {"success": found, "error": None if found else f"There is no {what} {given['limit_id']}."}


_YES: Final = Required.YES
_LIMIT: Final = Input("limit", GraphQLInt, "How many may be Running at a time; 0 for none.", _YES)
_LIMIT_ID: Final = Input("limit_id", UUID, "The limit.", _YES)


def limit_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of concurrency limits."""
    return (
        Mutation(
            "update_task_tag_limit",
            "Limit how many runs of tasks with a tag may be Running at a time.",
            (Input("tag", GraphQLString, "The tag.", _YES), _LIMIT),
            payloads.task_tag_limit,
            _update_tag_limit,
        ),
        Mutation(
            "delete_task_tag_limit",
            "Let any number of them be Running again.",
            (_LIMIT_ID,),
            payloads.success,
            _delete_tag_limit,
        ),
        Mutation(
            "update_flow_concurrency_limit",
            "Limit how many flow runs with a label may be Running at a time.",
            (Input("name", GraphQLString, "The label.", _YES), _LIMIT),
            payloads.flow_concurrency_limit,
            _update_label_limit,
        ),
        Mutation(
            "delete_flow_concurrency_limit",
            "Let any number of them be Running again.",
            (_LIMIT_ID,),
            payloads.success,
            _delete_label_limit,
        ),
    )
