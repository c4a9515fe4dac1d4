"""`make mutate` changes each thing that a test could miss, and nothing else."""

import ast

import pytest

from scripts import mutants, mutate
from scripts.mutants import mutants_of

HEAD = '"""A module."""\n\n'


def changed_lines(tmp_path, monkeypatch, code):
    """Return the line that each mutant of some code has instead of the original's."""
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    (tmp_path / "module.py").write_text(HEAD + code, encoding="utf-8")
    found = list(mutants_of("module.py"))
    for mutant in found:
        ast.parse(mutant.source)
        assert mutant.diff().startswith("--- module.py\n+++ mutant\n")
    before = set((HEAD + code).splitlines())
    return [line for mutant in found for line in mutant.source.splitlines() if line not in before]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("x = a < b <= c", ["x = (a <= b <= c)", "x = (a < b < c)"]),
        ("x = a is not None", ["x = (a is None)"]),
        ("x = a in b", ["x = (a not in b)"]),
        ("x = a and b", ["x = (a or b)"]),
        ("x = not a", ["x = (a)"]),
        ("x = True", ["x = False"]),
        ("LONGEST = 60", ["LONGEST = 61"]),
        ("x = 'ä' + f(1)", ["x = 'ä' + f(2)"]),
        ('IS_FREE = "attribute_not_exists(pk)"', ["IS_FREE = 'attribute_exists(pk)'"]),
        ('IS_OLD = "expires <= :now"', ["IS_OLD = 'expires < :now'"]),
        ("f(a)", ["pass"]),
        ("count += a", ["pass"]),
        ("def f():\n    return a", ["    return None"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_kind_of_change_is_made(tmp_path, monkeypatch, code, changes):
    assert changed_lines(tmp_path, monkeypatch, code) == changes


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n    return None",
        'x = "a and b = c"',
        'x = f"{a:02d} of {2}"',
        "@dataclass(frozen=True)\nclass A:\n    x: int",
        'def f():\n    """Give :x = y."""',
    ],
    ids=["return None", "text", "f-string", "decorator", "docstring"],
)
def test_what_no_test_can_notice_stays(tmp_path, monkeypatch, code):
    assert changed_lines(tmp_path, monkeypatch, code) == []


def test_every_named_test_exists():
    named = {place for tests in mutate.TESTS.values() for place in tests if place.startswith("tests/")}
    assert named
    assert {place for place in named if not (mutants.ROOT / place).exists()} == set()
