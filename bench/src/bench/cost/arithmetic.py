"""From what runs use to dollars: pure arithmetic over usage and prices."""

from dataclasses import dataclass
from typing import Final

from bench.cost.prices import Prices

MILLION: Final = 1_000_000
GB: Final = 1_000_000_000
BINARY_GB: Final = 1_073_741_824
HOURS_A_MONTH: Final = 730
# A function of so much memory has one processor to itself; one of less has its share.
MEMORY_OF_A_PROCESSOR: Final = 1_769
MEMORY_OF_A_GB: Final = 1_024
# Of an always-on server: 8 GB for each host's system, 20 GB being the least that RDS has.
HOSTS, HOST_DISK, DATABASE_DISK = 2, 8, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one life of a run takes, all its requests together; `stored` is what stays when it has ended."""

    requests: float
    calls: float
    write_units: float
    read_units: float
    cpu: float  # seconds on a processor of its own
    logged: float  # bytes
    sent: float  # bytes
    stored: float = 0.0  # bytes


@dataclass(frozen=True, slots=True)
class Function:
    """How a function runs: its memory in MB, and how long a call of DynamoDB takes from there, in seconds."""

    memory: int
    latency: float

    def seconds(self, usage: Usage) -> float:
        """How long it runs for one life, with one call after the other."""
        share = min(1.0, self.memory / MEMORY_OF_A_PROCESSOR)
        return usage.cpu / share + usage.calls * self.latency

    def gb_seconds(self, usage: Usage) -> float:
        """What is billed for one life."""
        return self.memory / MEMORY_OF_A_GB * self.seconds(usage)


def bill(usage: Usage, function: Function, prices: Prices) -> dict[str, float]:
    """The dollars for a million lives, item by item."""
    amounts = {
        "write_units": usage.write_units,
        "read_units": usage.read_units,
        "api_requests": usage.requests,
        "lambda_requests": usage.requests,
        "lambda_gb_seconds": function.gb_seconds(usage),
        "logs": usage.logged / GB,
        "transfer": usage.sent / GB,
    }
    return {name: prices.of(name, MILLION * amount) for name, amount in amounts.items()}


def storage(usage: Usage, prices: Prices) -> float:
    """The dollars a month for keeping a million runs that have ended, recovery to any second included."""
    gigabytes = MILLION * usage.stored / BINARY_GB
    return prices.of("storage", gigabytes) + prices.of("recovery_storage", gigabytes)


def transitions(count: int, prices: Prices) -> float:
    """The dollars for a million executions of so many transitions by Step Functions."""
    return prices.of("transitions", MILLION * count)


def always_on(prices: Prices) -> float:
    """The dollars a month for two small hosts and a small PostgreSQL, whether or not anything runs."""
    hours = prices.of("host_hours", HOSTS * HOURS_A_MONTH) + prices.of("database_hours", HOURS_A_MONTH)
    return hours + prices.of("disk", HOSTS * HOST_DISK) + prices.of("database_disk", DATABASE_DISK)


def break_even(per_million: float, a_month: float) -> float:
    """How many lives a month cost what is paid a month for the other."""
    return MILLION * a_month / per_million
