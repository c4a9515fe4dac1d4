"""Every mutation gets no response to one of its calls, for each call that it makes.

A call that gets no response is made again. Its repeat finds that the call was carried out, and the mutation
must end as an undisturbed one does: with the same payload and the same items. If no try gets a response, the
client gets an error, and its own repeat must complete the mutation.
"""

import pytest

from storage.dynamodb.retries import ATTEMPTS
from tests.contract.clients import Deaf, Terse
from tests.contract.factories import START
from tests.contract.mortals import Mortal, in_order
from tests.contract.mutation_stage import ONCE, WRITES, Stage, finish, mutations, outcome
from tests.contract.sites import scenarios
from tests.contract.test_interrupted import leave_deletions_open, ticks
from tests.examples import alternate, examples

pytestmark = [pytest.mark.usefixtures("pauses"), pytest.mark.dynoxide_only]
# All of them take minutes, so `make test` tries every other call with the one client, and the rest with the
# other, and gives up only transactions of deletions.
IS_THOROUGH = examples(1) > 1
GIVEN_UP = [name for name in sorted(mutations()) if IS_THOROUGH or name.startswith("delete_")]
CALLS_GIVEN_UP = WRITES if IS_THOROUGH else {"transact_write_items"}


@pytest.fixture(scope="module")
def stage(database):
    """Yield a tenant in a table of its own, with one of everything, which each try restores."""
    with database() as (client, table_name):
        yield Stage(client, table_name)


def clients(stage, number):
    """Return clients whose refusals bring the items, as DynamoDB's do, and do not, as some emulators' do."""
    both = [stage.world.client, Terse(stage.world.client)]
    return both if IS_THOROUGH else [both[number % 2]]


def numbers_of(stage, name, given, operations):
    """Return the numbers of those calls of a mutation that have these operations."""
    stage.set_back()
    client = Mortal(stage.world.client, None)
    outcome(stage, name, given, client)
    return [number for number, call in enumerate(client.calls, 1) if call in operations]


def ending(stage, name, given, client):
    """Make a mutation through a client. Return its payload and the items."""
    stage.set_back()
    return outcome(stage, name, given, client), stage.shows()


def finished(stage):
    finish(stage)
    return stage.shows()


@pytest.mark.parametrize("name", sorted(mutations()))
def test_mutation_without_one_response_ends_as_an_undisturbed_one(stage, name):
    for given in (given for scenario, given in scenarios(stage.site) if scenario == name):
        expected = ending(stage, name, given, stage.world.client)
        for number in alternate(numbers_of(stage, name, given, WRITES), name):
            for client in clients(stage, number):
                ended = ending(stage, name, given, Deaf(client, number))
                assert ended == expected, (given, f"call {number}", client)


@pytest.mark.parametrize("name", GIVEN_UP)
def test_mutation_without_any_response_to_a_call_is_completed_by_a_repeat(stage, name):
    for given in (given for scenario, given in scenarios(stage.site) if scenario == name):
        ending(stage, name, given, stage.world.client)
        done = finished(stage)
        for number in alternate(numbers_of(stage, name, given, CALLS_GIVEN_UP), name):
            stage.set_back()
            nothing = stage.shows()
            outcome(stage, name, given, Deaf(stage.world.client, number, ATTEMPTS))
            if name in ONCE and (stage.shows() == nothing or finished(stage) == done):
                continue
            outcome(stage, name, given, stage.world.client, seed="second")
            assert finished(stage) == done, (given, f"call {number}")


def after_ticks(stage, client):
    """Return the items after ticks of recovery have finished deletions; the first one uses the client."""
    clock = stage.world.clock
    stage.set_back()
    clock.time = START
    try:
        leave_deletions_open(stage)
        ticks(in_order(stage.world, client, shards=1), clock, 5)
        ticks(stage.world, clock, 10, 15, 20)
    finally:
        clock.time = START
    return stage.shows()


def test_tick_of_deletions_without_one_response_ends_as_an_undisturbed_one(stage):
    undisturbed = Mortal(stage.world.client, None)
    expected = after_ticks(stage, undisturbed)
    writes = [number for number, call in enumerate(undisturbed.calls, 1) if call in WRITES]

    assert writes
    for number in writes:
        for client in clients(stage, number):
            assert after_ticks(stage, Deaf(client, number)) == expected, (f"call {number}", client)
