"""The reads of our own client and its command line: the documents themselves, with usual variables."""

from typing import Any, Final

from bench.real_use.documents.document import Document
from flow_runs import documents
from flow_runs.run_filters import Position, RunFilter


def _runs(name: str, where: dict[str, Any], limit: int = 50) -> Document:
    return Document(
        f"flow-runs list {name}".strip(), "", documents.FLOW_RUNS, {"where": where, "limit": limit}
    )


def _flows(name: str, where: dict[str, Any]) -> Document:
    return Document(f"flow-runs flows {name}".strip(), "", documents.FLOWS, {"where": where, "limit": 100})


def _known(name: str, document: str) -> Document:
    return Document(name, "", document, {"id": "@run_id"})


def _next_page() -> dict[str, Any]:
    position = Position(created="@day_ago", seen=("@run_id",))
    return position.narrow(RunFilter(flow="@flow_name").where())


_CURRENT: Final = {"archived": {"_eq": False}}

OWN_CLIENT: Final = (
    _known("flow-runs show", documents.FLOW_RUN),
    _known("state of a run", documents.FLOW_RUN_STATE),
    _known("flow-runs states", documents.FLOW_RUN_STATES),
    Document("flow-runs logs", "", documents.FLOW_RUN_LOGS, {"id": "@run_id", "where": {}, "limit": 500}),
    Document(
        "flow-runs logs, a page of a long log",
        "",
        documents.FLOW_RUN_LOGS,
        {"id": "@logged_run_id", "where": {"timestamp": {"_gte": "@log_time"}}, "limit": 100},
    ),
    _runs("", {}),
    _runs("--flow", RunFilter(flow="@flow_name").where()),
    _runs("--flow --project", RunFilter(flow="@flow_name", project="@project_name").where()),
    _runs("--project", RunFilter(project="@project_name").where()),
    _runs("--state Running", RunFilter(state="Running").where()),
    _runs("--state Failed", RunFilter(state="Failed").where()),
    _runs("--state Scheduled", RunFilter(state="Scheduled").where()),
    _runs("--state Success", RunFilter(state="Success").where()),
    _runs("--flow --state Running", RunFilter(flow="@flow_name", state="Running").where()),
    _runs("--flow --state Failed", RunFilter(flow="@flow_name", state="Failed").where()),
    _runs("--project --state Failed", RunFilter(project="@project_name", state="Failed").where()),
    _runs("--flow --state Success", RunFilter(flow="@flow_name", state="Success").where()),
    _runs("--label", RunFilter(label="gpu").where()),
    _runs("--label --state Running", RunFilter(label="gpu", state="Running").where()),
    _runs("--since", RunFilter(since="@day_ago").where()),
    _runs(
        "--since --until, an hour",
        RunFilter(since="@half_year_and_hour_ago", until="@half_year_ago").where(),
    ),
    _runs("--flow, the next page", _next_page()),
    _flows("", _CURRENT),
    _flows("--project", {**_CURRENT, "project": {"name": {"_eq": "@project_name"}}}),
    _flows("--name --all-versions", {"name": {"_eq": "@flow_name"}}),
    Document("flow-runs projects", "", documents.PROJECTS),
    Document("flow-runs agents", "", documents.AGENTS),
    Document("project by name", "", documents.PROJECT, {"name": "@project_name"}),
    Document("flow by name", "", documents.flow_list(in_project=False), {"name": "@flow_name"}),
    Document(
        "flow by name and project",
        "",
        documents.flow_list(in_project=True),
        {"name": "@flow_name", "project": "@project_name"},
    ),
)
