"""Every document that the client sends is one that the service's schema knows."""

from itertools import product

import graphql
import pytest

from flow_runs import documents
from graphql_api.schema import build_schema

SCHEMA = build_schema()
CONSTANTS = {name: text for name, text in vars(documents).items() if name.isupper() and name[0] != "_"}
LISTS = [documents.flow_list(in_project=known) for known in (False, True)] + [
    documents.flow_run_list(flow=flow, project=project, state=state)
    for flow, project, state in product((False, True), repeat=3)
]


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_document_is_valid(name):
    assert graphql.validate(SCHEMA, graphql.parse(CONSTANTS[name])) == []


@pytest.mark.parametrize("document", LISTS)
def test_a_list_is_valid_with_any_filters(document):
    assert graphql.validate(SCHEMA, graphql.parse(document)) == []
