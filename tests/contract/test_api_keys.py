"""API keys in the table."""

from datetime import timedelta

from domain.access.api_keys import KeyKind
from operations.access.api_keys import create_api_key, delete_api_key, is_api_key
from tests.contract.factories import START


def create(world, **more):
    given = {"name": "k", "scope": "USER", "expires_at": None, **more}
    return create_api_key(world.context, KeyKind.KEY, **given)


def test_api_key_lets_in_until_it_is_deleted(world):
    identifier, token = create(world)

    assert is_api_key(world.context, token)
    assert not is_api_key(world.neighbour().context, token)
    assert delete_api_key(world.context, KeyKind.KEY, identifier)
    assert not is_api_key(world.context, token)
    assert not delete_api_key(world.context, KeyKind.KEY, identifier)


def test_api_key_lets_in_until_the_microsecond_of_its_end(world):
    _, token = create(world, expires_at=START + timedelta(hours=1))
    world.clock.advance(hours=1, microseconds=-1)
    assert is_api_key(world.context, token)

    world.clock.advance(microseconds=1)

    assert not is_api_key(world.context, token)


def test_creation_with_a_lost_response_makes_one_api_key(world, pauses):
    interfered, client = world.interfered()
    client.lose_responses("put_item")

    identifier, token = create(interfered)

    assert client.all_happened()
    assert world.store.api_keys.ids(KeyKind.KEY, 10) == [identifier]
    assert is_api_key(world.context, token)


def test_api_keys_differ_and_their_tokens_are_not_stored(world):
    made = [create(world) for _ in range(5)]

    assert len({token for _, token in made}) == len({identifier for identifier, _ in made}) == 5
    kept = repr(world.store.api_keys.get(KeyKind.KEY, [identifier for identifier, _ in made]))
    assert not any(token.removeprefix("flowruns_") in kept for _, token in made)
