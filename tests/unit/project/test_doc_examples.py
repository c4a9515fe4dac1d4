"""The comparison of documented responses with actual ones finds every difference."""

from datetime import UTC, datetime

import pytest

from tests.e2e.doc_examples import Masks, examples

ONE, TWO = "01a20660-1b09-73b8-8a84-9c4d19821dce", "01a20669-acfe-7221-a41c-cbdb5345df2e"
OTHER = "01a20667-051f-721e-b232-28e23eb71d0e"
LONG_AGO, LONGER_AGO = "2026-02-01T02:30:00+00:00", "2026-02-01T02:31:00+00:00"


def test_shown_id_stands_for_the_actual_id_in_later_examples():
    masks = Masks()

    masks.check_json({"id": ONE, "error": f"run {ONE} is"}, {"id": TWO, "error": f"run {TWO} is"})

    assert masks.put_in(f'flow_run_by_pk(id: "{ONE}")') == f'flow_run_by_pk(id: "{TWO}")'


def test_shown_time_stands_for_a_time_of_this_minute():
    Masks().check_json({"created": LONG_AGO}, {"created": datetime.now(UTC).isoformat()})


@pytest.mark.parametrize(
    ("shown", "actual"),
    [
        ({"version": 2}, {"version": 3}),
        ({"version": 1}, {"version": True}),
        ({"version": 2}, {"version": 2, "more": None}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ([1], [1, 1]),
        ("Running", "Failed"),
        (f"run {ONE}", "run "),
        ([ONE, ONE], [TWO, OTHER]),
        ([ONE, OTHER], [TWO, TWO]),
        (ONE, LONG_AGO),
        (LONG_AGO, LONGER_AGO),
        (None, ONE),
    ],
)
def test_any_other_difference_is_an_error(shown, actual):
    with pytest.raises(AssertionError):
        Masks().check_json({"value": shown}, {"value": actual})


def test_responses_belong_to_the_example_before_them(tmp_path):
    document = tmp_path / "document.md"
    document.write_text("# Title\n\n```sh\necho 1\n```\n\n```text\n1\n```\n\n```sh\necho 2\n```\n")

    first, second = examples(document)

    assert (first.block.text, first.block.line) == ("echo 1\n", 4)
    assert [response.text for response in first.responses] == ["1\n"]
    assert second.responses == ()
