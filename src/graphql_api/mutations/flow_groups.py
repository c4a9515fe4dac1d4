"""Mutations of flow groups: the switches of flows, and what their runs begin with."""

from collections.abc import Callable
from typing import Final

from graphql import GraphQLBoolean, GraphQLList, GraphQLNonNull, GraphQLString

from domain.flows.flows import Switch
from graphql_api.language.scalars import JSON, UUID
from graphql_api.mutations.dialects import Input, Mutation, Required
from graphql_api.mutations.flows import Given, as_object
from graphql_api.mutations.payloads import Payloads
from operations.context import Context
from operations.flows import flow_groups

_YES: Final = Required.YES
_FLOW_ID: Final = Input("flow_id", UUID, "The flow; the switch is that of all its versions.", _YES)
_GROUP_ID: Final = Input("flow_group_id", UUID, "The flow group.", _YES)
_VALUE: Final = Input("value", GraphQLBoolean, "True, or null, disables; false enables again.")
_LABELS: Final = GraphQLList(GraphQLNonNull(GraphQLString))

# What is switched, in words, and the names by which the two eras of clients disable it.
_SWITCHES: Final = (
    (Switch.HEARTBEAT, "giving runs up that send no heartbeats", ("disable_flow_heartbeat",)),
    (
        Switch.LAZARUS,
        "scheduling runs anew in which nothing goes on",
        ("disable_flow_lazarus_process", "disable_lazarus_for_flow"),
    ),
    (
        Switch.VERSION_LOCKING,
        "refusing state changes that hold another version than the current one",
        ("disable_flow_version_lock", "disable_flow_version_locking"),
    ),
)
_ENABLING: Final = {
    Switch.HEARTBEAT: "enable_flow_heartbeat",
    Switch.LAZARUS: "enable_flow_lazarus_process",
    Switch.VERSION_LOCKING: "enable_flow_version_lock",
}


def _turn(switch: Switch, *, enabling: bool) -> Callable[[Context, Given], Given]:
    def resolve(context: Context, given: Given) -> Given:
        on = enabling or given.get("value") is False
        flow_groups.set_switch(context, given["flow_id"], switch, on=on)
        return {"id": given["flow_id"], "success": True}

    return resolve


def _set_description(context: Context, given: Given) -> Given:
    return _found(
        flow_groups.set_description(context, given["flow_group_id"], given.get("description")), given
    )


def _set_labels(context: Context, given: Given) -> Given:
    return _found(flow_groups.set_labels(context, given["flow_group_id"], given.get("labels")), given)


def _set_run_config(context: Context, given: Given) -> Given:
    run_config = as_object(given, "run_config")
    return _found(flow_groups.set_run_config(context, given["flow_group_id"], run_config), given)


def _set_default_parameters(context: Context, given: Given) -> Given:
    parameters = as_object(given, "default_parameters") or {}
    return _found(flow_groups.set_default_parameters(context, given["flow_group_id"], parameters), given)


def _found(found: bool, given: Given) -> Given:
    return {"success": found, "error": None if found else f"There is no flow group {given['flow_group_id']}."}


def _switches(payloads: Payloads) -> list[Mutation]:
    disabling = [
        Mutation(
            name, f"Disable {what}.", (_FLOW_ID, _VALUE), payloads.flow_change, _turn(switch, enabling=False)
        )
        for switch, what, names in _SWITCHES
        for name in names
    ]
    enabling = [
        Mutation(
            _ENABLING[switch],
            f"Enable {what}.",
            (_FLOW_ID,),
            payloads.flow_change,
            _turn(switch, enabling=True),
        )
        for switch, what, _ in _SWITCHES
    ]
    return disabling + enabling


def flow_group_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of flow groups, those that name a flow included."""
    described = (
        (
            "set_flow_group_description",
            "Say what a flow is for.",
            Input("description", GraphQLString, "What it is for; null takes it away.", readable=True),
            _set_description,
        ),
        (
            "set_flow_group_labels",
            "Give new runs other labels than their flow has.",
            Input("labels", _LABELS, "Their labels; null inherits the flow's, an empty list means none."),
            _set_labels,
        ),
        (
            "set_flow_group_run_config",
            "Execute new runs in another way than their flow says.",
            Input("run_config", JSON, "How to execute them; null: as the flow says."),
            _set_run_config,
        ),
        (
            "set_flow_group_default_parameters",
            "Set parameters over the defaults that the flow has, for new runs.",
            Input("default_parameters", JSON, "All of them from now on.", _YES),
            _set_default_parameters,
        ),
    )
    setting = [
        Mutation(name, description, (_GROUP_ID, given), payloads.success, resolve, camel_case=False)
        for name, description, given, resolve in described
    ]
    return (*_switches(payloads), *setting)
