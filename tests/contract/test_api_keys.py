"""API keys in the table."""

from datetime import timedelta

from domain.access.api_keys import KeyKind
from operations.access.api_keys import create_api_key, delete_api_key, is_api_key
from tests.contract.factories import START


def create(world, **more):
    given = {"name": "k", "scope": "USER", "expires_at": None, **more}
    return create_api_key(world.context, KeyKind.KEY, **given)


def test_an_api_key_is_known_by_its_token_until_it_is_deleted(world):
    identifier, token = create(world)

    assert is_api_key(world.context, token)
    assert not is_api_key(world.neighbour().context, token)
    assert delete_api_key(world.context, KeyKind.KEY, identifier)
    assert not is_api_key(world.context, token)
    assert not delete_api_key(world.context, KeyKind.KEY, identifier)


def test_an_api_key_ends_when_it_was_said_to_to_the_instant(world):
    _, token = create(world, expires_at=START + timedelta(hours=1))
    world.clock.advance(hours=1, microseconds=-1)
    assert is_api_key(world.context, token)

    world.clock.advance(microseconds=1)

    assert not is_api_key(world.context, token)


def test_a_key_whose_answer_was_lost_is_one_key(world, pauses):
    interfered, client = world.interfered()
    client.lose_answers("put_item")

    identifier, token = create(interfered)

    assert client.all_happened()
    assert world.store.api_keys.ids(KeyKind.KEY, 10) == [identifier]
    assert is_api_key(world.context, token)


def test_no_two_keys_are_alike_and_none_can_be_had_from_what_is_kept(world):
    made = [create(world) for _ in range(5)]

    assert len({token for _, token in made}) == len({identifier for identifier, _ in made}) == 5
    kept = repr(world.store.api_keys.get(KeyKind.KEY, [identifier for identifier, _ in made]))
    assert not any(token.removeprefix("flowruns_") in kept for _, token in made)
