"""Imports without circles: a module can be read, tried and moved with only the modules that it names."""

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.unit.project.test_import_table import imports, product


def circle(modules: Iterable[tuple[str, str]]) -> list[str]:
    """Return the modules of one circle, the first one again at its end; [] if there is none."""
    codes = dict(modules)
    imported = {
        module: {max(known) for names in imports(code) if (known := names & codes.keys())} - {module}
        for module, code in codes.items()
    }
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_modules_import_each_other_in_no_circle():
    assert circle(product()) == []


@pytest.mark.parametrize(
    "code",
    [
        "import a.first",
        "from a import first",
        "from a.first import name",
        "def lazy():\n    from a.first import name",
        "if TYPE_CHECKING:\n    from a.first import name",
    ],
)
def test_circle_of_three_modules_is_found(code):
    modules = [("a", ""), ("a.first", "import a.second"), ("a.second", "import a.third"), ("a.third", code)]

    assert set(circle(modules)) == {"a.first", "a.second", "a.third"}


def test_modules_that_share_an_import_are_no_circle():
    modules = [("a", ""), ("a.first", "from a import third"), ("a.second", "from a import third, first")]

    assert circle([*modules, ("a.third", "import json")]) == []
