"""The client's calls that list: flow runs, flows, projects and agents."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from flow_runs import documents
from flow_runs.connection import Connection
from flow_runs.errors import BadUserInputError, PayloadTooLargeError
from flow_runs.models import AgentInfo, FlowInfo, FlowRunInfo, ProjectInfo
from flow_runs.run_filters import Position, RunFilter


class ListingCalls(Connection):
    """Lists of flow runs, flows, projects and agents."""

    def list_flow_runs(
        self,
        flow: str | None = None,
        project: str | None = None,
        state: str | None = None,
        limit: int = 50,
        *,
        label: str | Sequence[str] | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
    ) -> list[FlowRunInfo]:
        """Read the newest runs, newest first; `limit` is at most 5,000.

        They are of a flow's name, of a project's name, in a state's type, with a label (or all of several),
        and created from `since` to `until`, both included. The service looks at no more than 1,000 runs to
        find them, or as many as `limit` says; what is rarer than that among the newest is refused with
        BadUserInputError.
        """
        wanted = RunFilter(flow=flow, project=project, state=state, label=label, since=since, until=until)
        return [FlowRunInfo.from_json(row) for row in self._flow_runs(wanted.where(), limit)]

    def iter_flow_runs(
        self,
        *,
        flow: str | None = None,
        project: str | None = None,
        state: str | None = None,
        label: str | Sequence[str] | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        page_size: int = 100,
    ) -> Iterator[FlowRunInfo]:
        """Read all such runs, newest first, each once, in pages of at most 5,000.

        The filters are those of `list_flow_runs`, and the bound on what the service looks at holds for each
        page. Runs that are created while you iterate come before the first page and are not among them. A
        page that is too large for one answer is asked for again in smaller ones.
        """
        if page_size < 1:
            raise BadUserInputError(f"page_size must be at least 1, not {page_size}.")
        wanted = RunFilter(flow=flow, project=project, state=state, label=label, since=since, until=until)
        return map(FlowRunInfo.from_json, self._all_flow_runs(wanted.where(), page_size))

    def list_flows(
        self,
        project: str | None = None,
        name: str | None = None,
        limit: int = 100,
        *,
        all_versions: bool = False,
    ) -> list[FlowInfo]:
        """Read flows, sorted by project, name and version, the newest version first.

        Archived versions are left out unless `all_versions` is true. `limit` is at most 5,000.
        """
        where: dict[str, Any] = {} if all_versions else {"archived": {"_eq": False}}
        if project is not None:
            where["project"] = {"name": {"_eq": project}}
        if name is not None:
            where["name"] = {"_eq": name}
        rows = self._read(documents.FLOWS, {"where": where, "limit": limit})["flow"]
        return [FlowInfo.from_json(row) for row in rows]

    def list_projects(self) -> list[ProjectInfo]:
        """Read all projects, sorted by name."""
        return [ProjectInfo.from_json(row) for row in self._read(documents.PROJECTS, {})["project"]]

    def list_agents(self) -> list[AgentInfo]:
        """Read all agents; who polled last comes first, who never did last."""
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
        rows = self._read(documents.FLOW_RUNS, {"where": where, "limit": limit})["flow_run"]
        return list(rows)
