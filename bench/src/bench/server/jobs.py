"""What is asked of both servers, and one cell of it: so many connections for so long."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from bench.server.load import DRAIN_SECONDS

QUEUE, READ, LIST = "queue poll", "read by id", "list 50 of 10,000"
SET_STATE, CREATE, REPLAY = "set state", "create", "create, same key again"
# In this order: nothing that is read has grown before it is read.
JOBS = (QUEUE, READ, LIST, SET_STATE, CREATE, REPLAY)
WRITES = (CREATE, SET_STATE)
CONNECTIONS = (1, 8, 32)

STORED = 10_000
FRESH = 6_300  # of these; each is raced for, or set Running and then to its end
DUE = 20  # beside them, in the queue
READ_EVERY = 10  # of those that have ended, the ones that are read
RACES = 100  # pairs of each race
CLAIM, BEGIN, END = "both claim it", "both begin it", "one ends it well, one badly"
PARAMETERS = {"dataset": "s3://bucket-name/path/to/data/2026-11-23.parquet", "limit": 1000}


class Request(NamedTuple):
    """A request; the generator adds the headers."""

    method: str
    path: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Sequences of requests that connections take turns at, again and again if `repeat`.

    An answer is good if its status is, if it has no GraphQL errors, and if it has the text `expect`.
    """

    sequences: Sequence[Sequence[Request]]
    expect: str
    repeat: bool = True


class Side(Protocol):
    """What one server's API calls the jobs."""

    def job(self, name: str, part: int) -> Job:
        """Give the requests of a job; `part` says which third of the fresh runs are free to change."""

    def races(self) -> Mapping[str, Sequence[tuple[Request, Request]]]:
        """Give pairs of state changes of which the second contradicts the first."""

    def accepted(self, status: int, body: bytes) -> bool:
        """Tell whether a state change was taken."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of one job: good answers a second, their milliseconds, the failures by kind.

    `other` says what came of it when connections waited otherwise after a failure.
    """

    rate: float
    p50: float | None
    p95: float | None
    p99: float | None
    answers: int
    errors: dict[str, int] = field(default_factory=dict)
    other: str = ""

    @property
    def failed(self) -> int:
        """How many requests were not answered as they should be."""
        return sum(self.errors.values())


def measure(job: Job, port: int, connections: int, seconds: float, warm_up: float, pause: float) -> Cell:
    """Let the generator do one cell."""
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
        start_new_session=True,  # Ctrl-C is for this process, which then kills it
        timeout=warm_up + seconds + DRAIN_SECONDS + 30,
    )
    if generator.returncode != 0:
        raise SystemExit("The load generator failed; what it said stands above.")
    return Cell(**json.loads(generator.stdout))


def part_of(fresh: Sequence[str], part: int) -> Sequence[str]:
    """The fresh runs that one cell may change; the first ones are the races'."""
    rest = fresh[3 * RACES :]
    size = len(rest) // len(CONNECTIONS)
    return rest[part * size : (part + 1) * size]


def raced(fresh: Sequence[str], number: int) -> Sequence[str]:
    """The fresh runs of one kind of race."""
    return fresh[number * RACES : (number + 1) * RACES]
