"""The examples of Prefect Cloud's page on flow runs, as printed: its earlier form, then its later one."""

import pytest

from tests.handlers.service import code


@pytest.fixture
def flow_id(service):
    return service.flow()


@pytest.fixture
def flow_run_id(service, flow_id):
    return service.run(flow_id)


def read(service, flow_run_id):
    return service.read(
        flow_run_id, "version state state_message parameters idempotency_key scheduled_start_time"
    )


class TestEarlierPage:
    def create(self, service, fields):
        data = service.data(
            f"mutation {{\n  createFlowRun(input: {{ {fields} }}) {{\n    id\n  }}\n}}", path="/graphql/alpha"
        )
        return data["createFlowRun"]["id"]

    def test_creation_of_a_run(self, service, flow_id):
        created = self.create(service, f'flowId: "{flow_id}"')

        assert read(service, created)["state"] == "Scheduled"

    def test_creation_with_an_idempotency_key(self, service, flow_id):
        fields = f'flowId: "{flow_id}", idempotencyKey: "any-key"'

        assert self.create(service, fields) == self.create(service, fields)

    def test_creation_with_a_start_time(self, service, flow_id):
        fields = f'flowId: "{flow_id}", scheduledStartTime: "2030-01-02 03:04:05"'

        created = self.create(service, fields)

        assert read(service, created)["scheduled_start_time"] == "2030-01-02T03:04:05+00:00"

    def test_version_of_a_run_is_read(self, service, flow_run_id):
        data = service.data(f'query {{\n  flow_run_by_pk(id: "{flow_run_id}") {{\n    version\n  }}\n}}')

        assert data == {"flow_run_by_pk": {"version": 1}}

    @pytest.mark.parametrize(
        "variables",
        [
            {"state": {"type": "Success", "message": "It worked!"}},
            '{"state": {"type": "Success", "message": "It worked!"}}',
            '// graphql variables\n{\n  state: {\n    type: "Success"\n    message: "It worked!"\n  }\n}',
            '{ state: { type: "Success" message: "It worked!" } }',
        ],
        ids=["an object", "JSON text", "as printed with its comment", "as printed"],
    )
    def test_state_is_set_once_and_its_stale_version_refused(self, service, flow_run_id, variables):
        change = f'{{flowRunId: "{flow_run_id}", version: 1, state: $state}}'
        document = f"mutation($state: JSON!) {{\n  setFlowRunState(input: {change}) {{\n    id\n  }}\n}}"

        assert service.data(document, variables) == {"setFlowRunState": {"id": flow_run_id}}

        run = read(service, flow_run_id)
        assert (run["version"], run["state"], run["state_message"]) == (2, "Success", "It worked!")
        assert code(service.error(document, variables)) == "VERSION_LOCKING_ERROR"


class TestLaterPage:
    def create(self, service, fields):
        data = service.data(
            f"mutation {{\n  create_flow_run(input: {{\n{fields}\n  }}) {{\n    id\n  }}\n}}", path="/"
        )
        return data["create_flow_run"]["id"]

    def test_creation_of_a_run(self, service, flow_id):
        created = self.create(service, f'    flow_id: "{flow_id}"')

        assert read(service, created)["state"] == "Scheduled"

    def test_creation_with_parameters_as_escaped_text(self, service, flow_id):
        created = self.create(service, rf'    flow_id: "{flow_id}",' + "\n" + r'    parameters: "{\"a\": 2}"')

        assert read(service, created)["parameters"] == {"a": 2}

    def test_creation_with_a_key_without_a_comma_between_the_fields(self, service, flow_id):
        fields = f'    flow_id: "{flow_id}"\n    idempotency_key: "any-key"'

        created = self.create(service, fields)

        assert created == self.create(service, fields)
        assert read(service, created)["idempotency_key"] == "any-key"

    def test_creation_with_a_start_time_without_a_comma_between_the_fields(self, service, flow_id):
        created = self.create(
            service, f'    flow_id: "{flow_id}"\n    scheduled_start_time: "2030-01-02T03:04:05.6"'
        )

        assert read(service, created)["scheduled_start_time"] == "2030-01-02T03:04:05.6+00:00"

    def test_state_is_set(self, service, flow_run_id):
        change = f'{{flow_run_id: "{flow_run_id}", version: 1, state: $state}}'
        document = f"mutation($state: JSON!) {{\n  set_flow_run_state(input: {change}) {{\n    id\n  }}\n}}"

        data = service.data(document, '{ state: { type: "Success" message: "It worked!" } }')

        assert data == {"set_flow_run_state": {"id": flow_run_id}}
        assert read(service, flow_run_id)["state_message"] == "It worked!"
        assert code(service.error(document, {"state": {"type": "Success"}})) == "VERSION_LOCKING_ERROR"
