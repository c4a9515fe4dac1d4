"""The shape of a flow for a restart: its tasks, its edges, and what its runners can do with results."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.core_versions import CoreVersion
from domain.flows.edges import Edge
from domain.flows.tasks import Task

_OF_VALUES: Final = (
    *("prefect.tasks.core.collections.", "prefect.tasks.core.operators.", "prefect.tasks.core.constants."),
    *("prefect.core.parameter.", "prefect.core.task.Parameter"),
)
# The first release whose runners load kept results before they map over them or gather them.
_LOADS_RESULTS: Final = CoreVersion(0, 11, 0)


@dataclass(frozen=True, slots=True)
class FlowShape:
    """The tasks of a flow, and the edges between them.

    `loads_results` says that runners of its release load kept results before they gather or map them.
    """

    tasks: Sequence[Task]
    edges: Sequence[Edge]
    loads_results: bool = True


def makes_the_same(task: Task) -> bool:
    """Return True if a task is one of Core's own that only puts values together, or is a parameter."""
    return (task.type or "").startswith(_OF_VALUES)


def loads_results(core_version: str | None) -> bool:
    """Return True unless a flow is of a release whose runners cannot map over kept results or gather them."""
    version = CoreVersion.parse(core_version)
    return version is None or version >= _LOADS_RESULTS
