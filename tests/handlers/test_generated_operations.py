"""Operations that Schemathesis makes of the schema, sent with a key of each scope.

Whatever a document asks for, the service responds, and no failure is its own.
"""

from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
import pytest
import schemathesis
from graphql import introspection_from_schema, parse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis_graphql import nodes

from domain.access.scopes import Scope
from graphql_api.schema import build_schema
from handlers import http_api
from tests.examples import examples
from tests.handlers.closed import Closed, closed_service
from tests.handlers.events import graphql_event
from tests.handlers.invocation import invocation
from tests.handlers.service import body_of

# Documents for each root field. With four scopes that is above 3,000 operations, though few documents are
# possible for a field without arguments.
DOCUMENTS = max(4, examples(4))
# Ids that exist, and some that do not. The fixture fills in the former.
IDS = ["00000000-0000-0000-0000-000000000000", "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"]
TIMES = st.datetimes().map(lambda time: nodes.String(time.isoformat() + "Z"))
UUIDS = st.deferred(lambda: st.sampled_from(IDS)).map(nodes.String)
VALUES = st.recursive(
    st.one_of(
        st.none().map(lambda _: nodes.Null),
        st.booleans().map(nodes.Boolean),
        st.integers().map(nodes.Int),
        st.text(max_size=20).map(nodes.String),
    ),
    lambda inside: st.lists(inside, max_size=3).map(nodes.List),
    max_leaves=5,
)

for scalar, strategy in {"UUID": UUIDS, "_uuid": UUIDS, "DateTime": TIMES, "JSON": VALUES}.items():
    schemathesis.graphql.scalar(scalar, strategy)

INTROSPECTION: Any = introspection_from_schema(build_schema())
FOUND: Any = schemathesis.graphql.from_dict(INTROSPECTION).get_all_operations()
OPERATIONS = {operation.label: operation for result in FOUND for operation in [result.ok()]}


@pytest.fixture(scope="module")
def closed() -> Iterator[Closed]:
    with closed_service() as found:
        by = {"authorization": f"Bearer {found.keys[Scope.ADMIN]}"}
        document = """mutation {
            a: create_project(input: {name: "P"}) { id }
            b: create_tenant(input: {name: "Default", slug: "default"}) { id }
        }"""
        project = found.service.data(document, **by)["a"]["id"]
        flow = found.service.data(
            "mutation($input: create_flow_input!) { create_flow(input: $input) { id } }",
            {"input": {"project_id": project, "serialized_flow": {"name": "F", "tasks": [{"slug": "a-1"}]}}},
            **by,
        )["create_flow"]["id"]
        run = found.service.data(
            "mutation($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }",
            {"input": {"flow_id": flow}},
            **by,
        )["create_flow_run"]["id"]
        IDS[1:] = [project, flow, run]
        yield found


def test_documents_are_made_for_each_field_of_the_schema():
    schema = build_schema()
    fields = {f"Query.{name}" for name in schema.query_type.fields}  # type: ignore[union-attr]
    fields |= {f"Mutation.{name}" for name in schema.mutation_type.fields}  # type: ignore[union-attr]

    assert set(OPERATIONS) == fields
    assert len(OPERATIONS) * (DOCUMENTS - 1) * len(Scope) >= 2_000


@pytest.mark.parametrize("label", OPERATIONS)
def test_service_responds_to_whatever_a_document_asks(closed, label):
    @settings(
        max_examples=DOCUMENTS,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        deadline=None,
        database=None,
    )
    @given(OPERATIONS[label].as_strategy())
    def send(case: Any) -> None:
        parse(case.body)
        for scope in Scope:
            headers = {"authorization": f"Bearer {closed.keys[scope]}"}
            response = http_api.handler(graphql_event(case.body, headers=headers), invocation())
            codes = [error["extensions"]["code"] for error in body_of(response).get("errors", ())]

            assert response["statusCode"] < 500, (scope, codes)
            assert not {"INTERNAL_ERROR", "API_ERROR"} & set(codes), (scope, case.body)

    send()
