"""The two dialects of mutations, both made from one definition.

Clients up to release 0.9.8 write `createFlowRun(input: createFlowRunInput!)`, later ones
`create_flow_run(input: create_flow_run_input!)`. A mutation is defined once, in snake_case.
Its camelCase twin is derived.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final, Generic, TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from domain.odd_values import check_plain, is_surely_plain, mended
from domain.sizes import Written, json_text
from graphql_api.info import Info
from graphql_api.language.raw_inputs import mending
from graphql_api.mutations.costs import SHORT
from graphql_api.mutations.inputs import InputField, MutationInput, Presence
from graphql_api.mutations.payloads import Payload
from graphql_api.permissions.table import is_audited
from operations.context import Context

Given = TypeVar("Given", bound=MutationInput)
# Takes units for the value at a place.
Draw = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Mutation(Generic[Given]):
    """A mutation by its name in snake_case. `resolve` gets the context of the request and the input.

    A mutation that clients of the camelCase dialect never had has no twin: its `camel_case` is false.
    """

    name: str
    description: str
    input: type[Given]
    payload: GraphQLObjectType
    resolve: Callable[[Context, Given], Payload]
    camel_case: bool = True


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the names of fields and of a mutation's input type are spelt."""

    spell: Callable[[str], str]
    input_type: str
    is_camel_case: bool


def camel_case(name: str) -> str:
    """Return `create_flow_run` as `createFlowRun`; `api` inside a name becomes `API`."""
    first, *rest = name.split("_")
    return first + "".join("API" if part == "api" else part[:1].upper() + part[1:] for part in rest)


SNAKE_CASE: Final = Dialect(lambda name: name, "{}_input", is_camel_case=False)
CAMEL_CASE: Final = Dialect(camel_case, "{}Input", is_camel_case=True)
DIALECTS: Final = (SNAKE_CASE, CAMEL_CASE)


def mutation_fields(mutations: Iterable[Mutation[Any]]) -> dict[str, GraphQLField]:
    """Return the fields of Mutation: each mutation in both dialects."""
    return {
        dialect.spell(mutation.name): _field(mutation, dialect)
        for mutation in mutations
        for dialect in DIALECTS
        if mutation.camel_case or not dialect.is_camel_case
    }


def _field(mutation: Mutation[Any], dialect: Dialect) -> GraphQLField:
    name = dialect.spell(mutation.name)
    input_type = _input_type(mutation.input, dialect, dialect.input_type.format(name))
    read, has_entry = _Reader(mutation.input, dialect).read, is_audited(mutation.name)

    def resolve(_root: None, info: Info, **arguments: Any) -> Payload:
        context = info.context
        work = context.work
        with work.change(name):
            given = read(arguments["input"], work.draw_change)
            wanted = mutation if context.caller.projects is None else _minding_projects(mutation)
            if has_entry and context.audit_kept is not None:
                return _audited(context, wanted, given, context.audit_kept)
            return wanted.resolve(context, given)

    return GraphQLField(
        mutation.payload,
        {"input": GraphQLArgument(GraphQLNonNull(input_type))},
        resolve,
        description=mutation.description,
    )


def _minding_projects(mutation: Mutation[Any]) -> Mutation[Any]:
    """Return a mutation to which things of other projects than the caller's are as if they did not exist."""
    # Few callers are limited to some projects.
    from graphql_api.permissions.projects import resolve_within

    def resolve(context: Context, given: MutationInput) -> Payload:
        return resolve_within(context, mutation.name, given, mutation.resolve)

    return replace(mutation, resolve=resolve)


def _audited(context: Context, mutation: Mutation[Any], given: MutationInput, kept: timedelta) -> Payload:
    # Few requests change what is audited.
    from graphql_api.mutations.targets import targets_of
    from operations.access.auditing import audited

    targets = targets_of(mutation.name, given, context.caller)
    return audited(context, mutation.name, targets, lambda: mutation.resolve(context, given), kept)


def _input_type(given: type[MutationInput], dialect: Dialect, type_name: str) -> GraphQLInputObjectType:
    item_classes = {name: field.kind.item_class for name, field in given.fields.items()}
    menders = {name: item_class.mend for name, item_class in item_classes.items() if item_class}
    return GraphQLInputObjectType(
        type_name,
        partial(_input_fields, given, dialect, type_name),
        extensions=mending(given.mend, menders, dialect.spell),
    )


def _input_fields(
    given: type[MutationInput], dialect: Dialect, type_name: str
) -> dict[str, GraphQLInputField]:
    return {
        dialect.spell(name): GraphQLInputField(
            _field_type(field, dialect, type_name), description=field.description
        )
        for name, field in given.fields.items()
    }


def _field_type(field: InputField[Any], dialect: Dialect, type_name: str) -> GraphQLInputType:
    kind: Any = field.kind.graphql_type
    if field.kind.item_class:
        suffix = field.name.title() if dialect.is_camel_case else f"_{field.name}"
        items = _input_type(field.kind.item_class, dialect, type_name + suffix)
        kind = GraphQLList(GraphQLNonNull(items))
    is_required = field.presence is Presence.REQUIRED or (
        field.presence is Presence.REQUIRED_IN_CAMEL_CASE and dialect.is_camel_case
    )
    return GraphQLNonNull(kind) if is_required else kind


class _Reader:
    """Makes instances of an input class from what GraphQL has coerced in one dialect."""

    def __init__(self, given: type[MutationInput], dialect: Dialect) -> None:
        self._class = given
        self._fields = {dialect.spell(name): field for name, field in given.fields.items()}
        self._readers = {
            name: _Reader(field.kind.item_class, dialect)
            for name, field in self._fields.items()
            if field.kind.item_class
        }

    def read(self, coerced: Mapping[str, Any], draw: Draw, place: str = "input.") -> MutationInput:
        """Return the input. What its values cost is drawn before they are looked at.

        Raises BadUserInput that names the place of a value that cannot be kept, or is too much work.
        """
        values: dict[str, Any] = {}
        for name, value in coerced.items():
            field = self._fields[name]
            is_short = value.__class__ is str and len(value) <= SHORT and value.isascii()
            if value is None or (is_short and field.takes_short_texts):
                values[field.name] = value
            elif name in self._readers:
                values[field.name] = self._items(name, value, draw, place + name)
            else:
                values[field.name] = _kept(field, value, draw, place + name)
        return self._class(values)

    def _items(self, name: str, items: list[Any], draw: Draw, place: str) -> list[MutationInput]:
        # The items alone tell at once how much their list is at least.
        draw(self._fields[name].kind.item_cost * len(items), place)
        read = self._readers[name].read
        return [read(item, draw, f"{place}[{number}].") for number, item in enumerate(items)]


def _kept(field: InputField[Any], value: Any, draw: Draw, place: str) -> Any:
    kind = field.kind
    if not isinstance(value, str | float | list | dict):
        return Written(value, None) if kind.with_text else value
    # A JSON value is written once, to know what it costs and whether it can be kept.
    text = json_text(value) if kind.is_json and not isinstance(value, str) else value
    if kind.cost is not None and (units := kind.cost(text)):
        draw(units, place)
    # Escapes stand in the text of JSON alone; a text of ASCII has no half characters.
    is_plain = isinstance(text, str) and ((text is value and text.isascii()) or is_surely_plain(text))
    if not is_plain:
        value = _mended(field, value, place)
    if kind.with_text:
        is_written = is_plain and not isinstance(value, str)
        return Written(value, str(text) if is_written else None)
    return value


def _mended(field: InputField[Any], value: Any, place: str) -> Any:
    if field.readable:
        return mended(value)
    check_plain(value, place)
    return value
