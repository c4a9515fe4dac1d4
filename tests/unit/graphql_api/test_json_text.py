import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import PayloadTooLarge
from domain.memory import Memory
from domain.odd_values import mended
from graphql_api.language import json_text
from tests.unit.linear_time import run_limited

finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | finite | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values, st.booleans())
def test_every_json_value_is_read_unchanged(value, ascii_only):
    assert json_text.loads(json.dumps(value, ensure_ascii=ascii_only)) == value


def test_deepest_allowed_nesting_is_read_and_one_more_level_is_refused():
    deepest = json_text.MAX_NESTING
    json_text.loads("[" * deepest + "]" * deepest)
    with pytest.raises(ValueError, match="more than 200 levels"):
        json_text.loads("[" * (deepest + 1) + "]" * (deepest + 1))


def test_brackets_side_by_side_or_in_strings_are_not_nesting():
    wide: list[Any] = [[], {}] * 300
    assert json_text.loads(json.dumps(wide)) == wide
    text = '"[{' * 300
    assert json_text.loads(json.dumps([text])) == [text]


def test_escaped_pair_is_one_character_and_half_a_pair_is_refused():
    assert json_text.loads(r'"\ud83d\udc4b"') == "👋"
    with pytest.raises(ValueError, match=r"it.a\[0\]: .*lone surrogate"):
        json_text.loads(r'{"a": ["\ud83d"]}')
    assert json_text.loads_as_it_is(r'{"a": ["\ud83d"]}') == {"a": ["\ud83d"]}


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1e400", "9" * 5000])
def test_number_that_json_or_python_cannot_hold_is_refused(text):
    with pytest.raises(ValueError, match=r"not a JSON number"):
        json_text.loads(text)
    json_text.loads_as_it_is(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("1e-320", 1e-320), ("4.9e-324", 5e-324), ("3e-324", 5e-324), ("-1e-310", -1e-310)),
        *(("1.7976931348623157e308", 1.7976931348623157e308), ("0.1000000000000000055", 0.1)),
        *(("0.0", 0.0), ("-0.0", -0.0), ("0e-999", 0.0), ("0.000E+5", 0.0), ("-0", 0)),
    ],
)
def test_number_is_read_as_the_nearest_that_python_holds(text, value):
    assert repr(json_text.loads(text)) == repr(value)


@pytest.mark.parametrize(
    "text", ["1e-400", "-1e-400", "1E-400", "2e-324", "0." + "0" * 400 + "1", "-0.5e-999999999999"]
)
@pytest.mark.parametrize("form", ["%s", "[%s]", '{"a": {"b": [1, %s]}}'])
def test_number_too_near_to_0_is_refused_and_is_never_0(text, form):
    with pytest.raises(
        ValueError, match="is not a JSON number that can be kept, because it is too near to 0"
    ):
        json_text.loads(form % text)
    assert str(json_text.loads_as_it_is(form % text)).count("NaN") == 0
    assert mended(json_text.loads_as_it_is(text)) == text


ODD = ["1e999", "-1E+999", "1e-999", "9" * 4301, "0." + "0" * 400 + "1", "9" * 400 + ".0", "1" * 250 + "e60"]


@pytest.mark.parametrize(
    "number", [*ODD, "0." + "0" * 260 + "1e-80", "1E0000000999"], ids=lambda text: text[:20]
)
@pytest.mark.parametrize("loads", [json_text.loads, json_text.loads_as_it_is])
def test_many_numbers_that_cannot_be_kept_are_refused_before_they_take_memory(loads, number):
    text = "[" + f"{number}," * (600_000 // len(number)) + "0]"
    memory = Memory()
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"^it has more than 100 numbers that cannot be kept"):
            loads(text, memory=memory)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 4 * len(text)
    few = "[" + f"{number}," * 99 + "0.5, 7]"
    assert json_text.loads_as_it_is(few)[-2:] == [0.5, 7]


@given(
    st.text("0123456789.eE+-#", max_size=30) | st.floats().map(repr), st.integers(0, 400), st.integers(0, 400)
)
def test_common_numbers_are_read_as_odd_ones_are(number, zeros_before, zeros_behind):
    text = f"[{'0.' + '0' * zeros_before if zeros_before else ''}{number.replace('#', '0' * zeros_behind)}]"
    slow = json.JSONDecoder(parse_int=json_text.whole_number, parse_float=json_text.real_number)
    try:
        expected = repr(slow.decode(text))
    except ValueError:
        with pytest.raises(ValueError, match=r"Expecting|Extra"):
            json_text.loads_as_it_is(text)
    else:
        assert repr(json_text.loads_as_it_is(text)) == expected


def test_value_of_a_text_is_kept_in_the_memory_of_its_request_however_short_it_is():
    memory = Memory(most=2_000)
    memory.begin_change()
    json_text.loads("[[], [], []]", "x", memory)
    assert memory.held > 400

    memory.keep(1_000)
    with pytest.raises(PayloadTooLarge, match="x is too large: with all else that this request"):
        json_text.loads("[[], [], []]", "x", memory)


def test_too_long_integer_is_refused_with_its_length():
    kept = "9" * 4300
    assert json_text.loads(kept) == int(kept)
    with pytest.raises(ValueError, match=r"^it: 9{40}… \(4,301 characters\) is not a .* it is too large$"):
        json_text.loads(kept + "9")


def levels_before_the_fault(text):
    """Return the number of levels of a JSON text, read one character after the other."""
    depth = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = not escaped and character == "\\"
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(depth, deepest)
        elif character in "]}":
            depth -= 1
        elif character == "\\":
            break
    return deepest


@given(st.text('[]{}"\\', max_size=60) | st.text('[]{}"\\,:1aé\ud800\0\n', max_size=60), st.integers(1, 9))
def test_levels_are_those_that_one_character_after_the_other_has(text, portion):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_PORTION", portion)
        assert json_text._nesting(text) >= levels_before_the_fault(text)
        if "\\" not in text:
            assert json_text._nesting(text) == levels_before_the_fault(text)


@given(values, st.booleans(), st.integers(1, 9))
def test_levels_of_json_are_exact(value, ascii_only, portion):
    text = json.dumps(value, ensure_ascii=ascii_only)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_PORTION", portion)
        assert json_text._nesting(text) == levels_before_the_fault(text)


# What may stand inside of the innermost list without adding a level.
INNERMOST = [
    '"[["',
    r'"\\"',
    r'"\"[[["',
    r'"\\\"{"',
    r'"\u005b"',
    '"é[👋{"',
    '"]]"',
    "1",
    '"\x7f"',
    r'"\u0000["',
]


@pytest.mark.parametrize("inside", INNERMOST, ids=ascii)
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"":', "}"), ('[{"[":', "}]")])
def test_levels_beside_strings_with_brackets_and_escapes_are_counted_exactly(inside, opening, closing):
    added = opening.count("[") + opening.count("{") - opening.count('"[')
    most = json_text.MAX_NESTING // added
    inner = f"{inside}"

    json_text.loads(opening * most + inner + closing * most)
    with pytest.raises(ValueError, match="more than 200 levels"):
        json_text.loads("[" + opening * most + inner + closing * most + "]")


@pytest.mark.parametrize(
    "text", ["\ufeff{}", "\ufeff" + "[" * 300, "\0", "[\0]", '["\0"]', '["\n"]', "[" * 300 + "\0"]
)
def test_byte_order_mark_and_control_characters_are_refused_without_advice_for_programmers(text):
    with pytest.raises(ValueError, match=r"^(it is nested|Expecting value|Invalid control character)"):
        json_text.loads(text)


HOSTILE = {
    "escaped quotes": ("[" * 201 + '"', r"\""),
    "escaped quotes behind objects": ('{"a":' * 201 + '"', r"\""),
    "quotes": ("[" * 201, '"'),
    "backslashes in a string": ("[" * 201 + '"', "\\"),
    "backslashes": ("[" * 201, "\\"),
    "backslashes and quotes": ("[" * 201, '\\\\"'),
    "strings": ("[" * 201, '"a",'),
    "brackets in strings": ("[" * 201, '"[",'),
    "brackets in a string": ("[" * 201 + '"', "["),
    "brackets": ("", "["),
    "objects": ("", '{"":'),
    "mixed brackets": ("", "[{]}"),
    "closing brackets": ("[" * 201, "]"),
    "unicode escapes": ("[" * 201 + '"', r"\u005b"),
    "characters beyond ASCII": ("[" * 201 + '"', "👋"),
    "digits": ("[" * 201, "9"),
    "zeros behind the point": ("[" * 201 + "0.", "0"),
    "blanks": ("[" * 201, " "),
    "NULs": ("[" * 201 + '"', "\0"),
    "byte order marks": ("[" * 201, "\ufeff"),
    "pairs": ("[", "[],"),
    "strings only": ("[", '"[",'),
    "one number": ("", "9"),
}


@pytest.mark.parametrize(("start", "pump"), HOSTILE.values(), ids=HOSTILE)
def test_long_text_is_refused_in_linear_time(start, pump):
    run_limited(
        """
from graphql_api.language import json_text
start, pump = argument
for end in ("", '"', "]"):
    try:
        json_text.loads(start + pump * (2_000_000 // len(pump)) + end)
    except ValueError:
        continue
    raise SystemExit("not refused")
""",
        [start, pump],
    )


@pytest.mark.parametrize(
    "text", ['["01a21ff3-6e39-7e12-9c00-0e0001234567", 1.5]', '["\\"1e999", "' + "1" * 300 + '"]']
)
def test_numbers_in_strings_do_not_slow_down_the_others(text):
    assert json_text._decoder_of(text) is json_text._DECODER
    assert json_text._decoder_of(f"[1e999, {text}]") is not json_text._DECODER


def test_usual_text_is_not_looked_through_again(monkeypatch):
    monkeypatch.setattr(json_text, "check_plain", None)
    monkeypatch.setattr(json_text, "mended", None)

    assert json_text.loads('{"a": [1.5, "中"]}') == {"a": [1.5, "中"]}
    assert json_text.loads_mended('["a"]', "it", Memory()) == ["a"]
    with pytest.raises(TypeError):
        json_text.loads("[1e999]")
