"""Every document that the client sends is one that the service's schema knows."""

import graphql
import pytest

from flow_runs import documents
from graphql_api.schema import build_schema

SCHEMA = build_schema()
CONSTANTS = {name: text for name, text in vars(documents).items() if name.isupper() and name[0] != "_"}


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_document_is_valid(name):
    assert graphql.validate(SCHEMA, graphql.parse(CONSTANTS[name])) == []


@pytest.mark.parametrize("in_project", [False, True])
def test_the_search_for_a_flow_is_valid_with_and_without_a_project(in_project):
    assert graphql.validate(SCHEMA, graphql.parse(documents.flow_list(in_project=in_project))) == []
