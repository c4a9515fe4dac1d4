"""The checks report each small history or table with one fault, and pass those without."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage.layout.codec import LOG_DICTIONARY, pack
from tests.faults import admitted
from tests.faults.checks import claims, contents, histories, keys, leftovers, queue, responses, slots
from tests.faults.checks.queue import Drained
from tests.faults.history import History, Operation, Outcome
from tests.faults.report import Report
from tests.faults.table import Entry, Items, Snapshot, Subject

TENANT = "tenant"
RUN = "01a21c96-2e36-70fc-9254-a9da1d7f0000"
OTHER = "01a21c96-2e36-70fc-9254-a9da1d800000"
TASK_RUN = "01a21c96-2e36-70fc-9254-a9da1d7f0001"
FLOW, GROUP, PROJECT = "flow-1", "group-1", "project-1"
NOW = datetime(2026, 11, 27, tzinfo=UTC)


def change(number, version, returned=None, *, subject=RUN, type_="Running", code="", **more):
    """Return a state change: acknowledged with a version, refused with a code, or else unknown."""
    status = more.pop("status", "SUCCESS")
    told = more.pop("told", {"version": returned, "state": "Queued" if status == "QUEUED" else type_})
    kind = "set_flow_run_state" if subject[-4:] == "0000" else "set_task_run_state"
    outcome = Outcome.OK if returned else Outcome.REFUSED if code else Outcome.UNKNOWN
    return Operation(
        number,
        kind,
        subject,
        {"version": version, "state": {"type": type_}},
        outcome,
        code,
        {"version": returned, "status": status, "run": told} if returned else {},
        **more,
    )


def operation(kind, subject="", given=None, response=None, code=""):
    outcome = Outcome.OK if response is not None else Outcome.REFUSED if code else Outcome.UNKNOWN
    return Operation(1, kind, subject, given or {}, outcome, code, response or {})


def run(*entries, id_=RUN, number=0, state=None, slots=(), labels=(), due=None):
    """Return a run. Each state is given by its type, or by its type and the number of its operation."""
    pairs = [
        ("Scheduled", None),
        *(entry if isinstance(entry, tuple) else (entry, None) for entry in entries),
    ]
    history = [Entry(place, *pair) for place, pair in enumerate(pairs, 1)]
    history[-1] = replace(history[-1], due=due)
    item = {
        "flow_id": {"S": FLOW},
        "name": {"S": f"run {id_}"},
        "labels": {"L": [{"S": label} for label in labels]},
    }
    flow_run = f"{id_[:-4]}0000"
    return Subject(
        id=id_,
        flow_run=flow_run,
        number=number,
        version=len(history),
        state=state or history[-1].type,
        entries=history,
        slots=list(slots),
        item=item,
    )


def table(*subjects, **items):
    """Return a table with these runs, their flow, and further items by partition and sort key."""
    made: Items = {
        (f"{TENANT}#project#{PROJECT}", "project"): {},
        (f"{TENANT}#group#{GROUP}", "group"): {"version_group_id": {"S": "version-group"}},
        (f"{TENANT}#flow#{FLOW}", "flow"): {
            "group_id": {"S": GROUP},
            "project_id": {"S": PROJECT},
            "archived": {"BOOL": False},
        },
    }
    for subject in subjects:
        sk = f"task#{subject.number:04x}" if subject.number else "run"
        made[f"{TENANT}#run#{subject.flow_run}", sk] = subject.item
    made |= items.get("more", {})
    for (pk, sk), item in made.items():
        item |= {"pk": {"S": pk}, "sk": {"S": sk}}
    return Snapshot(made, {subject.id: subject for subject in subjects})


def without(snapshot, pk, sk):
    """Return the table without one of its items."""
    del snapshot.items[f"{TENANT}#{pk}", sk]
    return snapshot


def kinds(check, operations=(), snapshot=None):
    return [violation.kind for violation in check.check(list(operations), snapshot or table())]


@pytest.mark.parametrize("check", [responses, histories, claims, keys, contents, leftovers, slots])
def test_sound_history_and_table_have_no_violation(check):
    operations = [
        change(1, 1, 2, worker="a", type_="Submitted"),
        change(2, None, 3),
        change(3, 1, code="VERSION_LOCKING_ERROR"),
        change(4, 3),
        change(5, 3),
        change(6, 1, 2, subject=TASK_RUN, status="QUEUED"),
        operation("create_flow_run", given={"flow_id": FLOW, "flow_run_name": "one"}, response={"id": RUN}),
        operation("delete_flow_run", OTHER, response={"success": True}),
    ]
    limit = f"{TENANT}#limit#label#1"
    snapshot = table(
        run(("Submitted", 1), ("Running", 2), ("Running", 5), slots=[limit]),
        run("Queued", id_=TASK_RUN, number=1),
        more={
            (limit, "limit"): {"used": {"N": "1"}, "name": {"S": "gpu"}},
            (f"{TENANT}#run#{OTHER}", "heartbeat"): {"expires": {"N": "1"}},
        },
    )

    assert kinds(check, operations, snapshot) == []


class TestAnswers:
    def test_response_with_a_version_that_is_not_the_next_is_reported(self):
        assert kinds(responses, [change(1, 16, 18)]) == ["a wrong version returned"]

    def test_two_acknowledged_changes_of_one_version_are_reported(self):
        assert kinds(responses, [change(1, 1, 2), change(2, 1, 2)]) == ["two writers of one version"]

    @pytest.mark.parametrize(
        ("status", "version", "state"),
        [("SUCCESS", 3, "Running"), ("SUCCESS", 2, "Failed"), ("QUEUED", 2, "Running")],
    )
    def test_response_with_the_run_of_another_change_is_reported(self, status, version, state):
        response = change(1, 1, 2, status=status, told={"version": version, "state": state})
        assert kinds(responses, [response]) == ["another change's run returned"]

    def test_internal_error_is_reported(self):
        assert kinds(responses, [operation("cancel_flow_run", RUN, code="INTERNAL_ERROR")]) == [
            "an internal error"
        ]

    def test_version_of_an_unversioned_change_is_its_place_in_the_history(self):
        snapshot = table(run(("Running", 1), "Failed"))
        assert kinds(histories, [change(1, None, 3)], snapshot) == ["a wrong version returned"]


class TestHistories:
    def test_lost_update_is_reported(self):
        assert kinds(histories, [change(1, 1, 2)], table(run("Failed"))) == ["acknowledged, and not written"]

    def test_doubled_entry_is_reported_whatever_the_outcome(self):
        twice = table(run(("Running", 1), "Failed", ("Running", 1)))
        for state_change in (change(1, 1, 2), change(1, None), change(1, 1)):
            assert kinds(histories, [state_change], twice) == ["written twice"]

    def test_refused_change_that_stands_in_the_history_is_reported(self):
        conflict = change(1, 1, code="VERSION_LOCKING_ERROR")
        assert kinds(histories, [conflict], table(run(("Running", 1)))) == [
            "refused, and written all the same"
        ]

    def test_gap_in_a_history_is_reported(self):
        gap = run("Running", "Success")
        del gap.entries[1]
        assert kinds(histories, [], table(gap)) == ["a gap in a history"]

    def test_current_state_that_is_not_the_last_entry_is_reported(self):
        assert kinds(histories, [], table(run("Running", state="Failed"))) == ["head and history differ"]

    def test_acknowledged_version_with_another_state_is_reported(self):
        snapshot = table(run("Failed", ("Running", 1)))
        assert kinds(histories, [change(1, 1, 2)], snapshot) == ["written at another version"]

    def test_success_for_a_queued_run_is_reported(self):
        snapshot = table(run("Queued", ("Running", 2)))
        assert kinds(histories, [change(1, 1, 3)], snapshot) == ["acknowledged, and not written"]

    def test_queued_for_a_running_run_is_reported(self):
        snapshot = table(run(("Running", 1)))
        told = change(1, 1, 2, status="QUEUED")
        assert kinds(histories, [told], snapshot) == ["told to wait, and does not"]

    def test_state_in_the_history_of_another_run_is_reported(self):
        snapshot = table(run(), run(("Running", 1), id_=OTHER))
        assert kinds(histories, [change(1, 1)], snapshot) == ["a state in another run's history"]

    def test_task_runs_may_have_the_state_of_their_cancelled_flow_run(self):
        cancelled = ("Cancelled", 1)
        snapshot = table(run(cancelled), run(cancelled, id_=TASK_RUN, number=1))
        assert kinds(histories, [change(1, 1, 2, type_="Cancelled")], snapshot) == []


class TestClaims:
    def test_two_claims_of_one_run_are_reported(self):
        both = [change(n, 1, 2, type_="Submitted", worker=f"worker {n}") for n in (1, 2)]
        assert kinds(claims, both) == ["a run taken twice"]

    def test_two_successful_starts_from_one_version_are_reported(self):
        assert kinds(claims, [change(1, 16, 18), change(2, 17, 18)]) == ["two execute one run"]


class TestKeys:
    def test_key_that_returned_two_runs_is_reported(self):
        given = {"flow_id": FLOW, "flow_run_name": "of key", "idempotency_key": "key"}
        both = [operation("create_flow_run", "flow-1 key", given, {"id": run_id}) for run_id in (RUN, OTHER)]
        assert kinds(keys, both) == ["a key that made several runs"]

    def test_two_runs_of_one_creation_are_reported_whatever_the_outcome(self):
        twins = [run(), run(id_=OTHER)]
        for twin in twins:
            twin.item["name"] = {"S": "run 7"}
        created = operation("create_flow_run", "", {"flow_id": FLOW, "flow_run_name": "run 7"})
        assert kinds(keys, [created], table(*twins)) == ["several runs of one creation"]


class TestContents:
    created = operation("create_flow_run", given={"flow_id": FLOW}, response={"id": RUN})

    def test_missing_acknowledged_run_is_reported(self):
        assert kinds(contents, [self.created]) == ["an acknowledged run is lost"]

    @pytest.mark.parametrize("what", [("delete_flow_run", RUN), ("delete_flow", FLOW)])
    def test_run_with_a_requested_deletion_may_be_missing(self, what):
        registered = operation(
            "create_flow", PROJECT, {"serialized_flow": {"name": "Flow"}}, response={"id": FLOW}
        )
        assert kinds(contents, [registered, self.created, operation(*what)]) == []

    def test_missing_acknowledged_flow_is_reported(self):
        given = {"serialized_flow": {"name": "Flow"}}
        registered = operation("create_flow", PROJECT, given, response={"id": "gone"})
        assert kinds(contents, [registered]) == ["an acknowledged flow is lost"]

    @pytest.mark.parametrize(
        ("kept", "expected"),
        [
            (["line 1.0"], []),
            ([], ["acknowledged log lines are lost"]),
        ],
        ids=["kept", "lost"],
    )
    def test_missing_acknowledged_log_line_is_reported(self, kept, expected):
        written = operation("write_run_logs", RUN, {"logs": [{"message": "line 1.0"}]}, {"success": True})
        rows = {"entries": {"B": pack([[0, "INFO", message] for message in kept], LOG_DICTIONARY)}}
        snapshot = table(run(), more={(f"{TENANT}#run#{RUN}", "log#1#x"): rows})
        assert kinds(contents, [written], snapshot) == expected

    @pytest.mark.parametrize(
        ("read", "expected"),
        [
            (["line 1.0", "Scheduled anew.", "Scheduled anew."], []),
            (["line 1.0", "line 1.0"], ["a log line stands twice"]),
        ],
        ids=["once", "twice"],
    )
    def test_client_log_line_that_is_read_twice_is_reported(self, read, expected):
        reading = operation("log", RUN, response={"rows": [{"message": message} for message in read]})
        assert kinds(contents, [reading]) == expected

    def test_missing_acknowledged_artifact_is_reported(self):
        made = operation("create_task_run_artifact", "", {"task_run_id": TASK_RUN}, {"id": "artifact"})
        assert kinds(contents, [made], table(run())) == ["an acknowledged artifact is lost"]


class TestLeftovers:
    @pytest.mark.parametrize(
        "sk", ["details", "task#0001", "state#abc", "states#00000001", "log#1#x", "artifact#a#b"]
    )
    def test_item_of_a_deleted_run_is_reported(self, sk):
        assert kinds(leftovers, [], table(more={(f"{TENANT}#run#{RUN}", sk): {}})) == ["left over"]

    @pytest.mark.parametrize(
        ("pk", "sk", "item"),
        [
            (f"map#{TASK_RUN}", "map", {"run": {"S": RUN}}),
            ("artifact#a", "artifact", {"run": {"S": RUN}, "task_run": {"S": TASK_RUN}}),
            (f"run#{RUN}", "heartbeat", {}),
            ("flow#gone", "serialized#0", {}),
            ("group#empty", "group", {"version_group_id": {"S": "other"}}),
            ("project#gone", "flow-group#A", {}),
            (f"project#{PROJECT}", "flow-name#Moved away", {"version_group_id": {"S": "elsewhere"}}),
            ("project-name#Old", "project-name", {"project_id": {"S": "gone"}}),
            ("novelty#1", "novelty", {}),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_item_without_an_existing_owner_is_reported(self, pk, sk, item):
        assert kinds(leftovers, [], table(more={(f"{TENANT}#{pk}", sk): item})) == ["left over"]

    @pytest.mark.parametrize(
        ("pk", "sk"),
        [(f"run#{RUN}", "state#abc"), (f"run#{RUN}", "states#00000001"), ("artifact#a", "artifact")],
    )
    def test_item_of_a_run_that_no_history_names_is_reported(self, pk, sk):
        item = {"run": {"S": RUN}, "task_run": {"S": TASK_RUN}}
        assert kinds(leftovers, [], table(run(), more={(f"{TENANT}#{pk}", sk): item})) == ["left over"]

    def test_part_of_a_run_is_reported(self):
        part = {"state": {"S": "Running"}}
        assert kinds(leftovers, [], table(more={(f"{TENANT}#run#{RUN}", "run"): part})) == ["left over"]

    def test_run_of_a_deleted_flow_is_reported(self):
        left = without(without(table(run()), f"flow#{FLOW}", "flow"), f"group#{GROUP}", "group")
        assert kinds(leftovers, [], left) == ["left over"]

    def test_flow_of_a_deleted_project_is_reported(self):
        assert kinds(leftovers, [], without(table(), f"project#{PROJECT}", "project")) == ["left over"]

    def test_existing_object_with_an_acknowledged_deletion_is_reported(self):
        told = operation("delete_flow", FLOW, response={"success": True})
        assert kinds(leftovers, [told]) == ["deleted, and still there"]

    def test_flow_in_two_projects_with_two_current_versions_is_reported(self):
        second = {"group_id": {"S": GROUP}, "project_id": {"S": "project-2"}, "archived": {"BOOL": False}}
        more = {(f"{TENANT}#flow#flow-2", "flow"): second, (f"{TENANT}#project#project-2", "project"): {}}
        assert kinds(leftovers, [], table(more=more)) == [
            "a flow in two projects",
            "two current versions of a flow",
        ]


class TestSlots:
    def test_limit_whose_count_is_not_that_of_its_holders_is_reported(self):
        limit = {(f"{TENANT}#limit#label#1", "limit"): {"used": {"N": "2"}, "name": {"S": "gpu"}}}
        holder = run("Running", slots=[f"{TENANT}#limit#label#1"])
        assert kinds(slots, [], table(holder, more=limit)) == ["slots miscounted"]

    def test_slot_of_a_run_that_is_not_running_is_reported(self):
        limit = {(f"{TENANT}#limit#label#1", "limit"): {"used": {"N": "1"}, "name": {"S": "gpu"}}}
        holder = run("Failed", slots=[f"{TENANT}#limit#label#1"])
        assert kinds(slots, [], table(holder, more=limit)) == ["a slot outlives its state"]

    def test_running_task_run_of_an_ended_flow_run_is_reported(self):
        snapshot = table(run("Failed"), run("Running", id_=TASK_RUN, number=1))
        assert kinds(slots, [], snapshot) == ["a task run outlives its run"]


class TestQueue:
    north, both = ("north",), ("north", "south")

    def judged(self, waiting, *drained):
        found = queue.check(waiting, [Drained(labels, given) for labels, given in drained])
        return [violation.kind for violation in found]

    def test_polls_that_give_each_waiting_run_once_pass(self):
        waiting = {"a": self.north, "b": self.both, "c": ()}
        assert self.judged(waiting, ((), ["c"]), (self.north, ["a"]), (self.both, ["b"])) == []

    def test_waiting_run_that_no_poll_gave_is_reported(self):
        assert self.judged({"a": self.north}, (self.north, [])) == ["starved"]

    @pytest.mark.parametrize("agent", [(), ("south",)])
    def test_run_given_to_an_agent_without_its_labels_is_reported(self, agent):
        assert self.judged({"a": self.north}, (agent, ["a"])) == ["given to the wrong agent"]

    def test_run_given_twice_is_reported(self):
        waiting = {"a": self.north}
        assert self.judged(waiting, (self.north, ["a"]), (self.both, ["a"])) == ["given to the wrong agent"]

    def test_given_run_that_does_not_wait_is_reported(self):
        assert self.judged({}, (self.north, ["a"])) == ["given to the wrong agent"]

    def test_waiting_runs_are_due_or_running_with_a_due_task_run(self):
        late = NOW - timedelta(minutes=1)
        snapshot = table(
            run(due=late, labels=["north"]),
            run(id_="due-later-0000", due=NOW + timedelta(hours=1)),
            run("Running", id_=OTHER),
            run(("Retrying", None), id_=f"{OTHER[:-4]}0001", number=1, due=late),
        )
        assert queue.waiting_runs(snapshot, NOW) == {RUN: ("north",), OTHER: ()}


def test_run_created_again_by_its_own_late_request_is_left_out():
    def created(run_id, name):
        return operation("create_flow_run", "", {"flow_id": FLOW, "flow_run_name": name}, {"id": run_id})

    kept, again = created(OTHER, "kept"), created(RUN, "again")
    deletion = operation("delete_flow_run", RUN, response={"success": True})
    history = [kept, again, change(1, 1, 2), deletion, change(2, 1, 2), change(3, 1, 2, subject=TASK_RUN)]
    snapshot = table(run("Running"), run("Running", id_=TASK_RUN, number=1), run(id_=OTHER))

    left = admitted.without_runs_made_again(history, snapshot, {RUN, OTHER})

    assert left == [kept]
    assert list(snapshot.subjects) == [OTHER]
    assert [pk for pk, _ in snapshot.items if RUN in pk] == []


def test_report_has_seed_counts_and_operations_near_violations():
    history = History()
    history.operations += [change(n, n, n + 1, worker="worker 1") for n in range(1, 30)]
    history.operations.append(change(30, 30, 32, worker="worker 2"))
    snapshot = table(run(*(("Running", n) for n in range(1, 30)), "Failed", ("Running", 30)))
    violations = list(responses.check(history.operations, snapshot))

    text = str(Report("seed-7", history, snapshot, Counter({"responses lost": 3}), violations))

    assert "Seed seed-7: 30 operations (30 ok)" in text
    assert "3 faults: 3 responses lost" in text
    assert "1 violations: 1 a wrong version returned" in text
    assert "#30" in text
    assert "#12 " not in text
    assert "31 Failed" in text
    assert text.endswith("SEED=seed-7")
