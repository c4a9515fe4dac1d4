"""The budget of a request at the table: reads draw on it, writes only look at the time."""

import uuid

import pytest

from domain.errors import ApiError, BadUserInput
from domain.work import Work


def item():
    return {"pk": {"S": f"budget {uuid.uuid4()}"}, "sk": {"S": "b"}}


def test_a_read_that_exceeds_the_budget_is_not_made(world):
    table = world.within(Work(max_reads=2)).table
    table.get(item())
    table.batch_get([item()])
    with pytest.raises(BadUserInput, match="reads of the database"):
        table.query(KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "a"}})


def test_writes_draw_nothing(world):
    table = world.within(Work(max_reads=0)).table
    table.put(Item=item())
    table.transact([{"Put": {"Item": item()}}])


def test_no_call_is_made_when_the_time_is_over(world):
    table = world.within(Work(time_left=lambda: 0.0)).table
    new = item()
    for call in (lambda: table.get(new), lambda: table.put(Item=new)):
        with pytest.raises(ApiError, match="took too long"):
            call()
    assert world.table.get(new) is None
