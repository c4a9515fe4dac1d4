"""Every pattern of the product is matched in a time proportional to the text, and in little memory."""

import ast
import importlib
import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.linear_time import ENDS, PUMPS, STARTS, run_limited

SRC = Path(__file__).resolve().parents[3] / "src"
# It makes its patterns of what a caller gives, so it has tests of its own.
MADE_AT_RUN_TIME = {"operations.reads.where.like"}
METHODS = {"match", "fullmatch", "search", "sub", "subn", "split", "finditer", "findall"}
# In each of these a search begins anew at each character.
SEARCHES = METHODS - {"match", "fullmatch"}

CODE = """
import re
pattern = re.compile(argument[0], argument[1])
for text in texts():
    for method in argument[2]:
        if method in ("sub", "subn"):
            getattr(pattern, method)("", text)
        elif method == "finditer":
            any(False for _ in pattern.finditer(text) if False)
        else:
            getattr(pattern, method)(text)
"""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SRC.rglob("*.py")):
        name = ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")
        yield name, ast.parse(path.read_text("utf-8"))


def patterns() -> Iterator[tuple[str, re.Pattern[str], frozenset[str]]]:
    """Yield each pattern with its place and the methods that are called on it."""
    for name, tree in modules():
        if name in MADE_AT_RUN_TIME:
            continue
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        used = [call.func for call in calls if isinstance(call.func, ast.Attribute)]
        for function in used:
            if (
                isinstance(function.value, ast.Name)
                and function.value.id == "re"
                and function.attr in METHODS
            ):
                (call,) = (call for call in calls if call.func is function)
                yield (
                    f"{name}:{call.lineno}",
                    re.compile(ast.literal_eval(call.args[0])),
                    frozenset({function.attr}),
                )
        if any(ast.unparse(function) == "re.compile" for function in used):
            for constant, value in vars(importlib.import_module(name)).items():
                if isinstance(value, re.Pattern):
                    methods = {f.attr for f in used if ast.unparse(f.value) == constant} & METHODS
                    yield f"{name}.{constant}", value, frozenset(methods)


ALL = list(patterns())


def test_each_pattern_is_found_with_its_use():
    compiled = sum(
        ast.unparse(node.func) == "re.compile"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name not in MADE_AT_RUN_TIME
    )

    assert len([place for place, _, _ in ALL if ":" not in place]) == compiled
    assert [place for place, _, methods in ALL if not methods] == []


@pytest.mark.parametrize(("pattern", "methods"), [row[1:] for row in ALL], ids=[row[0] for row in ALL])
def test_pattern_takes_linear_time(pattern, methods):
    run_limited(CODE, [pattern.pattern, pattern.flags, sorted(methods)])


def most_memory(pattern: re.Pattern[str], method: str, text: str) -> float:
    """Return the bytes that the pattern takes at most, as a multiple of those of the text."""
    arguments = ("", text) if method in ("sub", "subn") else (text,)
    tracemalloc.start()
    try:
        found = getattr(pattern, method)(*arguments)
        if method == "finditer":
            any(False for _ in found)
        return tracemalloc.get_traced_memory()[1] / text.__sizeof__()
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("pattern", "methods"), [row[1:] for row in ALL], ids=[row[0] for row in ALL])
def test_pattern_keeps_no_place_for_each_repetition_of_a_group(pattern, methods):
    texts = (start + pump * (20_000 // len(pump)) + end for pump in PUMPS for start in STARTS for end in ENDS)

    assert max(most_memory(pattern, method, text) for text in texts for method in methods) < 8
