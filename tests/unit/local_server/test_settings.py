from pathlib import Path

import pytest

from local_server.errors import StartError
from local_server.settings import Settings, read_settings


@pytest.mark.parametrize(
    "environment", [{}, dict.fromkeys(["PORT", "HOST", "DATA", "STORE"], "")], ids=["unset", "empty"]
)
def test_the_defaults(environment):
    assert read_settings(environment) == Settings(
        host="127.0.0.1",
        port=4200,
        data=Path(".data"),
        store=None,
        endpoint=None,
        table_name="flow-runs",
        handler="handlers.http_api:handler",
    )


def test_every_variable_counts():
    environment = {
        "HOST": "::1",
        "PORT": "0",
        "DATA": "/there",
        "STORE": "memory",
        "TABLE_NAME": "runs",
        "HANDLER": "module:name",
        "RECOVERY_INTERVAL": "5",
    }
    assert read_settings(environment) == Settings(
        host="::1",
        port=0,
        data=Path("/there"),
        store="memory",
        endpoint=None,
        table_name="runs",
        handler="module:name",
        recovery_interval=5.0,
    )


@pytest.mark.parametrize("port", ["65536", "-1", "1e3", "٣", " 80", "http"])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(StartError, match="is not a port"):
        read_settings({"PORT": port})


@pytest.mark.parametrize("interval", ["0", "-1", "1.5", "86401", "never"])
def test_an_interval_that_is_none_is_refused(interval):
    with pytest.raises(StartError, match=f"RECOVERY_INTERVAL={interval} is no interval"):
        read_settings({"RECOVERY_INTERVAL": interval})


def test_an_unknown_store_is_refused():
    with pytest.raises(StartError, match="use dynoxide or memory"):
        read_settings({"STORE": "Memory"})


def test_two_stores_at_once_are_refused():
    with pytest.raises(StartError, match="exclude each other"):
        read_settings({"STORE": "memory", "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000"})
