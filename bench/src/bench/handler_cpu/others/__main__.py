"""Times Ariadne and Strawberry where they are installed: cases as JSON on stdin, milliseconds on stdout."""

import json
import sys
from importlib.metadata import version
from typing import Any

from bench.handler_cpu.others import raw, with_ariadne, with_strawberry
from bench.handler_cpu.timing import each_by_itself, progress

RAW = "graphql-core"


def main() -> None:
    """Check that every library answers what is expected of it, then time them in turn."""
    given = json.load(sys.stdin)
    cases = given["cases"]
    ways: dict[str, Any] = {RAW: raw.acts(cases)}
    for library in (with_ariadne, with_strawberry):
        for way, made in library.acts(cases).items():
            for case in cases:
                check(way, case, library.data(made[case["name"]]()))
            ways[way] = made
    found = each_by_itself(ways, given["rounds"], progress)
    versions = {name: version(name) for name in ("graphql-core", "ariadne", "strawberry-graphql")}
    json.dump({"versions": versions, "milliseconds": found}, sys.stdout)


def check(way: str, case: dict[str, Any], data: Any) -> None:
    """Leave the program when a library does not answer what the others answer."""
    if data != case["data"]:
        raise SystemExit(f"{way} answers {case['name']} otherwise: {str(data)[:300]}")


if __name__ == "__main__":
    main()
