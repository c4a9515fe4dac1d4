"""The domain and the use cases are given time, ids, randomness and settings; they never fetch them."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[3] / "src"

# Each layer may import itself, the layers below it, and these modules of the standard library.
PLAIN = {
    "bisect",
    "collections",
    "collections.abc",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "hashlib",
    "heapq",
    "hmac",
    "itertools",
    "json",
    "math",
    "re",
    "typing",
    "unicodedata",
    "uuid",
    "zlib",
}
ALLOWED = {
    "domain": PLAIN,
    "operations": PLAIN | {"base64", "binascii", "contextlib", "functools", "operator"},
}
BELOW = {"domain": {"domain"}, "operations": {"domain", "operations"}}

# Names of the clock, of randomness, of the environment and of a process. Use cases have `context.now`.
IMPURE = {
    *("now", "utcnow", "today", "monotonic", "perf_counter", "time_ns", "sleep"),
    *("uuid1", "uuid4", "getnode", "getrandbits", "urandom", "token_bytes", "token_hex"),
    *("environ", "getenv", "getpid"),
    *("__builtins__", "__import__", "import_module"),
}
# Built-in functions that reach the outside. Methods of these names may be something else, as `re.compile` is.
BUILTINS = {"open", "print", "input", "eval", "exec", "compile", "breakpoint", "time"}


def impurities(layer: str, code: str) -> list[str]:
    """Return what a module of a layer imports or names that it must not, with the number of the line."""
    return [
        f"line {line}: {name}" for node in ast.walk(ast.parse(code)) for line, name in _of_node(layer, node)
    ]


def _of_node(layer: str, node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Import():
            yield from ((node.lineno, a.name) for a in node.names if not _is_allowed(layer, a.name))
        case ast.ImportFrom():
            module = "." * node.level + (node.module or "")
            if not _is_allowed(layer, module):
                yield node.lineno, module
            yield from ((node.lineno, a.name) for a in node.names if a.name in IMPURE)
        case ast.Attribute() if node.attr in IMPURE and not _is_given(layer, node):
            yield node.lineno, ast.unparse(node)
        case ast.Name() if node.id in IMPURE and isinstance(node.ctx, ast.Load) and node.id != "now":
            yield node.lineno, node.id
        case ast.Call(func=ast.Name(id=name)) if name in BUILTINS or name == "now":
            yield node.lineno, f"{name}()"
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=name), *_]) if name in IMPURE:
            yield node.lineno, f"getattr of {name}"


def _is_allowed(layer: str, module: str) -> bool:
    return module in ALLOWED[layer] or module.partition(".")[0] in BELOW[layer]


def _is_given(layer: str, node: ast.Attribute) -> bool:
    """Return True for the clock of a use case's context: `context.now`, `self._context.now`."""
    giver = node.value
    name = giver.id if isinstance(giver, ast.Name) else giver.attr if isinstance(giver, ast.Attribute) else ""
    return layer == "operations" and node.attr == "now" and name in ("context", "_context")


def modules(layer: str) -> list[Path]:
    return sorted((SRC / layer).rglob("*.py"))


@pytest.mark.parametrize("layer", ["domain", "operations"])
def test_no_module_of_the_layer_is_impure(layer):
    found = {
        str(path.relative_to(SRC)): impure
        for path in modules(layer)
        if (impure := impurities(layer, path.read_text(encoding="utf-8")))
    }

    assert not found
    assert len(modules(layer)) > 20  # the folder was found


@pytest.mark.parametrize("layer", ["domain", "operations"])
@pytest.mark.parametrize(
    "code",
    [
        "from datetime import datetime\ndatetime.now()",
        "from datetime import datetime as clock\nread = clock.utcnow",
        "import datetime\ndatetime.date.today()",
        "def age(clock):\n    return clock.now()",
        "def age(now):\n    return now()",
        "import time",
        "from time import monotonic",
        "def wait():\n    import time",
        "time()",
        "import uuid\nuuid.uuid4()",
        "from uuid import uuid1",
        "from dataclasses import field\nfrom uuid import UUID, uuid4 as new\nid = field(default_factory=new)",
        "import random",
        "import secrets",
        "from os import environ",
        "import os.path",
        "settings.environ['HOME']",
        "getenv('HOME')",
        "import subprocess",
        "import sqlite3",
        "import http.client",
        "import threading",
        "from pathlib import Path",
        "from importlib import import_module",
        "__import__('os')",
        "from datetime import datetime\ngetattr(datetime, 'now')()",
        "open('file')",
        "print('line')",
        "import boto3",
        "import storage.layout.keys",
        "from . import ids",
    ],
)
def test_impure_code_is_found(layer, code):
    assert impurities(layer, code)


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        ("domain", "import contextlib"),
        ("domain", "from operations.context import Context"),
        ("domain", "def age(context):\n    return context.now()"),
        ("operations", "def age(context):\n    return context.clock.now()"),
    ],
)
def test_code_that_is_impure_in_one_layer_is_found_there(layer, code):
    assert impurities(layer, code)


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        ("domain", "from datetime import datetime\n\ndef is_due(now: datetime):\n    return now > DUE"),
        ("domain", "import re\nFORM = re.compile('[0-9]')"),
        ("domain", "import uuid\nuuid.uuid5(uuid.UUID(int=0), 'name')"),
        ("operations", "def poll(context):\n    return context.now()"),
        ("operations", "class Tick:\n    def run(self):\n        return self._context.now()"),
        ("operations", "def names(context):\n    return context.secrets.names()"),
    ],
)
def test_pure_code_passes(layer, code):
    assert not impurities(layer, code)


def test_allowed_modules_are_of_the_standard_library():
    assert {
        name.partition(".")[0] for allowed in ALLOWED.values() for name in allowed
    } <= sys.stdlib_module_names
