"""The schedule function with the events of events/, on a table made from template.yaml."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError

from domain.access.authors import Author
from domain.errors import ApiError
from domain.parts import Part
from handlers import event_bridge
from operations.access.usage import usage_of
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from operations.tenants import create_tenant
from tests.handlers.aws import Account, aws_account, event_file
from tests.handlers.invocation import invocation
from tests.unit.template import table_actions

FLOW = {"name": "My Flow Name", "parameters": [{"name": "name", "required": True}]}
DUE = datetime(2026, 11, 22, 6, tzinfo=UTC)


@pytest.fixture
def account(monkeypatch) -> Iterator[Account]:
    with aws_account(monkeypatch) as account:
        # The events are due at DUE, so the clock of the tests must not be later.
        account.later = DUE - datetime.now(UTC)
        yield account


def deliver(event: Any) -> dict[str, str]:
    return event_bridge.handler(event, None)


def runs(account: Account) -> list[str]:
    lists = account.context().store.run_lists
    return list(lists.ids(lists.of_tenant(), descending=True))


def read(account: Account, flow_run_id: str) -> Any:
    (run,) = account.context().store.flow_runs.get([flow_run_id], (Part.INPUTS,), consistent=True)
    return run


def with_flow(event: dict[str, Any], flow_id: str) -> dict[str, Any]:
    """Return an event with the id of an existing flow in place of the id in its file."""
    if "detail" in event:
        return {**event, "detail": {**event["detail"], "flowId": flow_id}}
    return event


@pytest.mark.parametrize("name", ["scheduler", "rule", "rule_plain", "object"])
class TestEachKindOfEvent:
    def test_event_creates_a_run_at_its_scheduled_time(self, account, name):
        # Given
        flow_id = account.register(FLOW)

        # When
        result = deliver(with_flow(event_file(name), flow_id))

        # Then
        run = read(account, result["flow_run_id"])
        assert result["status"] == "accepted"
        assert run.flow_id == flow_id
        assert run.scheduled_start_time == DUE
        assert run.state.type == "Scheduled"
        assert run.auto_scheduled
        assert run.inputs.parameters == {"name": "Marvin" if name != "object" else "example key.csv"}
        assert run.created_by == Author("event" if name == "object" else "schedule")
        assert account.dead_letters_waiting() == []

    def test_repeated_delivery_creates_one_run(self, account, name):
        # Given
        event = with_flow(event_file(name), account.register(FLOW))

        # When
        results = [deliver(event) for _ in range(3)]

        # Then
        assert len({result["flow_run_id"] for result in results}) == 1
        assert len(runs(account)) == 1

    @pytest.mark.parametrize("days", [2, 29], ids=["later than a client key lives", "as late as may be"])
    def test_delivery_days_later_creates_no_second_run(self, account, name, days):
        # Given
        event = with_flow(event_file(name), account.register(FLOW))
        first = deliver(event)

        # When
        account.later += timedelta(days=days)
        again = deliver(event)

        # Then
        assert again == first
        assert len(runs(account)) == 1

    def test_delivery_after_30_days_is_rejected(self, account, name):
        # Given
        event = with_flow(event_file(name), account.register(FLOW))
        deliver(event)

        # When
        account.later += timedelta(days=31)
        late = deliver(event)

        # Then
        assert late["status"] == "rejected"
        assert "more than 30 days ago" in late["reason"]
        assert len(runs(account)) == 1


class TestOccurrences:
    def test_registration_between_deliveries_creates_no_second_run(self, account):
        # Given
        account.register(FLOW)
        first = deliver(event_file("scheduler"))

        # When
        account.register({**FLOW, "description": "the next version"})
        again = deliver(event_file("scheduler"))

        # Then
        assert again == first

    def test_next_occurrence_runs_the_newest_version(self, account):
        # Given
        account.register(FLOW)
        first = deliver(event_file("scheduler"))
        newest = account.register({**FLOW, "description": "the next version"})

        # When
        second = deliver(event_file("scheduler") | {"scheduledTime": "2026-11-23T06:00:00Z"})

        # Then
        assert second["flow_run_id"] != first["flow_run_id"]
        assert read(account, second["flow_run_id"]).flow_id == newest

    def test_other_schedule_at_the_same_time_creates_another_run(self, account):
        account.register(FLOW)

        first = deliver(event_file("scheduler"))
        other = deliver(event_file("rule"))

        assert first["flow_run_id"] != other["flow_run_id"]

    def test_two_targets_of_one_rule_create_a_run_each(self, account):
        account.register(FLOW)
        account.register({**FLOW, "name": "Other"})

        first = deliver(event_file("rule"))
        other = deliver(event_file("rule") | {"flowName": "Other"})

        assert first["flow_run_id"] != other["flow_run_id"]

    def test_one_instant_in_two_spellings_is_one_occurrence(self, account):
        account.register(FLOW)

        first = deliver(event_file("scheduler"))
        again = deliver(event_file("scheduler") | {"scheduledTime": "2026-11-22T07:00:00+01:00"})

        assert again == first


def written(**more: Any) -> dict[str, Any]:
    """Return the event of an object, with other facts of it; those that are None are left out."""
    event: dict[str, Any] = event_file("object")
    found = event["event"]["detail"]["object"] | {name.replace("_", "-"): fact for name, fact in more.items()}
    event["event"]["detail"]["object"] = {name: fact for name, fact in found.items() if fact is not None}
    return event


class TestObjects:
    def test_run_knows_its_object(self, account):
        account.register(FLOW)

        run = read(account, deliver(event_file("object"))["flow_run_id"])

        assert run.labels == ["example"]
        assert run.inputs.context == {
            "s3_object": {
                "bucket": "incoming",
                "key": "example key.csv",
                "size": 5,
                "etag": "b1946ac92492d2347c6235b4d2611184",
                "version_id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
            }
        }

    def test_each_fact_can_be_a_parameter_beside_those_of_the_payload(self, account):
        account.register(FLOW)
        facts = {"a": "bucket", "b": "key", "c": "size", "d": "etag", "e": "version_id"}
        more = {"parameters": {"name": "x", "a": "y"}, "context": {"day": 42}, "object_parameters": facts}
        event = written(version_id=None, key='a "b" \\ ü.csv')
        del event["objectParameters"]

        run = read(account, deliver(event | more)["flow_run_id"])

        etag = "b1946ac92492d2347c6235b4d2611184"
        given = {"a": "incoming", "b": 'a "b" \\ ü.csv', "c": 5, "d": etag, "e": None}
        assert run.inputs.parameters == {"name": "x", **given}
        assert run.inputs.context["day"] == 42
        assert run.inputs.context["s3_object"]["key"] == 'a "b" \\ ü.csv'

    def test_same_write_that_is_told_twice_creates_one_run(self, account):
        account.register(FLOW)
        first = deliver(event_file("object"))

        again = event_file("object")
        again["event"] |= {"id": "0c1f2d3e-0000-4000-8000-123456789012", "time": "2026-11-22T06:00:01Z"}

        assert deliver(again) == first
        assert len(runs(account)) == 1

    @pytest.mark.parametrize(
        "other",
        [{"sequencer": "617f08299329d18a"}, {"key": "other.csv"}],
        ids=["written again", "other key"],
    )
    @pytest.mark.parametrize("version", ["IYV3p45BT0ac8hjHg1houSdS1a.Mro8e", None], ids=["versions", "none"])
    def test_next_write_creates_another_run(self, account, other, version):
        account.register(FLOW)

        first = deliver(written(version_id=version))
        second = deliver(written(version_id=version, **other))

        assert first["flow_run_id"] != second["flow_run_id"]
        assert len(runs(account)) == 2

    def test_object_of_the_same_name_in_another_bucket_creates_another_run(self, account):
        account.register(FLOW)
        other = event_file("object")
        other["event"]["detail"]["bucket"]["name"] = "elsewhere"

        assert deliver(event_file("object"))["flow_run_id"] != deliver(other)["flow_run_id"]

    def test_two_flows_get_a_run_each(self, account):
        account.register(FLOW)
        account.register({**FLOW, "name": "Other"})

        first = deliver(event_file("object"))
        other = deliver(event_file("object") | {"flowName": "Other"})

        assert first["flow_run_id"] != other["flow_run_id"]

    def test_longest_key_in_flow_and_project_with_the_longest_names_creates_a_run(self, account):
        account.register({**FLOW, "name": "f" * 200}, "p" * 200)
        event = written(key="k" * 1024) | {"flowName": "f" * 200, "projectName": "p" * 200}
        event["event"]["detail"]["bucket"]["name"] = "b" * 63

        assert deliver(event)["status"] == "accepted"

    def test_event_with_more_fields_than_today_creates_a_run(self, account):
        account.register(FLOW)
        event = written(storage_class="STANDARD")
        event["event"]["detail"]["event-version"] = "1.0"

        assert deliver(event)["status"] == "accepted"

    @pytest.mark.parametrize(
        ("more", "reason"),
        [
            ({"schedule": "x"}, "schedule is not known"),
            ({"event": None}, "event: Input should be a valid dictionary"),
            (
                {"objectParameters": {"name": "colour"}},
                "objectParameters.name: Input should be 'bucket', 'key'",
            ),
        ],
        ids=["of a schedule, too", "no event", "unknown fact"],
    )
    def test_payload_that_cannot_be_used_is_rejected(self, account, more, reason):
        account.register(FLOW)

        assert reason in deliver(event_file("object") | more)["reason"]
        assert runs(account) == []

    @pytest.mark.parametrize(
        ("more", "reason"),
        [
            ({"detail-type": "Object Deleted"}, "event.detail-type: Input should be 'Object Created'"),
            ({"source": "mine"}, "event.source: Input should be 'aws.s3'"),
            ({"time": "soon"}, "event.time is not a time"),
            ({"detail": {}}, "event.detail.bucket: Field required; event.detail.object: Field required"),
        ],
        ids=["deleted", "of another", "no time", "no object"],
    )
    def test_event_of_something_else_is_rejected(self, account, more, reason):
        account.register(FLOW)
        event = event_file("object")

        assert reason in deliver(event | {"event": event["event"] | more})["reason"]

    def test_object_without_a_sequencer_is_rejected(self, account):
        account.register(FLOW)

        assert "event.detail.object.sequencer: Field required" in deliver(written(sequencer=None))["reason"]

    def test_event_of_s3_without_a_transformer_is_rejected_with_what_to_do(self, account):
        result = deliver(event_file("object")["event"])

        assert "an object's event in `event`" in result["reason"]


class TestPayload:
    def test_payload_names_may_be_in_snake_case(self, account):
        # Given
        flow_id = account.register(FLOW)

        # When
        result = deliver(
            {
                "flow_id": flow_id.upper(),
                "parameters": {"name": "Arthur"},
                "context": {"day": 42},
                "labels": ["b", "a"],
                "run_config": {"type": "LocalRun"},
                "flow_run_name": "tea",
                "schedule": "nightly",
                "scheduled_time": "2026-11-22 06:00:00",
            }
        )

        # Then
        run = read(account, result["flow_run_id"])
        assert (run.name, run.labels, run.scheduled_start_time) == ("tea", ["a", "b"], DUE)
        assert run.inputs.context == {"day": 42}
        assert run.inputs.run_config == {"type": "LocalRun"}

    def test_payload_with_a_version_group_runs_its_current_flow(self, account):
        flow_id = account.register(FLOW)
        (flow,) = account.context().store.flows.get([flow_id])
        event = event_file("scheduler")
        del event["flowName"], event["projectName"]

        result = deliver(event | {"versionGroupId": flow.version_group_id})

        assert read(account, result["flow_run_id"]).flow_id == flow_id


SCHEDULED = {"schedule": "nightly", "scheduledTime": "2026-11-22T06:00:00Z"}
NAMED = {"flowName": "My Flow Name", "projectName": "Examples", **SCHEDULED}
UNKNOWN_ID = "5d0c2a3e-8f6b-4f57-9a63-1d9c8c1e7a10"
PLAIN = {
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "time": "2026-11-22T06:00:00Z",
    "resources": ["arn:aws:events:eu-west-1:123456789012:rule/nightly"],
}


@pytest.mark.parametrize(
    ("event", "code", "reason"),
    [
        pytest.param([1], "BAD_USER_INPUT", "must be a JSON object", id="not an object"),
        pytest.param({}, "BAD_USER_INPUT", "schedule: Field required; scheduledTime", id="empty"),
        pytest.param(SCHEDULED, "BAD_USER_INPUT", "Say which flow", id="no flow"),
        pytest.param({"flowName": "x", **SCHEDULED}, "BAD_USER_INPUT", "Say which flow", id="no project"),
        pytest.param({"flowId": UNKNOWN_ID, **NAMED}, "BAD_USER_INPUT", "Say which flow", id="two flows"),
        pytest.param({**NAMED, "colour": 1}, "BAD_USER_INPUT", "colour is not known", id="unknown field"),
        pytest.param(
            {**NAMED, "parameters": {"a": float("inf")}},
            "BAD_USER_INPUT",
            "parameters.a: Infinity",
            id="infinity",
        ),
        pytest.param(
            {**NAMED, "context": {"a": ["\ud800"]}}, "BAD_USER_INPUT", "context.a[0]: half a char", id="half"
        ),
        pytest.param(
            {**NAMED, "a" * 250_000 + "_": 1, "a_" * 100_000: 1},
            "BAD_USER_INPUT",
            "aaa… is not known",
            id="long",
        ),
        pytest.param(
            {**NAMED, **{f"field {number}": 1 for number in range(20_000)}},
            "BAD_USER_INPUT",
            "flowRunName, schedule, scheduledTime); and 19,992 more.",
            id="many",
        ),
        pytest.param({**NAMED, "labels": "a"}, "BAD_USER_INPUT", "labels: Input should be", id="wrong type"),
        pytest.param({**NAMED, "flow_name": "x"}, "BAD_USER_INPUT", "are the same", id="spelled twice"),
        pytest.param(
            {**NAMED, "scheduledTime": "soon"}, "BAD_USER_INPUT", "scheduledTime is not a", id="no time"
        ),
        pytest.param(
            {**NAMED, "scheduledTime": "2027-11-22"}, "BAD_USER_INPUT", "7 days ahead", id="far ahead"
        ),
        pytest.param(
            {**NAMED, "schedule": ""}, "BAD_USER_INPUT", "schedule: String should", id="no schedule"
        ),
        pytest.param(NAMED, "BAD_USER_INPUT", "requires the parameter name", id="missing parameter"),
        pytest.param({**NAMED, "flowName": "x"}, "NOT_FOUND", "no flow named 'x'", id="unknown name"),
        pytest.param(
            {**NAMED, "projectName": "x"}, "NOT_FOUND", "no project named 'x'", id="unknown project"
        ),
        pytest.param({"flowId": UNKNOWN_ID, **SCHEDULED}, "NOT_FOUND", "There is no flow", id="unknown id"),
        pytest.param({"flowId": "7", **SCHEDULED}, "BAD_USER_INPUT", "flowId must be a UUID", id="no id"),
        pytest.param({**PLAIN, "detail": {}}, "BAD_USER_INPUT", "Say which flow", id="plain rule, no flow"),
        pytest.param(PLAIN, "BAD_USER_INPUT", "needs `detail`", id="plain rule, no detail"),
        pytest.param(
            {**PLAIN, "source": "aws.s3", "detail": {}}, "BAD_USER_INPUT", "aws.events", id="another's event"
        ),
    ],
)
def test_unusable_event_goes_to_the_queue_with_its_reason(account, event, code, reason):
    # Given
    account.register(FLOW)

    # When
    result = deliver(event)

    # Then
    assert result["status"] == "rejected"
    assert result["code"] == code
    assert reason in result["reason"]
    (letter,) = account.dead_letters_waiting()
    assert letter == {"event": event, "code": code, "reason": result["reason"]}
    assert runs(account) == []


def test_event_of_an_archived_flow_is_rejected(account):
    # Given
    archived = account.register(FLOW)
    account.register({**FLOW, "description": "the next version"})

    # When
    result = deliver({"flowId": archived, "parameters": {"name": "x"}, **SCHEDULED})

    # Then
    assert result["status"] == "rejected"
    assert "is archived" in result["reason"]


def test_rejected_event_succeeds_after_its_flow_is_registered(account):
    # Given
    assert deliver(event_file("scheduler"))["status"] == "rejected"

    # When
    account.register(FLOW)
    (letter,) = account.dead_letters_waiting()
    redriven = deliver(letter["event"])

    # Then
    assert redriven["status"] == "accepted"


def test_database_failure_raises_for_a_retry(account, monkeypatch, caplog):
    # Given
    account.register(FLOW)
    monkeypatch.setattr("storage.dynamodb.retries.time.sleep", lambda _: None)

    def unreachable(*_: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    # When
    with monkeypatch.context() as broken:
        broken.setattr(BaseClient, "_make_api_call", unreachable)
        with pytest.raises(ApiError):
            deliver(event_file("scheduler"))
        (line,) = [vars(record) for record in caplog.records if record.levelname == "ERROR"]
        assert line["message"] == "no answer"
        assert line["cause"].startswith("EndpointConnectionError: Could not connect")

    # Then
    assert account.dead_letters_waiting() == []
    assert deliver(event_file("scheduler"))["status"] == "accepted"


def test_queue_failure_raises_for_a_retry(account, monkeypatch):
    monkeypatch.setattr(account.dead_letters, "_queue_url", "https://sqs.eu-west-1.amazonaws.com/1/gone")

    with pytest.raises(ApiError, match="dead-letter queue"):
        deliver({})


def test_role_of_the_function_allows_its_calls(account, monkeypatch):
    # Given
    flow_id = account.register(FLOW)
    made: set[str] = set()
    send: Any = vars(BaseClient)["_make_api_call"]

    def noted(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        parts = [f"{kind}Item" for item in arguments.get("TransactItems", []) for kind in item]
        made.update(f"dynamodb:{name}" for name in parts or [operation])
        return send(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    large = {"name": "Marvin", "notes": "x" * 200_000}

    # When
    deliver(event_file("scheduler") | {"parameters": large})
    deliver(event_file("scheduler") | {"parameters": large})
    deliver(with_flow(event_file("rule_plain"), flow_id))
    deliver(event_file("object"))
    (flow,) = account.context().store.flows.get([flow_id])
    deliver({"versionGroupId": flow.version_group_id, "parameters": {"name": "x"}, **SCHEDULED})

    # Then
    assert "dynamodb:PutItem" in made
    assert made <= table_actions("ScheduleRole")


def test_log_has_the_outcome_of_the_event(account, caplog):
    account.register(FLOW)

    accepted = deliver(event_file("scheduler"))
    deliver({})

    first, second = [vars(record) for record in caplog.records if record.name == "flow-runs-schedules"]
    assert (first["message"], first["levelname"]) == ("event accepted", "INFO")
    assert first["flow_run_id"] == accepted["flow_run_id"]
    assert (second["message"], second["levelname"]) == ("event rejected", "WARNING")
    assert second["code"] == "BAD_USER_INPUT"


def test_time_that_is_over_raises_for_a_retry_before_lambda_ends_the_function(account):
    flow_id = account.register(FLOW)
    event = with_flow(event_file("scheduler"), flow_id)

    with pytest.raises(ApiError, match="took too long"):
        event_bridge.handler(event, invocation(timeout=event_bridge.RESERVE_SECONDS))
    assert runs(account) == []

    assert event_bridge.handler(event, invocation())["status"] == "accepted"


class TestTenants:
    def test_event_creates_its_run_in_the_tenant_that_it_names(self, account):
        # Given a flow of one name in two tenants
        other = create_tenant(account.context(), "Other", "other")
        account.register(FLOW)
        context = account.for_tenant(account.context(), other)
        project_id = create_project(context, name="Examples")
        register_flow(context, RegisterFlow(project_id=project_id, serialized_flow=FLOW))

        # When
        result = deliver({**event_file("scheduler"), "tenantId": other})

        # Then
        assert result["status"] == "accepted"
        assert runs(account) == []
        assert [day.runs for day in usage_of(context, 1)] == [1]
        assert context.store.flow_runs.get([result["flow_run_id"]], (Part.INPUTS,), consistent=True)

    @pytest.mark.parametrize(
        ("tenant_id", "code"),
        [("2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10", "FORBIDDEN"), ("other", "BAD_USER_INPUT")],
    )
    def test_event_for_no_tenant_is_rejected(self, account, tenant_id, code):
        account.register(FLOW)

        result = deliver({**event_file("scheduler"), "tenantId": tenant_id})

        assert (result["status"], result["code"]) == ("rejected", code)
        assert len(account.dead_letters_waiting()) == 1
        assert runs(account) == []
