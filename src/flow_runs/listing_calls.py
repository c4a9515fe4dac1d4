"""Calls of the client that list flow runs, flows, projects and agents."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from flow_runs import documents
from flow_runs.connection import Connection
from flow_runs.errors import BadUserInputError, PayloadTooLargeError
from flow_runs.models import AgentInfo, FlowInfo, FlowRunInfo, ProjectInfo
from flow_runs.run_filters import Position, RunFilter


class ListingCalls(Connection):
    """Calls that list flow runs, flows, projects and agents."""

    def list_flow_runs(
        self,
        flow: str | None = None,
        project: str | None = None,
        state: str | None = None,
        limit: int = 50,
        *,
        name: str | None = None,
        label: str | Sequence[str] | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
    ) -> list[FlowRunInfo]:
        """Return the newest runs, newest first; `limit` is at most 5,000.

        A run must have the flow's name, the project's name, the type of its state, its own name, the label
        (or all of several labels), and be created from `since` to `until`, both included. If matching runs
        are so rare that the service refuses to look at more at once, the list is continued where it has come
        to.
        """
        wanted = RunFilter(
            name=name, flow=flow, project=project, state=state, label=label, since=since, until=until
        )
        return [FlowRunInfo.from_json(row) for row in self._flow_runs(wanted.where(), limit)]

    def iter_flow_runs(
        self,
        *,
        flow: str | None = None,
        project: str | None = None,
        state: str | None = None,
        name: str | None = None,
        label: str | Sequence[str] | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        page_size: int = 100,
    ) -> Iterator[FlowRunInfo]:
        """Yield all matching runs, newest first, each once, read in pages of at most 5,000.

        The filters are those of `list_flow_runs`. Runs that are created during the iteration are left out,
        because they come before the first page. A page that is too large for one response is read again in
        smaller pages.
        """
        if page_size < 1:
            raise BadUserInputError(f"page_size must be at least 1, not {page_size}.")
        wanted = RunFilter(
            name=name, flow=flow, project=project, state=state, label=label, since=since, until=until
        )
        return map(FlowRunInfo.from_json, self._all_flow_runs(wanted.where(), page_size))

    def iter_flow_runs_of_key(self, idempotency_key: str) -> Iterator[FlowRunInfo]:
        """Yield the runs for which a key stands in any current flow, without a look at other runs.

        A key is found for 24 hours from its last use, and afterwards until its item is deleted.
        """
        after: str | None = None
        while True:
            found = self._read(documents.FLOW_RUNS_OF_KEY, {"key": idempotency_key, "after": after})
            yield from map(FlowRunInfo.from_json, found["flow_runs_of_key"]["rows"])
            after = found["flow_runs_of_key"]["next"]
            if after is None:
                return

    def list_flows(
        self,
        project: str | None = None,
        name: str | None = None,
        limit: int = 100,
        *,
        all_versions: bool = False,
    ) -> list[FlowInfo]:
        """Return flows, sorted by project, name and version, the newest version first.

        Archived versions are left out unless `all_versions` is True. `limit` is at most 5,000.
        """
        where: dict[str, Any] = {} if all_versions else {"archived": {"_eq": False}}
        if project is not None:
            where["project"] = {"name": {"_eq": project}}
        if name is not None:
            where["name"] = {"_eq": name}
        rows = self._read(documents.FLOWS, {"where": where, "limit": limit})["flow"]
        return [FlowInfo.from_json(row) for row in rows]

    def list_projects(self) -> list[ProjectInfo]:
        """Return all projects, sorted by name."""
        return [ProjectInfo.from_json(row) for row in self._read(documents.PROJECTS, {})["project"]]

    def list_agents(self) -> list[AgentInfo]:
        """Return all agents, the last to poll first; agents that never polled come last."""
        return [AgentInfo.from_json(row) for row in self._read(documents.AGENTS, {})["agent"]]

    def _all_flow_runs(self, where: dict[str, Any], size: int) -> Iterator[dict[str, Any]]:
        position = Position()
        while True:
            try:
                rows = self._flow_runs(position.narrow(where), size)
            except PayloadTooLargeError:
                if size == 1:
                    raise
                size //= 2
                continue
            yield from rows
            if len(rows) < size:
                return
            position.move_past(rows)

    def _flow_runs(self, where: dict[str, Any], limit: int) -> list[dict[str, Any]]:
        """Return the newest matching runs. A list that the service refuses half-way is read in parts."""
        found: list[dict[str, Any]] = []
        behind: str | None = None
        while True:
            rest = where if behind is None else _created(where, _lte=behind)
            try:
                return found + self._page(rest, limit - len(found))
            except BadUserInputError as error:
                reached = error.extensions.get("looked_at", {}).get("created")
                if reached is None or reached == behind:
                    raise
            found += self._page(_created(rest, _gt=reached), limit - len(found))
            if len(found) == limit:
                return found
            behind = reached

    def _page(self, where: dict[str, Any], limit: int) -> list[dict[str, Any]]:
        rows = self._read(documents.FLOW_RUNS, {"where": where, "limit": limit})["flow_run"]
        return list(rows)


def _created(where: dict[str, Any], **bounds: str) -> dict[str, Any]:
    """Return a filter with a bound of the time of creation more."""
    return {"_and": [where, {"created": bounds}]}
