"""template.yaml as the local server reads it: with the defaults of its parameters, in plain data."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from local_server.errors import StartError

if TYPE_CHECKING:
    from pathlib import Path

# A resource or a part of it.
Node = dict[str, Any]


class TemplateError(StartError):
    """The template cannot be read, or lacks a resource that the server needs."""


def table_properties(path: Path) -> Node:
    """Return the properties of the only table in the template. Raises TemplateError."""
    resources = _resources(path).values()
    tables = [resource for resource in resources if resource.get("Type") == "AWS::DynamoDB::Table"]
    if len(tables) != 1:
        raise TemplateError(f"{path} must have exactly one AWS::DynamoDB::Table, not {len(tables)}.")
    properties: Node = tables[0]["Properties"]
    return properties


def function_timeout(path: Path, function: str) -> float:
    """Return how many seconds Lambda lets this function run. Raises TemplateError."""
    timeout = _resources(path).get(function, {}).get("Properties", {}).get("Timeout")
    if timeout is None:
        raise TemplateError(f"{path} must have a Timeout for {function}.")
    return float(timeout)


@cache
def _resources(path: Path) -> dict[str, Node]:
    try:
        template = yaml.load(path.read_text(encoding="utf-8"), Loader=_TemplateLoader)  # noqa: S506
    except OSError as error:
        raise TemplateError(f"{path} cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise TemplateError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    resources: dict[str, Node] = _resolved((template or {}).get("Resources", {}), _defaults(template or {}))
    return resources


def _defaults(template: Node) -> dict[str, Any]:
    parameters = template.get("Parameters", {})
    return {name: parameter["Default"] for name, parameter in parameters.items() if "Default" in parameter}


def _resolved(value: Any, defaults: dict[str, Any]) -> Any:
    """Replace `Ref` and `Fn::Sub` of parameters by their defaults; keep references to resources."""
    match value:
        case {"Ref": str(name)} if name in defaults:
            return defaults[name]
        case {"Fn::Sub": str(text)}:
            for name, default in defaults.items():
                text = text.replace("${" + name + "}", str(default))
            return text
        case dict():
            return {key: _resolved(item, defaults) for key, item in value.items()}
        case list():
            return [_resolved(item, defaults) for item in value]
        case _:
            return value


# The C loader is ten times faster, and every start waits for it. Like SafeLoader it makes plain data only.
class _TemplateLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A loader that reads CloudFormation's short tags (`!Ref x`) as their long forms (`{"Ref": "x"}`)."""


def _short_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Node:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_TemplateLoader.add_multi_constructor("!", _short_tag)
