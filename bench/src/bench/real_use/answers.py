"""The comparison of a response with a world, also for the few fields that are no lists of an entity."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import FieldNode, parse
from graphql.language import OperationDefinitionNode

from bench.real_use.documents.document import Document
from bench.real_use.matching import Difference, Judge
from bench.real_use.rows import Rows
from domain.times import format_time, parse_time

# The most ids in the response to a poll.
POLLED: Final = 25


@dataclass(frozen=True, slots=True)
class Finding:
    """The first difference between a response and the world: `wrong`, or such as the response tells of."""

    wrong: Difference = None
    left_out: Difference = None


def compare(document: Document, rows: Rows, body: Mapping[str, Any]) -> Finding:
    """Compare a response with the world."""
    text, variables = document.text_for(rows.world), document.variables_for(rows.world)
    special = _SPECIAL.get(_first_field(text))
    if special is not None:
        return Finding(special(rows, variables, next(iter(body["data"].values()))))
    says_left_out = bool(body.get("extensions", {}).get("left_out"))
    judge = Judge(rows, variables, says_left_out=says_left_out)
    return Finding(judge.difference(text, body["data"]), judge.left_out)


def _first_field(text: str) -> str:
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)  # noqa: S101 - the documents have one operation
    (field, *_) = operation.selection_set.selections
    assert isinstance(field, FieldNode)  # noqa: S101 - no document has a fragment
    return field.name.value


def _polled(rows: Rows, variables: Mapping[str, Any], data: Any) -> Difference:
    """Compare a poll: due runs whose labels the agent has, no run twice, and 25 if there are as many."""
    labels, found = set(variables["input"]["labels"]), data["flow_run_ids"]
    before = parse_time(variables["input"]["before"], "before")
    due = {
        run.id
        for run in rows.world.runs.values()
        if run.state.type == "Scheduled"
        and run.scheduled_start_time <= before
        and set(run.labels) <= labels
        and bool(run.labels) == bool(labels)
    }
    if len(set(found)) != min(len(due), POLLED) or not set(found) <= due:
        return (
            f"{len(found)} runs are handed out, of {len(due)} that are due; {len(set(found) - due)} are not"
        )
    return None


def _task_run_info(rows: Rows, _: Mapping[str, Any], data: Any) -> Difference:
    wanted = rows.world.values["task_run_id"]
    (task_run,) = (one for one in rows.all("task_run", {"id": {"_eq": wanted}}) if one.id == wanted)
    expected = {"id": task_run.id, "version": task_run.version, "serialized_state": task_run.state.data}
    return None if data == expected else f"the task run is {data!r:.80}, not {expected!r:.80}"


def _summary_of_children(rows: Rows, _: Mapping[str, Any], data: Any) -> Difference:
    run = rows.world.runs[rows.world.values["mapped_run_id"]]
    children = [one for one in rows.world.task_runs_of(run) if one.map_index >= 0]
    expected = {
        "min_start_time": format_time(min(one.start_time for one in children if one.start_time)),
        "max_end_time": format_time(max(one.end_time for one in children if one.end_time)),
        "state_counts": Counter(one.state.type for one in children),
    }
    return None if data == expected else f"the summary is {data!r:.80}, not {expected!r:.80}"


def _equals(expected: Callable[[Rows], Any]) -> Callable[[Rows, Mapping[str, Any], Any], Difference]:
    return lambda rows, _, data: (
        None if data == expected(rows) else f"{data!r:.80}, not {expected(rows)!r:.80}"
    )


def _auth_info(rows: Rows, _: Mapping[str, Any], data: Any) -> Difference:
    expected = {"tenant_id": rows.world.tenant.id, "api_token_scope": "RUNNER"}
    return None if data and data.items() <= expected.items() else f"{data!r:.80}, not a part of {expected}"


_SPECIAL: Final[Mapping[str, Callable[[Rows, Mapping[str, Any], Any], Difference]]] = {
    "hello": lambda _, __, data: None if isinstance(data, str) and data else "no greeting",
    "authInfo": _equals(lambda _: {"apiTokenScope": "RUNNER"}),
    "auth_info": _auth_info,
    "get_runs_in_queue": _polled,
    "getRunsInQueue": _polled,
    "get_task_run_info": _task_run_info,
    "mapped_children": _summary_of_children,
}
