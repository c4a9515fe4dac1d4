"""Every read of real clients, on a small tenant: each response equals a plain evaluation over its objects."""

import logging

import pytest

from bench.paths import PRODUCT
from bench.real_use.documents.document import Document
from bench.real_use.documents.every import DOCUMENTS
from bench.real_use.matching import items_in
from bench.real_use.measuring import Line, Sample, lines, percentile, sample
from bench.real_use.rows import Rows
from bench.real_use.service import Response, without_log
from bench.real_use.tenants import Scale, filled_tenants
from local_server.emulator import find_dynoxide

# Documents that are refused in this tenant, each with the reason. The list must stay empty, or shrink: who
# answers one takes it out.
REFUSED: dict[str, str] = {}


@pytest.fixture(scope="module")
def tenant():
    if find_dynoxide(PRODUCT) is None:
        pytest.skip("dynoxide is not installed: `make install` brings it")
    logging.disable()
    with without_log(), filled_tenants(Scale(flows=20, versions=4), [2_500]) as (filled,):
        yield filled
    logging.disable(logging.NOTSET)


def test_every_document_is_answered_right(tenant):
    found = lines([tenant], DOCUMENTS, rounds=0)

    verdicts = {line.document.name: line.worst for line in found}
    assert {name: one.wrong for name, one in verdicts.items() if one.wrong} == {}
    assert {name: one.left_out for name, one in verdicts.items() if one.left_out} == {}
    assert {name for name, one in verdicts.items() if one.refusal} == set(REFUSED)


BY_ID = Document("by id", "", "query($id: UUID!) { flow_run_by_pk(id: $id) { id state } }", {"id": "@run_id"})
NEWEST = Document("newest", "", "{ flow_run(order_by: {created: desc}, limit: 2) { id } }")
COUNT = Document("count", "", "{ flow_run_aggregate { aggregate { count } } }")


def judged(tenant, document, data, left_out=()):
    body = {"data": data, "extensions": {"left_out": left_out}}
    return sample(document, Rows(tenant.world), Response(body, calls=1, units=1.0, milliseconds=1.0))


def test_wrong_responses_are_noticed(tenant):
    run = tenant.world.runs[tenant.world.values["run_id"]]
    first, second, third, *_ = sorted(tenant.world.runs.values(), key=lambda run: run.created, reverse=True)
    right = [{"id": first.id}, {"id": second.id}]

    assert judged(tenant, BY_ID, {"flow_run_by_pk": {"id": run.id, "state": "Success"}}).wrong is None
    assert judged(tenant, BY_ID, {"flow_run_by_pk": {"id": run.id, "state": "Failed"}}).wrong
    assert judged(tenant, BY_ID, {"flow_run_by_pk": None}).wrong
    assert judged(tenant, BY_ID, {"flow_run_by_pk": {"id": run.id}}).wrong
    assert judged(tenant, NEWEST, {"flow_run": right}).wrong is None
    assert judged(tenant, NEWEST, {"flow_run": right[::-1]}).wrong
    assert judged(tenant, NEWEST, {"flow_run": [right[0], right[0]]}).wrong
    assert judged(tenant, NEWEST, {"flow_run": [right[0], {"id": third.id}]}).wrong
    assert judged(tenant, NEWEST, {"flow_run": right[:1]}).wrong
    assert judged(tenant, NEWEST, {"flow_run": right[1:]}, ["old runs"]).verdict == "in part"
    assert judged(tenant, NEWEST, {"flow_run": right}, ["old runs"]).verdict == "answered"
    assert judged(tenant, NEWEST, {"flow_run": [{"id": "unknown"}]}, ["old runs"]).verdict == "WRONG"
    assert judged(tenant, COUNT, {"flow_run_aggregate": {"aggregate": {"count": 2_500}}}).wrong is None
    assert judged(tenant, COUNT, {"flow_run_aggregate": {"aggregate": {"count": 2_499}}}).wrong


def test_items_of_a_response_are_rows_and_what_belongs_to_them_once():
    flow = {"name": "load", "project": {"name": "ops"}}
    runs = [{"id": number, "heartbeat": None, "flow": flow} for number in range(3)]

    assert items_in({"flow_run": runs}) == 3 + 3 + 2
    assert items_in({"flow_run": [{"id": 1, "flow": None}, {"id": 2, "flow": flow}]}) == 2 + 2
    assert items_in({"flow_run_aggregate": {"aggregate": {"count": 7}}}) == 0
    assert items_in({"flow_run_by_pk": None}) == 0


def test_names_of_documents_are_unique_and_the_refused_ones_exist():
    names = [document.name for document in DOCUMENTS]

    assert len(set(names)) == len(names)
    assert set(REFUSED) <= set(names)


SMALL = Sample(rows=10, calls=3, units=20, milliseconds=10)


@pytest.mark.parametrize(
    ("large", "missed"),
    [
        pytest.param(Sample(10, 3, 20, 16), [], id="as with fewer runs"),
        pytest.param(Sample(10, 3, 61, 10), ["units"], id="more units than a page may take"),
        pytest.param(Sample(100, 3, 110, 10), [], id="a unit for each row and ten"),
        pytest.param(Sample(100, 3, 111, 10), ["units"], id="more units than rows explain"),
        pytest.param(Sample(50, 3, 73, 10, items=130), [], id="half a unit for each item and ten"),
        pytest.param(Sample(50, 3, 76, 10, items=130), ["units"], id="more units than items explain"),
        pytest.param(Sample(10, 3, 20, 18), ["time"], id="slower"),
        pytest.param(Sample(20, 3, 20, 30), [], id="slower for more rows"),
        pytest.param(Sample(0, 3, 20, 10, refusal="BAD_USER_INPUT"), ["refused"], id="refused"),
        pytest.param(Sample(10, 3, 20, 10, wrong="a row is missing"), ["WRONG"], id="wrong"),
        pytest.param(Sample(10, 3, 20, 10, left_out="a row is missing"), ["in part"], id="in part"),
    ],
)
def test_goals_that_a_document_misses(large, missed):
    assert Line(BY_ID, [SMALL, large]).missed == missed


def test_percentile_is_that_of_all_rounds_of_all_documents():
    slow, quick = (Sample(1, 1, 1, 1, waited=times) for times in ([9.0, 1.0], [2.0, 3.0]))
    found = [Line(BY_ID, [SMALL, slow]), Line(NEWEST, [SMALL, quick])]

    assert percentile(found, 1, 0.5) == 3.0
    assert percentile(found, 1, 0.95) == 9.0
    assert percentile(found, 0, 0.95) == 0.0
