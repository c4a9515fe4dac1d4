"""The built console, which is what its sources make."""

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CONSOLE = ROOT / "console"
BUILT = ROOT / "src" / "console"


def contents(folder):
    # Another release of node may compress otherwise, so the contents are compared.
    return {
        str(path.relative_to(folder)): gzip.decompress(path.read_bytes())
        for path in sorted(folder.rglob("*.gz"))
    }


def test_built_files_are_what_the_sources_make(tmp_path):
    if not shutil.which("node") or not (CONSOLE / "node_modules" / "esbuild").exists():
        pytest.skip("the console's packages are not installed; npm brings them: make install")
    subprocess.run(["node", "build.mjs", tmp_path / "built"], cwd=CONSOLE, check=True, capture_output=True)
    built = contents(tmp_path / "built")
    assert len(built) >= 8
    assert contents(BUILT).keys() == built.keys(), "build it anew: make console"
    assert contents(BUILT) == built
    assert {path.suffix for path in BUILT.rglob("*") if path.is_file()} == {".gz"}
