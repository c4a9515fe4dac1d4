"""The table of imports: what each place of the product may import, of this project and of others.

Every import statement is checked, inside functions and under TYPE_CHECKING, too. The table knows direct
imports alone; the contracts in pyproject.toml follow chains of imports.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

SRC = Path(__file__).resolve().parents[3] / "src"


class Row(NamedTuple):
    """The modules that a place may import besides those of PLAIN, in three lists of words."""

    project: str
    standard_library: str = ""
    packages: str = ""

    def names(self) -> set[str]:
        return {name for words in self for name in words.split()}


# Modules of the standard library that reach no file, socket, clock, dice or process. Every module may import
# them. For the domain and the use cases test_domain_is_pure.py allows fewer.
PLAIN = Row(
    project="",
    standard_library="__future__ base64 binascii bisect collections contextlib dataclasses datetime decimal "
    "email.utils enum functools hashlib heapq hmac itertools json math operator re struct textwrap types "
    "typing unicodedata urllib.parse uuid wsgiref.types zlib",
)

# A module has the row of the longest name: storage.dynamodb.table that of storage.dynamodb, not of storage.
TABLE = {
    "domain": Row("domain"),
    "domain.schedules.clocks.cron_timing": Row("domain", "", "croniter"),
    "domain.schedules.clocks.rrule_timing": Row("domain", "", "dateutil"),
    "domain.schedules.clocks.zones": Row("", "zoneinfo"),
    "operations": Row("domain operations"),
    "storage": Row("domain storage"),
    "storage.access.rate_memory": Row("", "threading"),
    "storage.access.usage_memory": Row("", "threading time"),
    "storage.tenant_memory": Row("domain storage", "time"),
    "storage.access.secret_files": Row("domain", "os pathlib threading"),
    "storage.dead_letters": Row("domain storage", "", "mypy_boto3_sqs"),
    "storage.formats": Row("domain storage", "time"),
    "storage.dynamodb": Row(
        "domain.errors domain.memory storage.dynamodb",
        "concurrent.futures http.client os pathlib random select socket ssl threading time",
        "botocore certifi",
    ),
    "graphql_api": Row("domain operations graphql_api", "array sys threading", "graphql"),
    "handlers": Row(""),
    "handlers.event_bridge": Row("domain operations handlers wiring", "", "aws_lambda_powertools"),
    "handlers.http": Row("domain graphql_api handlers.http", "logging", "aws_lambda_powertools graphql"),
    "handlers.http.console": Row("domain handlers.http", "pathlib"),
    "handlers.http.issued_tokens": Row("domain", "threading time urllib.error urllib.request", "jwt"),
    "handlers.http_api": Row("domain operations graphql_api handlers wiring", "time"),
    "handlers.asked_run": Row("domain", "abc", "pydantic"),
    "handlers.object_run": Row("domain handlers.asked_run", "", "pydantic"),
    "handlers.quiet_collector": Row("", "ctypes gc"),
    "handlers.recovery": Row("domain operations handlers wiring", "", "aws_lambda_powertools"),
    "handlers.tick_totals": Row("operations"),
    "handlers.turn": Row("domain", "threading"),
    "handlers.scheduled_run": Row("domain handlers.asked_run handlers.object_run", "", "pydantic"),
    "wiring": Row("domain operations storage graphql_api", "os pathlib secrets"),
    "local_server": Row(
        "local_server",
        "fcntl http importlib ipaddress os pathlib platform shutil signal socket stat subprocess sys "
        "threading time traceback",
    ),
    "local_server.allocator": Row("", "ctypes"),
    "local_server.data_form": Row("domain.errors local_server operations.migrating wiring", "sys time"),
    "local_server.hidden_address": Row("local_server", "secrets socket"),
    "local_server.http_channel": Row("local_server", "socket time", "waitress"),
    "local_server.http_parser": Row("local_server", "", "waitress"),
    "local_server.http_server": Row("local_server", "logging resource socket sys time", "waitress"),
    "local_server.memory": Row("", "threading", "moto"),
    "local_server.private_network": Row("", "ctypes fcntl os pathlib signal socket sys"),
    "local_server.server": Row(
        "domain.errors handlers.quiet_collector local_server wiring", "os pathlib signal sys threading"
    ),
    "local_server.store": Row("local_server wiring", "os pathlib time", "mypy_boto3_dynamodb"),
    "local_server.table": Row("local_server wiring", "pathlib time", "mypy_boto3_dynamodb"),
    "local_server.template": Row("local_server", "pathlib", "yaml"),
    "flow_runs.admin": Row("flow_runs", "secrets", "boto3 botocore"),
    "flow_runs": Row("flow_runs", "gzip os pathlib random sys time", "httpx rich typer"),
}


def row_name(module: str) -> str:
    """Return the longest name of the table that is the module or holds it."""
    return max((name for name in TABLE if is_within(module, {name})), key=len)


def is_within(module: str, names: set[str]) -> bool:
    return any(f"{module}.".startswith(f"{name}.") for name in names)


def imports(code: str) -> Iterator[set[str]]:
    """Return for each imported thing the names it may have: `from a import b` imports `a`, or `a.b`."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from ({alias.name} for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ({module, f"{module}.{alias.name}"} for alias in node.names)


def refused(module: str, code: str) -> list[str]:
    """Return what a module imports that its row of the table does not allow."""
    allowed = PLAIN.names() | TABLE[row_name(module)].names()
    return [max(names) for names in imports(code) if not any(is_within(name, allowed) for name in names)]


def product() -> Iterator[tuple[str, str]]:
    """Return the name and the code of every module of the product."""
    for path in sorted(SRC.rglob("*.py")):
        module = ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")
        yield module, path.read_text(encoding="utf-8")


def test_every_module_imports_what_the_table_allows():
    found = {module: names for module, code in product() if (names := refused(module, code))}

    assert not found


def test_every_entry_of_the_table_is_imported():
    imported: dict[str, set[str]] = {name: set() for name in TABLE}
    for module, code in product():
        imported[row_name(module)].update(*imports(code))
    unused = {
        f"{place}: {name}"
        for place, row in TABLE.items()
        for name in row.names()
        if not any(is_within(module, {name}) for module in imported[place])
    }

    assert not unused
    assert all(
        any(is_within(name, {plain}) for name in set().union(*imported.values())) for plain in PLAIN.names()
    )


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("domain.ids", "import operations.context"),
        ("domain.ids", "import random"),
        ("operations.context", "import graphql"),
        ("operations.context", "import wiring"),
        ("storage.layout.codec", "import urllib3"),
        ("storage.layout.codec", "import waitress"),
        ("storage.layout.codec", "import aws_lambda_powertools"),
        ("storage.layout.codec", "import socket"),
        ("storage.layout.codec", "import botocore.exceptions"),
        ("storage.layout.codec", "from urllib import request"),
        ("storage.store", "import operations.ports"),
        ("storage.dynamodb.items", "import domain.ids"),
        ("storage.dynamodb.items", "import domain.names"),
        ("storage.dynamodb.items", "from domain import times"),
        ("storage.dynamodb.items", "from domain.parts import PARTS"),
        ("storage.dynamodb.items", "import domain.formats"),
        ("storage.dynamodb.items", "import storage.layout.keys"),
        ("storage.dynamodb.items", "import boto3"),
        ("graphql_api.execution", "import time"),
        ("graphql_api.execution", "import os"),
        ("graphql_api.execution", "import socket"),
        ("graphql_api.execution", "import wiring"),
        ("graphql_api.execution", "def lazy():\n    import storage.store"),
        ("handlers.new_trigger", "import wiring"),
        ("handlers.http.request", "import wiring"),
        ("handlers.http.request", "import socket"),
        ("handlers.http_api", "import storage.store"),
        ("handlers.recovery", "import flow_runs.client"),
        ("wiring", "import flow_runs.client"),
        ("wiring", "def lazy():\n    from local_server.server import main"),
        ("wiring", "import handlers.http_api"),
        ("wiring", "import tests.contract.factories"),
        ("wiring", "import bench.kinds"),
        ("wiring", "import botocore.exceptions"),
        ("local_server.memory", "import wiring"),
        ("local_server.rule", "import wiring"),
        ("local_server.server", "import storage.store"),
        ("local_server.server", "import handlers.http_api"),
        ("flow_runs.client", "import graphql"),
        ("flow_runs.client", "import botocore"),
        ("flow_runs.client", "import domain.errors"),
        ("flow_runs.client", "if TYPE_CHECKING:\n    from storage.store import TenantStore"),
        ("flow_runs.client", "from . import errors"),
        ("flow_runs.client", "import pytest"),
    ],
)
def test_import_outside_of_the_row_is_refused(module, code):
    assert refused(module, code)


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("domain.ids", "from collections.abc import Iterator"),
        ("storage.dynamodb.items", "from domain import errors"),
        ("storage.dynamodb.items", "from storage.dynamodb.table import Table"),
        ("handlers.http_api", "import wiring"),
        ("wiring", "from urllib import parse"),
    ],
)
def test_import_within_the_row_is_allowed(module, code):
    assert not refused(module, code)
