"""The built console, which is what its sources make."""

import gzip
import json
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CONSOLE = ROOT / "console"
BUILT = ROOT / "src" / "console"


# Prints the digests of the contents of files that have Brotli's form, by their paths.
DIGESTS = """
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { brotliDecompressSync } = require("node:zlib");
const digest = (path) => createHash("sha256").update(brotliDecompressSync(readFileSync(path))).digest("hex");
console.log(JSON.stringify(Object.fromEntries(process.argv.slice(1).map((path) => [path, digest(path)]))));
"""


def names(folder, suffix):
    return {str(path.relative_to(folder)).removesuffix(suffix) for path in folder.rglob(f"*{suffix}")}


def contents(folder):
    # Another release of node may compress otherwise, so the contents are compared.
    return {
        str(path.relative_to(folder)): gzip.decompress(path.read_bytes())
        for path in sorted(folder.rglob("*.gz"))
    }


def needs_node():
    if not shutil.which("node"):
        pytest.skip("there is no node")


def test_built_files_are_what_the_sources_make(tmp_path):
    needs_node()
    if not (CONSOLE / "node_modules" / "esbuild").exists():
        pytest.skip("the console's packages are not installed; npm brings them: make install")
    subprocess.run(["node", "build.mjs", tmp_path / "built"], cwd=CONSOLE, check=True, capture_output=True)
    built = contents(tmp_path / "built")
    assert len(built) >= 7
    assert contents(BUILT).keys() == built.keys(), "build it anew: make console"
    assert contents(BUILT) == built


def test_every_built_file_is_there_in_both_forms():
    assert {path.suffix for path in BUILT.rglob("*") if path.is_file()} == {".gz", ".br"}
    assert names(BUILT, ".gz") == names(BUILT, ".br")


def test_both_forms_of_a_built_file_have_one_content():
    needs_node()
    packed = [str(path) for path in BUILT.rglob("*.br")]
    printed = subprocess.run(["node", "-e", DIGESTS, *packed], check=True, capture_output=True).stdout
    for path, digest in json.loads(printed).items():
        plain = gzip.decompress(Path(path).with_suffix(".gz").read_bytes())
        assert sha256(plain).hexdigest() == digest, path


def test_scripts_without_graphiql_are_within_their_budget():
    scripts = [path for path in BUILT.rglob("*.js.gz") if not path.name.startswith("graphiql-")]
    assert scripts
    assert sum(path.stat().st_size for path in scripts) <= 60 * 1024
