import sys
from contextlib import suppress
from functools import partial

import pytest
from graphql import GraphQLError, parse, parse_const_value, value_from_ast_untyped
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.language.document_limits import MAX_SOURCE_LENGTH
from graphql_api.language.string_literals import parse_with_halves


def read(literal):
    return value_from_ast_untyped(parse_with_halves(parse_const_value, literal))


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        *((r'"x\udcff"', "x\udcff"), ('"x\udcff"', "x\udcff"), (r'"\uD800y"', "\udcffy")),
        *((r'"\u{DCFF}"', "\udcff"), (r'"\u{00d800}"', "\udcff"), (r'"\ud83d\udc4b"', "👋")),
        *((r'"\ud83d\ud83d\udc4b"', "\udcff👋"), (r'"\udc4b\ud83d"', "\udcff\udcff")),
        *((r'"\\udcff"', r"\udcff"), (r'"\\\udcff"', "\\\udcff"), (r'"\"\udcff"', '"\udcff')),
        *((r'"""\udcff"""', r"\udcff"), ('"""a "q" \udcff"""', 'a "q" \udcff')),
        (r'{a: "#\udcff", b: ["\udcff"]}', {"a": "#\udcff", "b": ["\udcff"]}),
        ('"# \U0010fffd \udcff"', "# \U0010fffd \udcff"),
    ],
    ids=ascii,
)
def test_half_character_in_a_string_literal_is_read(literal, value):
    assert read(literal) == value


@pytest.mark.parametrize(
    "document", ["{ a\udcff }", '{ a # "\udcff\n }', '{ a(b: "\udcff }', r'{ a(b: "\ud8") }']
)
def test_half_character_outside_a_string_literal_is_refused(document):
    with pytest.raises(GraphQLError):
        parse_with_halves(parse, document)


@given(st.text('"\\u{}dcf8 #\n\ud800\udcff', max_size=40))
def test_any_text_is_parsed_or_refused_with_a_graphql_error(text):
    with suppress(GraphQLError):
        parse_with_halves(parse, f"{{ a(b: {text}) }}")


PRIVATE_USE = "".join(map(chr, range(0x100001, 0x10FFFE)))


def test_two_private_use_characters_that_are_not_in_the_text_are_enough():
    for free in (PRIVATE_USE[:2], PRIVATE_USE[-2:]):
        used = PRIVATE_USE.replace(free, "")
        assert read(f'"{used}\udcff"') == f"{used}\udcff"


def test_half_character_beside_all_private_use_characters_is_refused():
    with pytest.raises(GraphQLError, match="Invalid character"):
        read(f'"{PRIVATE_USE}\udcff"')
    assert read(f'"{PRIVATE_USE}"') == PRIVATE_USE


@pytest.mark.parametrize(
    "literal", [r'"\" \udcff', '"""\\""" \udcff', '"a\n\udcff"', '"', '"""', '"\\', '"""\udcff""', '"\udcff']
)
def test_string_without_an_end_is_refused(literal):
    with pytest.raises(GraphQLError):
        read(literal + "\udcff")


@pytest.mark.parametrize(
    "pump", ["#\n", r"\n", '""', r"\ud800", "\ud800", r"\\\\", r"\ud83d\ude00"], ids=ascii
)
@pytest.mark.parametrize("length", [500_000, 3_000_000])
def test_long_document_with_half_characters_is_mended_by_few_calls(pump, length):
    calls = 0

    def count(*_):
        nonlocal calls
        calls += 1

    mended: list[str] = []
    text = 'x: "\ud800' + pump * (length // len(pump)) + '"'
    sys.setprofile(count)
    try:
        with pytest.raises(GraphQLError):
            parse_with_halves(partial(refuse, mended), text)
    finally:
        sys.setprofile(None)

    assert calls < 200_000
    assert (mended == [text]) == (length > MAX_SOURCE_LENGTH)


def refuse(parsed, text):
    parsed.append(text)
    raise GraphQLError("Not parsed, because the lexer of GraphQL is not what is counted.")
