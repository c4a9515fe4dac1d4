from contextlib import suppress

import pytest
from graphql import GraphQLError, parse, parse_const_value, value_from_ast_untyped
from hypothesis import given
from hypothesis import strategies as st

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


def test_one_private_use_character_that_is_not_in_the_text_is_enough():
    for free in (PRIVATE_USE[0], PRIVATE_USE[-1]):
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
