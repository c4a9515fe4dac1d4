"""The two dialects of mutations, both made from one definition.

Clients up to release 0.9.8 write `createFlowRun(input: createFlowRunInput!)`, later ones
`create_flow_run(input: create_flow_run_input!)`. A mutation is defined once, in snake_case; its twin is
derived.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, Final

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

from domain.odd_values import check_plain, mended
from graphql_api.info import Info
from graphql_api.language.raw_inputs import Mend, mending
from operations.context import Context


class Required(Enum):
    """In which dialect an input must be given and not be null."""

    NO = "no"
    YES = "yes"
    IN_CAMEL_CASE = "in camelCase"


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a mutation's input; `items` makes it a list of objects with these fields.

    What is `readable` decides nothing, people read it: what cannot be kept in it is mended. In any other
    input it is refused. `mend` makes raw items ones that can be used, before their types are checked.
    """

    name: str
    type: GraphQLInputType | None
    description: str
    required: Required = Required.NO
    items: tuple["Input", ...] = ()
    readable: bool = False
    mend: Mend | None = None


@dataclass(frozen=True, slots=True)
class Mutation:
    """A mutation: its name in snake_case, its inputs, its payload, and what it does.

    `resolve` gets the request's context and the inputs by their snake_case names.
    """

    name: str
    description: str
    inputs: tuple[Input, ...]
    payload: GraphQLObjectType
    resolve: Callable[[Context, dict[str, Any]], Any]
    # Makes the raw input one that can be used, before its types are checked.
    mend: Mend | None = None
    # What the later dialect has and the earlier one never had is given no twin.
    camel_case: bool = True


@dataclass(frozen=True, slots=True)
class Dialect:
    """How names are spelt: of fields, and of a mutation's input type."""

    spell: Callable[[str], str]
    input_type: str
    is_camel_case: bool


def camel_case(name: str) -> str:
    """`create_flow_run` as `createFlowRun`; `api` inside a name is written `API`."""
    first, *rest = name.split("_")
    return first + "".join("API" if part == "api" else part[:1].upper() + part[1:] for part in rest)


SNAKE_CASE: Final = Dialect(lambda name: name, "{}_input", is_camel_case=False)
CAMEL_CASE: Final = Dialect(camel_case, "{}Input", is_camel_case=True)


def mutation_fields(mutations: tuple[Mutation, ...]) -> dict[str, GraphQLField]:
    """The fields of Mutation: each definition in both dialects."""
    return {
        dialect.spell(mutation.name): _field(mutation, dialect)
        for mutation in mutations
        for dialect in (SNAKE_CASE, CAMEL_CASE)
        if mutation.camel_case or not dialect.is_camel_case
    }


def _field(mutation: Mutation, dialect: Dialect) -> GraphQLField:
    type_name = dialect.input_type.format(dialect.spell(mutation.name))
    names = {dialect.spell(each.name): each for each in mutation.inputs}
    input_type = GraphQLInputObjectType(
        type_name,
        partial(_input_fields, mutation.inputs, dialect, type_name),
        extensions=mending(mutation.mend, mutation.inputs, dialect.spell),
    )

    def resolve(_root: None, info: Info, **arguments: Any) -> Any:
        return mutation.resolve(info.context, _in_snake_case(arguments["input"], names, dialect))

    return GraphQLField(
        mutation.payload,
        {"input": GraphQLArgument(GraphQLNonNull(input_type))},
        resolve,
        description=mutation.description,
    )


def _input_fields(
    inputs: tuple[Input, ...], dialect: Dialect, type_name: str
) -> dict[str, GraphQLInputField]:
    return {
        dialect.spell(each.name): GraphQLInputField(
            _input_type(each, dialect, type_name), description=each.description
        )
        for each in inputs
    }


def _input_type(each: Input, dialect: Dialect, type_name: str) -> GraphQLInputType:
    kind: Any = each.type
    if each.items:
        item_name = (
            f"{type_name}_{each.name}" if not dialect.is_camel_case else f"{type_name}{each.name.title()}"
        )
        fields = partial(_input_fields, each.items, dialect, item_name)
        item = GraphQLInputObjectType(
            item_name, fields, extensions=mending(each.mend, each.items, dialect.spell)
        )
        kind = GraphQLList(GraphQLNonNull(item))
    needed = each.required is Required.YES or (
        each.required is Required.IN_CAMEL_CASE and dialect.is_camel_case
    )
    return GraphQLNonNull(kind) if needed else kind


def _in_snake_case(
    given: Mapping[str, Any], names: Mapping[str, Input], dialect: Dialect, place: str = "input."
) -> dict[str, Any]:
    """The inputs by their names in snake_case, as they can be kept. Raises BadUserInput."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        field = names[name]
        found[field.name] = value
        if field.items and value is not None:
            below = {dialect.spell(each.name): each for each in field.items}
            found[field.name] = [
                _in_snake_case(each, below, dialect, f"{place}{name}[{number}].")
                for number, each in enumerate(value)
            ]
        elif field.readable:
            found[field.name] = mended(value)
        else:
            check_plain(value, place + name)
    return found
