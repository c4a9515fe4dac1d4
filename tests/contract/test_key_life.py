"""The life of API keys: what is kept of their making, when they were used, when they end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.access.api_keys import SOON, KeyKind
from domain.access.authors import Author
from domain.access.callers import Caller
from domain.access.scopes import Scope
from operations.access.api_keys import (
    WantedKey,
    caller_of_key,
    create_api_key,
    delete_api_key,
    note_use,
    usual_end,
)
from tests.contract.clients import connection_closed, no_response_in_time, server_error
from tests.contract.factories import START

MAKER_ID = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"


def create(world, **more):
    return create_api_key(world.context, WantedKey(kind=KeyKind.KEY, **{"name": "k", **more}))


def stored(world, identifier):
    (found,) = world.store.api_keys.get(KeyKind.KEY, [identifier])
    return found


def used_by(world, token):
    """Return a context as another process has it that got a request with this key."""
    caller = caller_of_key(world.context, token)
    assert caller is not None
    return replace(world.context, caller=caller, used_keys={})


def test_stored_key_says_who_made_it_and_how_it_begins(world):
    maker = Caller(name="night shift", scope=Scope.ADMIN, key_id=MAKER_ID)
    by = replace(world.context, caller=maker)

    identifier, token = create_api_key(by, WantedKey(kind=KeyKind.KEY, name="k", scope=Scope.RUNNER))

    found = stored(world, identifier)
    assert found.maker == Author(maker.name, maker.key_id)
    assert found.owner == maker.name
    assert found.beginning == token[: len("flowruns_runner_") + 4]
    assert found.used is None


def test_owner_of_a_key_is_the_one_that_is_given(world):
    identifier, _ = create(world, owner="team@example.org")
    assert stored(world, identifier).owner == "team@example.org"


def test_use_of_a_key_is_noted_once_an_hour_over_all_processes(world):
    identifier, token = create(world)
    first, second = used_by(world, token), used_by(world, token)

    assert note_use(first)
    assert not note_use(second)  # it saw the key before the first one noted its use
    assert stored(world, identifier).used == START

    world.clock.advance(minutes=59)
    assert not note_use(used_by(world, token))
    world.clock.advance(minutes=1)
    assert note_use(used_by(world, token))
    assert stored(world, identifier).used == START + timedelta(hours=1)


@pytest.mark.dynoxide_only
def test_process_tries_to_note_a_use_once_an_hour(world):
    _, token = create(world)
    metered, consumed = world.metered()
    context = replace(used_by(world, token), store=metered.store)

    assert [note_use(context) for _ in range(3)] == [True, False, False]

    assert (sum(consumed.calls.values()), consumed.write_units) == (1, 1.0)


def test_use_of_a_deleted_key_makes_no_item(world):
    identifier, token = create(world)
    context = used_by(world, token)
    delete_api_key(world.context, KeyKind.KEY, identifier)

    assert not note_use(context)

    assert world.store.api_keys.find(identifier) is None


@pytest.mark.parametrize(
    "error", [server_error, connection_closed, no_response_in_time], ids=lambda e: e.__name__
)
def test_use_that_cannot_be_noted_is_tried_once_and_harms_no_request(world, pauses, error):
    _, token = create(world)
    interfered, client = world.interfered()
    client.fail("update_item", error())

    assert not note_use(replace(used_by(world, token), store=interfered.store))

    assert (client.calls, pauses) == (["update_item"], [])


@pytest.mark.parametrize(
    ("end", "soon"),
    [
        (None, False),
        (START + SOON + timedelta(microseconds=1), False),
        (START + SOON, True),
        (START + timedelta(seconds=1), True),
    ],
    ids=["never", "later", "within two weeks", "in a moment"],
)
def test_key_ends_soon_in_the_two_weeks_before_its_end(world, end, soon):
    identifier, _ = create(world, expires_at=end)
    assert stored(world, identifier).listed_at(world.clock()).ends_soon is soon


def test_key_that_has_ended_does_not_end_soon(world):
    identifier, _ = create(world, expires_at=START + timedelta(hours=1))
    world.clock.advance(hours=1)
    assert not stored(world, identifier).listed_at(world.clock()).ends_soon


def test_usual_end_is_that_of_the_settings_and_never_later_than_the_makers(world):
    month = timedelta(days=30)
    limited = replace(world.context, keys_last=month)
    assert usual_end(world.context) is None
    assert usual_end(limited) == START + month
    for life, expected in ((timedelta(days=1), timedelta(days=1)), (timedelta(days=90), month)):
        caller = Caller(name="c", scope=Scope.ADMIN, expires_at=START + life)
        assert usual_end(replace(limited, caller=caller)) == START + expected
