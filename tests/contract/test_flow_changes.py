"""Flows and projects are moved, unarchived, renamed and deleted, on each store."""

from functools import partial

import pytest

from domain.errors import ApiError, BadUserInput, NotFound
from operations.flows import deleting, flow_groups
from operations.flows.archiving import archive_flow, unarchive_flow
from operations.flows.deleting import delete_flow, delete_project
from operations.flows.extending import add_tasks
from operations.flows.finding import find_flow_id
from operations.flows.moving import update_flow_project
from operations.flows.projects import set_project_description, set_project_name
from operations.flows.schedules import set_schedule_inactive
from operations.reads.arguments import Arguments
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need
from storage.flows import former_places
from tests.contract.factories import at_once

NOWHERE = "018f0000-0000-7000-8000-000000000000"


def flow(world, flow_id):
    (found,) = world.store.flows.get([flow_id])
    return found


def versions(world, project_id):
    return sorted(
        each.version
        for each in world.store.flows.get(world.store.flows.ids_in_project(project_id, None, 100))
    )


def ids(world, entity, where):
    return sorted(
        row.value.id for row in list_rows(world.context, entity, Arguments(where=where), Need({"id"}))
    )


class TestUnarchiving:
    def test_the_version_is_run_again_and_the_one_that_was_is_archived(self, world):
        project_id = world.project()
        first, second = (world.register(project_id=project_id) for _ in range(2))
        group_id = flow(world, first).flow_group_id
        flow_groups.set_labels(world.context, group_id, ["group's"])

        unarchive_flow(world.context, first)
        unarchive_flow(world.context, first)

        assert (flow(world, first).archived, flow(world, second).archived) == (False, True)
        assert world.run(world.create(first)).labels == ["group's"]
        assert world.store.flows.group(group_id).current_flow_id == first
        third = world.register(project_id=project_id)
        assert (flow(world, third).version, flow(world, first).archived) == (3, True)

    def test_a_group_without_a_current_version_gets_one(self, world):
        flow_id = world.register()
        archive_flow(world.context, flow_id)

        unarchive_flow(world.context, flow_id)

        assert world.create(flow_id)

    def test_an_unknown_flow_is_refused(self, world):
        with pytest.raises(NotFound):
            unarchive_flow(world.context, NOWHERE)

    def test_of_versions_unarchived_at_once_one_is_current(self, world):
        project_id = world.project()
        flow_ids = [world.register(project_id=project_id) for _ in range(3)]

        at_once(*(partial(unarchive_flow, world.context, each) for each in flow_ids[:2]))

        group = world.store.flows.group(flow(world, flow_ids[0]).flow_group_id)
        assert [each for each in flow_ids if not flow(world, each).archived] == [group.current_flow_id]

    def test_runs_are_counted_by_version_though_an_older_one_was_unarchived(self, world):
        project_id = world.project()
        first = world.register(project_id=project_id)
        world.clock.advance(hours=1)
        runs = {first: [world.create(first)]}
        second = world.register(project_id=project_id)
        world.clock.advance(hours=1)
        runs[second] = [world.create(second) for _ in range(2)]
        world.clock.advance(hours=1)

        unarchive_flow(world.context, first)
        world.clock.advance(hours=1)
        runs[first] += [world.create(first) for _ in range(3)]

        for flow_id, expected in runs.items():
            where = {"flow_id": {"_eq": flow_id}}
            assert ids(world, "flow_run", where) == sorted(expected)
            assert _count(world, where) == len(expected)


def _count(world, where):
    return aggregate_rows(world.context, "flow_run", Arguments(where=where), Need()).count()


class TestMoving:
    def test_a_flow_goes_with_all_its_versions_and_the_next_one_follows(self, world):
        old, new = world.project("old"), world.project("new")
        first, second = (world.register(project_id=old) for _ in range(2))

        update_flow_project(world.context, first, new)
        update_flow_project(world.context, first, new)

        assert (versions(world, old), versions(world, new)) == ([], [1, 2])
        assert find_flow_id(world.context, flow_name="Flow", project_name="new") == second
        with pytest.raises(NotFound):
            find_flow_id(world.context, flow_name="Flow", project_name="old")
        third = world.register(project_id=new)
        assert flow(world, third).version == 3

    def test_a_new_flow_of_its_name_in_the_old_project_is_another_flow(self, world):
        old, new = world.project(), world.project()
        moved = world.register(project_id=old)
        update_flow_project(world.context, moved, new)

        other = world.register(project_id=old)

        assert flow(world, other).version == 1
        assert flow(world, other).flow_group_id != flow(world, moved).flow_group_id
        assert not flow(world, moved).archived

    def test_its_versions_are_found_by_their_group(self, world):
        old, new = world.project(), world.project()
        flow_ids = [world.register(project_id=old) for _ in range(2)]
        update_flow_project(world.context, flow_ids[0], new)

        where = {"flow_group_id": {"_eq": flow(world, flow_ids[0]).flow_group_id}}

        assert ids(world, "flow", where) == sorted(flow_ids)

    def test_a_project_that_has_another_flow_of_its_name_takes_it_not(self, world):
        old, new = world.project(), world.project()
        ours, _ = world.register(project_id=old), world.register(project_id=new)
        before = world.items()

        with pytest.raises(BadUserInput, match="another flow named 'Flow'"):
            update_flow_project(world.context, ours, new)
        with pytest.raises(NotFound, match="no project"):
            update_flow_project(world.context, ours, NOWHERE)
        assert world.items() == before

    @pytest.mark.parametrize("transactions", [1, 2, 3])
    def test_a_repeat_goes_on_where_a_move_was_interrupted(self, world, monkeypatch, transactions):
        monkeypatch.setattr("storage.flows.flow_moves.VERSIONS_AT_ONCE", 1)
        old, new = world.project(), world.project()
        flow_ids = [world.register(project_id=old) for _ in range(3)]
        die_after(world, "transact_write_items", partial(move, flow_ids[0], new), transactions)

        assert len(versions(world, new)) == transactions - 1
        update_flow_project(world.context, flow_ids[0], new)

        assert (versions(world, old), versions(world, new)) == ([], [1, 2, 3])

    def test_an_interrupted_move_into_a_project_that_is_deleted_then_leaves_the_flow_where_it_was(
        self, world
    ):
        old, new = world.project("old"), world.project("new")
        flow_ids = [world.register(project_id=old) for _ in range(3)]
        run_id = world.create(flow_ids[2])
        before = world.items()
        die_after(world, "transact_write_items", partial(move, flow_ids[0], new))
        assert delete_project(world.context, new)

        for _ in range(2):
            with pytest.raises(NotFound, match=f"no project {new}"):
                update_flow_project(world.context, flow_ids[0], new)

        world.finish_deletions()
        assert versions(world, old) == [1, 2, 3]
        assert find_flow_id(world.context, flow_name="Flow", project_name="old") == flow_ids[2]
        assert world.exists(run_id)
        assert flow(world, world.register(project_id=old)).version == 4
        assert [item for item in before if new in item["pk"]["S"]]
        assert not [item for item in world.items() if new in item["pk"]["S"]]

    def test_the_same_while_that_project_is_being_deleted(self, world):
        old, new = world.project("old"), world.project("new")
        moved = world.register(project_id=old)
        die_after(world, "transact_write_items", partial(move, moved, new))
        assert world.store.projects.begin_deleting(new, world.clock())

        with pytest.raises(NotFound):
            update_flow_project(world.context, moved, new)

        assert delete_project(world.context, new)
        assert find_flow_id(world.context, flow_name="Flow", project_name="old") == moved

    def test_a_move_during_which_the_project_is_deleted_brings_nothing_into_it(self, world):
        old, new = world.project("old"), world.project("new")
        moved = world.register(project_id=old)
        slow, client = world.interfered()
        client.alter("transact_write_items", lambda send: (send(), delete_project(world.context, new))[0])

        with pytest.raises(NotFound):
            update_flow_project(slow.context, moved, new)

        world.finish_deletions()
        assert versions(world, old) == [1]
        assert find_flow_id(world.context, flow_name="Flow", project_name="old") == moved

    def test_a_flow_that_stays_leaves_its_name_to_one_that_took_it_meanwhile(self, world):
        old, new = world.project("old"), world.project("new")
        moved = world.register(project_id=old)
        die_after(world, "transact_write_items", partial(move, moved, new))
        other = world.register(project_id=old)
        delete_project(world.context, new)

        with pytest.raises(NotFound):
            update_flow_project(world.context, moved, new)

        assert find_flow_id(world.context, flow_name="Flow", project_name="old") == other
        assert versions(world, old) == [1, 1]
        group_ids = [flow(world, each).flow_group_id for each in (moved, other)]
        assert sorted(world.store.flows.group_ids([old], None, 9)) == sorted(group_ids)
        third = world.project()
        update_flow_project(world.context, moved, third)
        assert (versions(world, old), versions(world, third)) == ([1], [1])

    def test_a_flow_whose_projects_are_both_deleted_goes_with_the_one_where_it_was(self, world):
        old, new = world.project("old"), world.project("new")
        moved = world.register(project_id=old)
        die_after(world, "transact_write_items", partial(move, moved, new))
        assert world.store.projects.begin_deleting(old, world.clock())
        delete_project(world.context, new)

        with pytest.raises(NotFound, match=new):
            update_flow_project(world.context, moved, new)

        assert delete_project(world.context, old)
        assert world.store.flows.get([moved]) == []

    def test_a_move_that_died_after_its_deciding_write_leaves_no_name_to_the_old_project(self, world):
        old, new = world.project("old"), world.project("new")
        moved = world.register(project_id=old)
        die_after(world, "transact_write_items", lambda faulty: update_flow_project(faulty, moved, new))

        other = world.register(project_id=old)

        assert flow(world, other).version == 1
        assert not flow(world, moved).archived
        update_flow_project(world.context, moved, new)
        assert find_flow_id(world.context, flow_name="Flow", project_name="old") == other
        assert find_flow_id(world.context, flow_name="Flow", project_name="new") == moved

    def test_names_that_its_versions_had_before_go_with_it(self, world):
        old, new = world.project("old"), world.project("new")
        flow_ids = [
            world.register({"name": name}, project_id=old, version_group_id="group") for name in "ABC"
        ]

        update_flow_project(world.context, flow_ids[2], new)

        assert (versions(world, old), versions(world, new)) == ([], [1, 2, 3])
        assert beside(world, old) == []
        for name in "ABC":
            other = world.register({"name": name}, project_id=old)
            assert flow(world, other).version == 1
            assert world.store.flows.group_ids([new], [name], 9) == [flow(world, flow_ids[0]).flow_group_id]

    def test_names_in_more_projects_than_one_are_followed(self, world):
        projects = [world.project() for _ in range(3)]
        flow_ids = [world.register(project_id=each, version_group_id="group") for each in projects[:2]]

        update_flow_project(world.context, flow_ids[0], projects[2])

        assert [versions(world, each) for each in projects] == [[], [], [1, 2]]
        assert [beside(world, each) for each in projects[:2]] == [[], []]

    def test_more_names_than_one_transaction_takes_are_followed(self, world, monkeypatch):
        monkeypatch.setattr(former_places, "PLACES_AT_ONCE", 2)
        old, new = world.project(), world.project()
        names = [f"Flow {number}" for number in range(6)]
        flow_ids = [
            world.register({"name": name}, project_id=old, version_group_id="group") for name in names
        ]
        before = world.items("group")

        update_flow_project(world.context, flow_ids[0], new)
        assert beside(world, old) == []
        for each in flow_ids:
            delete_flow(world.context, each)

        assert before
        assert beside(world, new) == []
        assert [item for item in world.items() if "#group#" in item["pk"]["S"]] == []

    def test_a_name_that_stayed_behind_in_older_data_is_in_nobodys_way(self, world):
        old, new = world.project("old"), world.project("new")
        moved = world.register(project_id=old)
        (name,) = world.items("flow-name#Flow")
        update_flow_project(world.context, moved, new)
        world.table.put(Item=name)

        other = world.register({"name": "Flow"}, project_id=world.project())
        update_flow_project(world.context, other, old)

        assert find_flow_id(world.context, flow_name="Flow", project_name="old") == other
        assert flow(world, world.register(project_id=old)).version == 2


def beside(world, project_id):
    """What a project has beside itself."""
    return [
        item["sk"]["S"]
        for item in world.items()
        if item["pk"]["S"].endswith(f"#project#{project_id}") and item["sk"]["S"] != "project"
    ]


def move(flow_id, project_id, context):
    update_flow_project(context, flow_id, project_id)


def die_after(world, operation, act, times=1):
    """Act through a process that dies when it has made a call so many times, unheard."""
    faulty, client = world.interfered()

    def die(send):
        send()
        raise RuntimeError("killed")

    for _ in range(1, times):
        client.alter(operation, lambda send: send())

    client.alter(operation, die)
    with pytest.raises(RuntimeError, match="killed"):
        act(faulty.context)


class TestDeletingFlows:
    def test_a_version_goes_with_its_runs_and_the_others_stay(self, world):
        project_id = world.project()
        first = world.register(project_id=project_id)
        gone = [world.create(first, idempotency_key=str(n)) for n in range(3)]
        second = world.register(project_id=project_id)
        kept = world.create(second)

        assert delete_flow(world.context, first)
        assert not delete_flow(world.context, first)

        assert world.store.flows.get([first]) == []
        assert not any(world.exists(each) for each in gone)
        assert world.exists(kept)
        world.finish_deletions()
        assert [item for item in world.items() if first in item["pk"]["S"]] == []
        where = {"flow_group_id": {"_eq": flow(world, second).flow_group_id}}
        assert ids(world, "flow", where) == [second]
        assert flow(world, world.register(project_id=project_id)).version == 3

    def test_the_current_version_leaves_its_group_without_one(self, world):
        project_id = world.project("P")
        first, second = (world.register(project_id=project_id) for _ in range(2))

        delete_flow(world.context, second)

        assert world.store.flows.group(flow(world, first).flow_group_id).current_flow_id is None
        unarchive_flow(world.context, first)
        assert find_flow_id(world.context, flow_name="Flow", project_name="P") == first

    def test_with_the_last_version_nothing_is_left_and_the_name_is_free(self, world):
        project_id = world.project("P")
        before = world.items()

        delete_flow(world.context, world.register(project_id=project_id))

        world.finish_deletions()
        assert world.items() == before
        assert flow(world, world.register(project_id=project_id)).version == 1

    def test_what_one_request_does_not_finish_the_next_one_goes_on_with(self, world, monkeypatch):
        monkeypatch.setattr(deleting, "_BATCH", 2)
        monkeypatch.setattr(deleting, "MAX_DELETED_RUNS", 3)
        flow_id = world.register()
        runs = [world.create(flow_id) for _ in range(5)]

        with pytest.raises(ApiError, match="send it again"):
            delete_flow(world.context, flow_id)
        assert sum(world.exists(each) for each in runs) == 2
        with pytest.raises(BadUserInput, match="archived"):
            world.create(flow_id)
        assert delete_flow(world.context, flow_id)

        assert not any(world.exists(each) for each in runs)

    def test_a_deletion_whose_answer_was_lost_is_done_once(self, world):
        project_id = world.project()
        first, second = (world.register(project_id=project_id) for _ in range(2))
        faulty, client = world.interfered()
        client.lose_answers("transact_write_items")

        assert delete_flow(faulty.context, first)

        assert client.all_happened()
        assert world.store.flows.group(flow(world, second).flow_group_id).deleted == 1

    def test_a_deletion_that_died_after_its_deciding_write_leaves_the_name_free(self, world):
        project_id, elsewhere = world.project(), world.project()
        before = world.items()
        flow_id = world.register(project_id=project_id)

        die_after(world, "transact_write_items", lambda faulty: archive_flow(faulty, flow_id))
        die_after(world, "transact_write_items", lambda faulty: delete_flow(faulty, flow_id))

        assert not delete_flow(world.context, flow_id)
        world.finish_deletions()
        assert world.items() == before
        other = world.register(project_id=elsewhere)
        update_flow_project(world.context, other, project_id)

    def test_names_that_its_versions_had_go_with_the_last_one(self, world):
        projects = [world.project(), world.project()]
        before = world.items()
        flow_ids = [
            world.register({"name": name}, project_id=project_id, version_group_id="group")
            for name, project_id in zip("ABAC", [*projects, *projects], strict=True)
        ]

        for flow_id in flow_ids:
            assert delete_flow(world.context, flow_id)

        world.finish_deletions()
        assert world.items() == before

    def test_a_name_that_another_flow_took_since_stays_with_it(self, world):
        project_id = world.project("P")
        first = world.register(project_id=project_id)
        second = world.register(project_id=project_id, version_group_id="other")

        delete_flow(world.context, first)

        assert find_flow_id(world.context, flow_name="Flow", project_name="P") == second

    def test_what_is_written_beside_a_flow_while_it_is_deleted_goes_with_it(self, world):
        project_id = world.project()
        before = world.items()
        flow_id = world.register(project_id=project_id)
        archive_flow(world.context, flow_id)
        faulty, client = world.interfered()

        def rewrite(send):
            assert world.store.flows.rewrite(flow_id, {"name": "Flow", "tasks": [{"slug": "a"}]}, 1)
            send()

        client.alter("transact_write_items", rewrite)

        assert delete_flow(faulty.context, flow_id)
        world.finish_deletions()
        assert world.items() == before

    def test_a_flow_of_which_the_deletion_was_interrupted_is_not_there_to_be_extended(self, world):
        flow_id = world.register()
        archive_flow(world.context, flow_id)
        faulty, client = world.interfered()
        client.fail("transact_write_items", RuntimeError("killed"))
        with pytest.raises(RuntimeError):
            delete_flow(faulty.context, flow_id)

        with pytest.raises(NotFound):
            add_tasks(world.context, flow_id, [{"slug": "a"}])

    def test_of_two_who_delete_all_versions_at_once_none_counts_one_twice(self, world):
        project_id = world.project()
        flow_ids = [world.register(project_id=project_id) for _ in range(3)]

        answers = at_once(*(partial(delete_flow, world.context, each) for each in (*flow_ids, *flow_ids)))

        assert set(map(type, answers)) == {bool}
        assert world.items("group") == []


class TestProjects:
    def test_a_project_goes_with_its_flows_and_their_runs_and_no_other_does(self, world):
        other = world.create(world.register(project_id=world.project()))
        before = world.items()
        project_id = world.project("P")
        for name in ("one", "two"):
            for _ in range(2):
                world.create(world.register({"name": name}, project_id=project_id))

        assert delete_project(world.context, project_id)
        assert not delete_project(world.context, project_id)

        world.finish_deletions()
        assert world.items() == before
        assert world.exists(other)
        assert world.project("P") != project_id

    def test_nothing_comes_into_a_project_while_it_is_deleted(self, world, monkeypatch):
        monkeypatch.setattr(deleting, "MAX_DELETED_FLOWS", 1)
        project_id, elsewhere = world.project(), world.register()
        for name in ("one", "two"):
            world.register({"name": name}, project_id=project_id)

        with pytest.raises(ApiError, match="send it again"):
            delete_project(world.context, project_id)
        with pytest.raises(NotFound):
            world.register({"name": "three"}, project_id=project_id)
        with pytest.raises(NotFound):
            update_flow_project(world.context, elsewhere, project_id)

        assert delete_project(world.context, project_id)
        assert world.store.projects.get([project_id]) == []

    def test_a_name_is_given_up_and_taken(self, world):
        project_id, other = world.project("one"), world.project("two")

        assert set_project_name(world.context, project_id, "new")
        assert set_project_name(world.context, other, "one")

        assert world.store.projects.named("new").id == project_id
        assert world.store.projects.named("one").id == other
        assert world.store.projects.named("two") is None
        assert not set_project_name(world.context, NOWHERE, "x")
        assert {project.name for project in world.store.projects.all()} == {"new", "one"}

    def test_a_name_that_is_taken_stays_with_whom_it_is(self, world):
        project_id, _ = world.project("one"), world.project("two")
        before = world.items()

        with pytest.raises(BadUserInput, match=r"^Uniqueness violation\.$"):
            set_project_name(world.context, project_id, "two")
        world.finish_deletions()
        assert world.items() == before

    def test_of_two_who_want_a_name_at_once_one_gets_it(self, world):
        projects = [world.project(str(n)) for n in range(4)]

        answers = at_once(*(partial(set_project_name, world.context, each, "it") for each in projects))

        assert answers.count(True) == 1
        assert sorted(map(type, answers), key=str).count(BadUserInput) == 3

    def test_a_renaming_whose_answer_was_lost_is_no_conflict(self, world):
        project_id = world.project("one")
        faulty, client = world.interfered()
        client.lose_answers("transact_write_items")

        assert set_project_name(faulty.context, project_id, "new")
        assert client.all_happened()

    def test_a_description_is_changed_and_taken_away(self, world):
        project_id = world.project(description="old")

        for text in ("new \ud800", None):
            assert set_project_description(world.context, project_id, text)
            assert world.store.projects.get([project_id])[0].description == text
        assert not set_project_description(world.context, NOWHERE, "x")


def test_a_schedule_is_switched_off(world):
    flow_id = world.register({"name": "Flow", "schedule": {"clocks": []}}, set_schedule_active=True)

    assert set_schedule_inactive(world.context, flow_id)

    assert not flow(world, flow_id).is_schedule_active
    assert not set_schedule_inactive(world.context, NOWHERE)
