"""The registration of a version of a flow, as the use case decides it and storage writes it."""

from dataclasses import dataclass

from domain.flows.flows import Flow, FlowGroup


@dataclass(frozen=True, slots=True)
class FlowCount:
    """The count of the versions that a tenant stores, of which it may store `most`; None is any number."""

    most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A new version of a flow with its serialized form, and its group as it was read and as it will be.

    The flow's name leads to its group from then on. With `takes_name` the name is taken from whichever group
    has it. Otherwise it must be free, the group's own, or that of `stale_holder`: a version group that has
    left the project. With `count` it is counted among the versions that its tenant stores.
    """

    flow: Flow
    group: FlowGroup
    before: FlowGroup | None
    takes_name: bool = False
    stale_holder: str | None = None
    count: FlowCount | None = None
