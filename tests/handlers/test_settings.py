"""The settings of a deployment, as the functions read them from their environment."""

import pytest

from domain.errors import BadUserInput
from operations.context import MOST_ROWS
from wiring import Settings


@pytest.mark.parametrize(
    "name",
    [
        "SHARDS",
        "RUN_LOG_RETENTION_DAYS",
        "API_KEY_DAYS",
        "AUDIT_DAYS",
        "HEARTBEAT_TIMEOUT",
        "RECOVERY_INTERVAL",
    ],
)
@pytest.mark.parametrize("value", ["٣", "²", "3.0", " 3", "-3", "0x3", "many"])
def test_unusable_number_is_refused(name, value):
    with pytest.raises(BadUserInput, match=name):
        Settings.from_environment({name: value})


@pytest.mark.parametrize("value", ["0", "999", "6001", "1e3", "many", "٣٠٠٠"])
def test_unusable_number_of_listed_rows_is_refused(value):
    with pytest.raises(BadUserInput, match="MAX_LISTED_ROWS must be a whole number from 1,000 to 6,000"):
        Settings.from_environment({"MAX_LISTED_ROWS": value})


def test_lists_look_at_as_many_rows_as_the_environment_says():
    assert Settings.from_environment({"MAX_LISTED_ROWS": "1500"}).most_rows == 1_500
    assert Settings.from_environment({"MAX_LISTED_ROWS": ""}).most_rows == MOST_ROWS
    assert Settings.from_environment({}).most_rows == MOST_ROWS
