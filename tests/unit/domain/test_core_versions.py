import pytest

from domain.core_versions import CoreVersion


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("0.8.1", (0, 8, 1)),
        ("0.15.13+3.gabcdef", (0, 15, 13)),
        ("1.4.1", (1, 4, 1)),
        ("0.12", None),
        ("one", None),
        ("v1.0.0", None),
        ("", None),
        (None, None),
    ],
)
def test_parse_reads_the_three_numbers_at_the_beginning(text, version):
    assert CoreVersion.parse(text) == version


def test_versions_compare_by_numbers_and_not_as_text():
    assert CoreVersion(0, 9, 0) < CoreVersion(0, 10, 0) < CoreVersion(0, 10, 2) < CoreVersion(1, 0, 0)
