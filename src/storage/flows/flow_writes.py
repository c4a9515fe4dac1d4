"""The writes of flows and their groups: the conditions that decide races between registrations."""

from datetime import datetime
from typing import Final

from domain.flows.flows import Flow, FlowGroup
from domain.json_types import JsonObject
from storage.dynamodb.items import Item, Write
from storage.flows.flow_items import FIRST_REVISION, encode_flow, encode_serialized, encode_tasks
from storage.flows.group_items import encode_group
from storage.flows.group_places import Place
from storage.layout.attributes import instant, number, text
from storage.layout.conditions import AT_REVISION, AT_VERSION, EXISTS, IS_NEW
from storage.layout.keys import FLOW, GROUP, PROJECT, Keys, key

UNCHANGED: Final = "changes = :changes"
# While a project is deleted, which may take several requests, nothing is put into it.
TAKES_FLOWS: Final = f"{EXISTS} AND attribute_not_exists(deleting)"
NEVER_CHANGED: Final = "attribute_not_exists(changes)"


def registration(
    keys: Keys, flow: Flow, serialized: JsonObject, group: FlowGroup, expected: FlowGroup | None
) -> list[Write]:
    """Keep a new version and archive the one before, if the group still is as it was read.

    The flow's head comes first, then the group, then the check that the project exists.
    """
    place = Place.of(group)
    name = {**place.name(keys), "version_group_id": text(flow.version_group_id)}
    head, *outline = encode_flow(keys, flow)
    writes: list[Write] = [
        {"Put": {"Item": head, "ConditionExpression": IS_NEW}},
        put_group(keys, group, expected),
        takes_flows(keys, flow.project_id),
        {"Put": {"Item": name}},
        {"Put": {"Item": place.member(keys, group.id)}},
    ]
    if expected is not None and Place.of(expected) != place:
        writes.append({"Put": {"Item": Place.of(expected).note(keys, group.id)}})
    items = [
        *outline,
        *encode_serialized(keys, flow.id, serialized, FIRST_REVISION),
        encode_tasks(keys, flow.id, serialized),
    ]
    writes += [{"Put": {"Item": item}} for item in items]
    if expected is not None and expected.current_flow_id is not None:
        writes.append(archive(keys, expected.current_flow_id, flow.turning_point or flow.created))
    return writes


def archiving(keys: Keys, flow: Flow, group: FlowGroup | None, now: datetime) -> list[Write]:
    """Archive a version, and leave its group without a current one if it was that."""
    writes = [archive(keys, flow.id, now)]
    if group is not None and group.current_flow_id == flow.id:
        writes.append(
            {
                "Update": {
                    "Key": key(keys.group(group.id), GROUP),
                    "UpdateExpression": "REMOVE current_flow_id",
                    "ConditionExpression": "current_flow_id = :flow",
                    "ExpressionAttributeValues": {":flow": text(flow.id)},
                }
            }
        )
    return writes


def has_revision(revision: Item | None) -> Write:
    """The condition that a flow is there and was not written anew since it had this revision."""
    if revision is None:
        return {"ConditionExpression": f"{EXISTS} AND attribute_not_exists(revision)"}
    return {"ConditionExpression": AT_REVISION, "ExpressionAttributeValues": {":revision": revision}}


def put_group(keys: Keys, group: FlowGroup, expected: FlowGroup | None) -> Write:
    """Put a group, if it still is as it was read; None means that there was none."""
    condition = {"ConditionExpression": IS_NEW} if expected is None else as_read(expected)
    return {"Put": {"Item": encode_group(keys, group), **condition}}


def check_group(keys: Keys, expected: FlowGroup) -> Write:
    """Check that a group still is as it was read."""
    return {"ConditionCheck": {"Key": key(keys.group(expected.id), GROUP), **as_read(expected)}}


def as_read(expected: FlowGroup) -> Write:
    """The condition that a group still is as it was read."""
    values = {":version": number(expected.version)}
    current = "attribute_not_exists(current_flow_id)"
    if expected.current_flow_id is not None:
        values[":current"] = text(expected.current_flow_id)
        current = "current_flow_id = :current"
    if expected.changes:
        values[":changes"] = number(expected.changes)
    condition = f"{AT_VERSION} AND {UNCHANGED if expected.changes else NEVER_CHANGED} AND {current}"
    return {"ConditionExpression": condition, "ExpressionAttributeValues": values}


def overriding(keys: Keys, flow: Flow, also: Item | None = None) -> list[Write]:
    """Put the overrides of its group on a flow that is there: its outline is written anew, `also` others.

    An outline that stood apart stays there when it no longer need: whoever read the flow just before looks
    for it.
    """
    head, *apart = encode_flow(keys, flow)
    values = (also or {}) | ({} if apart else {"outline": head["outline"]})
    sets = "SET " + ", ".join(f"{name} = :{name}" for name in values) if values else ""
    update: Write = {
        "Key": key(keys.flow(flow.id), FLOW),
        "UpdateExpression": f"{sets} REMOVE outline" if apart else sets,
        "ConditionExpression": EXISTS,
    }
    if values:
        update["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    return [{"Update": update}, *({"Put": {"Item": item}} for item in apart)]


def takes_flows(keys: Keys, project_id: str) -> Write:
    """Check that a project is there and nobody is deleting it."""
    return {
        "ConditionCheck": {
            "Key": key(keys.project(project_id), PROJECT),
            "ConditionExpression": TAKES_FLOWS,
        }
    }


def archive(keys: Keys, flow_id: str, now: datetime) -> Write:
    """Archive a version that is there."""
    return {
        "Update": {
            "Key": key(keys.flow(flow_id), FLOW),
            "UpdateExpression": "SET archived = :archived, updated = :now",
            "ConditionExpression": EXISTS,
            "ExpressionAttributeValues": {":archived": {"BOOL": True}, ":now": instant(now)},
        }
    }
