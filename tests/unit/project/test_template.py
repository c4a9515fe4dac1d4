"""What template.yaml promises: the table's shape, least privilege, nothing switched on unasked."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from domain.recovery.rules import RecoverySettings
from handlers.http_api import SIGNED_PATH
from handlers.recovery import RESERVE_SECONDS
from handlers.tick_totals import TickTotals
from operations.context import MOST_ROWS
from operations.schedules.upkeep import FAULT_PAUSE
from tests.unit.template import ROOT, resources, table_actions, template
from wiring import FEWEST_ROWS, MANY_ROWS, Settings

CODE = ROOT / "src"
SERVER = ("domain", "graphql_api", "handlers", "operations", "storage")


@pytest.fixture
def table() -> dict[str, Any]:
    (table,) = resources("AWS::DynamoDB::Table").values()
    return table


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the metrics that an alarm watches, by itself or in an expression."""
    if "MetricName" in alarm:
        return [alarm]
    return [metric["MetricStat"]["Metric"] for metric in alarm["Metrics"] if "MetricStat" in metric]


def keys(schema: list[dict[str, str]]) -> dict[str, str]:
    return {part["KeyType"]: part["AttributeName"] for part in schema}


class TestTable:
    def test_its_keys_are_pk_and_sk(self, table):
        assert keys(table["Properties"]["KeySchema"]) == {"HASH": "pk", "RANGE": "sk"}

    def test_its_indexes_hold_keys_only(self, table):
        indexes = {index["IndexName"]: index for index in table["Properties"]["GlobalSecondaryIndexes"]}

        assert {name: keys(index["KeySchema"]) for name, index in indexes.items()} == {
            "by_tenant": {"HASH": "tenant_shard", "RANGE": "order"},
            "by_flow": {"HASH": "flow_shard", "RANGE": "order"},
            "by_status": {"HASH": "status_shard", "RANGE": "status_order"},
            "planned": {"HASH": "planned_shard", "RANGE": "order"},
            "by_name": {"HASH": "name_shard", "RANGE": "order"},
            "ended_late": {"HASH": "late_shard", "RANGE": "late_order"},
        }
        assert {index["Projection"]["ProjectionType"] for index in indexes.values()} == {"KEYS_ONLY"}

    def test_it_is_billed_on_demand_and_expires_items(self, table):
        assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
        assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}

    def test_it_survives_mistakes(self, table):
        assert table["Properties"]["DeletionProtectionEnabled"] is True
        assert table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"

    def test_it_has_no_name_of_its_own_so_that_two_stacks_fit_into_one_account(self, table):
        assert "TableName" not in table["Properties"]


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, role in resources("AWS::IAM::Role").items():
        for policy in role["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class TestLeastPrivilege:
    def test_no_statement_has_a_wildcard(self):
        wide = [
            (role, statement)
            for role, statement in statements()
            if any("*" in action for action in as_list(statement["Action"]))
            # Secrets are named by whoever makes them; what is granted is all below the stack's own path.
            or "*" in json.dumps(statement["Resource"]).replace("${AWS::StackName}/secrets/*", "")
        ]

        assert wide == []

    def test_no_role_takes_a_managed_policy(self):
        assert [
            name
            for name, role in resources("AWS::IAM::Role").items()
            if "ManagedPolicyArns" in role["Properties"]
        ] == []

    def test_each_function_has_a_role_of_its_own(self):
        roles = [
            function["Properties"]["Role"]["Fn::GetAtt"][0]
            for function in resources("AWS::Serverless::Function").values()
        ]

        assert len(set(roles)) == len(roles) == 3

    def test_the_graphql_role_names_the_calls_that_the_storage_makes(self):
        made = set(
            re.findall(
                r'_(?:call|write)\(\s*"(\w+)"',
                (CODE / "storage" / "dynamodb" / "table.py").read_text("utf-8"),
            )
        )
        plain = {f"dynamodb:{''.join(part.title() for part in name.split('_'))}" for name in made}
        transaction = {f"dynamodb:{name}Item" for name in ("Put", "Update", "Delete", "ConditionCheck")}

        # Migrations alone go through the whole table.
        without = {"dynamodb:TransactWriteItems", "dynamodb:Scan"}
        assert table_actions("GraphqlRole") == plain - without | transaction

    def test_the_schedule_role_may_neither_change_nor_delete(self):
        assert table_actions("ScheduleRole") == {
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:Query",
            "dynamodb:PutItem",
        }

    def test_recovery_role_may_query_only_the_indexes_that_recovery_lists(self):
        (indexes,) = [
            statement
            for name, statement in statements()
            if name == "RecoveryRole" and statement.get("Sid") == "Indexes"
        ]

        assert table_actions("RecoveryRole") == {
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "dynamodb:ConditionCheckItem",
        }
        assert indexes["Action"] == "dynamodb:Query"
        names = [resource["Fn::Sub"][0].rpartition("/")[2] for resource in indexes["Resource"]]
        assert names == ["by_flow", "by_status", "planned", "by_tenant"]

    def test_every_index_may_be_queried_and_nothing_else(self, table):
        (granted,) = [
            statement
            for name, statement in statements()
            if name == "GraphqlRole" and statement.get("Sid") == "Indexes"
        ]
        names = {resource["Fn::Sub"][0].rpartition("/")[2] for resource in granted["Resource"]}

        assert granted["Action"] == "dynamodb:Query"
        assert names == {index["IndexName"] for index in table["Properties"]["GlobalSecondaryIndexes"]}


class TestFunctions:
    def test_the_handlers_exist(self):
        for function in resources("AWS::Serverless::Function").values():
            package, module, name = function["Properties"]["Handler"].split(".")

            assert f"def {name}(" in (CODE / package / f"{module}.py").read_text("utf-8")

    def test_the_environment_is_what_the_code_reads(self):
        given = set(template()["Globals"]["Function"]["Environment"]["Variables"])
        for function in resources("AWS::Serverless::Function").values():
            given |= set(function["Properties"]["Environment"]["Variables"])
        readers = ("wiring.py", "domain/access/issuers.py")
        code = "".join((CODE / reader).read_text("utf-8") for reader in readers)

        # Powertools reads its level by itself.
        assert [name for name in given - {"POWERTOOLS_LOG_LEVEL"} if f'"{name}"' not in code] == []

    def test_the_build_makes_what_the_runtime_runs(self):
        makefile = (CODE / "Makefile").read_text("utf-8")
        function = template()["Globals"]["Function"]

        assert f"RUNTIME := {function['Runtime'].removeprefix('python')}\n" in makefile
        assert function["Architectures"] == ["arm64"]
        assert "PLATFORM := manylinux2014_aarch64\n" in makefile
        for name in resources("AWS::Serverless::Function"):
            assert re.search(rf"^build-.*{name}\b.*:", makefile, re.MULTILINE)

    def test_the_build_takes_the_server_and_leaves_the_client(self):
        (code,) = re.findall(r"^CODE := (.*)$", (CODE / "Makefile").read_text("utf-8"), re.MULTILINE)

        assert set(code.split()) == {*SERVER, "wiring.py"}

    def test_only_the_graphql_function_gets_the_console(self):
        makefile = (CODE / "Makefile").read_text("utf-8")

        assert makefile.count("cp -R console") == 1
        assert 'build-GraphqlFunction: bytecode\n\tcp -R console "$(ARTIFACTS_DIR)"\n' in makefile

    def test_the_graphql_function_ends_before_api_gateway_gives_up(self):
        assert resources("AWS::Serverless::Function")["GraphqlFunction"]["Properties"]["Timeout"] < 30

    def test_concurrency_of_the_graphql_function_is_limited_only_when_asked(self):
        function = resources("AWS::Serverless::Function")["GraphqlFunction"]["Properties"]
        limit = {"Ref": "GraphqlConcurrency"}

        assert template()["Parameters"]["GraphqlConcurrency"]["Default"] == 0
        assert template()["Conditions"]["LimitGraphql"] == {"Fn::Not": [{"Fn::Equals": [limit, 0]}]}
        assert function["ReservedConcurrentExecutions"] == {
            "Fn::If": ["LimitGraphql", limit, {"Ref": "AWS::NoValue"}]
        }

    def test_failing_schedules_are_retried_within_bounds_and_end_in_the_queue(self):
        config = resources("AWS::Serverless::Function")["ScheduleFunction"]["Properties"]["EventInvokeConfig"]

        assert config["MaximumRetryAttempts"] <= 2
        assert config["MaximumEventAgeInSeconds"] <= 21_600
        assert config["DestinationConfig"]["OnFailure"] == {
            "Type": "SQS",
            "Destination": {"Fn::GetAtt": ["DeadLetters", "Arn"]},
        }

    def test_recovery_is_invoked_as_often_as_it_is_told(self):
        function = resources("AWS::Serverless::Function")["RecoveryFunction"]["Properties"]
        interval = {"Ref": "RecoveryIntervalMinutes"}
        minutes = template()["Parameters"]["RecoveryIntervalMinutes"]
        rates = template()["Mappings"]["RecoveryIntervals"]

        assert function["Events"]["Tick"]["Properties"]["Schedule"] == {
            "Fn::FindInMap": ["RecoveryIntervals", interval, "Rate"]
        }
        assert function["Environment"]["Variables"]["RECOVERY_INTERVAL"] == {
            "Fn::FindInMap": ["RecoveryIntervals", interval, "Seconds"]
        }
        assert [str(number) for number in minutes["AllowedValues"]] == list(rates)
        for minute, rate in rates.items():
            assert rate["Rate"] == f"rate({minute} minute{'s' if minute != '1' else ''})"
            assert int(rate["Seconds"]) == 60 * int(minute)
        assert minutes["Default"] == 1

    def test_the_parameters_of_recovery_are_what_the_code_takes_by_default(self):
        parameters = template()["Parameters"]
        known = RecoverySettings()

        assert parameters["HeartbeatTimeout"]["Default"] == known.heartbeat_timeout.total_seconds()
        assert parameters["RescheduleAfter"]["Default"] == known.reschedule_after.total_seconds()
        assert parameters["MaxReschedules"]["Default"] == known.max_reschedules
        assert parameters["RecoveryIntervalMinutes"]["Default"] * 60 == known.interval.total_seconds()

    def test_recovery_ends_by_itself_and_is_not_repeated_when_it_fails(self):
        function = resources("AWS::Serverless::Function")["RecoveryFunction"]["Properties"]

        assert function["Timeout"] > 2 * RESERVE_SECONDS
        assert function["EventInvokeConfig"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}

    def test_every_function_and_the_api_log_for_a_bounded_time(self):
        groups = resources("AWS::Logs::LogGroup")

        assert {
            function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
            for function in resources("AWS::Serverless::Function").values()
        } < set(groups)
        assert {json.dumps(group["Properties"]["RetentionInDays"]) for group in groups.values()} == {
            '{"Ref": "LogRetentionDays"}'
        }


class TestDefaults:
    def test_lists_look_at_as_many_rows_as_the_code_lets_them_by_default(self):
        parameter = template()["Parameters"]["MaxListedRows"]

        assert parameter["Default"] == MOST_ROWS
        assert (parameter["MinValue"], parameter["MaxValue"]) == (FEWEST_ROWS, MANY_ROWS)

    def test_a_deployment_that_is_open_has_to_be_asked_for(self):
        parameters = template()["Parameters"]
        function = template()["Resources"]["GraphqlFunction"]["Properties"]
        given = function["Environment"]["Variables"]

        assert parameters["AuthTokenSha256"]["Default"] == ""
        assert parameters["AllowAnonymous"]["Default"] == "false"
        assert given["ALLOW_ANONYMOUS"] == {"Ref": "AllowAnonymous"}
        assert not Settings.from_environment({"ALLOW_ANONYMOUS": "false"}).is_open

    def test_only_the_route_of_signatures_trusts_a_signature(self):
        events = template()["Resources"]["GraphqlFunction"]["Properties"]["Events"]

        assert {name: event["Properties"].get("Path") for name, event in events.items()} == {
            "EveryRequest": None,
            "SignedRequest": SIGNED_PATH,
        }
        assert events["SignedRequest"]["Properties"]["Auth"] == {"Authorizer": "AWS_IAM"}

    def test_schema_is_shown_unless_the_deployment_hides_it(self):
        parameter = template()["Parameters"]["Introspection"]
        function = template()["Resources"]["GraphqlFunction"]["Properties"]

        assert (parameter["Default"], parameter["AllowedValues"]) == ("true", ["true", "false"])
        assert function["Environment"]["Variables"]["INTROSPECTION"] == {"Ref": "Introspection"}

    @pytest.mark.parametrize(
        ("value", "fits"),
        [
            ("", True),
            ("0123456789abcdef" * 4, True),
            (",".join(["0123456789abcdef" * 4] * 2), True),
            ("secret", False),
            ("0123456789ABCDEF" * 4, False),
            ("0123456789abcdef" * 4 + ", " + "0123456789abcdef" * 4, False),
        ],
        ids=["none", "one", "two", "a token itself", "upper case", "a blank"],
    )
    def test_only_digests_are_taken_for_tokens(self, value, fits):
        pattern = template()["Parameters"]["AuthTokenSha256"]["AllowedPattern"]

        assert (re.fullmatch(pattern, value) is not None) is fits

    def test_the_examples_are_off(self):
        parameter = template()["Parameters"]["ScheduleExample"]
        conditions = template()["Conditions"]
        examples = {
            name: resource for name, resource in template()["Resources"].items() if name.startswith("Example")
        }

        assert parameter["Default"] == "off"
        assert conditions["SchedulerExample"] == {"Fn::Equals": [{"Ref": "ScheduleExample"}, "scheduler"]}
        assert conditions["RuleExample"] == {"Fn::Equals": [{"Ref": "ScheduleExample"}, "rule"]}
        assert template()["Parameters"]["ObjectExampleBucket"]["Default"] == ""
        assert conditions["ObjectExample"] == {
            "Fn::Not": [{"Fn::Equals": [{"Ref": "ObjectExampleBucket"}, ""]}]
        }
        assert {resource.get("Condition") for resource in examples.values()} == {
            "SchedulerExample",
            "RuleExample",
            "ObjectExample",
            "AnyRuleExample",
        }

    def test_queue_has_one_policy_that_names_each_rule(self):
        (policy,) = resources("AWS::SQS::QueuePolicy").values()
        rules = resources("AWS::Events::Rule")

        assert {name for name in rules if f'"{name}", "Arn"' in json.dumps(policy)} == set(rules)

    @pytest.mark.parametrize(
        ("rule", "file"), [("ExampleRule", "rule"), ("ExampleObjectRule", "object")], ids=["rule", "object"]
    )
    def test_input_of_an_example_is_what_its_event_file_shows(self, rule, file):
        (target,) = resources("AWS::Events::Rule")[rule]["Properties"]["Targets"]
        payload = json.loads(
            re.sub(r"<[\w.]+>", "{}", target["InputTransformer"]["InputTemplate"]["Fn::Sub"])
        )
        event = json.loads((ROOT / "events" / f"{file}.json").read_text("utf-8"))

        assert event.keys() <= payload.keys()

    def test_rule_for_objects_matches_the_event_file_and_no_other_bucket(self):
        pattern = resources("AWS::Events::Rule")["ExampleObjectRule"]["Properties"]["EventPattern"]
        event = json.loads((ROOT / "events" / "object.json").read_text("utf-8"))["event"]

        assert event["source"] in pattern["source"]
        assert event["detail-type"] in pattern["detail-type"]
        assert pattern["detail"] == {"bucket": {"name": [{"Ref": "ObjectExampleBucket"}]}}

    def test_browsers_of_other_origins_are_kept_out(self):
        api = resources("AWS::Serverless::HttpApi")["HttpApi"]["Properties"]

        assert template()["Parameters"]["CorsAllowedOrigins"]["Default"] == ""
        assert api["DefinitionBody"]["x-amazon-apigateway-cors"]["Fn::If"][2] == {"Ref": "AWS::NoValue"}


class TestWatching:
    def test_every_alarm_tells_somebody_and_has_a_section_in_the_manual(self):
        manual = (ROOT / "docs" / "operating.md").read_text("utf-8")
        alarms = resources("AWS::CloudWatch::Alarm")

        assert {json.dumps(alarm["Properties"]["AlarmActions"]) for alarm in alarms.values()} == {
            '[{"Ref": "AlarmTopic"}]'
        }
        assert [name for name in alarms if f"**{name}**" not in manual] == []

    def test_no_alarm_has_more_metrics_than_an_expression_may_have(self):
        numbers = {
            name: sum("MetricStat" in metric for metric in alarm["Properties"].get("Metrics", ()))
            for name, alarm in resources("AWS::CloudWatch::Alarm").items()
        }

        assert {name: number for name, number in numbers.items() if number > 10} == {}

    def test_every_index_is_watched_for_throttles(self, table):
        watched = {
            dimension["Value"]
            for name in ("TableThrottles", "SparseIndexThrottles")
            for metric in resources("AWS::CloudWatch::Alarm")[name]["Properties"]["Metrics"]
            for dimension in metric.get("MetricStat", {}).get("Metric", {}).get("Dimensions", ())
            if dimension["Name"] == "GlobalSecondaryIndexName"
        }

        assert watched == {index["IndexName"] for index in table["Properties"]["GlobalSecondaryIndexes"]}

    def test_every_counted_log_line_has_an_alarm(self):
        counted = {
            transformation["MetricName"]["Fn::Sub"]
            for metric_filter in resources("AWS::Logs::MetricFilter").values()
            # What tenants use is counted to be shown, not to wake anybody.
            if metric_filter.get("Condition") != "MeterTenants"
            for transformation in metric_filter["Properties"]["MetricTransformations"]
        }
        watched = {
            metric["MetricName"]["Fn::Sub"]
            for alarm in resources("AWS::CloudWatch::Alarm").values()
            for metric in metrics_of(alarm["Properties"])
            if metric["Namespace"] == "FlowRuns"
        }

        assert (
            counted
            == watched
            == {
                "${AWS::StackName}-failed-requests",
                "${AWS::StackName}-refused-tokens",
                "${AWS::StackName}-missed-occurrences",
                "${AWS::StackName}-schedules-at-fault",
                "${AWS::StackName}-overdue-schedule",
            }
        )

    def test_counts_of_ticks_have_the_names_that_ticks_log(self):
        logged = set(TickTotals().facts())
        filters = [
            filtered["Properties"]
            for filtered in resources("AWS::Logs::MetricFilter").values()
            if filtered["Properties"]["LogGroupName"] == {"Ref": "RecoveryLogs"}
        ]

        named = set()
        for each in filters:
            (transformation,) = each["MetricTransformations"]
            name = transformation["MetricValue"].removeprefix("$.")
            # A tick without any writes no metric, so that an idle stack pays for none.
            assert each["FilterPattern"] == f'{{ ($.message = "tick") && ($.{name} > 0) }}'
            named.add(name)
        assert named == {"missed", "schedules_at_fault", "overdue_s"} <= logged

    def test_alarm_of_schedules_sees_each_count_and_outlasts_the_pause_of_a_schedule_at_fault(self):
        alarm = resources("AWS::CloudWatch::Alarm")["SchedulesNotRun"]["Properties"]
        total, *counts = alarm["Metrics"]

        assert all(f"FILL({count['Id']}, 0)" in total["Expression"] for count in counts)
        assert {count["MetricStat"]["Period"] for count in counts} == {300}
        assert alarm["DatapointsToAlarm"] == 1
        assert timedelta(seconds=300) * (alarm["EvaluationPeriods"] - 1) >= FAULT_PAUSE

    def test_every_parameter_is_in_the_manual(self):
        manual = (ROOT / "docs" / "deploying.md").read_text("utf-8")
        table = manual.partition("### Parameters")[2].partition("\n## ")[0]

        named = set(re.findall(r"`([A-Z]\w+)`", table))
        shortened = {"ScheduleExampleProject", "ScheduleExampleFlow"}
        assert set(template()["Parameters"]) - shortened <= named

    def test_metrics_of_tenants_are_made_of_what_the_line_of_a_request_has(self):
        filters = {
            name: found["Properties"]
            for name, found in resources("AWS::Logs::MetricFilter").items()
            if found.get("Condition") == "MeterTenants"
        }
        fields = {
            field for found in filters.values() for field in re.findall(r"\$\.(\w+)", json.dumps(found))
        }

        assert len(filters) == 4
        assert fields == {"message", "tenant_id", "runs_created", "read_units", "write_units"}

    def test_the_dashboard_is_json(self):
        body, names = resources("AWS::CloudWatch::Dashboard")["Dashboard"]["Properties"]["DashboardBody"][
            "Fn::Sub"
        ]

        assert json.loads(body)["widgets"]
        assert set(names) == {"Table"}
