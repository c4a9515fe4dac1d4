"""The locks of what `make` installs: they agree with each other and name no registry."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def pins(path):
    return dict(re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.MULTILINE))


def test_development_lock_contains_the_pins_of_the_server():
    run, dev = (pins(ROOT / "requirements" / name) for name in ("run.txt", "dev.txt"))
    assert run.items() <= dev.items()


def test_server_lock_contains_the_pins_of_the_deployed_functions():
    deployed, run = (pins(ROOT / path) for path in ("src/requirements.txt", "requirements/run.txt"))
    assert deployed.items() <= run.items()


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_lock_names_no_registry(path):
    assert "://" not in path.read_text()


def test_npm_lock_names_no_registry_and_package_json_pins_exactly():
    lock = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    wanted = json.loads((ROOT / "package.json").read_text())
    versions = [*wanted["optionalDependencies"].values(), *wanted["devDependencies"].values()]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
