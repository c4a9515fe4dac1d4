"""Times Ariadne and Strawberry where they are installed: cases as JSON on stdin, milliseconds on stdout."""

import json
import sys
from importlib.metadata import version
from typing import Any

from bench.handler_cpu.others import raw, with_ariadne, with_strawberry
from bench.handler_cpu.timing import milliseconds, progress

RAW = "graphql-core"


def main() -> None:
    """Check that every library answers what is expected of it, then time them in turn."""
    given = json.load(sys.stdin)
    cases = given["cases"]
    acts: dict[tuple[str, str], Any] = {(RAW, name): act for name, act in raw.acts(cases).items()}
    for library in (with_ariadne, with_strawberry):
        for way, made in library.acts(cases).items():
            for case in cases:
                check(way, case, library.data(made[case["name"]]()))
            acts |= {(way, name): act for name, act in made.items()}
    flat = milliseconds(acts, given["rounds"], progress)
    found: dict[str, dict[str, float]] = {}
    for (way, name), figure in flat.items():
        found.setdefault(way, {})[name] = figure
    versions = {name: version(name) for name in ("graphql-core", "ariadne", "strawberry-graphql")}
    json.dump({"versions": versions, "milliseconds": found}, sys.stdout)


def check(way: str, case: dict[str, Any], data: Any) -> None:
    """Leave the program when a library does not answer what the others answer."""
    if data != case["data"]:
        raise SystemExit(f"{way} answers {case['name']} otherwise: {str(data)[:300]}")


if __name__ == "__main__":
    main()
