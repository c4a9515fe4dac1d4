"""The tables of docs/api.md that are generated from the schema and the domain."""

from graphql import GraphQLInputObjectType, GraphQLObjectType

from domain.flow_runs.states import KIND_OF, Kind, State
from graphql_api.mutations.dialects import camel_case
from graphql_api.schema import build_schema

_MEANINGS = {
    Kind.PENDING: "not running yet, and due at no time",
    Kind.SCHEDULED: "waits until it is due",
    Kind.RUNNING: "being executed",
    Kind.FINISHED: "ended",
}


def tables():
    """Return every generated table by the name of its mark."""
    schema = build_schema()
    assert schema.mutation_type is not None
    found = {"states": _states()}
    for name, mutation in schema.mutation_type.fields.items():
        if name == name.lower():
            twin = schema.mutation_type.fields.get(camel_case(name))
            found[f"inputs of {name}"] = _inputs(_input_of(mutation), twin and _input_of(twin))
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            found[f"fields of {name}"] = _fields(kind)
    return found


def _input_of(mutation):
    kind = mutation.args["input"].type.of_type
    assert isinstance(kind, GraphQLInputObjectType)
    return kind


def _inputs(snake, camel):
    rows = []
    for name, field in snake.fields.items():
        written = _type(field.type)
        if camel is not None:
            other = _type(camel.fields[camel_case(name)].type)
            if written != other and "_input" not in written:
                written += f" (`{other.strip('`')}` in camelCase)"
        spellings = dict.fromkeys([name, camel_case(name)] if camel is not None else [name])
        rows.append((", ".join(f"`{spelling}`" for spelling in spellings), written, field.description))
    return _table(("input", "type", ""), rows)


def _fields(kind):
    rows = [(f"`{name}`", _type(field.type), field.description or "") for name, field in kind.fields.items()]
    return _table(("field", "type", ""), rows)


def _type(kind):
    return f"`{kind}`"


def _states():
    rows = [
        (f"`{name}`", f"{kind.value}: {_MEANINGS[kind]}", _sets(name))
        for kind in Kind
        for name, its in KIND_OF.items()
        if its is kind
    ]
    return _table(("type", "kind", "sets"), rows)


def _sets(name):
    if name == "Running":
        return "`start_time`, the first time"
    return "`end_time`" if State({"type": name}).ends_run else ""


def _table(head, rows):
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in lines)
