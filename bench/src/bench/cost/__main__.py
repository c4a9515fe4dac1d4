"""Dollars for a million runs of three kinds, beside Step Functions Standard and an always-on server.

Units, bytes and processor time are measured here, the time on the processor of this machine. The prices are
those of prices.json. Exits 1 when a goal is missed.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from bench.cost.agents import agent_usage, read_lives
from bench.cost.arithmetic import Function, Usage, always_on, bill, break_even, storage, transitions
from bench.cost.lives import HEADERS, Requests, usage_of
from bench.cost.prices import Prices, load_prices
from bench.kinds import KINDS, STANDARD
from bench.local_table import dynoxide_client
from bench.report import Cell, Chart, Goal, Report, Table, run

# Transitions of Step Functions for the same run: one for each state, or one for each task.
TRANSITIONS = {kind.name: 1 + len(kind.states) for kind in KINDS}
TASK_TRANSITIONS = 10
MAX_SHARE_OF_STEP_FUNCTIONS = 0.25
MIN_LIVES = 1_000_000
ITEMS = {
    "write_units": "DynamoDB, writes",
    "read_units": "DynamoDB, reads",
    "api_requests": "HTTP API",
    "lambda_requests": "Lambda, requests",
    "lambda_gb_seconds": "Lambda, time",
    "logs": "CloudWatch, logs",
    "transfer": "responses to the internet",
}


def measure(options: argparse.Namespace) -> Report:
    """Execute lives of every kind, and compute their dollars."""
    whole = read_lives(options.lifecycle)
    prices = load_prices()
    function = Function(options.memory, options.latency / 1000)
    usages = _usages(options.lives)
    for release, life in whole.items():
        usages[_name(release)] = agent_usage(life, usages[STANDARD.name])
    bills = {name: bill(usage, function, prices) for name, usage in usages.items()}
    tables = [
        _used(usages, function, options.lifecycle),
        _dollars(bills, usages, prices, function),
        _compared(bills, prices),
        prices.table(),
    ]
    dollars = {name: sum(items.values()) for name, items in bills.items()}
    charts = [Chart("A million lives", "US dollars", dollars)]
    return Report("bench-cost", tables, _goals(bills, prices), charts=charts)


def _usages(lives: int) -> dict[str, Usage]:
    """Return the usage of a life of each kind. Each kind is alone in a tenant of its own."""
    usages = {}
    requests = Requests()
    requests.open()
    with dynoxide_client() as client:
        from wiring import app  # noqa: PLC0415 - its first call reads the environment

        for number, kind in enumerate(KINDS):
            print(f"executing {lives} lives of the {kind.name} kind ...", file=sys.stderr)
            os.environ["TENANT_ID"] = f"00000000-0000-4000-8000-{number:012}"
            app.cache_clear()
            usages[kind.name] = usage_of(requests, client, app().settings.table_name, kind, lives)
    return usages


def _name(release: str) -> str:
    return f"ten tasks, {release}"


def _used(usages: Mapping[str, Usage], function: Function, lifecycle: Path | None) -> Table:
    kinds = {kind.name: kind.description for kind in KINDS}
    rows = [
        (
            name,
            *(usage.requests, usage.calls, usage.write_units, usage.read_units),
            *(1000 * usage.cpu, 1000 * function.seconds(usage) / usage.requests),
            *(usage.logged, usage.sent, usage.stored or None),
        )
        for name, usage in usages.items()
    ]
    notes = [f"{name}: {description}; created with a key, two reads." for name, description in kinds.items()]
    notes += [
        f"Lambda ms a request: processor time here, by the share of a processor of {function.memory} MB,",
        f"and {1000 * function.latency:g} ms for each call of DynamoDB, one after the other; both assumed.",
        "Log bytes: our line as it was written, and the usual size of Lambda's three and the API's own.",
        f"Bytes sent: the body, not compressed, and {HEADERS} for the headers.",
        f"Ten tasks: measured {'now' if lifecycle else 'on 2026-11-23'}; the rest as standard requests.",
    ]
    counted = ("requests", "calls", "WCU", "RCU", "CPU ms", "Lambda ms a request")
    columns = ("a life", *counted, "log bytes", "bytes sent", "bytes kept")
    return Table("Usage of one life", columns, rows, notes)


def _dollars(
    bills: Mapping[str, Mapping[str, float]], usages: Mapping[str, Usage], prices: Prices, function: Function
) -> Table:
    rows: list[list[Cell]] = [
        [words, *(items[item] for items in bills.values())] for item, words in ITEMS.items()
    ]
    rows.append(["together", *(sum(items.values()) for items in bills.values())])
    kept = [storage(usage, prices) if usage.stored else None for usage in usages.values()]
    rows.append(["kept, each month", *kept])
    halved = replace(function, latency=function.latency / 2)
    doubled = replace(function, latency=function.latency * 2)
    for words, changed in (("half", halved), ("twice", doubled)):
        totals = [sum(bill(usage, changed, prices).values()) for usage in usages.values()]
        rows.append([f"together, with {words} the latency", *totals])
    notes = ["Without cold starts, idle polls of agents, alarms, the dashboard and free tiers."]
    return Table("Dollars for a million lives", ("", *bills), rows, notes)


def _compared(bills: Mapping[str, Mapping[str, float]], prices: Prices) -> Table:
    server = always_on(prices)
    rows = []
    for name, items in bills.items():
        total = sum(items.values())
        count = TRANSITIONS.get(name, TASK_TRANSITIONS)
        steps = transitions(count, prices)
        rows.append((name, total, count, steps, f"{total / steps:.0%}", break_even(total, server)))
    columns = ("a million lives", "here, $", "transitions", "Step Functions, $", "here, of that")
    notes = [
        "Step Functions Standard: a transition for each state, or for each of the ten tasks alone.",
        f"Always-on Prefect Server: ${server:.2f} a month for 2 t4g.small with 8 GB of disk and",
        "a db.t4g.micro with 20 GB in one zone, without load balancer, addresses, traffic and work.",
    ]
    headers = (*columns, "lives a month for the price of a server")
    return Table("Beside Step Functions and a server", headers, rows, notes)


def _goals(bills: Mapping[str, Mapping[str, float]], prices: Prices) -> list[Goal]:
    total = sum(bills[STANDARD.name].values())
    share = total / transitions(TRANSITIONS[STANDARD.name], prices)
    lives = break_even(total, always_on(prices))
    return [
        Goal("a standard life, of four transitions of Step Functions", share, MAX_SHARE_OF_STEP_FUNCTIONS),
        Goal("standard lives for the price of a server, a month", lives, MIN_LIVES, at_least=True),
    ]


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lives", type=_positive(int), default=15, help="lives of each kind (%(default)s)")
    parser.add_argument(
        "--memory", type=_positive(int), default=1024, help="MB of the function; default: as template.yaml"
    )
    parser.add_argument(
        "--latency",
        type=_positive(float),
        default=4.0,
        help="ms of a call of DynamoDB from Lambda (%(default)s)",
    )
    parser.add_argument(
        "--lifecycle", type=Path, metavar="FILE", help="figures of bench-lifecycle's --json for the agents"
    )
    return run(measure, parser)


def _positive(kind: type[int] | type[float]) -> Callable[[str], float]:
    def number(text: str) -> float:
        if (value := kind(text)) <= 0:
            raise argparse.ArgumentTypeError(f"{text} is not more than 0")
        return value

    return number


if __name__ == "__main__":
    sys.exit(main())
