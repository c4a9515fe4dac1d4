"""The addresses of the console's views, each with filters, tabs and pages."""

from dataclasses import dataclass
from datetime import timedelta

from bench.console.worlds import RARE, Known


@dataclass(frozen=True, slots=True)
class View:
    """A view by its address after `#/`.

    One that `walks` has a filter that no index answers. It looks at the newest runs, up to a fixed number, so
    that its cost grows until then. Beyond that the view says what to narrow.
    """

    name: str
    address: str
    walks: bool = False


def views(known: Known) -> list[View]:
    """Return all views."""
    return [*_overviews(known), *_lists_of_runs(known), *_runs(known), *_flows(known), *_others(known)]


def _overviews(known: Known) -> list[View]:
    return [
        View("overview", "overview"),
        View("overview, 7 days", "overview?span=week"),
        View("overview, 30 days", "overview?span=month"),
        View("overview of a project", f"overview?project={known.project_id}"),
        View("overview of a project, 30 days", f"overview?span=month&project={known.project_id}"),
    ]


def _lists_of_runs(known: Known) -> list[View]:
    began = known.ended.created
    from_, to = (f"{began + timedelta(hours=hours):%Y-%m-%dT%H:%M}" for hours in (-24, 24))
    return [
        View("runs", "runs"),
        View("runs, page 2", f"runs?before={known.ended.id}"),
        View("runs, page 2 and back", f"runs?after={known.ended.id}"),
        View("runs that failed", "runs?state=Failed"),
        View("runs that run", "runs?state=Running"),
        View("runs that wait", "runs?state=Scheduled"),
        View("runs of a flow", "runs?flow=load"),
        View("runs of a project", f"runs?project={known.project_id}"),
        View("runs that failed, of a project", f"runs?state=Failed&project={known.project_id}"),
        View("runs between two times", f"runs?from={from_}&to={to}"),
        View("runs by name", f"runs?name={known.ended.name}"),
        View("runs with a label", "runs?label=gpu"),
        View("runs with a rare label", f"runs?label={RARE}", walks=True),
        View("runs by the beginning of a name", "runs?name=an-ord*", walks=True),
        View("runs of a flow by an unknown key", "runs?flow=load&key=no-such-key", walks=True),
    ]


def _runs(known: Known) -> list[View]:
    run = f"runs/{known.run.id}"
    tabs = ("timeline", "graph", "logs")
    return [
        View("a run", run),
        View("a run that is over", f"runs/{known.ended.id}"),
        *(View(f"a run, {tab}", f"{run}?tab={tab}") for tab in tabs),
        View("a run, errors of its log", f"{run}?tab=logs&level=ERROR"),
        View("a task run", f"{run}?tab=timeline&task_run={known.task_run_id}"),
    ]


def _flows(known: Known) -> list[View]:
    flow = f"flows/{known.flow_id}"
    tabs = ("schedule", "tasks", "settings", "versions")
    return [
        View("flows", "flows"),
        View("flows of a project", f"flows?project={known.project_id}"),
        View("a flow", flow),
        *(View(f"a flow, {tab}", f"{flow}?tab={tab}") for tab in tabs),
        View("a flow, start form", f"{flow}?start=1"),
    ]


def _others(known: Known) -> list[View]:
    return [
        *(View(name, name) for name in ("schedules", "agents", "limits", "keys", "stored")),
        View("search by name", "search?text=an-ended-run"),
        View("search by id", f"search?text={known.ended.id}"),
    ]
