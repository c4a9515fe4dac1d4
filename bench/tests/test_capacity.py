import json

import pytest

from bench.capacity import budgets
from bench.capacity.__main__ import goals
from bench.capacity.world import Line
from storage.dynamodb.consumption import Consumption


@pytest.fixture(autouse=True)
def two_budgets(tmp_path, monkeypatch):
    file = tmp_path / "budgets.json"
    bounds = {"calls": 1, "write_units": 2, "read_units": 0}
    file.write_text(json.dumps({"create": bounds, "delete": bounds}))
    monkeypatch.setattr(budgets, "FILE", file)


def consumption(write_units):
    consumed = Consumption(write_units=write_units)
    consumed.calls["put_item"] = 1
    return consumed


@pytest.mark.parametrize(("write_units", "holds"), [(2, True), (3, False)])
def test_budget_holds_until_one_unit_more_is_consumed(write_units, holds):
    found = {goal.name: goal for goal in goals([Line("create", consumption(write_units))])}

    assert found["create: calls"].holds
    assert found["create: WCU"].holds is holds


def test_operation_that_was_not_measured_misses_its_budget():
    found = {goal.name: goal for goal in goals([Line("create", consumption(1))])}

    assert found["delete: WCU"].measured is None
    assert not found["delete: WCU"].holds


def test_product_has_a_budget_for_the_whole_life(monkeypatch):
    monkeypatch.undo()

    assert budgets.load_budgets()["whole life"].write_units == 13
