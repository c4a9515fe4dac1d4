"""Changes of many runs by the API, in both dialects, and what they refuse."""

import json

import pytest

from tests.handlers.service import CAMEL, SNAKE, both_dialects, code

ALL = (
    "matched changed flow_run_ids skipped { reason count } failed { flow_run_id code message } "
    "read_units write_units as_of continuation"
)
MUTATIONS = {
    "cancel_flow_runs": {},
    "delete_flow_runs": {},
    "set_state_of_flow_runs": {"state": "Failed"},
}
NOWHERE = "02025491-0000-7000-8000-000000000000"
each_mutation = pytest.mark.parametrize(("mutation", "more"), MUTATIONS.items(), ids=MUTATIONS)


def of(flow_id, **more):
    return {"where": {"flow_id": {"_eq": flow_id}}, **more}


@both_dialects
def test_runs_are_previewed_and_then_cancelled_portion_by_portion(service, dialect):
    flow_id = service.flow()
    ids = sorted(service.run(flow_id) for _ in range(3))
    ended = service.run(flow_id)
    service.set_state(ended, {"type": "Success"})

    told = service.mutate(dialect, "cancel_flow_runs", of(flow_id, dry_run=True), ALL)
    assert (told["matched"], told["changed"], sorted(told["flow_run_ids"])) == (4, 3, ids)
    assert told["skipped"] == [{"reason": "ended", "count": 1}]
    assert (told["read_units"], told["write_units"], told["continuation"]) == (9, 9, None)

    given = of(flow_id, limit=2, message="Not today.", as_of=told["as_of"])
    first = service.mutate(dialect, "cancel_flow_runs", given, ALL)
    assert (first["changed"], first["read_units"], first["as_of"]) == (2, None, told["as_of"])
    rest = service.mutate(dialect, "cancel_flow_runs", {**given, "continuation": first["continuation"]}, ALL)
    assert sorted([*first["flow_run_ids"], *rest["flow_run_ids"]]) == ids
    assert (rest["continuation"], rest["failed"]) == (None, [])
    assert service.read(ids[0], "state state_message") == {
        "state": "Cancelled",
        "state_message": "Not today.",
    }


@both_dialects
def test_runs_are_deleted_and_set_by_the_filters_of_lists(service, dialect):
    flow_id = service.flow({"name": "Nightly"})
    failed, kept = service.run(flow_id), service.run(flow_id)
    service.set_state(failed, {"type": "Failed", "message": "disk full"})
    where = {"flow": {"name": {"_eq": "Nightly"}}, "state_message": {"_ilike": "%FULL"}}

    given = {"where": where, "state": "Scheduled", "message": "Again."}
    assert service.mutate(dialect, "set_state_of_flow_runs", given, "flow_run_ids") == {
        "flow_run_ids": [failed]
    }
    assert service.read(failed, "state")["state"] == "Scheduled"
    where["state_message"] = {"_eq": "Again."}
    assert service.mutate(dialect, "delete_flow_runs", {"where": where}, "changed")["changed"] == 1
    assert service.read(failed, "id") is None
    assert service.read(kept, "state")["state"] == "Scheduled"


def test_deletion_leaves_runs_with_a_process_unless_told_otherwise(service):
    run_id = service.run()
    service.set_state(run_id, {"type": "Running"})
    where = {"where": {"id": {"_eq": run_id}}}

    spared = service.mutate(SNAKE, "delete_flow_runs", where, "changed skipped { reason count }")
    assert spared == {"changed": 0, "skipped": [{"reason": "live", "count": 1}]}
    assert service.mutate(SNAKE, "delete_flow_runs", {**where, "live": True}, "changed") == {"changed": 1}


def test_dry_run_shows_the_first_ids_alone(service):
    flow_id = service.flow()
    ids = sorted(service.run(flow_id) for _ in range(23))

    told = service.mutate(SNAKE, "cancel_flow_runs", of(flow_id, dry_run=True), "changed flow_run_ids")
    assert told == {"changed": 23, "flow_run_ids": ids[:20]}
    done = service.mutate(SNAKE, "cancel_flow_runs", {"all": True}, "changed flow_run_ids")
    assert done == {"changed": 23, "flow_run_ids": ids}


@each_mutation
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"where": None},
        {"where": {}},
        {"where": {}, "all": False},
        {"where": {"id": {"_eq": NOWHERE}}, "all": True},
        {"where": {"flow_id": {"_eq": None}}},
        {"where": {"state": {"_eq": "Failed"}, "flow_id": {"_eq": None}}},
        {"where": {"_or": [{"state": {"_eq": "Failed"}}, {}]}},
        {"all": True, "limit": 0},
        {"all": True, "limit": -1},
        {"all": True, "limit": 1_001},
        {"all": True, "as_of": "2999-01-01T00:00:00+00:00"},
        {"all": True, "as_of": "yesterday"},
        {"all": True, "continuation": ""},
        {"all": True, "continuation": "x" * 100_000},
        {"all": True, "continuation": f"1.0.{NOWHERE}.0123456789abcdef"},
        {"where": {"id": {"_in": [NOWHERE] * 5_001}}},
        {"where": {"name": {"_like": "%" * 10_001}}},
        {"where": {"nonsense": {"_eq": 1}}},
        {"where": {"created": {"_gt": "soon"}}},
        {"where": {"flow_id": {"_like": "%"}}},
        {"where": {"name": {"_eq": "\ud800"}}},
        {"where": "state"},
        {"where": [{"state": {"_eq": "Failed"}}, {"state": {"_eq": "Success"}}]},
        {"where": {"parameters": {"_contains": json.loads("[" * 200 + "]" * 200)}}},
    ],
    ids=lambda given: str(given)[:50],
)
def test_request_that_chooses_no_runs_is_refused_and_changes_nothing(service, mutation, more, given):
    service.run()
    for dry_run in (False, True):
        for dialect in (SNAKE, CAMEL):
            refused = service.refuse(dialect, mutation, {**given, **more, "dry_run": dry_run})
            assert code(refused) == "BAD_USER_INPUT", refused
            assert len(refused["message"]) < 1_000


@pytest.mark.parametrize("state", ["Running", "Submitted", "Mapped", "failed", "", "x" * 10_000])
def test_states_that_only_a_process_sets_are_refused(service, state):
    service.run()
    refused = service.refuse(SNAKE, "set_state_of_flow_runs", {"all": True, "state": state})
    assert (code(refused), refused["extensions"]["field"]) == ("BAD_USER_INPUT", "state")


def test_message_that_is_too_long_is_refused_and_one_with_half_a_character_is_mended(service):
    run_id = service.run()
    for mutation, more in (("cancel_flow_runs", {}), ("set_state_of_flow_runs", {"state": "Failed"})):
        refused = service.refuse(SNAKE, mutation, {"all": True, "message": "x" * 1_001, **more})
        assert code(refused) == "BAD_USER_INPUT"
    service.mutate(SNAKE, "cancel_flow_runs", {"all": True, "message": "a\ud800b"}, "changed")
    assert service.read(run_id, "state_message")["state_message"] == "a\ufffdb"


@each_mutation
def test_continuation_is_refused_with_other_values_of_its_request(service, mutation, more):
    flow_id = service.flow()
    for _ in range(3):
        service.run(flow_id)
    given = of(flow_id, limit=1, **more)
    continuation = service.mutate(SNAKE, mutation, given, "continuation")["continuation"]

    others = [
        {"where": {"flow_id": {"_eq": NOWHERE}}},
        {"where": None, "all": True},
        {"dry_run": True},
        {"as_of": "2026-01-01T00:00:00+00:00"},
        *([{"message": "other"}] if mutation != "delete_flow_runs" else [{"live": True}]),
        *([{"state": "Success"}] if more else []),
    ]
    for other in others:
        refused = service.refuse(SNAKE, mutation, {**given, **other, "continuation": continuation})
        assert code(refused) == "BAD_USER_INPUT", other
    changed = {**given, "limit": 10, "continuation": continuation}
    assert service.mutate(CAMEL, mutation, changed, "changed")["changed"] == 2


def test_continuation_that_was_made_up_only_seeks(service):
    flow_id = service.flow()
    ids = sorted(service.run(flow_id) for _ in range(3))
    given = of(flow_id, limit=1)
    continuation = service.mutate(SNAKE, "cancel_flow_runs", {**given, "limit": 1}, "continuation")
    head, as_of, _, digest = continuation["continuation"].split(".")

    for after, expected in (
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", 0),
        (ids[1], 1),
        ("00000000-0000-0000-0000-000000000000", 1),
    ):
        made_up = f"{head}.{as_of}.{after}.{digest}"
        done = service.mutate(SNAKE, "cancel_flow_runs", {**given, "continuation": made_up}, "matched")
        assert done == {"matched": expected}
    long_ago = f"{head}.0.{ids[0]}.{digest}"
    assert service.mutate(SNAKE, "cancel_flow_runs", {**given, "continuation": long_ago}, "matched") == {
        "matched": 0
    }


def test_filter_without_its_variables_is_refused(service):
    service.run()
    document = (
        "mutation($id: UUID, $all: Boolean) { "
        "cancel_flow_runs(input: {where: {flow_id: {_eq: $id}}, all: $all}) { changed } }"
    )
    for variables in ({}, {"id": None}, {"all": True}):
        assert code(service.error(document, variables)) == "BAD_USER_INPUT"
