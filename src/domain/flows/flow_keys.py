"""The keys of flows in the indexes, and the parts of the indexes in which they are."""

from dataclasses import dataclass
from typing import Final

MAX_VERSION: Final = 99_999_999


@dataclass(frozen=True, slots=True)
class FlowKey:
    """All that an index tells of a version of a flow. The id tells the time of the registration as well."""

    id: str
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class FlowSpan:
    """The versions of flows in a project, or in the whole tenant: of one name or of all names.

    `lowest` and `highest` bound the versions of a span of one name, both included.
    """

    project_id: str | None = None
    name: str | None = None
    lowest: int = 0
    highest: int = MAX_VERSION


@dataclass(frozen=True, slots=True)
class Member:
    """A place of a flow group: a project, and a name that versions of the group have or had in it."""

    project_id: str
    name: str
    group_id: str
