"""Dollars for the usage of runs: pure arithmetic over usage and prices."""

from dataclasses import dataclass
from typing import Final

from bench.cost.prices import Prices

MILLION: Final = 1_000_000
GB: Final = 1_000_000_000
BINARY_GB: Final = 1_073_741_824
HOURS_A_MONTH: Final = 730
# A function with this memory has a whole processor; with less memory it has a share.
MEMORY_OF_A_PROCESSOR: Final = 1_769
MEMORY_OF_A_GB: Final = 1_024
# An always-on server has 8 GB for the system of each host, and 20 GB, the minimum of RDS.
HOSTS, HOST_DISK, DATABASE_DISK = 2, 8, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The usage of all requests of one life of a run. `stored` is what remains after its end."""

    requests: float
    calls: float
    write_units: float
    read_units: float
    cpu: float  # seconds on a whole processor
    logged: float  # bytes
    sent: float  # bytes
    stored: float = 0.0  # bytes


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its memory in MB, and the seconds of one of its calls of DynamoDB."""

    memory: int
    latency: float

    def seconds(self, usage: Usage) -> float:
        """Return the seconds for one life, with one call after the other."""
        share = min(1.0, self.memory / MEMORY_OF_A_PROCESSOR)
        return usage.cpu / share + usage.calls * self.latency

    def gb_seconds(self, usage: Usage) -> float:
        """Return the billed GB-seconds of one life."""
        return self.memory / MEMORY_OF_A_GB * self.seconds(usage)


def bill(usage: Usage, function: Function, prices: Prices) -> dict[str, float]:
    """Return the dollars for a million lives, item by item."""
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
    """Return the dollars a month for keeping a million ended runs, with point-in-time recovery."""
    gigabytes = MILLION * usage.stored / BINARY_GB
    return prices.of("storage", gigabytes) + prices.of("recovery_storage", gigabytes)


def transitions(count: int, prices: Prices) -> float:
    """Return the dollars for a million executions of `count` transitions by Step Functions."""
    return prices.of("transitions", MILLION * count)


def always_on(prices: Prices) -> float:
    """Return the dollars a month for two small hosts and a small PostgreSQL, which always run."""
    hours = prices.of("host_hours", HOSTS * HOURS_A_MONTH) + prices.of("database_hours", HOURS_A_MONTH)
    return hours + prices.of("disk", HOSTS * HOST_DISK) + prices.of("database_disk", DATABASE_DISK)


def break_even(per_million: float, a_month: float) -> float:
    """Return the lives a month that cost as much as the other service a month."""
    return MILLION * a_month / per_million
