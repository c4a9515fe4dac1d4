"""Requests of releases 0.8.1 and 1.4.1 of Prefect Core, word for word, with `variables` as JSON text."""

import json

import pytest

from graphql_api.execution import Executor
from graphql_api.schema import build_schema
from tests.handlers.service import CAMEL, SNAKE

HIDDEN = Executor(build_schema(), introspection=False)
PROJECT, FLOW = "Hello, World!", "My Flow Name"


@pytest.fixture(autouse=True, params=["schema shown", "schema hidden"])
def schema(service, monkeypatch, request):
    """Execute each test with and without introspection, which these clients never use."""
    if request.param == "schema hidden":
        monkeypatch.setattr(service.account, "executor", HIDDEN, raising=False)


@pytest.fixture
def project_id(service):
    return service.mutate(CAMEL, "create_project", {"name": PROJECT}, "id")["id"]


@pytest.fixture
def flow_id(service, project_id):
    """Register two versions of a flow. Return the id of the second."""
    serialized = {"name": FLOW, "parameters": [], "run_config": {"type": "LocalRun"}, "__version__": "1.4.1"}
    service.flow(serialized, project_id=project_id)
    return service.flow(serialized, project_id=project_id)


def old(service, document, variables=None):
    return service.data(document, json.dumps(variables), path="/graphql/alpha")


def new(service, document, variables=None):
    return service.data(document, json.dumps(variables), path="/")


class TestEarlyRelease:
    """Requests of release 0.8.1, which go to /graphql/alpha."""

    def test_registration_of_a_flow(self, service):
        made = old(
            service,
            "mutation($input: createProjectInput!) {\n    createProject(input: $input) {\n id\n }\n}",
            {"input": {"name": PROJECT, "description": None}},
        )
        found = old(
            service, 'query {\n    project(where: { name: { _eq: "Hello, World!" } }) {\n        id\n    }\n}'
        )
        assert found == {"project": [made["createProject"]]}
        registration = {"projectId": made["createProject"]["id"], "serializedFlow": {"name": FLOW}}
        registered = old(
            service,
            "mutation($input: createFlowInput!) {\n    createFlow(input: $input) {\n        id\n    }\n}",
            {"input": {**registration, "setScheduleActive": False, "versionGroupId": "my-group"}},
        )
        assert list(registered["createFlow"]) == ["id"]

    @pytest.mark.parametrize(("version", "expected"), [("null", 2), ("2", 2), ("1", 1), ("3", None)])
    def test_flow_is_found_by_name_in_its_newest_or_given_version(self, service, flow_id, version, expected):
        found = old(
            service,
            'query {\n    flow(where: { _and: { name: { _eq: "My Flow Name" }, version: { _eq: '
            + version
            + ' }, project: { name: { _eq: "Hello, World!" } } } }, order_by: { name: asc, version: desc },'
            " distinct_on: name) {\n        id\n    }\n}",
        )["flow"]

        versions = [service.data(f'{{ flow_by_pk(id: "{row["id"]}") {{ version }} }}') for row in found]
        assert versions == ([] if expected is None else [{"flow_by_pk": {"version": expected}}])

    def test_flow_run_is_created_with_all_arguments_and_read(self, service, flow_id):
        given = {
            "flowId": flow_id,
            "parameters": {"a": 1, "b": {"deep": [1, None]}},
            "context": {"k": "v"},
            "idempotencyKey": "key 1",
            "scheduledStartTime": "2030-01-01T00:00:00-05:00",
            "flowRunName": "nightly",
        }
        document = """mutation($input: createFlowRunInput!) {
            createFlowRun(input: $input) {
                flow_run {
                    id
                }
            }
        }"""

        created = old(service, document, {"input": given})["createFlowRun"]["flow_run"]["id"]

        assert old(service, document, {"input": given})["createFlowRun"] == {"flow_run": {"id": created}}
        info = old(
            service,
            f"""query {{
                flow_run_by_pk(id: "{created}") {{
                    id
                    name
                    flow_id
                    parameters
                    context
                    version
                    scheduled_start_time
                    serialized_state
                    task_runs(where: {{ map_index: {{ _eq: -1 }} }}) {{
                        id
                        task {{
                            id
                            slug
                        }}
                        version
                        serialized_state
                    }}
                }}
            }}""",
        )["flow_run_by_pk"]
        assert info == {
            "id": created,
            "name": "nightly",
            "flow_id": flow_id,
            "parameters": given["parameters"],
            "context": given["context"],
            "version": 1,
            "scheduled_start_time": "2030-01-01T05:00:00+00:00",
            "serialized_state": {
                "type": "Scheduled",
                "message": "Flow run scheduled.",
                "start_time": "2030-01-01T05:00:00+00:00",
            },
            "task_runs": [],
        }

    def test_state_and_heartbeat_are_set_and_settings_read(self, service, flow_id):
        flow_run_id = service.run(flow_id)
        state = {
            "message": "go",
            "_result": {"__version__": "0.8.1", "type": "NoResultType"},
            "context": {},
            "__version__": "0.8.1",
            "type": "Running",
        }

        data = old(
            service,
            "mutation($input: setFlowRunStatesInput!) { setFlowRunStates(input: $input) { states { id } } }",
            {"input": {"states": [{"state": state, "flowRunId": flow_run_id, "version": 1}]}},
        )
        beat = old(
            service,
            f'mutation {{ updateFlowRunHeartbeat(input: {{ flowRunId: "{flow_run_id}" }}) {{ success }} }}',
        )
        read = old(
            service,
            f"""query {{ flow_run_by_pk(id: "{flow_run_id}") {{
                state flow {{ settings }} serialized_state }} }}""",
        )["flow_run_by_pk"]

        assert data == {"setFlowRunStates": {"states": [{"id": flow_run_id}]}}
        assert beat == {"updateFlowRunHeartbeat": {"success": True}}
        assert read["state"] == "Running"
        assert read["serialized_state"] == state
        assert read["flow"]["settings"].get("disable_heartbeat") is False

    def test_states_of_a_watched_run_come_in_their_order(self, service, flow_id):
        flow_run_id = service.run(flow_id)
        service.set_state(flow_run_id, {"type": "Running"})

        read = old(
            service,
            f"""query {{ flow_run_by_pk(id: "{flow_run_id}") {{
                states(order_by: {{ timestamp: asc }}) {{ state timestamp }} }} }}""",
        )["flow_run_by_pk"]

        assert [entry["state"] for entry in read["states"]] == ["Scheduled", "Running"]
        assert all(entry["timestamp"].endswith("+00:00") for entry in read["states"])

    def test_flow_runs_of_a_flow_are_listed(self, service, flow_id):
        service.set_state(service.run(flow_id, flow_run_name="a"), {"type": "Running"})
        service.run(flow_id, flow_run_name="b")
        selection = "{ flow { name } created state name duration start_time }"

        def listed(where, order):
            rows = old(
                service, f"query {{ flow_run(where: {where}, limit: 10, order_by: {order}) {selection} }}"
            )
            return [row["name"] for row in rows["flow_run"]]

        any_flow = "{ flow: { _and: { name: { _eq: null }, project: { name: { _eq: null } } } } }"
        this_flow = any_flow.replace("null", '"My Flow Name"', 1).replace("null", '"Hello, World!"', 1)
        other_flow = any_flow.replace("null", '"Another"', 1)
        started = f"{{ _and: {any_flow[:-1].rstrip()}, start_time: {{ _is_null: false }} }} }}"
        assert listed(any_flow, "{ created: desc }") == listed(this_flow, "{ created: desc }") == ["b", "a"]
        assert listed(other_flow, "{ created: desc }") == []
        assert listed(started, "{ start_time: desc }") == ["a"]


class TestLateRelease:
    """Requests of release 1.4.1, which go to the root."""

    def test_registration_reads_the_flow_group_and_the_tenant(self, service, flow_id):
        group = new(service, f'query {{ flow_by_pk(id: "{flow_id}") {{ flow_group_id }} }}')["flow_by_pk"]
        (tenant,) = new(service, "query {\n    tenant {\n        slug\n        id\n    }\n}")["tenant"]

        assert len(group["flow_group_id"]) == 36
        assert tenant["slug"] == "default"
        assert (
            new(service, "query { tenant(order_by: {slug: asc}) { name slug id } }")["tenant"][0]["id"]
            == tenant["id"]
        )

    def test_registration_finds_the_version_before(self, service, flow_id, project_id):
        found = new(
            service,
            f"""query {{ flow(where: {{ _and: {{ name: {{ _eq: "My Flow Name" }},
                project: {{ id: {{ _eq: "{project_id}" }} }} }} }},
                order_by: {{ version: desc }}, limit: 1) {{ id version }} }}""",
        )

        assert found == {"flow": [{"id": flow_id, "version": 2}]}

    def test_flow_to_run_is_found_with_its_flow_group(self, service, flow_id):
        (flow,) = new(
            service,
            """query {
                flow(where: { name: { _eq: "My Flow Name" }, archived: { _eq: false },
                     project: { name: { _eq: "Hello, World!" } } }, order_by: { created: desc }) {
                    id settings run_config serialized_flow name archived project { name } core_version storage
                    flow_group { labels }
                }
            }""",
        )["flow"]

        assert flow["id"] == flow_id
        assert flow["core_version"] == flow["serialized_flow"]["__version__"] == "1.4.1"
        assert (flow["run_config"], flow["storage"]) == ({"type": "LocalRun"}, None)
        assert (flow["flow_group"], flow["project"]) == ({"labels": None}, {"name": PROJECT})
        assert flow["settings"]["heartbeat_enabled"] is True

    def test_flow_run_is_created_and_watched(self, service, flow_id):
        given = {
            "flow_id": flow_id,
            "idempotency_key": "a0973bcd",
            "labels": ["b", "a"],
            "run_config": {"type": "UniversalRun"},
        }
        document = "mutation($input: create_flow_run_input!) {\n create_flow_run(input: $input) {\n id\n }\n}"

        created = new(service, document, {"input": given})["create_flow_run"]["id"]

        (view,) = new(
            service,
            f"""query {{ flow_run(where: {{ id: {{ _eq: "{created}" }} }}) {{
                id name flow_id serialized_state states {{ serialized_state timestamp }}
                labels parameters context updated run_config }} }}""",
        )["flow_run"]
        assert (view["id"], view["flow_id"], view["labels"]) == (created, flow_id, ["a", "b"])
        assert view["run_config"] == {"type": "UniversalRun"}
        assert (view["parameters"], view["context"]) == ({}, {})
        assert [entry["serialized_state"] for entry in view["states"]] == [view["serialized_state"]]

    def test_state_is_set_with_and_without_a_version(self, service, flow_id):
        flow_run_id = service.run(flow_id)
        document = """mutation($input: set_flow_run_states_input!) {
            set_flow_run_states(input: $input) { states { status message id } } }"""

        for version in (1, None):
            change = {"state": {"type": "Running"}, "flow_run_id": flow_run_id, "version": version}
            data = new(service, document, {"input": {"states": [change]}})
            expected = {"status": "SUCCESS", "message": None, "id": flow_run_id}
            assert data == {"set_flow_run_states": {"states": [expected]}}
        info = (
            f'query {{ flow_run_by_pk(id: "{flow_run_id}") {{ version flow {{ project {{ name id }} }} }} }}'
        )
        assert new(service, info)["flow_run_by_pk"]["version"] == 3

    def test_flow_run_is_cancelled_renamed_and_gets_heartbeats(self, service, flow_id):
        flow_run_id = service.run(flow_id)
        service.set_state(flow_run_id, {"type": "Running"})

        def sent(mutation, selection, **more):
            document = SNAKE.document(mutation, selection)
            return new(service, document, {"input": {"flow_run_id": flow_run_id, **more}})[mutation]

        assert sent("update_flow_run_heartbeat", "success") == {"success": True}
        assert sent("set_flow_run_name", "success", name="renamed") == {"success": True}
        assert sent("cancel_flow_run", "state") == {"state": "Cancelling"}

    def test_login_finds_the_tenant_by_slug_or_id(self, service):
        document = """query($slug: String, $id: uuid) {
            tenant(where: { slug: { _eq: $slug }, id: { _eq: $id } }) { id } }"""

        (tenant,) = new(service, document, {"slug": "default", "id": None})["tenant"]

        assert new(service, document, {"slug": None, "id": tenant["id"]}) == {"tenant": [tenant]}
        assert new(service, document, {"slug": "another", "id": None}) == {"tenant": []}
