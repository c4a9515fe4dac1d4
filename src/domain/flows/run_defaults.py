"""The inputs of a new run: those of the request over those of the flow's group over those of the flow."""

from collections.abc import Iterable
from typing import Any

from domain.errors import BadUserInput
from domain.flows.flows import Flow
from domain.flows.labels import check_labels
from domain.json_types import JsonObject


def effective_parameters(flow: Flow, given: JsonObject | None) -> JsonObject:
    """Return the flow's defaults, overlaid by its group's, overlaid by the request's; keep unknown names."""
    return {**default_parameters(flow), **flow.overrides.default_parameters, **(given or {})}


def default_parameters(flow: Flow) -> JsonObject:
    """Return the defaults of the flow itself, which never change."""
    return {
        str(parameter["name"]): parameter["default"]
        for parameter in flow.parameters
        if parameter.get("default") is not None and "name" in parameter
    }


def effective_run_config(flow: Flow, given: JsonObject | None) -> JsonObject | None:
    """Return the run config of a new run: the first that is not null of request, group and flow."""
    contents = flow.contents.value
    sources = (given, contents.overrides.run_config, contents.outline.get("run_config"))
    return next((config for config in sources if config is not None), None)


def effective_labels(flow: Flow, given: list[str] | None, run_config: JsonObject | None) -> list[str]:
    """Return the labels of a new run, sorted: the first that are not null of request, group and flow.

    Each of the three may give labels directly or in its run config; direct labels come first. An empty list
    is a choice: no labels.
    """
    contents = flow.contents.value
    outline, overrides = contents.outline, contents.overrides
    sources: Iterable[Any] = (
        given,
        (run_config or {}).get("labels"),
        overrides.labels,
        (overrides.run_config or {}).get("labels"),
        _labels_of(outline.get("run_config")),
        _labels_of(outline.get("environment")),
    )
    chosen: Any = next((labels for labels in sources if labels is not None), [])
    return check_labels(chosen)


def _labels_of(config: object) -> object:
    """Return the labels in a run config or environment; release 0.1.0 took a single text for a list."""
    labels = config.get("labels") if isinstance(config, dict) else None
    return [labels] if isinstance(labels, str) else labels


def required_parameters(flow: Flow) -> list[str]:
    """Return the names of the parameters without which no run of the flow can begin."""
    return [str(entry["name"]) for entry in flow.parameters if entry.get("required") and "name" in entry]


def check_runnable(flow: Flow, parameters: JsonObject) -> None:
    """Raise BadUserInput if the flow is archived, or if a parameter that it requires is missing."""
    if flow.archived:
        raise BadUserInput(
            f"Flow {flow.id} ({flow.name!r}, version {flow.version}) is archived and cannot be run. "
            f"Its newest version can, with version_group_id {flow.version_group_id!r}."
        )
    missing = sorted(name for name in required_parameters(flow) if name not in parameters)
    if missing:
        raise BadUserInput(
            f"Flow {flow.name!r} requires the parameter{'s' if len(missing) > 1 else ''} "
            f"{', '.join(missing)}, which the request does not give.",
            {"missing_parameters": missing},
        )
