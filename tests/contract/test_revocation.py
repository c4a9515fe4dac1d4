"""Keys that lose their access, over several server processes: each has an app and a client of its own."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import local

import pytest

import wiring
from domain.times import format_time
from handlers import http_api
from tests.contract.clients import of_a_function
from tests.handlers.events import graphql_event
from tests.handlers.invocation import invocation

pytestmark = pytest.mark.dynoxide_only
OPERATOR = "the token that the operator gave out"
ASK = "{ auth_info { scope } }"


class Processes:
    """Several server processes over one table. A thread of this one stands for each."""

    def __init__(self, clients, table_name, monkeypatch):
        digest = sha256(OPERATOR.encode()).hexdigest()
        settings = wiring.Settings.from_environment({"TABLE_NAME": table_name, "AUTH_TOKEN_SHA256": digest})
        self._apps = [wiring.App(settings, client) for client in clients]
        self._here = local()
        self._apps[0].formats.note_new()
        monkeypatch.setattr(wiring, "app", lambda: self._here.app)

    def __len__(self):
        return len(self._apps)

    def send(self, number, token, query, given=None):
        self._here.app = self._apps[number]
        event = graphql_event(query, given and {"input": given}, headers={"authorization": f"Bearer {token}"})
        return json.loads(http_api.handler(event, invocation())["body"])

    def lets_in(self, number, token):
        response = self.send(number, token, ASK)
        if "errors" in response:
            assert [error["extensions"]["code"] for error in response["errors"]] == ["UNAUTHENTICATED"]
        return "errors" not in response

    def mutate(self, number, token, mutation, selection, **given):
        text = f"mutation($input: {mutation}_input!) {{ {mutation}(input: $input) {{ {selection} }} }}"
        return self.send(number, token, text, given)["data"][mutation]

    def create(self, number=0, **given):
        given = {"name": "k", "scope": "user", **given}
        return self.mutate(number, OPERATOR, "create_api_key", "id key", **given)


@pytest.fixture
def processes(database, monkeypatch):
    with ExitStack() as stack:
        client, table_name = stack.enter_context(database())
        endpoint = client.meta.endpoint_url
        clients = [stack.enter_context(closing(of_a_function(endpoint))) for _ in range(3)]
        yield Processes(clients, table_name, monkeypatch)


def test_deleted_key_is_refused_by_the_next_request_of_each_process(processes):
    for deleting in range(len(processes)):
        made = processes.create()
        assert all(processes.lets_in(number, made["key"]) for number in range(len(processes)))

        assert processes.mutate(deleting, OPERATOR, "delete_api_key", "success", key_id=made["id"])["success"]

        assert not any(processes.lets_in(number, made["key"]) for number in range(len(processes)))


def test_key_that_ends_is_refused_by_each_process(processes):
    made = processes.create(expires_at=format_time(datetime.now(UTC) + timedelta(hours=1)))
    rotated = processes.mutate(1, made["key"], "rotate_api_key", "key", overlap=0)

    assert not any(processes.lets_in(number, made["key"]) for number in range(len(processes)))
    assert all(processes.lets_in(number, rotated["key"]) for number in range(len(processes)))


def test_no_request_that_begins_after_a_deletion_is_let_in(processes):
    """Ask all the time in two processes while the third one deletes the key."""
    made = processes.create()
    deleted: list[bool] = []

    def ask(number):
        found: list[bool] = []
        while len(found) < 200 and found.count(False) < 5:
            began_after = bool(deleted)
            found.append(processes.lets_in(number, made["key"]))
            assert not (began_after and found[-1])
        return found

    with ThreadPoolExecutor(2) as threads:
        asking = [threads.submit(ask, number) for number in (1, 2)]
        processes.mutate(0, OPERATOR, "delete_api_key", "success", key_id=made["id"])
        deleted.append(True)
        assert all(each.result(60)[-1] is False for each in asking)
