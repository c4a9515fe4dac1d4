"""Rotation of API keys: one successor however often it is asked for, and two keys that overlap."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from domain.access.api_keys import KeyKind
from domain.access.callers import Caller
from domain.access.scopes import Scope
from domain.errors import BadUserInput, Forbidden, NotFound
from operations.access.api_keys import WantedKey, caller_of_key, create_api_key, delete_api_key, note_use
from operations.access.rotating import Rotated, rotate_api_key
from tests.contract.factories import START, at_once

DAY = timedelta(days=1)
UNKNOWN = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"


def create(world, **more):
    return create_api_key(world.context, WantedKey(**{"kind": KeyKind.KEY, "name": "k", **more}))


def rotate(context, key_id=None, overlap=None, idempotency_key=None):
    return rotate_api_key(context, key_id, overlap, idempotency_key)


def sent_with(world, token):
    caller = caller_of_key(world.context, token)
    assert caller is not None
    return replace(world.context, caller=caller)


def ids(world):
    return set(world.store.api_keys.ids(KeyKind.KEY, 100))


def test_successor_has_all_that_the_key_had_and_both_are_valid_for_the_overlap(world):
    projects = frozenset((world.project(),))
    life = timedelta(days=90)
    identifier, token = create(
        world, scope=Scope.RUNNER, projects=projects, owner="o", expires_at=START + life
    )
    world.clock.advance(days=80)

    rotated = rotate(world.context, identifier)

    assert rotated.former_expires_at == world.clock() + DAY
    assert rotated.expires_at == world.clock() + life
    before, after = caller_of_key(world.context, token), caller_of_key(world.context, rotated.token)
    assert before is not None
    assert after == replace(before, key_id=rotated.id, expires_at=rotated.expires_at)
    former, successor = world.store.api_keys.find(identifier), world.store.api_keys.find(rotated.id)
    assert (former.successor, successor.owner, successor.kind) == (rotated.id, "o", KeyKind.KEY)

    world.clock.advance(days=1)
    assert caller_of_key(world.context, token) is None
    assert caller_of_key(world.context, rotated.token)


def test_rotation_without_overlap_ends_the_key_at_once(world):
    identifier, token = create(world)
    rotated = rotate(world.context, identifier, overlap=0)
    assert caller_of_key(world.context, token) is None
    assert caller_of_key(world.context, rotated.token)
    assert rotated.expires_at is None


def test_rotation_ends_no_key_later_than_it_was_to_end(world):
    identifier, _ = create(world, expires_at=START + timedelta(hours=1))
    assert rotate(world.context, identifier).former_expires_at == START + timedelta(hours=1)


@pytest.mark.parametrize("scope", Scope)
def test_key_of_any_scope_rotates_itself_and_gains_no_time(world, scope):
    _, token = create(world, scope=scope, expires_at=START + 10 * DAY)
    world.clock.advance(days=5)

    rotated = rotate(sent_with(world, token))

    after = caller_of_key(world.context, rotated.token)
    assert after is not None
    assert (after.scope, after.expires_at) == (scope, START + 10 * DAY)


@pytest.mark.parametrize("scope", [Scope.USER, Scope.READ, Scope.RUNNER], ids=lambda scope: scope.value)
def test_only_an_admin_rotates_another_key_and_nobody_else_learns_whether_it_exists(world, scope):
    other, _ = create(world, scope=Scope.RUNNER)
    context = sent_with(world, create(world, scope=scope)[1])
    told = []
    for wanted in (other, UNKNOWN):
        with pytest.raises(Forbidden) as refused:
            rotate(context, wanted)
        told.append((refused.value.message, refused.value.extensions))
    assert told[0] == told[1]


def test_admin_of_some_projects_rotates_no_key_of_all(world):
    identifier, _ = create(world, scope=Scope.RUNNER)
    limited = Caller(name="c", scope=Scope.ADMIN, projects=frozenset((world.project(),)))

    with pytest.raises(Forbidden, match="limited to projects"):
        rotate(replace(world.context, caller=limited), identifier)

    assert ids(world) == {identifier}


def test_key_is_rotated_once(world):
    identifier, _ = create(world)
    rotated = rotate(world.context, identifier)

    for idempotency_key in (None, "another"):
        with pytest.raises(BadUserInput, match=f"its successor is {rotated.id}"):
            rotate(world.context, identifier, idempotency_key=idempotency_key)

    assert ids(world) == {identifier, rotated.id}


@pytest.mark.parametrize("overlap", [0, 60])
def test_repeat_of_a_rotation_puts_another_successor_in_the_place_of_the_unused_one(world, overlap):
    identifier, _ = create(world, expires_at=START + 90 * DAY)
    world.clock.advance(days=80)
    lost = rotate(world.context, identifier, overlap, "once")
    world.clock.advance(seconds=1)

    rotated = rotate(world.context, identifier, overlap, "once")

    assert ids(world) == {identifier, rotated.id}
    assert caller_of_key(world.context, lost.token) is None
    assert caller_of_key(world.context, rotated.token)
    assert (rotated.expires_at, rotated.former_expires_at) == (lost.expires_at, lost.former_expires_at)


def test_repeat_of_a_rotation_by_somebody_whose_access_ends_gives_no_more_time(world):
    identifier, _ = create(world)
    rotate(world.context, identifier, idempotency_key="once")
    end = START + timedelta(minutes=30)
    guest = Caller(name="c", scope=Scope.ADMIN, expires_at=end)

    rotated = rotate(replace(world.context, caller=guest), identifier, idempotency_key="once")

    assert rotated.expires_at == end


def test_repeat_of_a_rotation_leaves_a_successor_that_was_used(world):
    identifier, _ = create(world)
    rotated = rotate(world.context, identifier, idempotency_key="once")
    assert note_use(sent_with(world, rotated.token))

    with pytest.raises(BadUserInput, match="was used or deleted since"):
        rotate(world.context, identifier, idempotency_key="once")

    assert ids(world) == {identifier, rotated.id}
    assert caller_of_key(world.context, rotated.token)


@pytest.mark.dynoxide_only
def test_concurrent_rotations_leave_one_successor(world):
    identifier, _ = create(world)

    results = at_once(*[partial(rotate, world.context, identifier)] * 16)

    (rotated,) = [result for result in results if isinstance(result, Rotated)]
    assert ids(world) == {identifier, rotated.id}
    assert all(isinstance(result, Rotated | BadUserInput) for result in results)


@pytest.mark.dynoxide_only
def test_concurrent_repeats_leave_one_successor_whose_token_somebody_has(world):
    identifier, _ = create(world)

    results = at_once(*[partial(rotate, world.context, identifier, None, "once")] * 16)

    found = {result.id for result in results if isinstance(result, Rotated)}
    (successor,) = ids(world) - {identifier}
    assert successor in found
    assert world.store.api_keys.find(identifier).successor == successor


def test_rotation_with_a_lost_response_is_done_once(world, pauses):
    identifier, _ = create(world)
    interfered, client = world.interfered()
    client.lose_responses("transact_write_items")

    rotated = rotate(interfered.context, identifier)

    assert client.all_happened()
    assert ids(world) == {identifier, rotated.id}
    assert caller_of_key(world.context, rotated.token)


@pytest.mark.parametrize(
    ("key_id", "overlap", "idempotency_key", "error", "says"),
    [
        (None, None, None, BadUserInput, "key_id must be given"),
        (UNKNOWN, None, None, NotFound, UNKNOWN),
        (UNKNOWN, -1, None, BadUserInput, "overlap must be"),
        (UNKNOWN, 2_592_001, None, BadUserInput, "overlap must be"),
        (UNKNOWN, None, "", BadUserInput, "idempotency_key"),
    ],
)
def test_unusable_rotation_is_refused(world, key_id, overlap, idempotency_key, error, says):
    with pytest.raises(error, match=says):
        rotate(world.context, key_id, overlap, idempotency_key)


def test_ended_and_deleted_keys_are_not_rotated(world):
    ended, _ = create(world, expires_at=START + timedelta(hours=1))
    deleted, _ = create(world)
    delete_api_key(world.context, KeyKind.KEY, deleted)
    world.clock.advance(hours=1)

    with pytest.raises(BadUserInput, match="ended at"):
        rotate(world.context, ended)
    with pytest.raises(NotFound):
        rotate(world.context, deleted)


def test_key_of_another_tenant_is_not_rotated(world):
    identifier, _ = create(world)
    with pytest.raises(NotFound):
        rotate(world.neighbour().context, identifier)
