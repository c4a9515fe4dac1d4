"""The import contracts of pyproject.toml, each tried with an import that it forbids."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS = {contract["name"] for contract in SETTINGS["contracts"]}

ONE_WAY = "Imports go one way: handlers, GraphQL, use cases, domain"
DOMAIN = "The domain imports nothing of the other layers"
PURE = "The domain and the use cases are pure Python: no AWS, no GraphQL, no I/O libraries"
STORAGE = "Storage imports the domain alone"
WIRED = "Only the wiring imports storage"
CLIENT = "The client imports nothing of the server"
NO_CLIENT = "The server imports nothing of the client"
PRODUCT = "The product imports neither its tests nor its benchmarks"
NO_TABLE = "Modules that make items and writes call no table"
PLANS = "Entities name their plans, and plans know no entity"

# The contract, the module that breaks it, and what that module imports.
PROBES = [
    (ONE_WAY, "operations.context", "graphql_api.schema"),
    (ONE_WAY, "graphql_api.execution", "handlers.http.request"),
    (ONE_WAY, "handlers.http.body", "local_server.rule"),
    (DOMAIN, "domain.ids", "storage.layout.keys"),
    (DOMAIN, "domain.times", "operations.context"),
    (PURE, "domain.names", "random"),
    (PURE, "operations.context", "time"),
    (PURE, "operations.queue.polling", "botocore.exceptions"),
    (STORAGE, "storage.store", "operations.ports"),
    (STORAGE, "storage.layout.codec", "graphql"),
    (STORAGE, "storage.flow_runs.flow_runs", "wiring"),
    (WIRED, "handlers.recovery", "storage.dynamodb.table"),
    (WIRED, "handlers.http.response", "storage.layout.keys"),
    (WIRED, "local_server.rule", "storage.layout.keys"),
    (WIRED, "operations.migrating", "storage.store"),
    (WIRED, "graphql_api.schema", "storage.store"),
    (CLIENT, "flow_runs.errors", "domain.errors"),
    (NO_CLIENT, "handlers.event_bridge", "flow_runs.errors"),
    (NO_CLIENT, "storage.dead_letters", "flow_runs.client"),
    (NO_CLIENT, "local_server.settings", "flow_runs.client"),
    (PRODUCT, "operations.context", "tests.contract.factories"),
    (PRODUCT, "storage.store", "bench.kinds"),
    (NO_TABLE, "storage.flow_runs.flow_run_items", "storage.dynamodb.table"),
    (NO_TABLE, "storage.histories.stateless_writes", "storage.dynamodb.table"),
    (NO_TABLE, "storage.layout.codec", "storage.dynamodb.table"),
    (PLANS, "operations.reads.plans.search", "operations.reads.entities.registry"),
    (PLANS, "operations.reads.plans.flow_runs.run_plans", "operations.reads.rows"),
]


@pytest.fixture(scope="module")
def broken_contracts(tmp_path_factory):
    """Return the report of import-linter on a copy of the product that has all the forbidden imports."""
    folder = tmp_path_factory.mktemp("probed")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for _, module, imported in PROBES:
        file = folder / "src" / (module.replace(".", "/") + ".py")
        with file.open("a", encoding="utf-8") as code:
            code.write(f"\nimport {imported}\n")
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": "src", "PATH": "/usr/bin:/bin", "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("contract", "module", "imported"), PROBES)
def test_forbidden_import_breaks_its_contract(broken_contracts, contract, module, imported):
    assert re.search(rf"^{re.escape(contract)} BROKEN", broken_contracts, re.MULTILINE)
    chapters = re.split(r"^(.+)\n-+$", broken_contracts, flags=re.MULTILINE)
    report = dict(zip(chapters[1::2], chapters[2::2], strict=True))[contract]
    # The report names an external library by its root package.
    target = (
        imported if imported.partition(".")[0] in SETTINGS["root_packages"] else imported.partition(".")[0]
    )
    assert re.search(rf"{re.escape(module)} -> {re.escape(target)}\b", report)


def test_every_contract_is_tried():
    assert {contract for contract, _, _ in PROBES} == CONTRACTS


def makers_of_items(modules):
    """Return the modules of storage that make items, writes or conditions, as their names say."""
    pattern = re.compile(r"storage\..*([._](attributes|conditions|items|writes)|\.keys)")
    return {module for module in modules if pattern.fullmatch(module)}


def outside_of_no_table(modules):
    """Return the makers of items that the contract NO_TABLE names neither itself nor by their package."""
    contract = next(contract for contract in SETTINGS["contracts"] if contract["name"] == NO_TABLE)
    named = tuple(f"{module}." for module in contract["source_modules"])
    return {module for module in makers_of_items(modules) if not f"{module}.".startswith(named)}


def test_contract_of_items_and_writes_names_every_module_that_makes_them():
    storage = ROOT / "src" / "storage"
    modules = {
        ".".join(path.relative_to(storage.parent).with_suffix("").parts) for path in storage.rglob("*.py")
    }

    assert not outside_of_no_table(modules)
    assert len(makers_of_items(modules)) > 10  # the folder was found


def test_new_module_of_items_is_missed_in_the_contract():
    new = {"storage.agents.agent_items", "storage.queue.run_conditions", "storage.recovery.cursor_writes"}

    assert outside_of_no_table({*new, "storage.agents.agents", "storage.layout.new_items"}) == new
