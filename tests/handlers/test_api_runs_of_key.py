"""The query that finds the runs of an idempotency key, whatever their flow."""

import pytest

from tests.handlers.service import code

QUERY = """query($key: String!, $after: String) {
    flow_runs_of_key(idempotency_key: $key, after: $after) {
        rows { id state idempotency_key flow { id name } states { version } } next is_end looked_at
    }
}"""


def test_runs_of_a_key_have_all_that_lists_have(service):
    flows = [service.flow(serialized_flow={"name": name}) for name in ("one", "other")]
    runs = [service.run(flow_id, idempotency_key="order 4711") for flow_id in flows]

    found = service.data(QUERY, {"key": "order 4711"})["flow_runs_of_key"]

    assert [row["id"] for row in found["rows"]] == runs[::-1]
    assert found["rows"][0] == {
        "id": runs[1],
        "state": "Scheduled",
        "idempotency_key": "order 4711",
        "flow": {"id": flows[1], "name": "other"},
        "states": [{"version": 1}],
    }
    assert (found["next"], found["is_end"], found["looked_at"] >= 2) == (None, True, True)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"key": ""}, None),
        ({"key": "k", "after": "\ud800"}, "after"),
        ({"key": "k", "after": "x"}, "after"),
    ],
)
def test_request_that_names_no_key_or_place_is_refused(service, given, field):
    error = service.error(QUERY, given)

    assert code(error) == "BAD_USER_INPUT"
    assert field is None or error["extensions"]["field"] == field
