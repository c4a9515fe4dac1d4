"""Flows: what is known of a registered flow, and what of it decides how a run of it begins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

from domain.errors import BadUserInput, PayloadTooLarge
from domain.json_types import JsonObject
from domain.names import check_name


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
class FlowGroup:
    """All versions of one flow. At most one of them, `current_flow_id`, is not archived.

    `changes` counts how often something here was changed other than by registering and archiving; `deleted`
    how many of the versions are gone.
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
    changes: int = 0
    deleted: int = 0

    @property
    def overrides(self) -> JsonObject:
        """What new runs take from the group before they take it from the flow: only what was given."""
        given = {"labels": self.labels, "run_config": self.run_config}
        defaults = {"default_parameters": self.default_parameters} if self.default_parameters else {}
        return {name: value for name, value in given.items() if value is not None} | defaults


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One version of a flow.

    `serialized` is None unless it was asked for, because it may be megabytes and is read by calls of its own.
    `overrides` are its group's while it is not archived, so that a run is created from the flow alone.
    `settings` are its group's where these were asked for, else the ones that groups begin with. `turned` is
    the creation of the last run before it, where a clock put that later than its own beginning.
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
    outline: JsonObject
    settings: JsonObject
    overrides: JsonObject = field(default_factory=dict)
    unarchived: datetime | None = None
    turned: datetime | None = None
    serialized: JsonObject | None = None

    @property
    def since(self) -> datetime:
        """Before this no run of it was created, so long as it is not archived."""
        return self.unarchived or self.created

    @property
    def alone_since(self) -> datetime | None:
        """Since when all new runs of its group are its own, so long as it is not archived; None is always."""
        return self.turned or self.unarchived or (None if self.version == 1 else self.created)

    @property
    def description(self) -> str | None:
        """What it does."""
        return self._text("description")

    @property
    def core_version(self) -> str | None:
        """The release of Prefect Core that made it."""
        return self._text("core_version")

    def _text(self, name: str) -> str | None:
        # Release 0.1.0 took whatever was sent.
        value = self.outline.get(name)
        return value if isinstance(value, str) else None

    @property
    def parameters(self) -> list[JsonObject]:
        """The flow's parameters as Core serializes them: `{name, required, default, …}`."""
        return [entry for entry in self.outline.get("parameters") or [] if isinstance(entry, dict)]


DEFAULT_SETTINGS: JsonObject = {
    "heartbeat_enabled": True,
    "disable_heartbeat": False,
    "lazarus_enabled": True,
    "version_locking_enabled": True,
}


class Switch(Enum):
    """What a flow's owner turns on and off for all its versions, by its name in the settings."""

    HEARTBEAT = "heartbeat_enabled"
    LAZARUS = "lazarus_enabled"
    VERSION_LOCKING = "version_locking_enabled"

    def is_on(self, settings: JsonObject) -> bool:
        """Whether it is on; what was never turned is as in a new group."""
        return bool(settings.get(self.value, DEFAULT_SETTINGS[self.value]))

    def turned(self, group: FlowGroup, *, on: bool) -> FlowGroup:
        """The group with this switch on or off; clients of both eras find the heartbeat's by their name."""
        turned = {self.value: on} | ({"disable_heartbeat": not on} if self is Switch.HEARTBEAT else {})
        return replace(group, settings=group.settings | turned)


# Every state change rewrites a run's labels, so they share in what it costs.
MAX_LABELS: Final = 100
MAX_LABELS_BYTES: Final = 4_000

MAX_DESCRIPTION_LENGTH: Final = 10_000
# The group's item, and each flow's outline when compressed, have room for a value of this size.
MAX_GROUP_JSON_BYTES: Final = 100_000

# What runs and lists need of a serialized flow, so that they never read the whole of it.
_OUTLINE_KEYS = ("description", "parameters", "storage", "environment", "run_config", "schedule")


_TYPES: Final[Mapping[str, tuple[type, str]]] = {
    **dict.fromkeys(("parameters", "tasks", "edges"), (list, "a list")),
    **dict.fromkeys(("environment", "run_config", "schedule", "storage"), (dict, "an object")),
    **dict.fromkeys(("__version__", "description"), (str, "a text")),
}


def check_description(description: str | None) -> str | None:
    """Return the description of a project or a flow. Raises PayloadTooLarge if it is too long."""
    if description is not None and len(description) > MAX_DESCRIPTION_LENGTH:
        raise PayloadTooLarge(
            f"description has {len(description):,} characters; at most {MAX_DESCRIPTION_LENGTH:,} are kept."
        )
    return description


def check_serialized_flow(value: object) -> JsonObject:
    """Check a serialized flow: an object that has a name, and in which whatever is read later can be.

    Everything else in it is kept as it is. Raises BadUserInput, PayloadTooLarge for too many labels.
    """
    if not isinstance(value, dict):
        raise BadUserInput('serialized_flow must be an object such as {"name": "My Flow Name"}.')
    check_name(value.get("name"), "serialized_flow.name")
    for key, (kind, what) in _TYPES.items():
        if not isinstance(value.get(key), kind | None):
            raise BadUserInput(f"serialized_flow.{key} must be {what} or null.")
    for key in ("environment", "run_config"):
        labels = (value.get(key) or {}).get("labels")
        if labels is not None:
            check_labels(labels, f"serialized_flow.{key}.labels")
    for number, entry in enumerate(value.get("parameters") or []):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise BadUserInput(f"serialized_flow.parameters[{number}] must be an object with a name.")
    return value


def outline(serialized: JsonObject, description: str | None, core_version: str | None) -> JsonObject:
    """The part of a serialized flow that is read often.

    `core_version` is the client's own word for its release: 0.8.1 leaves it out of what it serializes.
    """
    found = {key: serialized.get(key) for key in _OUTLINE_KEYS}
    found["core_version"] = serialized.get("__version__") or core_version
    if description is not None:
        found["description"] = description
    return {key: value for key, value in found.items() if value is not None}


def effective_parameters(flow: Flow, given: JsonObject | None) -> JsonObject:
    """The flow's defaults, overlaid by its group's, overlaid by the request's; unknown names are kept."""
    return {**default_parameters(flow), **flow.overrides.get("default_parameters", {}), **(given or {})}


def default_parameters(flow: Flow) -> JsonObject:
    """The defaults that the flow itself has, which never change."""
    return {
        str(entry["name"]): entry["default"]
        for entry in flow.parameters
        if entry.get("default") is not None and "name" in entry
    }


def effective_run_config(flow: Flow, given: JsonObject | None) -> JsonObject | None:
    """How a new run is executed: the first that is not null of request, group and flow."""
    sources = (given, flow.overrides.get("run_config"), flow.outline.get("run_config"))
    return next((config for config in sources if config is not None), None)


def check_runnable(flow: Flow, parameters: JsonObject) -> None:
    """Refuse to run an archived flow, or without a parameter that it requires. Raises BadUserInput."""
    if flow.archived:
        raise BadUserInput(
            f"Flow {flow.id} ({flow.name!r}, version {flow.version}) is archived and cannot be run. "
            f"Its newest version can, with version_group_id {flow.version_group_id!r}."
        )
    required = (str(entry["name"]) for entry in flow.parameters if entry.get("required") and "name" in entry)
    missing = sorted(name for name in required if name not in parameters)
    if missing:
        raise BadUserInput(
            f"Flow {flow.name!r} requires the parameter{'s' if len(missing) > 1 else ''} "
            f"{', '.join(missing)}, which the request does not give.",
            {"missing_parameters": missing},
        )


def effective_labels(flow: Flow, given: list[str] | None, run_config: JsonObject | None) -> list[str]:
    """The labels of a new run, sorted: the first that is not null of request, group and flow.

    Each of the three may give them by themselves or with its run config; by themselves comes first.

    An empty list counts as a choice: explicitly none.
    """
    sources: Iterable[Any] = (
        given,
        (run_config or {}).get("labels"),
        flow.overrides.get("labels"),
        (flow.overrides.get("run_config") or {}).get("labels"),
        _labels_of(flow.outline.get("run_config")),
        _labels_of(flow.outline.get("environment")),
    )
    chosen: Any = next((labels for labels in sources if labels is not None), [])
    return check_labels(chosen)


def _labels_of(config: object) -> object:
    """The labels of a flow's run config or environment; release 0.1.0 took a single one for a list, too."""
    labels = config.get("labels") if isinstance(config, dict) else None
    return [labels] if isinstance(labels, str) else labels


def check_labels(labels: object, what: str = "labels") -> list[str]:
    """Sort labels and drop repeats; `what` they are goes into the message.

    Raises BadUserInput for what is not a list of short texts, PayloadTooLarge beyond MAX_LABELS or
    MAX_LABELS_BYTES of UTF-8 together.
    """
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise BadUserInput(f"{what} must be a list of texts.")
    if len(labels) > MAX_LABELS:
        raise PayloadTooLarge(f"{what}: at most {MAX_LABELS} can be kept, not {len(labels):,}.")
    checked = sorted({check_name(label, f"a label in {what}") for label in labels})
    size = sum(len(label.encode()) for label in checked)
    if size > MAX_LABELS_BYTES:
        raise PayloadTooLarge(f"{what}: they have {size:,} bytes; at most {MAX_LABELS_BYTES:,} can be kept.")
    return checked
