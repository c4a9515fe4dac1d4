from pathlib import Path

import pytest

from local_server.template import TemplateError, function_timeout, table_properties

TEMPLATE = Path(__file__).parents[3] / "template.yaml"

SMALL = """
Parameters:
  Patience: { Type: Number, Default: 7 }
Resources:
  Slow:
    Type: AWS::Serverless::Function
    Properties: { Timeout: !Ref Patience }
  Table:
    Type: AWS::DynamoDB::Table
    Properties: { TableName: !Sub "runs-${Patience}-${AWS::StackName}" }
"""


@pytest.fixture
def template(tmp_path):
    """Return a function that writes a template and returns its path."""

    def write(text):
        path = tmp_path / "template.yaml"
        path.write_text(text)
        return path

    return write


def test_references_to_parameters_are_replaced_by_their_defaults(template):
    path = template(SMALL)
    assert function_timeout(path, "Slow") == 7.0
    assert table_properties(path) == {"TableName": "runs-7-${AWS::StackName}"}


@pytest.mark.parametrize(("function", "seconds"), [("GraphqlFunction", 25), ("RecoveryFunction", 60)])
def test_functions_that_the_server_runs_have_a_timeout_in_the_template(function, seconds):
    assert function_timeout(TEMPLATE, function) == seconds


@pytest.mark.parametrize("function", ["Table", "Nothing"])
def test_function_without_timeout_is_refused_by_name(template, function):
    with pytest.raises(TemplateError, match=f"must have a Timeout for {function}"):
        function_timeout(template(SMALL), function)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("Resources: {}", "exactly one AWS::DynamoDB::Table, not 0", id="no table"),
        pytest.param(
            SMALL.replace("AWS::Serverless::Function", "AWS::DynamoDB::Table"), "not 2", id="two tables"
        ),
        pytest.param("a: b: c", "not valid YAML", id="no YAML"),
        pytest.param("", "not 0", id="empty"),
    ],
)
def test_template_without_one_table_is_refused_by_path(template, text, message):
    path = template(text)
    with pytest.raises(TemplateError, match=message) as caught:
        table_properties(path)
    assert str(path) in str(caught.value)


def test_missing_template_is_refused_by_path(tmp_path):
    with pytest.raises(TemplateError, match="cannot be read: No such file"):
        table_properties(tmp_path / "template.yaml")
