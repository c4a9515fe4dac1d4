"""An AWS account for one test, in memory: the template's table, a dead-letter queue, the real wiring."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

import wiring
from local_server.table import create_table, table_definition
from operations.context import Context
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from tests import quick_moto

ROOT = Path(__file__).resolve().parents[2]
TABLE = "flow-runs-test"
REGION = "eu-west-1"


def event_file(name: str) -> Any:
    """Return an event of events/, as `sam local invoke -e` takes it."""
    return json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))


class Account:
    """The app as Lambda makes it, with a clock that a test can move."""

    def __init__(self, app: Any, sqs: Any, queue_url: str) -> None:
        self._app = app
        self._sqs = sqs
        self._queue_url = queue_url
        self.later = timedelta(0)

    def __getattr__(self, name: str) -> Any:
        """Return the app's own attribute, for all attributes but those of the clock."""
        return getattr(self._app, name)

    def context(self, *arguments: Any) -> Context:
        """Return the context of a request at a time `later` than now."""
        context: Context = self._app.context(*arguments)
        return replace(context, now=lambda: context.now() + self.later)

    def register(self, serialized: dict[str, Any], project: str = "Examples") -> str:
        """Register a version of a flow; create its project if there is none. Return the flow's id."""
        context = self.context()
        known = context.store.projects.named(project)
        project_id = known.id if known else create_project(context, name=project)
        return register_flow(context, RegisterFlow(project_id=project_id, serialized_flow=serialized))

    def dead_letters_waiting(self) -> list[dict[str, Any]]:
        """Receive the messages of the queue. Return their events, and their attributes by name."""
        messages = self._sqs.receive_message(
            QueueUrl=self._queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])
        return [
            {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
            | {"event": json.loads(message["Body"])}
            for message in messages
        ]


@contextmanager
def aws_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Create the account and set the environment variables of a function of the stack."""
    for name in (
        "AUTH_TOKEN_SHA256",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_ENDPOINT_URL",
        "AWS_PROFILE",
        "SHARDS",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.setenv(name, REGION)
    monkeypatch.setenv("TABLE_NAME", TABLE)
    # Most tests compare all items of the table. Those of the audit trail switch it on.
    monkeypatch.setenv("AUDIT_DAYS", "0")
    quick_moto.install(monkeypatch)
    with mock_aws():
        create_table(boto3.client("dynamodb"), table_definition(ROOT / "template.yaml", TABLE), "expires")
        sqs = boto3.client("sqs")
        queue_url = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", queue_url)
        wiring.app.cache_clear()
        account = Account(wiring.app(), sqs, queue_url)
        wiring.app().formats.note_new()
        wiring.app.cache_clear()
        with monkeypatch.context() as patch:
            patch.setattr(wiring, "app", lambda: account)
            yield account
