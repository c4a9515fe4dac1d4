"""The projects and flows of a tenant that has been in use for a year, stored as the API would store them.

Each flow has many versions, as continuous deployment registers them, and only its newest version is not
archived. The storage layer's encoders make the items; `check_flows` compares them with those of flows that
the use case has registered.
"""

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from domain.access.callers import OPERATOR
from domain.flows.flows import Contents, Flow, FlowGroup, Project
from domain.flows.registration import Registration
from domain.flows.serialized import outline
from domain.flows.tasks import Task, task_outlines, tasks_of
from domain.ids import RANDOM_BITS, stable_id, time_ordered_id
from domain.json_types import JsonObject
from domain.lazy import Lazy
from operations.context import Context
from operations.flows.finding import get_flow
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from storage.dynamodb.items import Item
from storage.flows.flow_items import FIRST_REVISION, encode_flow, encode_serialized, encode_tasks
from storage.flows.flow_writes import registration
from storage.layout.keys import Keys

PROJECTS: Final = 12
# The time since the first registration, and since the last one.
SPAN: Final = timedelta(days=370)
QUIET: Final = timedelta(days=4)
CORE_VERSION: Final = "1.4.1"
# The number of a mapped task of every flow, and of one whose results are cached, as Core counts tasks.
MAPPED_TASK: Final = 2
CACHED_TASK: Final = 3
_PROJECT_NAMES: Final = (
    "billing", "crm", "events", "finance", "growth", "ingest", "marts", "ops", "pricing", "quality",
    "research", "sales",
)  # fmt: skip
_FLOW_NAMES: Final = (
    "load",
    "clean",
    "report",
    "train",
    "score",
    "backup",
    "audit",
    "sync",
    "export",
    "alert",
)


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of one flow, the oldest first, with their group."""

    group: FlowGroup
    flows: tuple[Flow, ...]
    tasks: int

    @property
    def newest(self) -> Flow:
        """The only version that is not archived."""
        return self.flows[-1]

    def at(self, instant: datetime) -> Flow:
        """Return the version that was the newest at this time, which is later than the first registration."""
        assert instant >= self.flows[0].created  # noqa: S101
        return self.flows[bisect_right(self.flows, instant, key=lambda flow: flow.created) - 1]

    def items(self, keys: Keys) -> Iterator[Item]:
        """Yield the items that the registrations of all versions have left."""
        for flow in self.flows[:-1]:
            yield from _version_items(keys, flow)
        writes = registration(keys, Registration(flow=self.newest, group=self.group, before=None))
        yield from (write["Put"]["Item"] for write in writes if "Put" in write)


def _version_items(keys: Keys, flow: Flow) -> list[Item]:
    serialized = flow.serialized or {}
    rest = encode_serialized(keys, flow.id, serialized, FIRST_REVISION)
    return [*encode_flow(keys, flow), *rest, encode_tasks(keys, flow.id, serialized)]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The projects of a tenant and the versions of all its flows."""

    projects: tuple[Project, ...]
    versions: tuple[Versions, ...]

    @property
    def flows(self) -> Iterator[Flow]:
        """All versions of all flows."""
        return itertools.chain.from_iterable(versions.flows for versions in self.versions)


def serialized_flow(name: str) -> JsonObject:
    """Return a serialized flow of four tasks, the second of which is mapped."""
    slugs = ("extract-1", "clean-1", "load-1", "notify-1")
    tasks = [
        {
            "slug": slug,
            "name": slug.removesuffix("-1"),
            "type": "prefect.tasks.core.function.FunctionTask",
            "tags": ["warehouse"] if slug == "load-1" else [],
            "max_retries": 3,
            "retry_delay": 60,
            "auto_generated": False,
            "trigger": {"fn": "prefect.triggers.all_successful", "kwargs": {}},
            **({"cache_key": f"result of {name}"} if slug == "load-1" else {}),
        }
        for slug in slugs
    ]
    edges = [
        {"upstream_task": {"slug": one}, "downstream_task": {"slug": other}, "mapped": other == "clean-1"}
        for one, other in itertools.pairwise(slugs)
    ]
    parameter = {"name": "dataset", "required": False, "default": "s3://bucket-name/data.parquet"}
    return {
        "name": name,
        "type": "prefect.core.flow.Flow",
        "schedule": None,
        "parameters": [{**parameter, "slug": "dataset", "type": "prefect.core.parameter.Parameter"}],
        "tasks": tasks,
        "edges": edges,
        "reference_tasks": [],
        "run_config": {"type": "LocalRun", "labels": ["prod"], "env": None, "__version__": CORE_VERSION},
        "storage": {"type": "S3", "bucket": "flows", "key": f"{name}/2026", "__version__": CORE_VERSION},
        "__version__": CORE_VERSION,
    }


def make_catalogue(context: Context, now: datetime, flows: int, versions: int, dice: Any) -> Catalogue:
    """Create the projects through the use case, and return them with so many flows and versions."""
    begin = replace(context, now=lambda: now - SPAN)
    ids = [create_project(begin, name=name, description=f"Flows of {name}.") for name in _PROJECT_NAMES]
    projects = context.store.projects.get(ids)
    # Each name is that of two flows, in different projects, because people name flows alike.
    made = [
        _make_versions(context, projects[number % PROJECTS], _name(number), times, dice)
        for number, times in enumerate(_times(now, flows, versions))
    ]
    return Catalogue(tuple(projects), tuple(made))


def _name(number: int) -> str:
    name = _FLOW_NAMES[number // 2 % len(_FLOW_NAMES)]
    return name if number < 2 * len(_FLOW_NAMES) else f"{name}-{number // (2 * len(_FLOW_NAMES))}"


def _times(now: datetime, flows: int, versions: int) -> Iterator[list[datetime]]:
    """Yield the times at which the versions of each flow were registered."""
    step = (SPAN - QUIET) / versions
    for number in range(flows):
        first = now - SPAN + min(step / 2, QUIET) * number / flows
        yield [first + step * version for version in range(versions)]


def _make_versions(
    context: Context, project: Project, name: str, times: Sequence[datetime], dice: Any
) -> Versions:
    serialized = serialized_flow(name)
    version_group_id = stable_id(project.id, f"version-group/{name}")
    ids = [time_ordered_id(at, dice.getrandbits(RANDOM_BITS)) for at in times]
    group = FlowGroup(
        id=context.store.flows.group_id(version_group_id),
        tenant_id=context.tenant.id,
        version_group_id=version_group_id,
        project_id=project.id,
        flow_name=name,
        version=len(ids),
        current_flow_id=ids[-1],
        idempotency_key=None,
    )
    make = partial(_version, group, serialized)
    flows = tuple(make(number, ids, times) for number in range(len(ids)))
    return Versions(group, flows, len(serialized["tasks"]))


def _version(
    group: FlowGroup, serialized: JsonObject, number: int, ids: Sequence[str], times: Sequence[datetime]
) -> Flow:
    is_newest = number == len(ids) - 1
    contents = Contents(outline=outline(serialized, None, None), overrides=group.overrides)
    return Flow(
        id=ids[number],
        tenant_id=group.tenant_id,
        project_id=group.project_id,
        flow_group_id=group.id,
        version_group_id=group.version_group_id,
        name=group.flow_name,
        version=number + 1,
        archived=not is_newest,
        created=times[number],
        updated=times[number] if is_newest else times[number + 1],
        is_schedule_active=False,
        task_count=len(serialized["tasks"]),
        contents=Lazy.of(contents),
        settings=group.settings,
        serialized=serialized,
        author=OPERATOR.author,
    )


def tasks_of_flow(flow: Flow) -> list[Task]:
    """Return the tasks of a flow, in their order."""
    return tasks_of(flow.id, flow.tenant_id, flow.created, task_outlines(flow.serialized or {}))


def check_flows(client: Any, table: str, context: Context, keys: Keys, now: datetime) -> None:
    """Leave the benchmark unless two registrations of the use case leave the items of `Versions.items`.

    The tenant of the context must have nothing else.
    """
    times = [now - timedelta(days=2), now - timedelta(days=1)]
    project_id = create_project(context, name="check")
    request = RegisterFlow(project_id=project_id, serialized_flow=serialized_flow("check"))
    ids = [register_flow(replace(context, now=lambda at=at: at), request) for at in times]  # type: ignore[misc]
    group = context.store.flows.group(get_flow(context, ids[0]).flow_group_id)
    assert group is not None  # noqa: S101 - the flow was registered
    make = partial(_version, group, serialized_flow("check"))
    versions = Versions(group, tuple(make(number, ids, times) for number in range(2)), 4)
    expected = sorted(versions.items(keys), key=_place)
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    own = [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith(f"{keys.tenant}#")]
    of_flows = [item for item in own if not _is_of_the_project(item)]
    if sorted(of_flows, key=_place) != expected:
        raise SystemExit("Flows are stored in another form than that of this benchmark.")


def _place(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _is_of_the_project(item: Item) -> bool:
    return item["sk"]["S"] in ("project", "project-name", "format")
