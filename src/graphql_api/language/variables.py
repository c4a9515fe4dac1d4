"""The `variables` of a request, in every notation of clients."""

import json
import re
from functools import partial
from typing import Any

from graphql import GraphQLError, parse_const_value

from domain.errors import BadUserInput
from domain.memory import Memory
from graphql_api.language import json_text
from graphql_api.language.document_limits import MAX_COMMENTS, MAX_SOURCE_LENGTH, MAX_TOKENS
from graphql_api.language.json_literals import value_of
from graphql_api.language.string_literals import parse_with_halves

_LEADING_COMMENT = re.compile(r"\s*//[^\r\n]*(?:[\r\n]|\Z)")
_EXPECTED = "`variables` must be a JSON object, null, or a string that holds one of them"


def decode_variables(given: object, memory: Memory | None = None) -> dict[str, Any]:
    """Return a request's `variables` as a dict, which is empty for absent, null and blank variables.

    Prefect Core encodes the variables twice, as a string of JSON (`"null"` for none). A string may also hold
    an object in GraphQL's notation after `//` comment lines, because Prefect Cloud's pages print them so.
    Half characters and numbers like NaN stay: the inputs mend or refuse them. Raises BadUserInput.
    """
    value = _decode_text(given, memory) if isinstance(given, str) else given
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadUserInput(f"{_EXPECTED}, not {_kind(value)}.")
    return value


def _decode_text(text: str, memory: Memory | None) -> Any:
    if not text.strip():
        return None
    try:
        return json_text.loads_as_it_is(text, memory, "`variables`")
    except json.JSONDecodeError as not_json:
        return _decode_literal(text, not_json)
    except ValueError as error:
        raise BadUserInput(f"`variables` cannot be used: {error}.") from error


def _decode_literal(text: str, not_json: json.JSONDecodeError) -> Any:
    if len(text) > MAX_SOURCE_LENGTH:
        raise BadUserInput(
            f"{_EXPECTED}; the string is neither JSON ({not_json}) nor a GraphQL object of at most "
            f"{MAX_SOURCE_LENGTH:,} characters."
        ) from not_json
    literal = _without_leading_comments(text).strip()
    if not literal.startswith("{"):
        raise BadUserInput(f"{_EXPECTED}; the string is not JSON: {not_json}.") from not_json
    try:
        parse = partial(
            parse_const_value,
            max_lexical_tokens=MAX_TOKENS,
            max_comments=MAX_COMMENTS,
            max_source_length=MAX_SOURCE_LENGTH,
        )
        return value_of(parse_with_halves(parse, literal))
    except GraphQLError as error:
        raise BadUserInput(
            f"{_EXPECTED}; the string is neither JSON ({not_json}) nor a GraphQL object ({error.message})."
        ) from error


def _without_leading_comments(text: str) -> str:
    """Return a text without its first lines of comments. Raises BadUserInput if they are too many."""
    start = count = 0
    # A pattern for all of them at once would keep a place in memory for each.
    while comment := _LEADING_COMMENT.match(text, start):
        start, count = comment.end(), count + 1
        if count > MAX_COMMENTS:
            raise BadUserInput(f"`variables` begins with more than {MAX_COMMENTS:,} lines of comments.")
    return text[start:]


def _kind(value: object) -> str:
    names: dict[type, str] = {bool: "a boolean", int: "a number", float: "a number", str: "a string"}
    return names.get(type(value), "a list")
