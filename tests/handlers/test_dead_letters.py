"""The dead-letter queue of unusable events, on SQS in memory."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from domain.errors import ApiError
from storage.dead_letters import MAX_LETTER_BODY, MAX_REASON, DeadLetters

MIB = 1_048_576


@pytest.fixture
def sqs() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("sqs", "eu-west-1", aws_access_key_id="testing", aws_secret_access_key="testing")


@pytest.fixture
def queue_url(sqs) -> str:
    created = sqs.create_queue(QueueName="dead-letters", Attributes={"MaximumMessageSize": str(MIB)})
    return str(created["QueueUrl"])


def received(sqs: Any, queue_url: str) -> tuple[str, dict[str, str]]:
    (message,) = sqs.receive_message(QueueUrl=queue_url, MessageAttributeNames=["All"])["Messages"]
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    return message["Body"], attributes


def test_dead_letter_has_the_event_and_its_reason(sqs, queue_url):
    event = {"flowName": "Größe", "parameters": {"x": [1, None, True]}}

    DeadLetters(sqs, queue_url).send(event, "NOT_FOUND", "There is no flow named 'Größe'.")

    body, attributes = received(sqs, queue_url)
    assert json.loads(body) == event
    assert attributes == {"code": "NOT_FOUND", "reason": "There is no flow named 'Größe'."}


def test_characters_that_sqs_refuses_are_replaced(sqs, queue_url):
    event = {"flowName": "\x00\ud800\uffff"}

    DeadLetters(sqs, queue_url).send(event, "BAD_USER_INPUT", "no \x00\x1b\ud800\uffff, but \t and 🤖")

    body, attributes = received(sqs, queue_url)
    assert json.loads(body) == event
    assert attributes["reason"] == "no ????, but \t and 🤖"


def test_event_of_the_largest_size_is_cut(sqs, queue_url):
    DeadLetters(sqs, queue_url).send({"text": "x" * MIB}, "BAD_USER_INPUT", "y" * 10_000)

    body, attributes = received(sqs, queue_url)
    assert len(body) == MAX_LETTER_BODY
    assert attributes == {
        "code": "BAD_USER_INPUT",
        "reason": "y" * MAX_REASON,
        "cut": f"from {MIB + 11} bytes",
    }


def test_missing_queue_is_an_error(sqs):
    with pytest.raises(ApiError, match="DEAD_LETTER_QUEUE_URL"):
        DeadLetters(sqs, "").send({}, "BAD_USER_INPUT", "")
