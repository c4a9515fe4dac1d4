"""The record of the form of the data, and the migrations."""

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
from storage.flow_runs.flow_run_items import (
    decode_run,
    flow_run_index_attributes,
    name_index_attributes,
)
from storage.formats import KnownFormat
from storage.layout.keys import Keys
from storage.migrations import STEPS
from tests.contract.clients import Interfered
from tests.contract.data_files import bring_up, data_file
from tests.contract.factories import World, at_once

TOO_NEW = Format(version=CURRENT, target=CURRENT + 1, step=CURRENT)


@pytest.fixture
def old(own_table) -> World:
    """The data of release 0.1.0."""
    return data_file("0.1.0").put_into(*own_table, is_current=False)


def migrate_now(world: World, **more):
    """Migrate as far as is possible now. Return the record."""
    for _ in migrate(world.context, lambda: True, **more):
        pass
    return world.store.formats.read()


def items(world: World):
    """Return every item but the record."""
    return [item for item in world.items() if item["sk"]["S"] != "format"]


def planned(world: World) -> int:
    return sum("planned_shard" in item for item in world.items("run"))


def test_each_form_has_a_migration_step():
    assert len(STEPS) == CURRENT


@pytest.mark.dynoxide_only
def test_run_planned_by_an_old_release_is_listed_after_the_migration(old):
    assert planned(old) == 0

    bring_up(old)

    assert planned(old) > 0
    lists = old.store.run_lists
    assert len(list(lists.ids(lists.planned(), descending=False))) == planned(old)


def listed_wrongly(world: World) -> list[str]:
    """Return the names of runs that are not listed as their names, ids and newest states require."""
    keys = Keys(world.tenant_id, 4)
    wrong = []
    for item in world.items("run"):
        run = decode_run(keys, item)
        listed = flow_run_index_attributes(keys, run.id, run.state, run.latest.timestamp, run.labels)
        listed |= name_index_attributes(keys, run.id, run.name)
        if any(item.get(name) != listed.get(name) for name in ("name_shard", "late_shard", "late_order")):
            wrong.append(run.name)
    return wrong


@pytest.mark.dynoxide_only
def test_runs_are_listed_by_their_names_after_the_migration(old):
    assert len(listed_wrongly(old)) > 20

    bring_up(old)

    assert listed_wrongly(old) == []


@pytest.mark.dynoxide_only
def test_run_that_old_code_ends_behind_the_first_pass_is_listed_by_its_end(old):
    migrate_now(old)
    (planned_run,) = [item for item in old.items("run") if item["name"]["S"] == "planned in 48 h"]
    run_id = planned_run["pk"]["S"].rpartition("#")[2]
    old.clock.advance(hours=1)
    old.set(run_id, "Success")
    item = old.item(run_id)
    del item["late_shard"], item["late_order"]
    old.client.put_item(TableName=old.table_name, Item=item)

    bring_up(old)

    assert "late_order" in old.item(run_id)
    assert listed_wrongly(old) == []


@pytest.mark.dynoxide_only
def test_run_that_old_code_renames_behind_the_first_pass_is_listed_by_its_new_name(old):
    migrate_now(old)
    (late,) = [item for item in old.items("run") if item["name"]["S"] == "planned in 48 h"]
    assert "name_shard" in late
    old.client.put_item(TableName=old.table_name, Item={**late, "name": {"S": "renamed by old code"}})

    bring_up(old)

    assert listed_wrongly(old) == []


@pytest.mark.dynoxide_only
def test_migration_makes_two_passes_with_a_wait_between_them(old):
    first = migrate_now(old)
    old.clock.advance(seconds=OVERLAP.total_seconds() - 1)
    meanwhile = migrate_now(old)
    old.clock.advance(seconds=1)
    second = migrate_now(old)

    assert (first.version, first.passed is None) == (0, False)
    assert meanwhile == first
    assert second == replace(NEW, revision=second.revision)


def test_migration_alone_makes_one_pass_without_a_wait(old):
    assert migrate_now(old, alone=True).is_current


@pytest.mark.dynoxide_only
def test_run_that_old_code_writes_behind_the_first_pass_is_migrated(old):
    (late,) = [item for item in old.items("run") if item["name"]["S"] == "planned in 48 h"]
    migrate_now(old)
    old.client.put_item(TableName=old.table_name, Item=late)

    bring_up(old)

    (found,) = [item for item in old.items("run") if item["name"]["S"] == "planned in 48 h"]
    assert "planned_shard" in found
    assert found["status_shard"] != late["status_shard"]


@pytest.mark.dynoxide_only
def test_migration_cut_at_any_call_goes_on_from_there(old):
    """Each attempt is cut one call later than the attempt before, and goes on from the data as it is."""
    cuts = 0
    while (record := cut_after(old, cuts + 1)) is None or not record.is_current:
        cuts += record is None
        old.clock.advance(minutes=record is not None)

    found = items(old)
    assert cuts > 5
    assert planned(old) > 0
    migrate_now(old, alone=True)
    assert items(old) == found


def cut_after(world: World, calls: int) -> Format | None:
    client = Cut(world.client, calls)
    cut = World(client, world.table_name, world.tenant_id, world.clock, shards=4, is_current=False)
    try:
        form: Format | None = migrate_now(cut)
    except ApiError:
        return None
    return form


class Cut(Interfered):
    """A client that fails after some calls."""

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


@pytest.mark.dynoxide_only
def test_four_migrations_at_once_migrate_the_data(old):
    at_once(*[lambda: migrate_now(old)] * 4)

    assert bring_up(old).is_current


@pytest.mark.dynoxide_only
def test_odd_item_stays_as_it_is_and_the_migration_ends(old):
    (odd,) = [item for item in old.items("run") if item["name"]["S"] == "planned in 1 h"]
    odd["states"] = {"L": [{"B": b"no state"}]}
    old.client.put_item(TableName=old.table_name, Item=odd)

    faults = [piece.faults for _, piece in migrate(old.context, lambda: True, alone=True)]

    assert {partition for fault in faults for partition in fault} == {odd["pk"]["S"]}
    assert old.store.formats.read().is_current
    assert planned(old) > 0


def test_data_of_a_later_release_is_refused_and_not_changed(world):
    assert world.store.formats.write(TOO_NEW, None)

    with pytest.raises(DataTooNew, match=f"form {CURRENT + 1}"):
        migrate_now(world)
    with pytest.raises(DataTooNew):
        KnownFormat(world.store.formats).look()
    assert world.store.formats.read() == TOO_NEW


@pytest.mark.dynoxide_only
def test_migration_begun_by_an_earlier_release_begins_again(old):
    begun = Format(version=0, target=1, step=0, passed=old.clock.time, revision=7)
    old.store.formats.write(begun, None)

    assert migrate_now(old).passed == old.clock.time
    assert bring_up(old).is_current


def test_record_of_a_new_table_is_written_once(world):
    world.store.formats.note_new()
    world.store.formats.write(replace(NEW, revision=2), NEW)
    world.store.formats.note_new()

    assert world.store.formats.read() == replace(NEW, revision=2)


def test_record_written_with_a_lost_response_counts_as_written(world, pauses):
    lossy, client = world.interfered()
    client.lose_responses("put_item")

    assert lossy.store.formats.write(NEW, None)
    assert not lossy.store.formats.write(replace(NEW, step=0), None)


class TestKnownFormat:
    def test_current_form_is_read_once(self, world):
        world.store.formats.note_new()
        counted, client = world.interfered()
        known = KnownFormat(counted.store.formats)

        assert [known.look() for _ in range(3)] == [True] * 3
        assert client.calls == ["get_item"]

    def test_older_form_is_read_again_every_ten_seconds(self, world):
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
    """Items that the release before the first record left after interrupted deletions and dead processes."""

    @pytest.fixture
    def seventh(self, own_table) -> World:
        return data_file("7f6669b").put_into(*own_table, is_current=False)

    @pytest.mark.dynoxide_only
    def test_old_pointers_to_mapped_children_are_deleted_with_their_run(self, seventh):
        names = data_file("7f6669b").names
        bring_up(seventh)

        delete_flow_run(seventh.context, names["with tasks"])
        seventh.finish_deletions()

        left = [item for item in seventh.items() if item["pk"]["S"].split("#")[1] == "map"]
        assert left == []

    @pytest.mark.dynoxide_only
    def test_items_of_a_run_that_is_gone_are_deleted(self, seventh):
        names = data_file("7f6669b").names
        gone = names["with tasks"]
        seventh.client.delete_item(TableName=seventh.table_name, Key=keys_of(seventh.item(gone)))
        assert seventh.partition(gone)

        bring_up(seventh)
        recover(seventh)

        assert seventh.partition(gone) == []
        assert not [item for item in seventh.items() if item.get("run", {}).get("S") == gone]

    @pytest.mark.dynoxide_only
    def test_slot_of_a_flow_run_that_ended_long_ago_is_given_back(self, seventh):
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

    @pytest.mark.dynoxide_only
    def test_former_name_of_a_flow_group_is_noted(self, seventh):
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
