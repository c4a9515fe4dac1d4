"""What a tab costs in which nothing changes for a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.console.measuring import Line
from bench.cost.arithmetic import MEMORY_OF_A_GB, Function, Usage, bill
from bench.cost.prices import Prices

# The longest wait of a tab that is shown. One that is hidden asks for nothing.
SECONDS: Final = 60
POLLS: Final = 730 * 3600 // SECONDS
# A line of the log of a request, and the CPU of one that reads a few lists, on a whole processor.
_LOGGED: Final = 1_050
_CPU: Final = 0.010
_FUNCTION: Final = Function(MEMORY_OF_A_GB, latency=0.004)
_MILLION: Final = 1_000_000
MAIN_VIEWS: Final = (
    *("overview", "runs", "a run", "a run, timeline", "a run, logs", "flows", "a flow", "schedules"),
    *("agents", "limits", "keys", "stored"),
)


@dataclass(frozen=True, slots=True)
class Idle:
    """A view that is shown all month: its requests, read units, GB-seconds of Lambda, and dollars."""

    name: str
    requests: float
    units: float
    gb_seconds: float
    dollars: float


def idle_tabs(lines: Sequence[Line], prices: Prices) -> list[Idle]:
    """Return the costs of the main views, at their refresh in the largest tenant."""
    return [_idle(line, prices) for line in lines if line.view.name in MAIN_VIEWS]


def _idle(line: Line, prices: Prices) -> Idle:
    refresh = line.samples[-1].refresh
    usage = Usage(
        requests=refresh.requests,
        calls=refresh.calls,
        write_units=0,
        read_units=refresh.units,
        cpu=_CPU * refresh.requests,
        logged=_LOGGED * refresh.requests,
        sent=refresh.bytes,
    )
    dollars = sum(bill(usage, _FUNCTION, prices).values()) / _MILLION
    return Idle(
        line.view.name,
        POLLS * refresh.requests,
        POLLS * refresh.units,
        POLLS * _FUNCTION.gb_seconds(usage),
        POLLS * dollars,
    )
