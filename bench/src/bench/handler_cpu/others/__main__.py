"""The timing of Ariadne and Strawberry in their environment: JSON of cases in, of milliseconds out."""

import json
import sys
from importlib.metadata import version
from typing import Any

from bench.handler_cpu.others import raw, with_ariadne, with_strawberry
from bench.handler_cpu.timing import each_alone, progress

RAW = "graphql-core"


def main() -> None:
    """Check that every library returns the expected data, then time all libraries in turn."""
    work = json.load(sys.stdin)
    cases = work["cases"]
    groups: dict[str, Any] = {RAW: raw.acts(cases)}
    for library in (with_ariadne, with_strawberry):
        for name, acts in library.acts(cases).items():
            for case in cases:
                check(name, case, library.data(acts[case["name"]]()))
            groups[name] = acts
    found = each_alone(groups, work["rounds"], progress)
    versions = {name: version(name) for name in ("graphql-core", "ariadne", "strawberry-graphql")}
    json.dump({"versions": versions, "milliseconds": found}, sys.stdout)


def check(library: str, case: dict[str, Any], data: Any) -> None:
    """Leave the benchmark if a library does not return the expected data."""
    if data != case["data"]:
        raise SystemExit(f"{library} returns other data for {case['name']}: {str(data)[:300]}")


if __name__ == "__main__":
    main()
