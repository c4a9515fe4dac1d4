from pathlib import Path

import pytest

from local_server.errors import StartError
from local_server.settings import ServerSettings, read_settings


@pytest.mark.parametrize(
    "environment", [{}, dict.fromkeys(["PORT", "HOST", "DATA", "STORE"], "")], ids=["unset", "empty"]
)
def test_unset_and_empty_variables_have_the_defaults(environment):
    assert read_settings(environment) == ServerSettings(
        host="127.0.0.1",
        port=4200,
        data=Path(".data"),
        store=None,
        endpoint=None,
        table_name="flow-runs",
        handler="handlers.http_api:handler",
    )


def test_every_variable_is_read():
    environment = {
        "HOST": "::1",
        "PORT": "0",
        "DATA": "/there",
        "STORE": "memory",
        "TABLE_NAME": "runs",
        "HANDLER": "module:name",
    }
    assert read_settings(environment) == ServerSettings(
        host="::1",
        port=0,
        data=Path("/there"),
        store="memory",
        endpoint=None,
        table_name="runs",
        handler="module:name",
    )


@pytest.mark.parametrize("port", ["65536", "-1", "1e3", "٣", " 80", "http", "9" * 5000])
def test_text_that_is_no_port_is_refused(port):
    with pytest.raises(StartError, match="is not a port") as raised:
        read_settings({"PORT": port})
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("level", ["", "debug", "WARNING"])
def test_level_of_the_log_is_read_in_any_case(level):
    read_settings({"POWERTOOLS_LOG_LEVEL": level})


@pytest.mark.parametrize("level", ["junk", "10", "j" * 5000])
def test_text_that_is_no_level_is_refused(level):
    with pytest.raises(StartError, match="is not a level: use one of DEBUG") as raised:
        read_settings({"POWERTOOLS_LOG_LEVEL": level})
    assert len(str(raised.value)) < 300


def test_unknown_store_is_refused():
    with pytest.raises(StartError, match="use dynoxide or memory"):
        read_settings({"STORE": "Memory"})


def test_store_together_with_an_endpoint_is_refused():
    with pytest.raises(StartError, match="exclude each other"):
        read_settings({"STORE": "memory", "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000"})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", set()),
        ("a.example", {"a.example"}),
        (" A.Example. , host.docker.internal,,[::1]", {"a.example", "host.docker.internal", "::1"}),
    ],
)
def test_allowed_hosts_are_a_list_with_commas(text, names):
    assert read_settings({"ALLOWED_HOSTS": text}).names == names


@pytest.mark.parametrize(
    "text", ["*", "http://a.example", "a.example:4200", "a b", "a.example,*", "ä.example", ".x"]
)
def test_text_that_is_no_host_is_refused(text):
    with pytest.raises(StartError, match=r"ALLOWED_HOSTS=\S.* is not a host"):
        read_settings({"ALLOWED_HOSTS": text})


@pytest.mark.parametrize(
    ("text", "allowed"),
    [("", False), ("false", False), ("0", False), ("true", True), ("True", True), ("1", True)],
)
def test_server_is_open_to_all_only_if_it_is_told_so(text, allowed):
    assert read_settings({"ALLOW_ANONYMOUS": text}).may_be_open is allowed


@pytest.mark.parametrize("text", ["yes", " ", "truee", "-1"])
def test_word_that_is_neither_true_nor_false_is_refused(text):
    with pytest.raises(StartError, match="ALLOW_ANONYMOUS="):
        read_settings({"ALLOW_ANONYMOUS": text})


def test_server_with_a_token_is_not_open():
    assert read_settings({}).is_open
    assert read_settings({"AUTH_TOKEN_SHA256": ""}).is_open
    assert not read_settings({"AUTH_TOKEN_SHA256": "0" * 64}).is_open
