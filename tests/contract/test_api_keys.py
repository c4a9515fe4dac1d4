"""API keys in the table."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.access.api_keys import KeyKind
from domain.access.callers import Caller
from domain.access.scopes import Scope, covers
from domain.errors import Forbidden, NotFound
from operations.access.api_keys import WantedKey, caller_of_key, create_api_key, delete_api_key
from storage.layout.keys import key
from tests.contract.factories import START


def create(world, **more):
    given = {"name": "k", **more}
    return create_api_key(world.context, WantedKey(kind=KeyKind.KEY, **given))


def test_api_key_lets_in_until_it_is_deleted(world):
    identifier, token = create(world)

    assert caller_of_key(world.context, token)
    assert not caller_of_key(world.neighbour().context, token)
    assert delete_api_key(world.context, KeyKind.KEY, identifier)
    assert not caller_of_key(world.context, token)
    assert not delete_api_key(world.context, KeyKind.KEY, identifier)


def test_api_key_lets_in_until_the_microsecond_of_its_end(world):
    _, token = create(world, expires_at=START + timedelta(hours=1))
    world.clock.advance(hours=1, microseconds=-1)
    assert caller_of_key(world.context, token)

    world.clock.advance(microseconds=1)

    assert not caller_of_key(world.context, token)


def test_stored_key_gives_what_it_was_made_for(world):
    project_id = world.project()
    end = START + timedelta(days=1)

    identifier, token = create(world, scope=Scope.RUNNER, projects=frozenset((project_id,)), expires_at=end)

    assert caller_of_key(world.context, token) == Caller(
        name="k",
        scope=Scope.RUNNER,
        projects=frozenset((project_id,)),
        tenants=(world.tenant_id,),
        key_id=identifier,
        expires_at=end,
    )


def test_key_of_a_release_without_scopes_still_gives_full_access(world):
    identifier, token = create(world)
    item = world.table.get(key(f"{world.tenant_id}#api-key#{identifier}", "api-key"))
    assert item is not None
    del item["grants"]
    world.table.put(Item=item)

    caller = caller_of_key(world.context, token)

    assert caller is not None
    assert (caller.scope, caller.projects) == (Scope.ADMIN, None)


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("wanted", Scope)
def test_nobody_grants_a_scope_that_it_has_not(world, scope, wanted):
    limited = replace(world.context, caller=Caller(name="c", scope=scope))
    given = WantedKey(kind=KeyKind.KEY, name="k", scope=wanted)
    if covers(scope, wanted):
        _, token = create_api_key(limited, given)
        caller = caller_of_key(world.context, token)
        assert caller is not None
        assert caller.scope is wanted
    else:
        with pytest.raises(Forbidden, match=f"can't make one of scope '{wanted.value}'"):
            create_api_key(limited, given)
        assert world.store.api_keys.ids(KeyKind.KEY, 10) == []


@pytest.mark.parametrize("more", [{"projects": None}, {"projects": "other"}, {"projects": "both"}], ids=repr)
def test_nobody_grants_projects_that_it_has_not(world, more):
    own, other = world.project(), world.project()
    limited = replace(world.context, caller=Caller(name="c", scope=Scope.ADMIN, projects=frozenset((own,))))
    projects = {"other": frozenset((other,)), "both": frozenset((own, other))}.get(more["projects"])

    with pytest.raises(Forbidden, match="limited to projects"):
        create_api_key(
            limited,
            WantedKey(kind=KeyKind.KEY, name="k", projects=projects),
        )


@pytest.mark.parametrize("end", [None, START + timedelta(hours=1, microseconds=1)], ids=repr)
def test_nobody_grants_more_time_than_it_has(world, end):
    limited = replace(
        world.context,
        caller=Caller(name="c", scope=Scope.ADMIN, expires_at=START + timedelta(hours=1)),
    )

    with pytest.raises(Forbidden, match="ends later"):
        create_api_key(
            limited,
            WantedKey(kind=KeyKind.KEY, name="k", expires_at=end),
        )


def test_key_is_not_limited_to_a_project_that_does_not_exist(world):
    gone = str(uuid.UUID(int=1))

    with pytest.raises(NotFound, match=gone):
        create(world, projects=frozenset((world.project(), gone)))

    assert world.store.api_keys.ids(KeyKind.KEY, 10) == []


def test_creation_with_a_lost_response_makes_one_api_key(world, pauses):
    interfered, client = world.interfered()
    client.lose_responses("put_item")

    identifier, token = create(interfered)

    assert client.all_happened()
    assert world.store.api_keys.ids(KeyKind.KEY, 10) == [identifier]
    assert caller_of_key(world.context, token)


def test_api_keys_differ_and_their_tokens_are_not_stored(world):
    made = [create(world) for _ in range(5)]

    assert len({token for _, token in made}) == len({identifier for identifier, _ in made}) == 5
    kept = repr(world.store.api_keys.get(KeyKind.KEY, [identifier for identifier, _ in made]))
    assert not any(token.removeprefix("flowruns_") in kept for _, token in made)
