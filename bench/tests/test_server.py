import asyncio
import json
from collections import Counter

import pytest

from bench.server import jobs, load
from bench.server.contest import Plan, Result
from bench.server.jobs import Cell, part_of, raced
from bench.server.ours import Ours
from bench.server.prefect import Prefect
from bench.server.tables import goals, ratio
from graphql_api.language.documents import Documents
from graphql_api.schema import build_schema

FRESH = [f"{number:032x}" for number in range(jobs.FRESH)]
OURS = Ours("f" * 32, FRESH, FRESH[:3])
SIDES = [
    pytest.param(OURS, id="ours"),
    pytest.param(Prefect("f" * 32, FRESH, FRESH, FRESH[:3]), id="Prefect 3"),
]
PLAN = Plan(1, 1, 1, 1, jobs.CONNECTIONS, jobs.JOBS)


def result(rate, memory=50.0, failed=0):
    errors = {"503": failed} if failed else {}
    cells = {(job, count): Cell(rate, 1, 1, 1, 1, errors) for job in jobs.JOBS for count in jobs.CONNECTIONS}
    return Result("server", 1, 1, memory, memory, {jobs.CLAIM: Counter({1: 100})}, cells)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", jobs.JOBS)
def test_each_server_has_requests_for_each_job(side, name):
    assert all(side.job(name, part).sequences for part in range(len(jobs.CONNECTIONS)))


@pytest.mark.parametrize("name", jobs.JOBS)
def test_document_of_each_job_is_valid(name):
    job = OURS.job(name, 0)
    query = json.loads(job.sequences[0][0].body)["query"]

    assert Documents(build_schema()).get(query).errors == ()


def test_cells_and_races_share_no_run():
    taken = [run for number in range(3) for run in raced(FRESH, number)]
    taken += [run for part in range(len(jobs.CONNECTIONS)) for run in part_of(FRESH, part)]

    assert len(taken) == len(set(taken)) == len(FRESH)


def test_goals_without_the_other_server_are_missed():
    alone = {goal.name: goal for goal in goals([result(100)], PLAN)}

    assert alone["create, 8 connections"].measured is None
    assert not alone["create, 8 connections"].holds


def test_goals_compare_rates_memory_and_failures():
    found = {goal.name: goal for goal in goals([result(100, 50, failed=1), result(10, 200)], PLAN)}

    assert found["create, 8 connections"].measured == 10
    assert found["memory after the load"].holds
    assert not found["failed requests, all cells"].holds


def test_ratio_to_a_server_without_success_is_infinite():
    assert ratio(1, 0) == float("inf")


def test_load_generator_counts_good_responses_failures_and_lost_connections():
    """The responses take turns: good, GraphQL errors, 503; after a 503 the server closes the connection."""
    responses = [(200, '{"data":{"id":1}}'), (200, '{"errors":[]}'), (503, "{}")]
    asked: Counter[int] = Counter()

    async def serve(reader, writer):
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                status, body = responses[asked.total() % len(responses)]
                asked[status] += 1
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())
                if status != 200:
                    break
        except (asyncio.IncompleteReadError, ConnectionResetError):
            pass
        writer.close()

    async def measured():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            work = {"port": port, "connections": 1, "seconds": 0.3, "warm_up": 0, "pause": 0}
            requests = {"sequences": [[("GET", "/", "")]], "repeat": True, "expect": '"data":'}
            return await load.generate(work | requests)

    outcome = asyncio.run(measured())

    assert outcome["responses"] == pytest.approx(asked.total() / 3, abs=1)
    assert set(outcome["errors"]) == {"refused", "503"}
    assert sum(outcome["errors"].values()) + outcome["responses"] == asked.total()
