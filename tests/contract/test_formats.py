"""The record of the data's form, and the migrations that it leads."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.concurrency.limits import LimitKind
from domain.errors import ApiError
from domain.formats import CURRENT, NEW, OVERLAP, DataTooNew, Format
from domain.recovery.rules import RecoverySettings
from operations.flow_runs.deleting import delete_flow_run
from operations.migrating import migrate
from operations.recovery.tick import Bounds, tick
from storage.formats import KnownFormat
from storage.migrations import STEPS
from tests.contract.clients import Interfered
from tests.contract.data_files import bring_up, data_file
from tests.contract.factories import World, at_once

TOO_NEW = Format(version=CURRENT, target=CURRENT + 1, step=CURRENT)


@pytest.fixture
def old(own_table) -> World:
    """What release 0.1.0 left."""
    return data_file("0.1.0").put_into(*own_table, is_current=False)


def go_on(world: World, **more):
    """Let a migration go on as far as it can now; answers the record."""
    for _ in migrate(world.context, lambda: True, **more):
        pass
    return world.store.formats.read()


def items(world: World):
    """Everything but the record."""
    return [item for item in world.items() if item["sk"]["S"] != "format"]


def planned(world: World) -> int:
    return sum("planned_shard" in item for item in world.items("run"))


def test_there_is_a_step_for_each_form():
    assert len(STEPS) == CURRENT


def test_what_was_planned_before_there_was_a_list_of_it_is_listed(old):
    assert planned(old) == 0

    bring_up(old)

    assert planned(old) > 0
    lists = old.store.run_lists
    assert len(list(lists.ids(lists.planned(), descending=False))) == planned(old)


def test_it_goes_through_the_data_twice_and_waits_in_between(old):
    first = go_on(old)
    old.clock.advance(seconds=OVERLAP.total_seconds() - 1)
    meanwhile = go_on(old)
    old.clock.advance(seconds=1)
    second = go_on(old)

    assert (first.version, first.passed is None) == (0, False)
    assert meanwhile == first
    assert second == replace(NEW, revision=second.revision)


def test_nobody_waits_where_nobody_else_can_write(old):
    assert go_on(old, alone=True).is_current


def test_what_code_of_the_release_before_writes_behind_the_first_pass_is_found_by_the_second(old):
    (late,) = [each for each in old.items("run") if each["name"]["S"] == "planned in 48 h"]
    go_on(old)
    old.client.put_item(TableName=old.table_name, Item=late)

    bring_up(old)

    (found,) = [each for each in old.items("run") if each["name"]["S"] == "planned in 48 h"]
    assert "planned_shard" in found
    assert found["status_shard"] != late["status_shard"]


def test_it_is_gone_on_with_wherever_it_was_cut(old):
    """Each try is cut a call later than the one before, and the next one goes on with what is there."""
    cuts = 0
    while (record := cut_after(old, cuts + 1)) is None or not record.is_current:
        cuts += record is None
        old.clock.advance(minutes=record is not None)

    found = items(old)
    assert cuts > 5
    assert planned(old) > 0
    go_on(old, alone=True)
    assert items(old) == found


def cut_after(world: World, calls: int) -> Format | None:
    client = Cut(world.client, calls)
    cut = World(client, world.table_name, world.tenant_id, world.clock, shards=4, is_current=False)
    try:
        form: Format | None = go_on(cut)
    except ApiError:
        return None
    return form


class Cut(Interfered):
    """A client that dies after some calls."""

    def __init__(self, client, allowed):
        super().__init__(client)
        self.allowed = allowed

    def __getattr__(self, operation):
        send = super().__getattr__(operation)

        def made(**arguments):
            self.allowed -= 1
            if self.allowed < 0:
                raise ApiError("The process has died.")
            return send(**arguments)

        return made


def test_several_at_once_do_it_once(old):
    at_once(*[lambda: go_on(old)] * 4)

    assert bring_up(old).is_current


def test_an_odd_item_stays_as_it_is_and_keeps_nobody_waiting(old):
    (odd,) = [each for each in old.items("run") if each["name"]["S"] == "planned in 1 h"]
    odd["states"] = {"L": [{"B": b"no state"}]}
    old.client.put_item(TableName=old.table_name, Item=odd)

    faults = [piece.faults for _, piece in migrate(old.context, lambda: True, alone=True)]

    assert {partition for each in faults for partition in each} == {odd["pk"]["S"]}
    assert old.store.formats.read().is_current
    assert planned(old) > 0


def test_data_of_a_later_release_is_refused_and_left_alone(world):
    assert world.store.formats.write(TOO_NEW, None)

    with pytest.raises(DataTooNew, match=f"form {CURRENT + 1}"):
        go_on(world)
    with pytest.raises(DataTooNew):
        KnownFormat(world.store.formats).look()
    assert world.store.formats.read() == TOO_NEW


def test_a_migration_that_an_earlier_release_began_begins_anew(old):
    begun = Format(version=0, target=1, step=0, passed=old.clock.time, revision=7)
    old.store.formats.write(begun, None)

    assert go_on(old).passed == old.clock.time
    assert bring_up(old).is_current


def test_a_new_table_has_todays_form_and_is_noted_once(world):
    world.store.formats.note_new()
    world.store.formats.write(replace(NEW, revision=2), NEW)
    world.store.formats.note_new()

    assert world.store.formats.read() == replace(NEW, revision=2)


def test_a_note_whose_answer_is_lost_is_taken_as_made(world, pauses):
    lossy, client = world.interfered()
    client.lose_answers("put_item")

    assert lossy.store.formats.write(NEW, None)
    assert not lossy.store.formats.write(replace(NEW, step=0), None)


class TestKnown:
    def test_once_all_is_current_nothing_is_read_again(self, world):
        world.store.formats.note_new()
        counted, client = world.interfered()
        known = KnownFormat(counted.store.formats)

        assert [known.look() for _ in range(3)] == [True] * 3
        assert client.calls == ["get_item"]

    def test_while_older_data_is_about_it_looks_now_and_then(self, world):
        counted, client = world.interfered()
        seconds = [0.0]
        known = KnownFormat(counted.store.formats, lambda: seconds[0])

        assert not known.look()
        seconds[0] = 9.0
        assert not known.look()
        assert client.calls == ["get_item"]
        world.store.formats.note_new()
        seconds[0] = 10.0
        assert known.look()
        assert client.calls == ["get_item"] * 2


class TestLeftBehind:
    """What the release before the first record left, of interrupted deletions and of processes that died."""

    @pytest.fixture
    def seventh(self, own_table) -> World:
        return data_file("7f6669b").put_into(*own_table, is_current=False)

    def test_pointers_to_mapped_children_are_noted_so_that_they_go_with_their_run(self, seventh):
        names = data_file("7f6669b").names
        bring_up(seventh)

        delete_flow_run(seventh.context, names["with tasks"])
        seventh.finish_deletions()

        left = [item for item in seventh.items() if item["pk"]["S"].split("#")[1] == "map"]
        assert left == []

    def test_what_is_left_of_a_run_that_is_gone_goes(self, seventh):
        names = data_file("7f6669b").names
        gone = names["with tasks"]
        seventh.client.delete_item(TableName=seventh.table_name, Key=keys_of(seventh.item(gone)))
        assert seventh.partition(gone)

        bring_up(seventh)
        recover(seventh)

        assert seventh.partition(gone) == []
        assert not [item for item in seventh.items() if item.get("run", {}).get("S") == gone]

    def test_a_slot_comes_back_whose_flow_run_has_ended_long_ago(self, seventh):
        names = data_file("7f6669b").names
        holder = seventh.item(names["holder"])
        holder["state"] = {"S": "Failed"}
        failed = seventh.item(names["Failed"])
        seventh.client.put_item(
            TableName=seventh.table_name, Item={**failed, **keys_of(holder), "flow_id": holder["flow_id"]}
        )
        (limit,) = seventh.store.limits.named(LimitKind.TAG, ["db"], consistent=True)
        assert limit.used == 1

        bring_up(seventh)
        recover(seventh)

        (limit,) = seventh.store.limits.named(LimitKind.TAG, ["db"], consistent=True)
        assert limit.used == 0

    def test_the_former_name_of_a_group_is_noted(self, seventh):
        names = data_file("7f6669b").names
        other = {"name": "etl anew", "tasks": []}
        (flow,) = seventh.store.flows.get([names["etl 2"]])
        seventh.register(other, project_id=names["Weather"], version_group_id=flow.version_group_id)
        (note,) = [item for item in seventh.items() if item["sk"]["S"].startswith("place#")]
        seventh.client.delete_item(TableName=seventh.table_name, Key=keys_of(note))

        bring_up(seventh)

        assert note in seventh.items()


def keys_of(item):
    return {"pk": item["pk"], "sk": item["sk"]}


def recover(world: World) -> None:
    for _ in range(6):
        world.clock.advance(minutes=2)
        assert not tick(
            world.context, RecoverySettings(interval=timedelta(minutes=2)), Bounds(lambda: 60.0)
        ).faults
