"""The overview of the console costs the same whatever is stored, waits or goes on."""

import random
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.flow_runs import run_tallies
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.schema import build_schema

VIEWS = Path(__file__).resolve().parents[2] / "console" / "src" / "views"
EXECUTOR = Executor(build_schema())
# Pages that are full by chance one key earlier or later, and rows of one flow more.
CHANCE = 2


def overview(present: Any, project_id: str | None) -> GraphQLRequest:
    """Return the request that the console sends for a day."""
    source = (VIEWS / "overview" / "documents.js").read_text(encoding="utf-8")
    (query,) = re.findall(r"OVERVIEW = `(.*?)`", source, re.DOTALL)
    here = {"flow": {"project_id": {"_eq": project_id}}} if project_id else {}
    waiting = {**here, "state": {"_eq": "Scheduled"}}
    late = (present - timedelta(seconds=30)).isoformat()
    variables = {
        "from": (present - timedelta(hours=23)).isoformat(),
        "bucket": "HOUR",
        "project": project_id,
        "counted": True,
        "running": {**here, "state": {"_in": ["Running", "Cancelling"]}},
        "next": {**waiting, "state_start_time": {"_gt": present.isoformat()}},
        "late": {**waiting, "state_start_time": {"_lt": late}},
        "failed": {**here, "state": {"_in": ["Failed", "TimedOut"]}},
    }
    return GraphQLRequest(query=query, variables=variables)


def fill(world, flows, number):
    """Store so many runs of each kind: some that are late, planned, live, failed and successful."""
    for place in range(number):
        flow_id, labels = flows[place % len(flows)], ["prod"]
        world.clock.advance(seconds=1)
        world.create(flow_id, labels=labels)
        planned = world.clock.time + timedelta(days=1, seconds=place)
        world.create(flow_id, labels=labels, scheduled_start_time=planned)
        for state in ("Running", "Failed", "Success"):
            world.set(world.create(flow_id, labels=labels), state)


def cost(world, project_id):
    metered, consumed = world.metered()
    result = EXECUTOR.execute(overview(world.clock.time, project_id), metered.context).result
    assert "errors" not in result, result
    assert len(result["data"]["failed"]) == 20
    assert all(len(result["data"][name]) == 5 for name in ("running", "next", "late"))
    return consumed.calls.total(), consumed.read_units, consumed.write_units


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("of", ["tenant", "project"])
def test_overview_costs_the_same_for_few_and_for_many_runs(world, of, monkeypatch):
    monkeypatch.setattr(run_tallies, "FEW_KEYS", 8)
    world.context = replace(world.context, random_bits=random.Random(7).getrandbits)  # noqa: S311
    project_id = world.project()
    flows = [world.register(project_id=project_id), world.register()]
    where = project_id if of == "project" else None
    costs = []
    for number in (100, 100):
        fill(world, flows, number)
        world.clock.advance(minutes=1)
        cost(world, where)  # the first look, which counts for the further ones
        costs.append(cost(world, where))

    (calls, units, written), (more_calls, more_units, more_written) = costs
    assert more_written == written == 0
    assert more_calls <= calls + CHANCE
    assert more_units <= units + CHANCE
