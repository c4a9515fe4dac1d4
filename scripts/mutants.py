"""Mutants: copies of a module of which each has one place changed, as a mistake would change it."""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_PAIRS = ((ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.Is, ast.IsNot), (ast.In, ast.NotIn))
_OTHER: dict[type[ast.cmpop], type[ast.cmpop]] = {
    one: other for pair in _PAIRS for one, other in (pair, pair[::-1])
}
# Parts of DynamoDB's conditions, and what each becomes.
_IN_CONDITIONS = (
    ("attribute_not_exists", "attribute_exists"),
    ("attribute_exists", "attribute_not_exists"),
    *(
        (" AND ", " OR "),
        (" OR ", " AND "),
        (" <= ", " < "),
        (" > ", " >= "),
        (" = ", " <> "),
        (" <> ", " = "),
    ),
)


@dataclass(frozen=True)
class Mutant:
    """One changed place in one module, whose path begins at the root of the project."""

    module: str
    source: str

    def diff(self) -> str:
        """Return the change as a diff."""
        before = (ROOT / self.module).read_text(encoding="utf-8").splitlines(keepends=True)
        after = self.source.splitlines(keepends=True)
        return "".join(difflib.unified_diff(before, after, self.module, "mutant", n=1))


def mutants_of(module: str) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    raw = (ROOT / module).read_bytes()
    tree = ast.parse(raw)
    starts = [0]
    for line in raw.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    hidden = _hidden(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.stmt) and node not in hidden:
            begin = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
            for changed in _changes(node):
                yield Mutant(module, (raw[:begin] + changed.encode() + raw[end:]).decode())


def _hidden(tree: ast.Module) -> set[ast.AST]:
    """Return decorators and parts of f-strings. Python 3.11 does not say where the latter are."""
    roots: list[ast.AST] = []
    for node in ast.walk(tree):
        roots += [node] if isinstance(node, ast.JoinedStr) else getattr(node, "decorator_list", [])
    return {part for root in roots for part in ast.walk(root)}


def _changes(node: ast.expr | ast.stmt) -> Iterator[str]:
    """Yield what may stand in the place of a node."""
    match node:
        case ast.Compare(left, operators, operands):
            for place, operator in enumerate(operators):
                changed = [*operators[:place], _OTHER[type(operator)](), *operators[place + 1 :]]
                yield f"({ast.unparse(ast.Compare(left, changed, operands))})"
        case ast.BoolOp(operator, values):
            other = ast.And() if isinstance(operator, ast.Or) else ast.Or()
            yield f"({ast.unparse(ast.BoolOp(other, values))})"
        case ast.UnaryOp(ast.Not(), operand):
            yield f"({ast.unparse(operand)})"
        case ast.Constant(bool(value)):
            yield str(not value)
        case ast.Constant(int(value)):
            yield str(value + 1)
        case ast.Constant(str(text)) if _is_condition(text):
            yield from (repr(text.replace(old, new, 1)) for old, new in _IN_CONDITIONS if old in text)
        case ast.Return(ast.expr() as value) if ast.unparse(value) != "None":
            yield "return None"
        case ast.AugAssign() | ast.Expr(ast.Call()):
            yield "pass"


def _is_condition(text: str) -> bool:
    """Return True if a text is an expression of DynamoDB. A docstring ends with a full stop."""
    return (" :" in text or "attribute_" in text) and not text.rstrip().endswith(".")
