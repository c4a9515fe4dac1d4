import pytest

from domain.flow_runs.states import KIND_OF, Kind
from tests.handlers.service import SNAKE, both_dialects, code

ELSEWHERE = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"
LATER = {"start_time": "2030-01-01T00:00:00+00:00"}


class TestCancelling:
    @both_dialects
    @pytest.mark.parametrize("name", sorted(KIND_OF))
    def test_cancellation_depends_on_the_state_of_the_run(self, service, dialect, name):
        flow_run_id = service.run()
        service.set_state(flow_run_id, {"type": name, **LATER})

        payload = service.mutate(
            dialect, "cancel_flow_run", {"flow_run_id": flow_run_id}, "id state flow_run { state version }"
        )

        kind = KIND_OF[name]
        expected = {Kind.FINISHED: name, Kind.RUNNING: "Cancelling"}.get(kind, "Cancelled")
        assert (payload["id"], payload["state"]) == (flow_run_id, expected)
        stays = kind is Kind.FINISHED or name == "Cancelling"
        assert payload["flow_run"] == {"state": expected, "version": 2 if stays else 3}

    @both_dialects
    def test_cancellation_of_a_scheduled_run_ends_it(self, service, dialect):
        flow_run_id = service.run()

        service.mutate(dialect, "cancel_flow_run", {"flow_run_id": flow_run_id}, "state")

        run = service.read(flow_run_id, "state state_message end_time state_timestamp states { state }")
        assert run["state_message"] == "Cancelled before it ran."
        assert run["end_time"] == run["state_timestamp"]
        assert [entry["state"] for entry in run["states"]] == ["Scheduled", "Cancelled"]

    @both_dialects
    def test_cancellation_of_an_unknown_run_is_not_found(self, service, dialect):
        assert code(service.refuse(dialect, "cancel_flow_run", {"flow_run_id": ELSEWHERE})) == "NOT_FOUND"


class TestNamesAndLabels:
    @both_dialects
    def test_run_is_renamed(self, service, dialect):
        flow_run_id = service.run(flow_run_name="before")
        given = {"flow_run_id": flow_run_id, "name": "after 👋"}

        payload = service.mutate(dialect, "set_flow_run_name", given, "success error")

        assert payload == {"success": True, "error": None}
        run = service.read(flow_run_id, "name created updated")
        assert run["name"] == "after 👋"
        assert run["updated"] > run["created"]

    @both_dialects
    def test_labels_of_a_run_are_replaced_or_removed(self, service, dialect):
        flow_run_id = service.run(labels=["before"])

        for labels, expected in ((["b", "a", "b"], ["a", "b"]), ([], [])):
            given = {"flow_run_id": flow_run_id, "labels": labels}
            payload = service.mutate(dialect, "set_flow_run_labels", given, "success error")
            assert payload == {"success": True, "error": None}
            assert service.read(flow_run_id, "labels") == {"labels": expected}

    @both_dialects
    @pytest.mark.parametrize(
        ("mutation", "given"),
        [
            ("set_flow_run_name", {"name": "x"}),
            ("set_flow_run_labels", {"labels": ["x"]}),
            ("delete_flow_run", {}),
        ],
    )
    def test_change_of_an_unknown_run_has_no_success_and_an_error(self, service, dialect, mutation, given):
        payload = service.mutate(dialect, mutation, {"flow_run_id": ELSEWHERE, **given}, "success error")

        assert payload == {"success": False, "error": f"There is no flow run {ELSEWHERE}."}
        assert service.items() == []

    @both_dialects
    @pytest.mark.parametrize(
        ("name", "kept"), [("x" * 201, "x" * 200), ("SELECT 1\nFROM t\x00", "SELECT 1 FROM t ")]
    )
    def test_name_of_a_run_is_cut_and_cleaned(self, service, dialect, name, kept):
        flow_run_id = service.run()

        given = {"flow_run_id": flow_run_id, "name": name}
        assert service.mutate(dialect, "set_flow_run_name", given, "success") == {"success": True}
        assert service.read(flow_run_id, "name") == {"name": kept}

    @both_dialects
    def test_empty_name_is_refused(self, service, dialect):
        error = service.refuse(dialect, "set_flow_run_name", {"flow_run_id": service.run(), "name": ""})

        assert code(error) == "BAD_USER_INPUT"
        assert error["message"].startswith("name ")

    @both_dialects
    @pytest.mark.parametrize("labels", [[""], ["x" * 201]], ids=["empty", "long"])
    def test_unusable_labels_are_refused(self, service, dialect, labels):
        error = service.refuse(
            dialect, "set_flow_run_labels", {"flow_run_id": service.run(), "labels": labels}
        )

        assert code(error) == "BAD_USER_INPUT"

    @both_dialects
    def test_labels_above_the_bound_are_refused(self, service, dialect):
        given = {"flow_run_id": service.run(), "labels": [str(number) for number in range(101)]}

        assert code(service.refuse(dialect, "set_flow_run_labels", given)) == "PAYLOAD_TOO_LARGE"


class TestDeleting:
    @both_dialects
    def test_deleted_run_is_gone_with_its_history_and_from_lists(self, service, dialect):
        flow_id = service.flow()
        kept, gone = service.run(flow_id), service.run(flow_id)
        for _ in range(20):
            service.set_state(gone, {"type": "Running"})

        payload = service.mutate(dialect, "delete_flow_run", {"flow_run_id": gone}, "success error")

        assert payload == {"success": True, "error": None}
        assert service.read(gone, "id states { id }") is None
        assert [row["id"] for row in service.data("{ flow_run { id } }")["flow_run"]] == [kept]
        (left,) = [str(item) for item in service.items() if gone in str(item)]
        assert "follow-up" in left  # until recovery has looked for late arrivals

    def test_deleted_run_is_neither_changed_nor_deleted_again(self, service):
        flow_run_id = service.run()
        service.mutate(SNAKE, "delete_flow_run", {"flow_run_id": flow_run_id}, "success")

        change = {"flow_run_id": flow_run_id, "state": {"type": "Running"}}
        assert code(service.refuse(SNAKE, "set_flow_run_state", change)) == "NOT_FOUND"
        again = service.mutate(SNAKE, "delete_flow_run", {"flow_run_id": flow_run_id}, "success")
        assert again == {"success": False}


class TestHeartbeats:
    @both_dialects
    def test_heartbeat_shows_on_the_run(self, service, dialect):
        flow_run_id = service.run()
        service.set_state(flow_run_id, {"type": "Running"})
        before = service.read(flow_run_id, "heartbeat")["heartbeat"]

        payload = service.mutate(
            dialect, "update_flow_run_heartbeat", {"flow_run_id": flow_run_id}, "success error"
        )

        assert payload == {"success": True, "error": None}
        assert service.read(flow_run_id, "heartbeat")["heartbeat"] > before

    @both_dialects
    def test_heartbeat_of_an_unknown_run_succeeds_and_creates_nothing(self, service, dialect):
        payload = service.mutate(dialect, "update_flow_run_heartbeat", {"flow_run_id": ELSEWHERE}, "success")

        assert payload == {"success": True}
        assert service.read(ELSEWHERE, "id heartbeat") is None


@both_dialects
@pytest.mark.parametrize(
    "mutation", ["cancel_flow_run", "delete_flow_run", "update_flow_run_heartbeat", "set_flow_run_name"]
)
@pytest.mark.parametrize("given", [{}, {"flow_run_id": None}, {"flow_run_id": "x"}], ids=repr)
def test_flow_run_id_must_be_a_uuid(service, dialect, mutation, given):
    more = {"name": "x"} if mutation == "set_flow_run_name" else {}

    error = service.refuse(dialect, mutation, {**given, **more})

    assert code(error) == "BAD_USER_INPUT"
    assert dialect.spell("flow_run_id") in error["message"]
