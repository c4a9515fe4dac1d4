import time
import uuid
from contextlib import ExitStack, closing, contextmanager, nullcontext
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from local_server import data_folder
from local_server.emulator import find_dynoxide, start_dynoxide
from local_server.memory import start_memory_store
from local_server.store import lead_to_local, wait_until_it_answers
from local_server.table import create_table, table_definition, ttl_attribute
from storage.dynamodb import retries
from tests import quick_moto
from tests.contract.clients import botocores_own, dynamodb
from tests.contract.factories import Clock, World
from tests.examples import examples
from wiring import BOTOCORE

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
TEMPLATE = ROOT / "template.yaml"
_TESTS_OF_A_TABLE = 8

# What a client can get wrong on a network: writes that race, are lost or are repeated. All modules run
# on moto, which botocore's client calls.
THROUGH_BOTOCORE = {"test_lost_responses", "test_races", "test_transient_failures"}


def pytest_generate_tests(metafunc):
    """Run each test on the stores that it is for: on moto by botocore's client, on dynoxide by ours.

    Some run on dynoxide alone, and some modules on dynoxide by botocore's client as well.
    """
    if "database" not in metafunc.fixturenames:
        return
    is_slow = metafunc.definition.get_closest_marker("dynoxide_only")
    names = [
        *([] if is_slow else ["moto"]),
        "dynoxide",
        *([BOTOCORE] if metafunc.definition.path.stem in THROUGH_BOTOCORE else []),
    ]
    metafunc.parametrize("database", names, indirect=True, scope="module")


def pytest_collection_modifyitems(config, items):
    """Leave out all cases of a test but its first, except on dynoxide.

    moto and botocore's client take several times as long, and the further cases of a test make the same
    kinds of calls. `make test-properties` tries all of them.
    """
    begun: set[tuple[str, str]] = set()
    left_out = [item for item in items if _is_further_case(item, begun)]
    config.hook.pytest_deselected(items=left_out)
    left = set(left_out)
    items[:] = [item for item in items if item not in left]


def _is_further_case(item, begun):
    callspec = getattr(item, "callspec", None)
    database = callspec and callspec.params.get("database")
    if database not in ("moto", BOTOCORE):
        return False
    test = database, item.nodeid.partition("[")[0]
    is_repeat = test in begun
    begun.add(test)
    return is_repeat and examples(1) == 1


@contextmanager
def moto(*, quick=True):
    with pytest.MonkeyPatch.context() as patch:
        if quick:
            quick_moto.install(patch)
        stop = start_memory_store()
        try:
            yield botocores_own(None)
        finally:
            stop()


@pytest.fixture(scope="session")
def dynoxide_url(tmp_path_factory):
    binary = find_dynoxide(ROOT)
    if binary is None:
        pytest.skip("dynoxide is not installed: npm install brings it")
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("dynoxide")
        lock = data_folder.lock(folder, holder="the contract tests")
        emulator = start_dynoxide(without_a_file(binary, folder), folder, lock)
        stack.callback(emulator.stop)
        environment: dict[str, str] = {}
        lead_to_local(environment, emulator.url)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            wait_until_it_answers(emulator)
        yield emulator.url


def without_a_file(binary, folder):
    """Return a program that starts dynoxide with its data in memory, because files take a fifth more time.

    One thread takes all requests. Several would wake each other for each one, which takes a tenth more.
    """
    program = folder / "dynoxide-in-memory"
    program.write_text(
        f"""#!/bin/sh
export TOKIO_WORKER_THREADS=1
test "$1 $3 $5" = "--host --port --db-path" && exec '{binary}' "$1" "$2" "$3" "$4"
"""
    )
    program.chmod(0o700)
    return program


# Its scope is a module, because moto replaces AWS in the whole process and other tests do not expect that.
@pytest.fixture(scope="module")
def database(request):
    """Return a context manager that lends a table of one of the stores."""
    if request.param == "moto":
        with moto() as client, fresh_table(client) as table:
            yield partial(emptied, *table)
    else:
        make = botocores_own if request.param == BOTOCORE else dynamodb
        client = make(request.getfixturevalue("dynoxide_url"))
        with closing(client), ExitStack() as stack:
            yield partial(next, tables_in_turn(client, stack))


def tables_in_turn(client, stack):
    """Yield context managers that lend a table, and another one after some tests.

    Many tests look at all items of their tenant, which takes the longer the more others the table holds.
    """
    for number in count():
        if number % _TESTS_OF_A_TABLE == 0:
            table = stack.enter_context(fresh_table(client))
        yield nullcontext(table)


@contextmanager
def emptied(client, name):
    """Lend moto's table, and empty it afterwards, because moto's time grows with the items of a table."""
    yield client, name
    dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[name].items.clear()


@contextmanager
def fresh_table(client):
    name = f"contract-{uuid.uuid4()}"
    create_table(client, table_definition(TEMPLATE, name), ttl_attribute(TEMPLATE))
    yield client, name
    client.delete_table(TableName=name)


@pytest.fixture
def world(database):
    """Return a tenant that no other test uses."""
    with database() as (client, table_name):
        yield World(client, table_name, str(uuid.uuid4()), Clock())


@pytest.fixture
def own_table(database):
    """Return a client and a table that no other test uses, for data of a given tenant."""
    with database() as (client, _), fresh_table(client) as table:
        yield table


@pytest.fixture
def pauses(monkeypatch):
    """Return the list of pauses between tries. No pause is made."""
    slept: list[float] = []
    monkeypatch.setattr(retries, "time", SimpleNamespace(sleep=slept.append, monotonic=time.monotonic))
    return slept
