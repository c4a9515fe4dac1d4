"""The jobs of both servers, and the measurement of one cell: a job at one number of connections."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from bench.server.load import DRAIN_SECONDS

QUEUE, READ, LIST = "queue poll", "read by id", "list 50 of 10,000"
SET_STATE, CREATE, REPLAY = "set state", "create", "create, same key again"
# The reads come first, so that the writes have not yet added to their data.
JOBS = (QUEUE, READ, LIST, SET_STATE, CREATE, REPLAY)
WRITES = (CREATE, SET_STATE)
CONNECTIONS = (1, 8, 32)

STORED = 10_000
FRESH = 6_300  # of these; each is used in a race, or set Running and then to its end
DUE = 20  # more runs, in the queue
READ_EVERY = 10  # of the ended runs, each tenth is read
RACES = 100  # pairs of each race
CLAIM, BEGIN, END = "both claim it", "both begin it", "one ends it well, one badly"
PARAMETERS = {"dataset": "s3://bucket-name/path/to/data/2026-11-23.parquet", "limit": 1000}


class Request(NamedTuple):
    """One request, to which the generator adds the headers."""

    method: str
    path: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Sequences of requests. Each connection takes the next sequence, again from the first one if `repeat`.

    A response is good if its status is 2xx, if it has no GraphQL errors, and if it has the text `expect`.
    """

    sequences: Sequence[Sequence[Request]]
    expect: str
    repeat: bool = True


class Side(Protocol):
    """The requests of one server's API for the jobs."""

    def job(self, name: str, part: int) -> Job:
        """Return the requests of a job; `part` is the third of the fresh runs that the job may change."""

    def races(self) -> Mapping[str, Sequence[tuple[Request, Request]]]:
        """Return pairs of state changes by race; the second change of a pair contradicts the first."""

    def accepted(self, status: int, body: bytes) -> bool:
        """Return True if the server accepted a state change."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The result of one job: good responses a second, their milliseconds, and the failures by kind.

    `other` is the rate with the other pause after a failure.
    """

    rate: float
    p50: float | None
    p95: float | None
    p99: float | None
    responses: int
    errors: dict[str, int] = field(default_factory=dict)
    other: str = ""

    @property
    def failed(self) -> int:
        """The number of requests without a good response."""
        return sum(self.errors.values())


def measure(job: Job, port: int, connections: int, seconds: float, warm_up: float, pause: float) -> Cell:
    """Let the load generator measure one cell."""
    work = {
        "port": port,
        "connections": connections,
        "seconds": seconds,
        "warm_up": warm_up,
        "pause": pause,
        "sequences": job.sequences,
        "expect": job.expect,
        "repeat": job.repeat,
    }
    generator = subprocess.run(
        [sys.executable, "-m", "bench.server.load"],
        input=json.dumps(work),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        start_new_session=True,  # Ctrl-C goes to this process, which then kills the generator
        timeout=warm_up + seconds + DRAIN_SECONDS + 30,
    )
    if generator.returncode != 0:
        raise SystemExit("The load generator has failed; its output is above.")
    return Cell(**json.loads(generator.stdout))


def part_of(fresh: Sequence[str], part: int) -> Sequence[str]:
    """Return the fresh runs that one cell may change; the first of all are for the races."""
    rest = fresh[3 * RACES :]
    size = len(rest) // len(CONNECTIONS)
    return rest[part * size : (part + 1) * size]


def raced(fresh: Sequence[str], number: int) -> Sequence[str]:
    """Return the fresh runs of one race."""
    return fresh[number * RACES : (number + 1) * RACES]
