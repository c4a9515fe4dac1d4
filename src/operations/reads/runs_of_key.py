"""The flow runs of an idempotency key whose flow is not known: the key is looked up in each current flow.

A key holds in its flow, so no index lists runs by keys alone. The item of a key leads to its run, at the cost
of one read for each flow that there is, whatever the number of runs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs.idempotency import check_key
from domain.flows.flow_keys import Member
from domain.names import is_possible_name
from operations.access.project_limits import is_own
from operations.context import Context
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows
from operations.reads.rows import Inside, Need, Row

# In how many flows one portion looks a key up, and in how many projects it looks for flows.
MAX_FLOWS: Final = 200
MAX_PROJECTS: Final = 50
# The project, the group and the name of the last flow that was looked at.
_CURSOR: Final = re.compile(r"([0-9a-f-]{36})/([0-9a-f-]{36}|)/(.*)", re.DOTALL)
_NEWEST_FIRST: Final = ({"created": "desc"}, {"id": "desc"})


@dataclass(frozen=True, slots=True)
class RunsOfKey:
    """The runs that were found, newest first, and in how many flows the key was looked up.

    `next` is the place behind which the next portion begins; None if no flow is left.
    """

    rows: Sequence[Row]
    looked_at: int
    next: str | None

    @property
    def is_end(self) -> bool:
        """True if no flow is left."""
        return self.next is None


def flow_runs_of_key(context: Context, key: str, after: str | None, need: Need) -> RunsOfKey:
    """Return the runs for which a key stands in the next current flows. Raises BadUserInput."""
    check_key(key)
    behind = None if after is None else _member(after)
    with Inside("flow_runs_of_key"):
        members, reached = _next_members(context, behind)
        groups = context.store.flows.groups(
            list(dict.fromkeys(member.group_id for member in members)), whole=False, consistent=False
        )
        own = [group.current_flow_id for group in groups if is_own(context, group.project_id)]
        flows = [flow_id for flow_id in own if flow_id is not None]
        ids = context.store.flow_runs.named_by(flows, key) if flows else []
    rows: Sequence[Row] = ()
    if ids:
        where = Arguments(where={"id": {"_in": ids}}, order_by=_NEWEST_FIRST)
        rows = list_rows(context, "flow_run", where, need)
    return RunsOfKey(rows, len(flows), _cursor(reached))


def _next_members(context: Context, behind: Member | None) -> tuple[list[Member], Member | None]:
    """Return the next places of flow groups, and the one where they end; None if none is left."""
    found: list[Member] = []
    first = "" if behind is None else behind.project_id
    projects = [one for one in sorted(context.store.projects.ids()) if one >= first and is_own(context, one)]
    for number, project_id in enumerate(projects):
        if number == MAX_PROJECTS:
            return found, Member(project_id, "", "")
        wanted = MAX_FLOWS - len(found)
        own = behind if behind is not None and behind.project_id == project_id else None
        members = context.store.flow_lists.next_members(project_id, own, wanted + 1)
        found += members[:wanted]
        if len(members) > wanted:
            # Without room for one more, the next portion begins with this project.
            return found, found[-1] if wanted else Member(project_id, "", "")
    return found, None


def _is_spelled(text: str) -> bool:
    """Return False for a text with half a character, which no name has and UTF-8 cannot spell."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _cursor(member: Member | None) -> str | None:
    return None if member is None else f"{member.project_id}/{member.group_id}/{member.name}"


def _member(cursor: str) -> Member:
    """Return the place that an earlier portion has returned. Raises BadUserInput for any other text."""
    found = _CURSOR.fullmatch(cursor)
    if found is None or not is_possible_name(found[3]) or not _is_spelled(found[3]):
        raise BadUserInput(
            "flow_runs_of_key: after must be what `next` of an earlier portion was.", {"field": "after"}
        )
    return Member(found[1], found[3], found[2])
