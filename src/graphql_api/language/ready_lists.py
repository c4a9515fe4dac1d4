"""Long lists of objects in variables, read in one pass instead of the several that graphql-core makes.

Only the input types have them whose values are mended: the log entries of a call. graphql-core looks at each
value once for its nesting, once for its type, and twice again if one of twenty thousand entries is invalid.
What cannot be read here is left to graphql-core, whose errors name the place.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, get_named_type

from graphql_api.language.raw_inputs import mended_value

# Returns the value of a type that a raw value stands for. Raises any error if there is none.
_Read = Callable[[Any], Any]
_EMPTY: Final[list[Any]] = []


def ready_lists(types: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the variables that have such lists, by the names of the variables.

    `types` are the types of the operation's variables that have lists or objects. A variable whose value is
    not valid, even when it is mended, is left out.
    """
    ready: dict[str, Any] = {}
    for name, declared in types.items():
        mend = mended_value(get_named_type(declared))
        value = raw.get(name)
        if mend is None or not _has_list(declared, value):
            continue
        with suppress(Exception):  # graphql-core says what is wrong
            ready[name] = _read_or_mended(_reader_of(declared), value, mend)
    return ready


def without_lists(
    types: Mapping[str, Any], raw: Mapping[str, Any], ready: Mapping[str, Any]
) -> dict[str, Any]:
    """Return raw variables in which the ready ones have no items, so that graphql-core looks at none."""
    return {
        **raw,
        **{name: _EMPTY if _is_list(types[name]) else _emptied(types[name], raw[name]) for name in ready},
    }


def _read_or_mended(read: _Read, value: Any, mend: _Read) -> Any:
    try:
        return read(value)
    except Exception:  # noqa: BLE001  (whatever is wrong, mending may help)
        return read(mend(value))


def _has_list(declared: Any, value: Any) -> bool:
    if _is_list(declared):
        return isinstance(value, list)
    kind = _nullable(declared)
    return isinstance(value, dict) and any(
        isinstance(value.get(name), list) for name, field in kind.fields.items() if _is_list(field.type)
    )


def _emptied(declared: Any, value: Mapping[str, Any]) -> dict[str, Any]:
    fields = _nullable(declared).fields
    return {name: _EMPTY if _is_list(fields[name].type) else below for name, below in value.items()}


def _is_list(declared: Any) -> bool:
    return isinstance(_nullable(declared), GraphQLList)


def _nullable(declared: Any) -> Any:
    return declared.of_type if isinstance(declared, GraphQLNonNull) else declared


def _reader_of(declared: Any) -> _Read:
    """Return the function that reads raw values of a type as graphql-core does."""
    if isinstance(declared, GraphQLNonNull):
        return _present(_reader_of(declared.of_type))
    if isinstance(declared, GraphQLList):
        return _reader_of_list(_reader_of(declared.of_type))
    if isinstance(declared, GraphQLInputObjectType):
        return _reader_of_object(declared)
    return _reader_of_leaf(declared)


def _present(read: _Read) -> _Read:
    def required(value: Any) -> Any:
        if value is None:
            raise ValueError("it is null")
        return read(value)

    return required


def _reader_of_list(read: _Read) -> _Read:
    def items(value: Any) -> Any:
        if value is None:
            return None
        return [read(item) for item in value] if isinstance(value, list) else [read(value)]

    return items


def _reader_of_object(kind: GraphQLInputObjectType) -> _Read:
    """Return the function for an object: the inputs of mutations have no default values."""
    readers = {name: _reader_of(field.type) for name, field in kind.fields.items()}
    required = {name for name, field in kind.fields.items() if isinstance(field.type, GraphQLNonNull)}

    def fields(value: Any) -> Any:
        if value is None:
            return None
        if not required <= value.keys():
            raise ValueError("it lacks a field")
        return {name: readers[name](below) for name, below in value.items()}

    return fields


def _reader_of_leaf(kind: Any) -> _Read:
    coerce: _Read = kind.coerce_input_value

    def leaf(value: Any) -> Any:
        return None if value is None else coerce(value)

    return leaf
