"""Serialized flows: the JSON that a client registers, and the outline of it that is read often."""

from collections.abc import Mapping
from typing import Final

from domain.errors import BadUserInput
from domain.flows.labels import check_labels
from domain.json_types import JsonObject
from domain.names import check_name

# Runs and lists need these parts of a serialized flow. They stand in the outline, so that runs and lists need
# not read the whole serialized flow.
_OUTLINE_KEYS: Final = ("description", "parameters", "storage", "environment", "run_config", "schedule")

_TYPES: Final[Mapping[str, tuple[type, str]]] = {
    **dict.fromkeys(("parameters", "tasks", "edges"), (list, "a list")),
    **dict.fromkeys(("environment", "run_config", "schedule", "storage"), (dict, "an object")),
    **dict.fromkeys(("__version__", "description"), (str, "a text")),
}


def check_serialized_flow(value: object) -> JsonObject:
    """Return a serialized flow: an object with a name, whose parts can be read later.

    Parts that are never read are kept as they are. Raises BadUserInput, PayloadTooLarge for too many labels.
    """
    if not isinstance(value, dict):
        raise BadUserInput('serialized_flow must be an object such as {"name": "My Flow Name"}.')
    check_name(value.get("name"), "serialized_flow.name")
    for part, (expected, description) in _TYPES.items():
        if not isinstance(value.get(part), expected | None):
            raise BadUserInput(f"serialized_flow.{part} must be {description} or null.")
    for part in ("environment", "run_config"):
        labels = (value.get(part) or {}).get("labels")
        if labels is not None:
            check_labels(labels, f"serialized_flow.{part}.labels")
    if value.get("schedule"):
        # Few flows have a schedule, so that starts do without the calendar.
        from domain.schedules.schedules import checked_schedule  # noqa: PLC0415

        checked_schedule(value["schedule"], "serialized_flow.schedule")
    for number, parameter in enumerate(value.get("parameters") or []):
        if not isinstance(parameter, dict) or not isinstance(parameter.get("name"), str):
            raise BadUserInput(f"serialized_flow.parameters[{number}] must be an object with a name.")
    return value


def outline(serialized: JsonObject, description: str | None, core_version: str | None) -> JsonObject:
    """Return the parts of a serialized flow that are read often.

    `core_version` is the release that the client names in the request. It counts if the flow names none,
    because release 0.8.1 leaves its own release out of the flows that it serializes.
    """
    parts = {key: serialized.get(key) for key in _OUTLINE_KEYS}
    parts["core_version"] = serialized.get("__version__") or core_version
    if description is not None:
        parts["description"] = description
    return {key: value for key, value in parts.items() if value is not None}
