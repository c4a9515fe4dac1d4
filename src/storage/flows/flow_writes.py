"""The writes of flows and their groups, with the conditions that decide races between requests."""

from datetime import datetime
from typing import Final

from domain.flows.flows import Flow, FlowGroup
from domain.flows.registration import Registration
from domain.sizes import KEPT_OUTLINE, check_kept, json_text
from storage.dynamodb.items import Item, Write
from storage.flows.flow_items import (
    FIRST_REVISION,
    OUTLINE_NAME,
    encode_flow,
    encode_serialized,
    encode_tasks,
)
from storage.flows.group_items import encode_group
from storage.flows.group_places import Place
from storage.layout.attributes import instant, instant_order, number, text
from storage.layout.conditions import AT_REVISION, AT_VERSION, EXISTS, IS_NEW
from storage.layout.keys import FLOW, GROUP, PROJECT, SCHEDULE, Keys, key

# Decides how many versions of flows a tenant stores.
HAS_ROOM: Final = "attribute_not_exists(stored_flows) OR stored_flows < :most"
UNCHANGED: Final = "changes = :changes"
NEVER_CHANGED: Final = "attribute_not_exists(changes)"
IS_CURRENT: Final = "current_flow_id = :flow"
NEVER_SCHEDULED: Final = "attribute_not_exists(scheduled)"
# Refuse to unarchive a flow that another request has unarchived since: it may have runs by now.
IS_ARCHIVED: Final = f"{EXISTS} AND archived = :true"
# Put nothing into a project that is being deleted; the deletion may take several requests.
TAKES_FLOWS: Final = f"{EXISTS} AND attribute_not_exists(deleting)"
# Move nothing out of a project that is being deleted, because the deletion has listed its flows. A project
# that is gone holds nothing back.
GIVES_FLOWS: Final = "attribute_not_exists(deleting)"
# A name leads to one flow of a project, to the one that took it first. It may be stale: its group has moved
# or is gone, and an earlier release has left the name behind.
NAME_IS_FREE_OR_OURS: Final = "attribute_not_exists(pk) OR version_group_id IN (:ours, :stale)"


def registration(keys: Keys, new: Registration) -> list[Write]:
    """Put a new version and archive the one before, if the group still is as it was read.

    The flow's head comes first, then the group, then the check of the project.
    """
    flow, group, before = new.flow, new.group, new.before
    place = Place.of(group)
    check_kept(json_text(flow.outline), OUTLINE_NAME, KEPT_OUTLINE)
    head, *outline = encode_flow(keys, flow)
    writes: list[Write] = [
        {"Put": {"Item": head, "ConditionExpression": IS_NEW}},
        put_group(keys, group, before),
        takes_flows(keys, flow.project_id),
        take_name(keys, group, new.stale_holder, from_any=new.takes_name),
        {"Put": {"Item": place.member(keys, group.id)}},
    ]
    if before is not None and Place.of(before) != place:
        writes.append({"Put": {"Item": Place.of(before).note(keys, group.id)}})
    serialized = flow.serialized or {}
    items = [
        *outline,
        *encode_serialized(keys, flow.id, serialized, FIRST_REVISION),
        encode_tasks(keys, flow.id, serialized),
    ]
    writes += [{"Put": {"Item": item}} for item in items]
    if before is not None and before.current_flow_id is not None:
        writes.append(archive(keys, before.current_flow_id, flow.turning_point or flow.created))
    writes += touched(keys, group, flow.created)
    return writes if new.count is None else [*writes, counted(keys, 1, new.count.most)]


def counted(keys: Keys, step: int, most: int | None = None) -> Write:
    """Add a step to the count of the versions that the tenant stores, while it is below the most."""
    update: Write = {
        "Key": key(keys.flow_count(), FLOW),
        "UpdateExpression": "ADD stored_flows :step",
        "ExpressionAttributeValues": {":step": number(step)},
    }
    if most is not None:
        update["ConditionExpression"] = HAS_ROOM
        update["ExpressionAttributeValues"][":most"] = number(most)
    return {"Update": update}


def archiving(keys: Keys, flow: Flow, group: FlowGroup | None, now: datetime) -> list[Write]:
    """Archive a version, and leave its group without a current version if it was that.

    Otherwise the group must still be as it was read, because the version may become its current one
    meanwhile.
    """
    writes = [archive(keys, flow.id, now)]
    if group is None:
        return writes
    writes += touched(keys, group, now)
    if group.current_flow_id != flow.id:
        return [*writes, check_group(keys, group)]
    leave: Write = {
        "Key": key(keys.group(group.id), GROUP),
        "UpdateExpression": "REMOVE current_flow_id",
        # A schedule that is switched on meanwhile has a record, which this would have to touch.
        "ConditionExpression": IS_CURRENT if group.is_scheduled else f"{IS_CURRENT} AND {NEVER_SCHEDULED}",
        "ExpressionAttributeValues": {":flow": text(flow.id)},
    }
    return [*writes, {"Update": leave}]


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


def unarchive(keys: Keys, flow: Flow, now: datetime, turning_point: datetime) -> list[Write]:
    """Unarchive a version that is archived; its new runs begin at the turning point."""
    at = instant(now)
    values = {
        "archived": {"BOOL": False},
        "updated": at,
        "unarchived": at,
        "turned": instant(turning_point),
    }
    writes = overriding(keys, flow, values)
    update = writes[0]["Update"]
    update["ConditionExpression"] = IS_ARCHIVED
    update["ExpressionAttributeValues"][":true"] = {"BOOL": True}
    return writes


def overriding(keys: Keys, flow: Flow, values: Item | None = None) -> list[Write]:
    """Put its group's overrides on a flow that is there: set its outline and other `values`.

    An outline with an item of its own keeps that item even if it would fit the head now, because a reader
    that has just read the head looks for the item.
    """
    head, *outline = encode_flow(keys, flow)
    values = (values or {}) | ({} if outline else {"outline": head["outline"]})
    sets = "SET " + ", ".join(f"{name} = :{name}" for name in values) if values else ""
    update: Write = {
        "Key": key(keys.flow(flow.id), FLOW),
        "UpdateExpression": f"{sets} REMOVE outline" if outline else sets,
        "ConditionExpression": EXISTS,
    }
    if values:
        update["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    return [{"Update": update}, *({"Put": {"Item": item}} for item in outline)]


def has_revision(revision: Item | None) -> Write:
    """Return the condition that a flow is there and was not rewritten since it had this revision."""
    if revision is None:
        return {"ConditionExpression": f"{EXISTS} AND attribute_not_exists(revision)"}
    return {"ConditionExpression": AT_REVISION, "ExpressionAttributeValues": {":revision": revision}}


def put_group(keys: Keys, group: FlowGroup, before: FlowGroup | None) -> Write:
    """Put a group if it still is as it was read; None means that there was none."""
    condition = {"ConditionExpression": IS_NEW} if before is None else as_read(before)
    return {"Put": {"Item": encode_group(keys, group), **condition}}


def check_group(keys: Keys, group: FlowGroup) -> Write:
    """Check that a group still is as it was read."""
    return {"ConditionCheck": {"Key": key(keys.group(group.id), GROUP), **as_read(group)}}


def as_read(group: FlowGroup) -> Write:
    """Return the condition that a group still is as it was read.

    Of all requests that read the same group, the first one registers the next version or changes the group.
    """
    values = {":version": number(group.version)}
    current = "attribute_not_exists(current_flow_id)"
    if group.current_flow_id is not None:
        values[":current"] = text(group.current_flow_id)
        current = "current_flow_id = :current"
    if group.changes:
        values[":changes"] = number(group.changes)
    condition = f"{AT_VERSION} AND {UNCHANGED if group.changes else NEVER_CHANGED} AND {current}"
    return {"ConditionExpression": condition, "ExpressionAttributeValues": values}


def take_name(keys: Keys, group: FlowGroup, stale: str | None, *, from_any: bool = False) -> Write:
    """Let the name of a group lead to it, unless the name leads to another version group than `stale`.

    With `from_any` the name is taken from whichever group has it.
    """
    ours = text(group.version_group_id)
    put: Write = {"Item": {**Place.of(group).name(keys), "version_group_id": ours}}
    if not from_any:
        put["ConditionExpression"] = NAME_IS_FREE_OR_OURS
        put["ExpressionAttributeValues"] = {":ours": ours, ":stale": text(stale) if stale else ours}
    return {"Put": put}


def takes_flows(keys: Keys, project_id: str) -> Write:
    """Check that a project is there and is not being deleted."""
    return _check_project(keys, project_id, TAKES_FLOWS)


def gives_flows(keys: Keys, project_id: str) -> Write:
    """Check that a project is not being deleted."""
    return _check_project(keys, project_id, GIVES_FLOWS)


def _check_project(keys: Keys, project_id: str, condition: str) -> Write:
    return {
        "ConditionCheck": {
            "Key": key(keys.project(project_id), PROJECT),
            "ConditionExpression": condition,
        }
    }


def touched(keys: Keys, group: FlowGroup, now: datetime) -> list[Write]:
    """Return the write that goes with each change of a group's schedule or current flow.

    It lets the next tick look at the schedule, and refuses what a tick does that has read the state before.
    A group whose schedule was never switched on has no record.
    """
    return [touch(keys, group.id, now)] if group.is_scheduled else []


def touch(keys: Keys, group_id: str, now: datetime) -> Write:
    """Return the write that lets the next tick look at the schedule of a group."""
    values = place_of_schedule(keys, group_id, now) | {"changed": instant(now)}
    return {
        "Update": {
            "Key": key(keys.group(group_id), SCHEDULE),
            "UpdateExpression": f"SET {', '.join(f'#{name} = :{name}' for name in values)} ADD revision :one",
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": {
                ":one": number(1),
                **{f":{name}": value for name, value in values.items()},
            },
        }
    }


def place_of_schedule(keys: Keys, group_id: str, time: datetime) -> Item:
    """Return the keys by which index planned lists a record."""
    return {
        "planned_shard": text(keys.schedules(keys.shard_of(group_id))),
        "order": text(f"{instant_order(time)}#{group_id}"),
    }
