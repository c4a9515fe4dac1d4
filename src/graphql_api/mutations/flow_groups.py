"""Mutations of flow groups: the switches of flows, and the inputs that their new runs start with."""

from collections.abc import Callable
from typing import Any, Final

from domain.flows.flows import Switch
from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import (
    FLAG,
    ID,
    JSON_VALUE,
    TEXT,
    TEXTS,
    MutationInput,
    as_object,
    optional,
    required,
)
from graphql_api.mutations.payloads import Payload, Payloads, found
from operations.context import Context
from operations.flows import flow_groups

# Each switch with its description, and the names by which clients of both dialects disable it.
_SWITCHES: Final = (
    (Switch.HEARTBEAT, "recovery of runs without heartbeats", ("disable_flow_heartbeat",)),
    (
        Switch.LAZARUS,
        "rescheduling of runs that make no progress",
        ("disable_flow_lazarus_process", "disable_lazarus_for_flow"),
    ),
    (
        Switch.VERSION_LOCKING,
        "the check that a state change holds the run's current version",
        ("disable_flow_version_lock", "disable_flow_version_locking"),
    ),
)
_ENABLING: Final = {
    Switch.HEARTBEAT: "enable_flow_heartbeat",
    Switch.LAZARUS: "enable_flow_lazarus_process",
    Switch.VERSION_LOCKING: "enable_flow_version_lock",
}


class EnableInput(MutationInput):
    """The flow whose switch is turned on."""

    flow_id = required(ID, "The flow; the switch holds for all its versions.")


class DisableInput(EnableInput):
    """The flow whose switch is turned off, or on."""

    value = optional(FLAG, "True, or null, disables; false enables again.")


class _FlowGroupInput(MutationInput):
    flow_group_id = required(ID, "The flow group.")


class SetDescriptionInput(_FlowGroupInput):
    """A new description of a flow."""

    description = optional(TEXT, "The purpose of the flow; null removes it.", readable=True)


class SetLabelsInput(_FlowGroupInput):
    """The labels of new runs."""

    labels = optional(TEXTS, "The labels; null means the flow's, an empty list means none.")


class SetRunConfigInput(_FlowGroupInput):
    """The run config of new runs."""

    run_config = optional(JSON_VALUE, "The run config; null means the flow's.")


class SetDefaultParametersInput(_FlowGroupInput):
    """The default parameters of new runs."""

    default_parameters = required(JSON_VALUE, "The parameters; they replace the earlier ones.")


def flow_group_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of flow groups, those that name a flow included."""
    return (
        *_switches(payloads),
        Mutation(
            "set_flow_group_description",
            "Describe a flow.",
            SetDescriptionInput,
            payloads.success,
            _set_description,
            camel_case=False,
        ),
        Mutation(
            "set_flow_group_labels",
            "Give new runs other labels than their flow has.",
            SetLabelsInput,
            payloads.success,
            _set_labels,
            camel_case=False,
        ),
        Mutation(
            "set_flow_group_run_config",
            "Give new runs another run config than their flow has.",
            SetRunConfigInput,
            payloads.success,
            _set_run_config,
            camel_case=False,
        ),
        Mutation(
            "set_flow_group_default_parameters",
            "Give new runs parameters that replace the flow's defaults of the same names.",
            SetDefaultParametersInput,
            payloads.success,
            _set_default_parameters,
            camel_case=False,
        ),
    )


def _switches(payloads: Payloads) -> list[Mutation[Any]]:
    disabling: list[Mutation[Any]] = [
        Mutation(name, f"Disable {purpose}.", DisableInput, payloads.flow_change, _disable(switch))
        for switch, purpose, names in _SWITCHES
        for name in names
    ]
    enabling: list[Mutation[Any]] = [
        Mutation(_ENABLING[switch], f"Enable {purpose}.", EnableInput, payloads.flow_change, _enable(switch))
        for switch, purpose, _ in _SWITCHES
    ]
    return disabling + enabling


def _disable(switch: Switch) -> Callable[[Context, DisableInput], Payload]:
    def resolve(context: Context, given: DisableInput) -> Payload:
        return _turn(context, given.flow_id, switch, on=given.value is False)

    return resolve


def _enable(switch: Switch) -> Callable[[Context, EnableInput], Payload]:
    def resolve(context: Context, given: EnableInput) -> Payload:
        return _turn(context, given.flow_id, switch, on=True)

    return resolve


def _turn(context: Context, flow_id: str, switch: Switch, *, on: bool) -> Payload:
    flow_groups.set_switch(context, flow_id, switch, on=on)
    return {"id": flow_id, "success": True}


def _set_description(context: Context, given: SetDescriptionInput) -> Payload:
    is_found = flow_groups.set_description(context, given.flow_group_id, given.description)
    return found(is_found, "flow group", given.flow_group_id)


def _set_labels(context: Context, given: SetLabelsInput) -> Payload:
    is_found = flow_groups.set_labels(context, given.flow_group_id, given.labels)
    return found(is_found, "flow group", given.flow_group_id)


def _set_run_config(context: Context, given: SetRunConfigInput) -> Payload:
    run_config = as_object(given.run_config, "run_config", context.work.memory)
    is_found = flow_groups.set_run_config(context, given.flow_group_id, run_config)
    return found(is_found, "flow group", given.flow_group_id)


def _set_default_parameters(context: Context, given: SetDefaultParametersInput) -> Payload:
    parameters = as_object(given.default_parameters, "default_parameters", context.work.memory) or {}
    is_found = flow_groups.set_default_parameters(context, given.flow_group_id, parameters)
    return found(is_found, "flow group", given.flow_group_id)
