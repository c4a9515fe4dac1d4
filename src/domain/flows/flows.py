"""Projects, flow groups and flows, as they are registered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

from domain.access.authors import Author
from domain.errors import PayloadTooLarge
from domain.json_types import JsonObject
from domain.lazy import Lazy

MAX_DESCRIPTION_LENGTH: Final = 10_000

DEFAULT_SETTINGS: Final[JsonObject] = {
    "heartbeat_enabled": True,
    "disable_heartbeat": False,
    "lazarus_enabled": True,
    "version_locking_enabled": True,
}


def check_description(description: str | None) -> str | None:
    """Return the description of a project or a flow. Raises PayloadTooLarge if it is too long."""
    if description is not None and len(description) > MAX_DESCRIPTION_LENGTH:
        raise PayloadTooLarge(
            f"description has {len(description):,} characters; at most {MAX_DESCRIPTION_LENGTH:,} are kept."
        )
    return description


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder of flows; its name is unique in the tenant."""

    id: str
    tenant_id: str
    name: str
    description: str | None
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """The values of a flow group that new runs take instead of their flow's; None and {} override nothing."""

    labels: list[str] | None = None
    run_config: JsonObject | None = None
    default_parameters: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowGroup:
    """All versions of one flow. At most one of them, `current_flow_id`, is not archived.

    `changes` counts the changes of the group other than registering and archiving a version. `deleted` counts
    the versions that are deleted. `schedule` replaces that of the flow. `schedule_rules` and `schedule_pause`
    are in the JSON form of `ScheduleRules` and `Pause`, None if the schedule has none. `is_scheduled` says
    that a schedule was ever switched on, so that there is a record of its runs. `schedule_author` has set
    `schedule`.
    """

    id: str
    tenant_id: str
    version_group_id: str
    project_id: str
    flow_name: str
    version: int
    current_flow_id: str | None
    idempotency_key: str | None
    settings: JsonObject = field(default_factory=lambda: dict(DEFAULT_SETTINGS))
    description: str | None = None
    labels: list[str] | None = None
    run_config: JsonObject | None = None
    default_parameters: JsonObject = field(default_factory=dict)
    schedule: JsonObject | None = None
    schedule_author: Author | None = None
    schedule_rules: JsonObject | None = None
    schedule_pause: JsonObject | None = None
    is_scheduled: bool = False
    changes: int = 0
    deleted: int = 0

    @property
    def overrides(self) -> Overrides:
        """The values that new runs take from the group instead of the flow."""
        return Overrides(
            labels=self.labels, run_config=self.run_config, default_parameters=self.default_parameters
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The contents of a flow that may be large.

    `outline` has the parts of the serialized flow that are read often.
    `overrides` are the group's while the flow is not archived, so that a run is created from the flow alone.
    """

    outline: JsonObject
    overrides: Overrides = field(default_factory=Overrides)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One version of a flow.

    `contents` are unpacked when somebody looks at the outline or the overrides, so that large ones stop no
    list of names. `serialized` is None unless it was asked for, because it may be megabytes and is read by
    calls of its own.
    `settings` are the group's if they were asked for, else DEFAULT_SETTINGS.
    `schedule_fault` is None unless it was asked for.
    `turning_point` is the creation time of the last run of the version before, if a clock put that run later
    than the beginning of this version.
    `author` registered it, None if nobody knows.
    """

    id: str
    tenant_id: str
    project_id: str
    flow_group_id: str
    version_group_id: str
    name: str
    version: int
    archived: bool
    created: datetime
    updated: datetime
    is_schedule_active: bool
    task_count: int
    contents: Lazy[Contents]
    settings: JsonObject
    schedule_fault: str | None = None
    unarchived: datetime | None = None
    turning_point: datetime | None = None
    author: Author | None = None
    serialized: JsonObject | None = None

    @property
    def outline(self) -> JsonObject:
        """The parts of the serialized flow that are read often."""
        return self.contents.value.outline

    @property
    def overrides(self) -> Overrides:
        """The values of the flow's group that new runs take instead of the flow's."""
        return self.contents.value.overrides

    def with_overrides(self, overrides: Overrides) -> "Flow":
        """Return the flow with these overrides."""
        return replace(self, contents=Lazy.of(Contents(outline=self.outline, overrides=overrides)))

    @property
    def since(self) -> datetime:
        """The time before which no run of the flow was created; valid while the flow is not archived."""
        return self.unarchived or self.created

    @property
    def alone_since(self) -> datetime | None:
        """The time from which all new runs of the group are runs of this flow; None means always.

        Valid while the flow is not archived.
        """
        return self.turning_point or self.unarchived or (None if self.version == 1 else self.created)

    @property
    def description(self) -> str | None:
        """The purpose of the flow, in its owner's words."""
        return self._text("description")

    @property
    def core_version(self) -> str | None:
        """The release of Prefect Core that registered the flow."""
        return self._text("core_version")

    def _text(self, name: str) -> str | None:
        # Release 0.1.0 did not check the types of these parts.
        value = self.outline.get(name)
        return value if isinstance(value, str) else None

    @property
    def parameters(self) -> list[JsonObject]:
        """The flow's parameters as Core serializes them: `{name, required, default, …}`."""
        return [entry for entry in self.outline.get("parameters") or [] if isinstance(entry, dict)]


class Switch(Enum):
    """A setting that a flow's owner turns on and off for all versions; the value is its name in settings."""

    HEARTBEAT = "heartbeat_enabled"
    LAZARUS = "lazarus_enabled"
    VERSION_LOCKING = "version_locking_enabled"

    def is_on(self, settings: Mapping[str, Any]) -> bool:
        """Return True if the switch is on; a switch that was never turned is as in DEFAULT_SETTINGS."""
        return bool(settings.get(self.value, DEFAULT_SETTINGS[self.value]))

    def turned(self, group: FlowGroup, *, on: bool) -> FlowGroup:
        """Return the group with this switch on or off.

        The heartbeat's switch is kept under two names, because clients of each era look for their own.
        """
        turned = {self.value: on} | ({"disable_heartbeat": not on} if self is Switch.HEARTBEAT else {})
        return replace(group, settings=group.settings | turned)
