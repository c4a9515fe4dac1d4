import pytest

from domain.task_runs.logs import level_of


@pytest.mark.parametrize(
    ("given", "level"),
    [
        *((10, "DEBUG"), (20, "INFO"), (30, "WARNING"), (40, "ERROR"), (50, "CRITICAL")),
        *((" error ", "ERROR"), ("Debug", "DEBUG")),
    ],
)
def test_level_is_read_from_its_number_or_its_name_in_any_case(given, level):
    assert level_of(given) == level


@pytest.mark.parametrize("given", [0, 35, "LOUD", "", None, 30.0, []])
def test_unknown_level_is_info(given):
    assert level_of(given) == "INFO"
