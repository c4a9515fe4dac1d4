"""The start of the local server on data of an earlier release, and on data of a later one."""

import os
from contextlib import contextmanager
from itertools import chain

import pytest

from domain.formats import CURRENT
from local_server import data_folder
from local_server.emulator import find_dynoxide, start_dynoxide
from local_server.store import lead_to_local, wait_until_it_answers
from local_server.table import create_table, table_definition
from tests.contract.data_files import data_file
from tests.e2e import plain_http
from tests.e2e.server_process import ROOT, failed_start, needs_dynoxide, running_server

pytestmark = needs_dynoxide
SCHEDULED = '{ flow_run(where: {state: {_eq: "Scheduled"}}, order_by: {state_start_time: asc}) { id } }'
NAMED = '{ flow_run(where: {name: {_eq: "planned in 1 h"}}) { id } }'
# The indexes that came after release 0.1.0, and the attributes that they brought.
PLANNED = {"planned": ["planned_shard"]}
SPARSE = {"by_name": ["name_shard"], "ended_late": ["late_shard", "late_order"]}
BROUGHT = "The data of an earlier release now has the form of this one.\n"


@contextmanager
def emulator(folder, monkeypatch):
    """Yield a client of an emulator that runs on a folder."""
    lock = data_folder.lock(folder, holder="a test")
    binary = find_dynoxide(ROOT)
    assert binary is not None
    process = start_dynoxide(binary, folder, lock)
    try:
        with monkeypatch.context() as patch:
            environment: dict[str, str] = {}
            lead_to_local(environment, process.url)
            for name, value in environment.items():
                patch.setenv(name, value)
            yield wait_until_it_answers(process)
    finally:
        process.stop()
        os.close(lock)


def earlier_table(later):
    """Return the table's definition of an earlier release, without the indexes that came later."""
    definition = table_definition(ROOT / "template.yaml")
    indexes = [index for index in definition["GlobalSecondaryIndexes"] if index["IndexName"] not in later]
    attributes = [
        attribute
        for attribute in definition["AttributeDefinitions"]
        if attribute["AttributeName"] not in chain.from_iterable(later.values())
    ]
    return {**definition, "GlobalSecondaryIndexes": indexes, "AttributeDefinitions": attributes}


def sent(server, query):
    return plain_http.post(f"{server.url}/graphql", json={"query": query}).json()["data"]


def scheduled(server):
    return sent(server, SCHEDULED)


@pytest.mark.parametrize(
    ("name", "later"),
    [("0.1.0", PLANNED | SPARSE), ("7f6669b", PLANNED | SPARSE), ("form-3", SPARSE)],
    ids=["0.1.0", "7f6669b", "form-3"],
)
def test_start_on_data_of_an_earlier_release_migrates_it_once(tmp_path, monkeypatch, name, later):
    file = data_file(name)
    with emulator(tmp_path / "data", monkeypatch) as client:
        create_table(client, earlier_table(later), None)
        file.put_into(client, "flow-runs", is_current=False)

    with running_server(tmp_path) as server:
        assert server.stdout.startswith(BROUGHT)
        now_scheduled = scheduled(server)
        now_named = sent(server, NAMED)
        assert server.stderr == ""
    with running_server(tmp_path) as again:
        assert BROUGHT not in again.stdout

    assert now_scheduled == dict(file.reads)[SCHEDULED]
    assert now_named == {"flow_run": [{"id": file.names["planned in 1 h"]}]}


def test_start_on_data_of_a_later_release_is_refused_in_one_line(tmp_path, monkeypatch):
    with emulator(tmp_path / "data", monkeypatch) as client:
        create_table(client, table_definition(ROOT / "template.yaml"), None)
        pk = {"S": f"{data_file('0.1.0').tenant}#format"}
        numbers = {"version": CURRENT, "target": CURRENT + 1, "step": CURRENT, "revision": 1}
        item = {name: {"N": str(number)} for name, number in numbers.items()}
        client.put_item(TableName="flow-runs", Item={"pk": pk, "sk": {"S": "format"}, **item})

    code, stderr = failed_start(tmp_path)

    assert code == 1
    assert stderr.count("\n") == 1
    assert stderr.startswith(f"error: The data has form {CURRENT + 1}")
