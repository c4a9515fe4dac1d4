"""What the usual questions about runs cost, after a hundred runs and after thousands."""

import uuid
from datetime import timedelta

import pytest

from domain.errors import TooMuchWork
from domain.times import format_time
from domain.work import Work
from operations.reads.arguments import Arguments
from operations.reads.plans.flow_runs import past_times
from operations.reads.plans.flow_runs.horizons import SPARE
from operations.reads.plans.flow_runs.known_keys import OLDER
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need
from tests.contract.factories import Clock, World
from tests.contract.stored_runs import Copies

pytestmark = pytest.mark.dynoxide_only

# Half a minute between two runs is a million runs a year.
STEP = timedelta(seconds=31)


class Questions:
    """What is asked in a tenant."""

    def __init__(self, world):
        self.world = world

    def ask(self, **arguments):
        """Return the ids in a list, its read units, and what the response says of rows that are left out."""
        world, cost = self.world.metered()
        rows = list_rows(world.context, "flow_run", Arguments(**arguments), Need({"name", "state"}))
        return [row.value.id for row in rows], cost.read_units, world.context.left_out

    def count(self, where):
        """Return the number of matching runs and the read units."""
        world, cost = self.world.metered()
        found = aggregate_rows(world.context, "flow_run", Arguments(where=where), Need()).count()
        return found, cost.read_units


class Site(Questions):
    """Two flows of one project, each with half of the finished runs, and few other runs."""

    def __init__(self, world, finished):
        super().__init__(world)
        project = world.project("Site")
        self.flows = [world.register({"name": name}, project_id=project) for name in ("One", "Other")]
        ends = [self._ended(flow, state) for flow in self.flows for state in ("Success", "Failed")]
        self.started = world.create(self.flows[0])
        world.set(self.started, "Running")
        self.failed, copies = [], Copies(world)
        world.clock.advance(hours=1)
        for number in range(finished):
            world.clock.advance(seconds=STEP.total_seconds())
            kind = number % 2 * 2 + (number % 50 in (0, 1))
            run = copies.add(ends[kind], world.clock.time)
            self.failed += [run] if kind == 1 else []
        copies.write()
        world.clock.advance(minutes=1)
        self.failed_before = ends[1]
        self._rows = None
        self.running = world.create(self.flows[0], flow_run_name="newest", idempotency_key="key")
        world.set(self.running, "Running")
        world.clock.advance(seconds=1)
        self.planned = world.create(self.flows[0], scheduled_start_time=world.clock.time + timedelta(hours=5))

    def _ended(self, flow, state):
        run = self.world.create(flow)
        self.world.set(run, "Running")
        self.world.set(run, state)
        return run

    def rows(self):
        """Return all runs, newest first."""
        if self._rows is None:
            self._rows = list_rows(self.world.context, "flow_run", Arguments(), Need({"start_time"}))
        return self._rows

    def start_of(self, flow_run_id):
        return next(row.value.start_time for row in self.rows() if row.value.id == flow_run_id)

    def name_of(self, flow_run_id):
        return next(row.value.name for row in self.rows() if row.value.id == flow_run_id)


@pytest.fixture(scope="module", params=[100, 3_000])
def site(request, database):
    """Return a tenant with so many finished runs."""
    with database() as (client, table_name):
        yield Site(World(client, table_name, str(uuid.uuid4()), Clock()), request.param)


def of(site, way):
    """Return a filter on the first flow or on its project."""
    (flow,) = site.world.store.flows.get([site.flows[0]])
    return {
        "id": {"flow_id": {"_eq": flow.id}},
        "group": {"flow_group_id": {"_eq": flow.flow_group_id}},
        "name": {"flow": {"name": {"_eq": "One"}}},
        "version group": {"flow": {"version_group_id": {"_eq": flow.version_group_id}}},
        "project": {"flow": {"project_id": {"_eq": flow.project_id}}},
        "project name": {"flow": {"project": {"name": {"_eq": "Site"}}}},
    }[way]


@pytest.mark.parametrize("way", ["id", "group", "name", "version group", "project", "project name"])
def test_guard_whether_another_run_goes_on_costs_the_same_after_any_number_of_runs(site, way):
    where = {**of(site, way), "id": {"_neq": site.running}, "state": {"_eq": "Running"}}

    found, units, left_out = site.ask(where=where)

    assert (found, left_out) == ([site.started], [])
    assert units <= 6
    assert site.count({**of(site, way), "state": {"_eq": "Running"}}) == (2, pytest.approx(6, abs=3))


def test_unfinished_runs_of_a_flow_are_found_by_several_states(site):
    states = ["Running", "Submitted", "Scheduled", "Pending"]
    choice = {"_or": [{"state": {"_eq": state}} for state in states]}

    for one_of in ({"state": {"_in": states}}, choice):
        found, units, _ = site.ask(where={"_and": [one_of, of(site, "name")]})
        assert found == [site.planned, site.running, site.started]
        assert units <= 8


@pytest.mark.parametrize("column", ["scheduled_start_time", "state_start_time"])
def test_next_run_of_a_flow_is_read_alone(site, column):
    where = {**of(site, "id"), "state": {"_eq": "Scheduled"}}

    found, units, _ = site.ask(where=where, order_by=[{column: "asc"}], limit=1)

    assert found == [site.planned]
    assert units <= 6


def test_failed_runs_of_a_flow_cost_what_they_are(site):
    where = {**of(site, "version group"), "state": {"_eq": "Failed"}}

    found, units, _ = site.ask(where=where)
    newest, fewer, _ = site.ask(where=where, order_by=[{"created": "desc"}], limit=10)

    assert found == [*site.failed[::-1], site.failed_before]
    assert newest == found[:10]
    assert units <= 10 + 1.5 * len(found)
    assert fewer <= 25
    assert site.count(where) == (len(found), pytest.approx(units, rel=0.5))


@pytest.mark.parametrize("way", ["name", "project", "project name"])
def test_ended_runs_of_a_flow_or_project_are_counted_by_keys(site, way):
    runs = [row.value for row in site.rows() if way != "name" or row.value.flow_id == site.flows[0]]
    for state in ("Failed", "Success"):
        found, units = site.count({**of(site, way), "state": {"_eq": state}})

        assert found == sum(run.state.type == state for run in runs)
        assert units <= 60 + len(runs) / 15


@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("way", [None, "name"])
def test_page_by_start_is_read_up_to_a_horizon_or_to_the_end_of_a_small_tenant(site, way, order):
    where = {"start_time": {"_is_null": False}, **(of(site, way) if way else {})}

    found, units, left_out = site.ask(where=where, order_by=[{"start_time": order}], limit=10)

    everything = [row.value for row in site.rows() if way is None or row.value.flow_id == site.flows[0]]
    started = sorted((run.start_time, run.id) for run in everything if run.start_time)
    expected = started[::-1] if order == "desc" else started
    assert [site.start_of(run) for run in found] == [start for start, _ in expected[:10]]
    # A walk that goes on from the oldest is proof, and so is the list of those that ended late.
    assert left_out == []
    assert units <= (60 if len(everything) > SPARE else 70)


@pytest.mark.parametrize("column", ["start_time", "end_time", "state_timestamp"])
@pytest.mark.parametrize("state", ["Failed", "Success", None])
@pytest.mark.parametrize("way", [None, "name", "project"])
def test_runs_since_some_time_cost_what_they_are(site, way, state, column):
    since = site.world.clock.time - timedelta(minutes=20)
    where = {column: {"_gte": since}, **(of(site, way) if way else {})}
    where |= {"state": {"_eq": state}} if state else {}

    found, units, left_out = site.ask(where=where)

    runs = [row.value for row in site.rows() if way != "name" or row.value.flow_id == site.flows[0]]
    times = {"state_timestamp": "updated"}.get(column, column)
    expected = [
        run.id
        for run in runs
        if state in (None, run.state.type) and (getattr(run, times) or run.created) >= since
        if getattr(run, times) is not None
    ]
    assert (found, left_out) == (expected, [])
    # Runs of an hour are looked at, however many there were before.
    assert units <= 100
    counted = site.count(where)
    assert counted == (len(expected), pytest.approx(units, abs=15))


@pytest.mark.parametrize("way", [None, "group", "name"])
@pytest.mark.parametrize("column", ["start_time", "end_time", "state_timestamp", "created"])
def test_first_and_last_times_of_runs_are_found_without_all_runs(site, way, column):
    world, cost = site.world.metered()
    arguments = Arguments(where=of(site, way) if way else {})

    found = aggregate_rows(world.context, "flow_run", arguments, Need({column}, counts=False))

    runs = [row.value for row in site.rows() if way is None or row.value.flow_id == site.flows[0]]
    name = {"state_timestamp": "updated"}.get(column, column)
    known = [time for run in runs if (time := getattr(run, name)) is not None]
    assert (found.smallest(column), found.largest(column)) == (min(known), max(known))
    assert world.context.left_out == []
    # One page at each end.
    assert cost.read_units <= 120


def test_runs_of_a_name_cost_what_they_are_however_old_they_are(site):
    old = {site.name_of(run): [run] for run in (site.started, site.failed_before)}
    names = {"newest": [site.running], "unknown": [], **old}

    for name, runs in names.items():
        for arguments in ({"limit": 1}, {}, {"order_by": [{"start_time": "desc"}]}):
            where = {"name": {"_eq": name}, "flow": {"name": {"_eq": None}}}
            found, units, left_out = site.ask(where=where, **arguments)

            assert (found, left_out) == (runs, [])
            assert units <= 5


def test_run_is_found_by_its_idempotency_key_alone(site):
    where = {**of(site, "id"), "idempotency_key": {"_eq": "key"}}

    found, units, _ = site.ask(where=where, order_by=[{"created": "desc"}], limit=1)

    assert found == [site.running]
    assert units <= 2


def test_older_runs_of_an_idempotency_key_are_looked_for_among_few_runs_or_left_out_in_words(site):
    where = {**of(site, "id"), "idempotency_key": {"_eq": "key"}}

    for arguments in ({}, {"limit": 10}):
        found, units, left_out = site.ask(where=where, **arguments)

        assert found == [site.running]
        assert units <= 60
        assert bool(left_out) is (len(site.rows()) / 2 > OLDER)
    # Of a count nothing may be left out.
    assert site.count(where)[0] == 1


def test_list_that_is_refused_tells_how_far_it_came(site):
    world = site.world.within(Work(max_rows=60))
    where = {"version": {"_eq": 99}}

    with pytest.raises(TooMuchWork) as refused:
        list_rows(world.context, "flow_run", Arguments(where=where), Need())

    reached = refused.value.extensions["looked_at"]
    newer = [row for row in site.rows() if format_time(row.value.created) >= reached["created"]]
    assert len(newer) == reached["rows"] > 0


@pytest.fixture(scope="module", params=[100, 600])
def late(request, database):
    """Return a tenant with so many runs that ended soon, and some that were planned or took long.

    These are, by the time of their end: one planned two hours ahead, one that took five hours, one cancelled
    before its start, and one that was ended by hand after a day.
    """
    with database() as (client, table_name):
        world = World(client, table_name, str(uuid.uuid4()), Clock())
        flow = world.register({"name": "Often"})
        soon, copies = world.create(flow), Copies(world)
        world.set(soon, "Running")
        world.set(soon, "Success")
        begun = world.clock.time
        for number in range(request.param):
            copies.add(soon, begun + number * STEP)
        copies.write()
        runs = {}
        last = begun + request.param * STEP
        for name, ahead, start, end in (
            ("by hand", 0, 1, 1_440),
            ("cancelled", 600, None, 300),
            ("long", 0, 1, 301),
            ("planned", 120, 121, 122),
        ):
            world.clock.time = last - timedelta(minutes=end + 10)
            due = world.clock.time + timedelta(minutes=ahead)
            runs[name] = run = world.create(flow, scheduled_start_time=due)
            if start is not None:
                world.clock.advance(minutes=start)
                world.set(run, "Running")
            world.clock.advance(minutes=end - (start or 0))
            world.set(run, "Success" if start is not None else "Cancelled")
        world.clock.time = last
        yield Questions(world), runs


@pytest.mark.parametrize("column", ["start_time", "end_time"])
@pytest.mark.parametrize("limit", [1, 10, 60])
def test_page_by_another_time_has_runs_that_were_planned_or_took_long(late, column, limit):
    questions, _ = late
    where = {column: {"_is_null": False}}

    found, units, left_out = questions.ask(where=where, order_by=[{column: "desc"}], limit=limit)

    rows = list_rows(questions.world.context, "flow_run", Arguments(), Need({column}))
    times = {row.value.id: getattr(row.value, column) for row in rows}
    newest = sorted(filter(None, times.values()), reverse=True)[:limit]
    assert ([times[run] for run in found], left_out) == (newest, [])
    assert units <= 70 + limit


@pytest.mark.parametrize("minutes", [30, 200, 2_000])
@pytest.mark.parametrize("most", [1, 1_000])
@pytest.mark.parametrize("column", ["start_time", "end_time"])
def test_runs_since_some_time_have_those_that_were_planned_or_took_long(
    late, monkeypatch, column, most, minutes
):
    questions, _ = late
    monkeypatch.setattr(past_times, "MAX_LATE_KEYS", most)
    since = questions.world.clock.time - timedelta(minutes=minutes)

    found, _, left_out = questions.ask(where={column: {"_gt": since}})

    rows = list_rows(questions.world.context, "flow_run", Arguments(), Need({column}))
    expected = [row.value.id for row in rows if (getattr(row.value, column) or since) > since]
    assert (found, left_out) == (expected, [])


@pytest.mark.parametrize(
    ("name", "column"),
    [
        *[(name, column) for name in ("by hand", "long") for column in ("end_time", "state_timestamp")],
        *[("planned", column) for column in ("start_time", "end_time", "state_timestamp")],
    ],
)
def test_runs_between_two_times_have_those_that_ended_much_later(late, column, name):
    questions, runs = late
    run = questions.world.run(runs[name])
    time = run.latest.timestamp if column == "state_timestamp" else getattr(run, column)
    between = {column: {"_gte": time - timedelta(seconds=1), "_lt": time + timedelta(seconds=1)}}

    found, units, _ = questions.ask(where={"flow_id": {"_eq": run.flow_id}, **between})

    assert run.id in found
    assert questions.count({"flow_id": {"_eq": run.flow_id}, **between})[0] == len(found)
    # The runs of half an hour before, at two a minute.
    assert units <= 60


def test_run_that_goes_on_again_has_no_late_end(late):
    questions, runs = late
    world, run = questions.world, runs["by hand"]
    assert "late_shard" in world.item(run)

    world.set(run, "Scheduled")

    assert {"late_shard", "late_order"}.isdisjoint(world.item(run))
    world.set(run, "Failed")
    assert world.item(run)["late_order"]["S"].endswith(run)
    world.set(run, "Success")
    assert "late_shard" in world.item(run)


@pytest.fixture(scope="module", params=[20, 500])
def ahead(request, database):
    """Return a tenant in which so many runs of one flow have ended and so many of another one are planned.

    Three runs of the first flow are planned, and one waits for an agent. It runs each half hour.
    """
    with database() as (client, table_name):
        world = World(client, table_name, str(uuid.uuid4()), Clock())
        often, other = (world.register({"name": name}) for name in ("Often", "Other"))
        ended, copies = world.create(often), Copies(world)
        world.set(ended, "Success")
        later = world.clock.time + timedelta(days=9)
        planned = world.create(other, scheduled_start_time=later)
        begun = world.clock.time
        for number in range(request.param):
            copies.add(ended, begun + (number - request.param) * 60 * STEP)
            copies.add(planned, begun + number * STEP + STEP / 2, keeps_due=True)
        copies.write()
        wanted = []
        for number in (1, request.param // 2, request.param - 2):
            world.clock.time = begun + number * STEP + STEP / 3
            wanted.append(world.create(often, scheduled_start_time=later))
        world.clock.time = begun + request.param * STEP
        wanted.append(world.create(often))
        yield Questions(world), often, wanted


@pytest.mark.parametrize("states", [["Scheduled"], ["Scheduled", "Running", "Failed"]], ids=str)
def test_waiting_runs_of_a_flow_cost_the_same_beside_many_planned_ones(ahead, states):
    questions, flow, wanted = ahead
    where = {"flow_id": {"_eq": flow}, "state": {"_in": states}}

    found, units, left_out = questions.ask(where=where)
    first, for_first, _ = questions.ask(where=where, order_by=[{"state_start_time": "asc"}], limit=2)

    assert (found, left_out) == (wanted[::-1], [])
    assert first[0] == wanted[-1]
    assert questions.count(where)[0] == len(wanted)
    assert max(units, questions.count(where)[1]) <= 20
    assert for_first <= 40


def test_successes_are_found_behind_any_number_of_planned_runs(ahead):
    questions, _, _ = ahead
    where = {"state": {"_eq": "Success"}}

    found, units, left_out = questions.ask(where=where, order_by=[{"created": "desc"}], limit=10)

    rows = list_rows(questions.world.context, "flow_run", Arguments(where=where), Need())
    assert (found, left_out) == ([row.value.id for row in rows][:10], [])
    assert len(found) == 10
    assert units <= 50
