"""Inputs of mutations: declared once, for the schema in both dialects and for the types of resolvers.

    class SetFlowRunNameInput(MutationInput):
        flow_run_id = required(ID, "The flow run.")
        name = required(TEXT, "The project's new name.", readable=True)

The schema has an input type of these fields. A resolver gets an instance, whose attributes have the Python
types of the kinds: `given.name` is a `str`. mypy reports a misspelt attribute.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Final, Generic, Self, TypeVar, cast, overload

from graphql import (
    GraphQLBoolean,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
)

from domain.errors import BadUserInput
from domain.json_types import JsonObject
from domain.memory import Memory
from domain.sizes import Written
from graphql_api.language import json_text
from graphql_api.language.raw_inputs import Mend
from graphql_api.language.scalars import DATE_TIME, JSON, UUID
from graphql_api.mutations import costs

Value = TypeVar("Value")
Item = TypeVar("Item", bound="MutationInput")


class Presence(Enum):
    """In which dialects an input must be given and not be null."""

    OPTIONAL = "optional"
    REQUIRED = "required"
    REQUIRED_IN_CAMEL_CASE = "required in camelCase"


@dataclass(frozen=True, slots=True)
class InputKind(Generic[Value]):
    """The GraphQL type of an input and the Python type of its values, or the class of a list's objects.

    `cost` returns the units of a value; it is given the text of JSON. Each object of a list costs
    `item_cost` beside its own values. A JSON value `with_text` comes as it was Written for its cost.
    """

    graphql_type: GraphQLInputType | None
    cost: Callable[[Any], float] | None = None
    item_class: "type[MutationInput] | None" = None
    item_cost: float = 0.0
    with_text: bool = False

    @property
    def is_json(self) -> bool:
        """True if the values may be any JSON."""
        return self.graphql_type is JSON


class InputField(Generic[Value]):
    """One field of a mutation's input.

    A `readable` input decides nothing: people read it. Characters and numbers in it that cannot be kept are
    mended. In any other input they are refused.
    """

    def __init__(self, kind: InputKind[Any], description: str, presence: Presence, *, readable: bool) -> None:
        self.name = ""
        self.kind = kind
        self.description = description
        self.presence = presence
        self.readable = readable
        # Most values are short texts, which cost nothing, and can be kept if they are of ASCII.
        self.takes_short_texts = kind.cost in (None, costs.of_text) and not kind.with_text

    def __set_name__(self, _owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, given: None, owner: type) -> Self: ...
    @overload
    def __get__(self, given: "MutationInput", owner: type) -> Value: ...
    def __get__(self, given: "MutationInput | None", owner: type) -> Self | Value:
        # Given values stand in the instance, where Python finds them first. An absent one is null.
        return self if given is None else cast("Value", None)


class MutationInput:
    """The input of a mutation. A subclass declares its fields, an instance has their values.

    `mend` makes a raw input valid before its types are checked.
    """

    fields: ClassVar[Mapping[str, InputField[Any]]] = {}
    mend: ClassVar[Mend | None] = None

    def __init_subclass__(cls, mend: Mend | None = None) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, InputField)}
        cls.fields = {**cls.fields, **own}
        cls.mend = staticmethod(mend) if mend else cls.mend

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)

    def given_values(self) -> Mapping[str, Any]:
        """Return the values that were given, null ones among them; absent ones are left out."""
        return vars(self)


def required(kind: InputKind[Value], description: str, *, readable: bool = False) -> InputField[Value]:
    """Return a field that is non-null in both dialects."""
    return InputField(kind, description, Presence.REQUIRED, readable=readable)


def optional(kind: InputKind[Value], description: str, *, readable: bool = False) -> InputField[Value | None]:
    """Return a field that may be null or absent in both dialects."""
    return InputField(kind, description, Presence.OPTIONAL, readable=readable)


def required_in_camel_case(kind: InputKind[Value], description: str) -> InputField[Value | None]:
    """Return a field that is non-null in camelCase, and may be null or absent in snake_case."""
    return InputField(kind, description, Presence.REQUIRED_IN_CAMEL_CASE, readable=False)


ID: Final[InputKind[str]] = InputKind(UUID)
TEXT: Final[InputKind[str]] = InputKind(GraphQLString, costs.of_text)
TEXTS: Final[InputKind[list[str]]] = InputKind(GraphQLList(GraphQLNonNull(GraphQLString)), costs.of_texts)
IDS: Final[InputKind[list[str]]] = InputKind(GraphQLList(GraphQLNonNull(UUID)), costs.of_texts)
INTEGER: Final[InputKind[int]] = InputKind(GraphQLInt)
FLAG: Final[InputKind[bool]] = InputKind(GraphQLBoolean)
TIME: Final[InputKind[datetime]] = InputKind(DATE_TIME)
JSON_VALUE: Final[InputKind[object]] = InputKind(JSON, costs.of_json)
WRITTEN: Final[InputKind[Written]] = InputKind(JSON, costs.of_json, with_text=True)
PART_OF_FLOW: Final[InputKind[object]] = InputKind(JSON, costs.of_flow)


def list_of(item_class: type[Item], item_cost: float) -> InputKind[list[Item]]:
    """Return the kind of a list of objects with the fields of `item_class`, each of which costs so much."""
    return InputKind(None, item_class=item_class, item_cost=item_cost)


TENANT_ID: Final = optional(ID, "The caller's tenant; need not be given.")
FLOW_ID: Final = required(ID, "The flow.")
FLOW_RUN_ID: Final = required(ID, "The flow run.")
TASK_RUN_ID: Final = required(ID, "The task run.")


def as_json(value: object, name: str, memory: Memory, *, readable: bool = False) -> object:
    """Return the value of a JSON input. A text is read as JSON, because clients' guides pass JSON as text.

    A `readable` value is mended where it cannot be kept. A text that may be large is drawn on the `memory`.
    Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    if not isinstance(value, str):
        return value
    try:
        if readable:
            return json_text.loads_mended(value, name, memory)
        return json_text.loads(value, name, memory)
    except ValueError as error:
        raise BadUserInput(f"{name} must be JSON, or text that holds JSON, but {error}.") from error


def as_object(value: object, name: str, memory: Memory) -> JsonObject | None:
    """Return the value of a JSON input that must be an object or null. Raises BadUserInput."""
    found = as_json(value, name, memory)
    if not isinstance(found, dict | None):
        raise BadUserInput(f'{name} must be an object such as {{"x": 1}}, or null.')
    return found
