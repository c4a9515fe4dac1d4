import tracemalloc

import pytest

from domain.errors import BadUserInput
from domain.odd_values import number_name
from graphql_api.language.variables import decode_variables

CONCEPT_PAGE = """// graphql variables
// with a second line
{
  state: {
    type: "Success"
    message: "It worked!"
  }
}
"""


@pytest.mark.parametrize("none", [None, "null", "", "  \n", {}, "{}"])
def test_absent_variables_in_any_notation_are_an_empty_dict(none):
    assert decode_variables(none) == {}


@pytest.mark.parametrize(
    "given", [{"a": [1, None]}, '{"a": [1, null]}', ' {"a":[1,null]}\n', "{a: [1, null]}"]
)
def test_object_is_read_in_every_notation(given):
    assert decode_variables(given) == {"a": [1, None]}


def test_notation_of_the_concept_page_is_read():
    assert decode_variables(CONCEPT_PAGE) == {"state": {"type": "Success", "message": "It worked!"}}


def test_slashes_in_a_value_are_no_comment():
    assert decode_variables('{ url: "https://example.com" }') == {"url": "https://example.com"}


@pytest.mark.parametrize(
    ("given", "kind"), [(0, "a number"), (1.5, "a number"), (False, "a boolean"), (["a"], "a list")]
)
@pytest.mark.parametrize("encode", [lambda value: value, lambda value: str(value).lower().replace("'", '"')])
def test_variables_that_are_no_object_are_refused_with_their_kind(given, kind, encode):
    with pytest.raises(BadUserInput, match=kind):
        decode_variables(encode(given))


@pytest.mark.parametrize(
    "given", ["string", '"string"', '{"a": ', "{ a: $b }", "{ a: 1 } }", "// only a comment"]
)
def test_string_without_an_object_is_refused(given):
    with pytest.raises(BadUserInput, match="`variables` must be a JSON object"):
        decode_variables(given)


def test_too_deeply_nested_variables_are_refused():
    with pytest.raises(BadUserInput, match="cannot be used"):
        decode_variables('{"a":' + "[" * 500)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        *(('{"a": Infinity}', float("inf")), ('{"a": 1e999}', float("inf")), ("{ a: 1e999 }", float("inf"))),
        *(
            (r'{"a": "x\udcff"}', "x\udcff"),
            (r'{ a: "x\udcff" }', "x\udcff"),
            ('{ a: "x\udcff" }', "x\udcff"),
        ),
        *((r'{ a: """x\udcff""" }', "x\\udcff"), (r'{ a: "\ud83d\udc4b" }', "👋")),
    ],
)
def test_half_characters_and_infinite_numbers_are_left_to_the_inputs(given, value):
    assert decode_variables(given) == {"a": value}


@pytest.mark.parametrize("given", ['{"a": [%s]}', "{ a: [%s] }", "// comment\n{ a: [%s] }"])
@pytest.mark.parametrize("number", ["1e-400", "-1e-400", "9" * 5000, "-" + "9" * 5000, "1e999"])
def test_number_that_python_cannot_hold_keeps_its_text(given, number):
    ((found,),) = decode_variables(given % number).values()
    assert number_name(found) == number


def test_too_long_literal_is_refused():
    with pytest.raises(BadUserInput, match="neither JSON"):
        decode_variables('{ a: "' + "x" * 1_000_000 + '" }')


def test_literal_with_too_many_tokens_is_refused():
    with pytest.raises(BadUserInput, match=r"20000 tokens"):
        decode_variables("{ a: [" + "1 " * 20_000 + "] }")


def test_lines_of_comments_are_skipped_up_to_a_bound():
    assert decode_variables(" // comment\r\n" * 500 + "{ a: 1 }") == {"a": 1}
    with pytest.raises(BadUserInput, match=r"more than 1,000 lines of comments"):
        decode_variables("//\n" * 1_001 + "{ a: 1 }")


@pytest.mark.parametrize(
    "comments", ["//\n" * 300_000, " " * 900_000 + "//\n", "//\n" * 1_500_000, "//" * 600_000]
)
def test_comments_take_little_memory(comments):
    text = comments + "{"
    tracemalloc.start()
    try:
        with pytest.raises(BadUserInput):
            decode_variables(text)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 5 * len(text)
