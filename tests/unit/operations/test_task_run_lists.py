"""Lists of task runs by all filters that lead to them, compared with a plain evaluation."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.work import Work
from operations.reads.arguments import Arguments
from operations.reads.entities.registry import ENTITIES
from operations.reads.query import list_rows
from operations.reads.rows import Need
from operations.reads.where.filters import compile_filter
from tests.examples import examples
from tests.handlers.aws import Account, aws_account
from tests.reads.memory import Memory, selected
from tests.reads.plain import holds
from tests.reads.queries import STATE, clauses, comparisons
from tests.reads.world import fill

TASK_RUN = ENTITIES["task_run"]


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Account, Memory]]:
    with pytest.MonkeyPatch.context() as patch, aws_account(patch) as account:
        fill(account.context())
        yield account, Memory(account.context())


def ids(memory: Memory, entity: str, *columns: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a filter on one of these columns of an entity, with values of its rows or with null."""
    rows = memory.rows[entity]

    def one(name: str) -> st.SearchStrategy[dict[str, Any]]:
        values = st.sampled_from(sorted({str(ENTITIES[entity].columns[name].get(row.value)) for row in rows}))
        return st.fixed_dictionaries(
            {
                name: st.fixed_dictionaries({"_eq": values | st.none()})
                | st.fixed_dictionaries({"_in": st.lists(values, max_size=3)})
            }
        )

    return st.sampled_from(columns).flatmap(one)


def leading(memory: Memory) -> st.SearchStrategy[dict[str, Any]]:
    """Draw filters that lead to task runs; some compare with null alone, so that they lead nowhere."""
    own = ids(memory, "task_run", "id", "flow_run_id", "task_id")
    of_flow_run = ids(memory, "flow_run", "id", "flow_id").map(lambda where: {"flow_run": where})
    of_task = ids(memory, "task", "id", "slug").map(lambda where: {"task": where})
    places = st.fixed_dictionaries({"map_index": comparisons(st.integers(-2, 2))})
    states = st.fixed_dictionaries({"state": comparisons(STATE)})
    more = st.lists(of_task | places | states, max_size=2)
    return st.tuples(own | of_flow_run, more).map(lambda drawn: {"_and": [drawn[0], *drawn[1]]})


@settings(max_examples=examples(30))
@given(data=st.data())
def test_list_of_task_runs_has_the_rows_of_a_plain_evaluation(world, data):
    account, memory = world
    flow_runs = [row.value.id for row in memory.rows["flow_run"]]
    somewhere = {
        "flow_run_id": {"_in": data.draw(st.lists(st.sampled_from(flow_runs), min_size=1, max_size=3))}
    }
    choice = st.lists(leading(memory), max_size=3).map(lambda options: {"_or": options})
    where = data.draw(choice | choice.map(lambda drawn: {"_and": [somewhere, drawn]}))
    arguments = Arguments(
        where=where, order_by=[{"id": "asc"}], limit=data.draw(st.none() | st.integers(0, 9))
    )

    try:
        found = list_rows(account.context(), "task_run", arguments, Need())
    except BadUserInput as refused:  # an alternative that leads nowhere
        if "needs a filter" not in refused.message:
            raise
        return
    assert [row.value.id for row in found] == [
        row.value.id for row in selected("task_run", memory.rows["task_run"], arguments)[1]
    ]


@settings(max_examples=examples(100))
@given(data=st.data())
def test_compiled_filter_agrees_with_a_plain_evaluation(world, data):
    _, memory = world
    name = data.draw(st.sampled_from(["flow_run", "task_run", "flow"]))
    where = data.draw(clauses(name, depth=3))
    matches = compile_filter(ENTITIES[name], where, Work.unlimited()).matches

    for row in memory.rows[name][:12]:
        assert matches(row) == holds(ENTITIES[name], where, row)
