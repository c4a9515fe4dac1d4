import pytest

from bench.artifact import package_sizes
from bench.cold_start import CREATION, FLOOR_NAME, ratio
from bench.fresh_interpreters import LIBRARY, Imports, Spent, interpreters, library, median_imports


def test_ratio_is_the_median_of_the_rounds():
    rounds = [
        {CREATION: Spent(wall, 2 * wall, ""), FLOOR_NAME: Spent(floor, floor, "")}
        for wall, floor in ((120, 100), (900, 100), (260, 200))
    ]

    assert ratio(rounds, CREATION, "wall") == pytest.approx(1.3)
    assert ratio(rounds, CREATION, "cpu") == pytest.approx(2.6)


@pytest.mark.parametrize(
    ("module", "whose"),
    [
        ("operations.reads.query", "ours"),
        ("wiring", "ours"),
        ("botocore.auth", "botocore"),
        ("_ssl", LIBRARY),
    ],
)
def test_module_is_counted_for_its_library(module, whose):
    assert library(module) == whose


def test_libraries_are_sorted_by_their_median_time():
    runs = [{"a": Imports(2, milliseconds), "b": Imports(1, 5)} for milliseconds in (1.0, 9.0, 2.0)]

    assert list(median_imports(runs).items()) == [("b", Imports(1, 5)), ("a", Imports(2, 2.0))]


def test_program_gets_only_its_variables_and_its_failure_ends_the_benchmark(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "a-users-own")
    with interpreters({"GIVEN": "1"}) as fresh:
        seen = fresh.run("import os; print(os.environ['GIVEN'], os.environ.get('AWS_PROFILE'))")

        assert seen.output == "1 None\n"
        assert seen.wall > 0
        assert "os" in fresh.run("import sys; print(*sys.modules)").output
        assert fresh.imports("import uuid")[LIBRARY].modules > 1
        with pytest.raises(SystemExit, match="ZeroDivisionError"):
            fresh.run("1 / 0")


def test_artifact_is_measured_by_package_with_separate_bytecode(tmp_path):
    for name, size in {
        "graphql/a.py": 3,
        "graphql/__pycache__/a.cpython-313.pyc": 4,
        "wiring.py": 1,
        "__pycache__/wiring.cpython-313.pyc": 1,
        "graphql_core-3.dist-info/METADATA": 1,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * size)

    assert package_sizes(tmp_path) == {"graphql": (3, 4), "ours": (1, 1), "metadata of the libraries": (1, 0)}
