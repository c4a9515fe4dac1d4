"""The domain and the use cases are given time, ids, randomness and settings; they never fetch them.

The check is a fence against mistakes, not against malice: it knows the usual ways to the outside by their
names. Code that hides a name on purpose gets past it, and is for review to refuse.
"""

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
# The libraries of schedules know what is known everywhere: cron expressions and recurrence rules.
CALENDAR = {"croniter", "dateutil.rrule"}
ALLOWED = {
    "domain": PLAIN | {"base64", "functools", "operator", "zoneinfo"} | CALENDAR,
    "operations": PLAIN | {"base64", "binascii", "contextlib", "functools", "operator"},
}
BELOW = {"domain": {"domain"}, "operations": {"domain", "operations"}}

# Names of the clock, of randomness, of the environment, of a process, and of modules that reach them.
# Use cases have `context.now`.
IMPURE = {
    *("now", "utcnow", "today", "monotonic", "perf_counter", "time_ns", "sleep"),
    *(
        "uuid1",
        "uuid4",
        "uuid6",
        "uuid7",
        "uuid8",
        "getnode",
        "getrandbits",
        "urandom",
        "token_bytes",
        "token_hex",
    ),
    *("environ", "getenv", "getpid", "os", "sys", "_sys", "codecs"),
    *("__builtins__", "__import__", "import_module"),
}
# Built-in functions that reach the outside, or any name. Attributes may be named so, as `re.compile` is.
BUILTINS = {"open", "print", "input", "eval", "exec", "compile", "breakpoint", "vars", "globals", "locals"}
# The functions that take the name of an attribute as a string.
BY_NAME = {"getattr", "methodcaller", "attrgetter"}
# The names of a use case's context, whose `now` is the clock that it is given. Nothing else may have them.
CONTEXT = {"context", "_context"}


def impurities(layer: str, code: str) -> list[str]:
    """Return what a module of a layer imports or names that it must not, with the number of the line."""
    return [f"line {line}: {name}" for line, name in _impurities(layer, ast.parse(code))]


def _impurities(layer: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import() | ast.ImportFrom():
                yield from ((node.lineno, name) for name in _of_import(layer, node))
            case ast.Attribute() if node.attr in IMPURE and not _is_given(layer, node):
                yield node.lineno, ast.unparse(node)
            case ast.Name(ctx=ast.Load()) if node.id in BUILTINS | IMPURE - {"now"}:
                yield node.lineno, node.id
            case ast.Assign(targets=[ast.Name(id=name)]) if layer == "operations" and name in CONTEXT:
                yield node.lineno, f"{name} ="
            case ast.Call() if _is_impure_call(node):
                yield node.lineno, ast.unparse(node)


def _of_import(layer: str, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Return the modules and names of an import statement that the layer must not import."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if not _is_allowed(layer, alias.name))
    else:
        module = "." * node.level + (node.module or "")
        if not _is_allowed(layer, module):
            yield module
        yield from (alias.name for alias in node.names if alias.name in IMPURE | {"*"})
    yield from (alias.name for alias in node.names if (alias.asname or alias.name) in CONTEXT)


def _is_impure_call(call: ast.Call) -> bool:
    """Return True for a call that is impure by its arguments, or by the lack of them."""
    name = _last_name(call.func)
    strings = {argument.value for argument in call.args if isinstance(argument, ast.Constant)}
    return (
        (isinstance(call.func, ast.Name) and name in ("now", "time"))
        or (name in BY_NAME and not strings.isdisjoint(IMPURE))
        # Without a zone these two take that of the machine.
        or (name == "astimezone" and not call.args and not call.keywords)
        or (name == "fromtimestamp" and len(call.args) + len(call.keywords) == 1)
    )


def _is_allowed(layer: str, module: str) -> bool:
    return module in ALLOWED[layer] or module.partition(".")[0] in BELOW[layer]


def _is_given(layer: str, node: ast.Attribute) -> bool:
    """Return True for the clock of a use case's context: `context.now`, `self._context.now`."""
    return layer == "operations" and node.attr == "now" and _last_name(node.value) in CONTEXT


def _last_name(node: ast.expr) -> str:
    """Return the last name of an expression: `c` of `c`, and of `a.b.c`; "" of others."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


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
        "import uuid\nuuid.os.listdir()",
        "import json\njson.codecs.open('file')",
        "import enum\nenum.sys.argv",
        "import collections\ncollections._sys",
        "from uuid import os",
        "reader = open\nreader('file')",
        "files = map(open, names)",
        "from uuid import *",
        "import uuid\nuuid.uuid7()",
        "from uuid import uuid6",
        "import uuid\nvars(uuid)['uuid4']()",
        "globals()['__builtins__']",
        "def local(time):\n    return time.astimezone()",
        "from datetime import datetime\ndatetime.fromtimestamp(0)",
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
        ("operations", "from datetime import datetime as context\ncontext.now()"),
        ("operations", "from datetime import datetime\ncontext = datetime\ncontext.now()"),
        ("operations", "from operator import methodcaller\nread = methodcaller('now')"),
        ("operations", "import operator\nread = operator.attrgetter('now')"),
    ],
)
def test_code_that_is_impure_in_one_layer_is_found_there(layer, code):
    assert impurities(layer, code)


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        ("domain", "from datetime import datetime\n\ndef is_due(now: datetime):\n    return now > DUE"),
        ("domain", "import re\nFORM = re.compile('[0-9]')"),
        ("domain", "from datetime import UTC\n\ndef utc(time):\n    return time.astimezone(UTC)"),
        ("domain", "from datetime import UTC, datetime\ndatetime.fromtimestamp(0, UTC)"),
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
        name.partition(".")[0] for allowed in ALLOWED.values() for name in allowed - CALENDAR
    } <= sys.stdlib_module_names
