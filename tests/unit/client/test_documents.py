"""The documents of the client, validated by the schema of the service."""

import graphql
import pytest

from flow_runs import documents
from graphql_api.schema import build_schema

SCHEMA = build_schema()
CONSTANTS = {name: text for name, text in vars(documents).items() if name.isupper() and name[0] != "_"}


@pytest.mark.parametrize("name", CONSTANTS)
def test_document_is_valid_by_the_schema(name):
    assert graphql.validate(SCHEMA, graphql.parse(CONSTANTS[name])) == []


@pytest.mark.parametrize("in_project", [False, True])
def test_flow_search_is_valid_with_and_without_project(in_project):
    assert graphql.validate(SCHEMA, graphql.parse(documents.flow_list(in_project=in_project))) == []
