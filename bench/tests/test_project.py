"""The benchmarks as a project beside the product."""

import re

import pytest

from bench.paths import BENCH, PRODUCT

IMPORT = re.compile(r"^\s*(from|import) bench\b", re.MULTILINE)


@pytest.mark.parametrize("folder", ["src", "tests", "scripts"])
def test_product_imports_no_benchmark(folder):
    files = sorted((PRODUCT / folder).rglob("*.py"))

    assert [str(path) for path in files if IMPORT.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("path", sorted((BENCH / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_lock_names_no_registry(path):
    assert "://" not in path.read_text("utf-8")
