"""The wheel: the client and command line alone, installable and usable."""

import os
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from flow_runs import __version__

ROOT = Path(__file__).parents[3]
OFFLINE = ("No matching distribution found for hatchling", "Could not find a version that satisfies")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel as pip builds it; the build backend comes from the package index."""
    folder = tmp_path_factory.mktemp("wheel")
    built = pip("wheel", str(ROOT), "--no-deps", "--wheel-dir", str(folder))
    if built.returncode and any(sign in built.stdout + built.stderr for sign in OFFLINE):
        pytest.skip("the package index cannot be reached, so the wheel cannot be built")
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    return path


def pip(*arguments):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_client_says_the_version_that_the_project_has():
    assert __version__ == project()["version"]


def test_the_wheel_holds_the_whole_client_and_nothing_of_the_server(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    metadata = {name for name in names if name.startswith(f"flow_runs-{__version__}.dist-info/")}
    sources = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src" / "flow_runs").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }

    assert names - metadata == sources
    assert "flow_runs/py.typed" in names
    assert f"flow_runs-{__version__}.dist-info/licenses/LICENSE" in metadata


def test_the_wheel_needs_what_the_project_names(wheel):
    archive = zipfile.ZipFile(wheel)
    fields = Parser().parsestr(archive.read(f"flow_runs-{__version__}.dist-info/METADATA").decode())

    needed = {requirement.replace(" ", "") for requirement in fields.get_all("Requires-Dist", [])}
    extras = {
        f"{requirement};extra=='{extra}'"
        for extra, requirements in project()["optional-dependencies"].items()
        for requirement in requirements
    }
    assert needed == {*project()["dependencies"], *extras}
    assert fields["Requires-Python"] == project()["requires-python"]


def test_the_installed_command_runs_without_the_checkout(wheel, tmp_path):
    # Given
    site = tmp_path / "site"
    installed = pip("install", "--no-deps", "--no-index", "--target", str(site), str(wheel))
    assert installed.returncode == 0, installed.stderr
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    # When
    answered = subprocess.run(
        [site / "bin" / "flow-runs", "--version"],
        env={**environment, "PYTHONPATH": str(site)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    # Then
    assert (answered.stdout, answered.stderr) == (f"flow-runs {__version__}\n", "")
    assert answered.returncode == 0
