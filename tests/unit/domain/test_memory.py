"""What values take in memory is weighed from their text, and bounded for a request."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ApiError, PayloadTooLarge
from domain.large_turns import Owner
from domain.memory import LIGHT, Memory, Share
from domain.weights import weigh

SHAPES = {
    "empty lists": "[" + "[]," * 20_000 + "0]",
    "empty objects": "[" + "{}," * 20_000 + "0]",
    "objects of one key": "[" + '{"a":0},' * 20_000 + "0]",
    "nested objects": "[" + ",".join(['{"":' * 150 + "0" + "}" * 150] * 200) + "]",
    "nested lists": "[" + ",".join(["[" * 150 + "]" * 150] * 200) + "]",
    "numbers": "[" + "1000," * 20_000 + "0]",
    "fractions": "[" + "0.5," * 20_000 + "0]",
    "short texts": json.dumps([f"a{n}" for n in range(20_000)], separators=(",", ":")),
    "keys": json.dumps({f"k{n}": 0 for n in range(20_000)}, separators=(",", ":")),
    "one text": json.dumps("0" * 300_000),
    "a text with an emoji": json.dumps("🦊" + "0" * 300_000, ensure_ascii=False),
    "a text of Chinese": json.dumps("中" * 500_000, ensure_ascii=False),
    "tasks": json.dumps(
        [{"slug": f"task-{n}", "name": "task", "tags": [], "trigger": {"fn": "all"}} for n in range(5_000)]
    ),
}


def many(value: str, size: int = 200_000) -> str:
    return "[" + f"{value}," * (size // len(value)) + "0]"


NUMBERS = [
    "0",
    "1000",
    "-6",
    "1234567890123456789",
    "1" * 40,
    "9" * 4300,
    "0.5",
    "1e1",
    "NaN",
    "true",
    "null",
]
TEXTS = [
    *("", "a", "ab", "é", "éé", "中", "🦊", "\ud800", "2026-01-31T08:00:00+00:00", "🦊" + "a" * 49),
    *(r"\n", r"\n\n", r"\u00e9\u00e9", r"\u4e2d", r"\ud800", r"\ud83d\ude00", r"\ud83d\ude00" + "a" * 49),
    *(r"\u4e2d" + "a" * 49, r"\n\n\n\n\n\n", r"é\ud83d\ude00" + "a" * 49),
]
VALUES = [
    *NUMBERS,
    *(f'"{text}"' for text in TEXTS),
    *(f'"{text}{"a" * 20_000}"' for text in TEXTS),
    *("[]", "{}", "[[]]", "[0]", "[0,0,0,0,0]", "[" + "0," * 16 + "0]", "[" * 150 + "]" * 150),
    *('{"":{}}', '{"a":0}', '{"":[]}', '{"":' * 150 + "0" + "}" * 150),
    *("{" + ",".join(f'"{n}":0' for n in range(count)) + "}" for count in (5, 6, 10, 11)),
]
KEYS = ["k{}", "🦊{}", r"\ud83d\ude00{}", "é{}"]


def taken(text: str) -> tuple[int, int]:
    """Return the bytes that a text and its value take, and those that they take at most while it is read."""
    tracemalloc.start()
    try:
        value = json.loads(text)
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del value
    return kept + text.__sizeof__(), most + text.__sizeof__()


def check_weight(text: str) -> None:
    """Check that a value takes what it weighs once it is read, and at most a third more meanwhile."""
    kept, most = taken(text)
    assert kept <= weigh(text) * 1.001
    assert most <= weigh(text) * 1.34


@pytest.mark.parametrize("shape", SHAPES)
def test_a_value_takes_at_most_what_its_text_weighs(shape):
    check_weight(SHAPES[shape])


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value[:20]))
def test_values_of_each_kind_take_at_most_what_they_weigh(value):
    check_weight(many(value))


@pytest.mark.parametrize("key", KEYS, ids=ascii)
@pytest.mark.parametrize("form", ["{%s}", "[{%s}]"])
def test_keys_of_each_kind_take_at_most_what_they_weigh(key, form):
    between = "," if form == "{%s}" else "},{"
    check_weight(form % between.join(f'"{key.format(number)}":0' for number in range(8_000)))


def test_usual_json_weighs_six_to_fourteen_times_its_bytes():
    assert 6 < weigh(SHAPES["tasks"]) / len(SHAPES["tasks"]) < 14


def test_signs_in_long_texts_weigh_nothing():
    for text in ('"' + '[{,:\\"' * 20_000 + '"', json.dumps(["{'a': [1, 2]}, " * 9_000] * 9)):
        assert weigh(text) < 2.2 * len(text)


@pytest.mark.parametrize("text", ['"' + '\\"' * 100_000, '"' * 100_000, "\\" * 100_000, "[" * 100_000, ""])
def test_a_text_that_is_no_json_is_weighed_too(text):
    assert weigh(text) >= len(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
)


def _size(value: Any) -> int:
    if isinstance(value, list):
        return value.__sizeof__() + 16 + sum(map(_size, value))
    if isinstance(value, dict):
        return value.__sizeof__() + 16 + sum(_size(key) + _size(inner) for key, inner in value.items())
    return 0 if value is None or isinstance(value, bool) else int(value.__sizeof__())


@given(JSON)
@settings(max_examples=200)
def test_every_value_takes_at_most_what_its_text_weighs(value):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    assert _size(json.loads(text)) <= weigh(text) * 1.1


class OneTurn:
    """A turn without waiting."""

    def __init__(self) -> None:
        self.owner: Owner | None = None

    def take(self, owner: Owner, seconds: float) -> bool:
        self.owner = self.owner or (None if owner.has_ended else owner)
        return self.owner is owner

    def leave(self, owner: Owner) -> None:
        if self.owner is owner:
            self.owner = None


def test_what_is_refused_is_not_taken():
    memory = Memory(most=100, most_read=1_000)
    memory.draw(60)

    with pytest.raises(PayloadTooLarge, match="more than 100 bytes of memory"):
        memory.draw(41)

    memory.draw(40)
    assert (memory.held, memory.left) == (100, 0)


def test_what_was_dropped_may_be_taken_again_until_too_much_was_read():
    memory = Memory(most=100, most_read=250)
    for _ in range(2):
        memory.draw(100)
        memory.give_back(100)
    assert memory.left == 50

    with pytest.raises(PayloadTooLarge):
        memory.draw(51)


def test_a_change_may_read_any_number_of_values_but_no_value_that_is_too_large():
    memory = Memory(most=100, most_read=100)
    memory.is_changing = True
    for _ in range(50):
        memory.draw(90)
    with pytest.raises(PayloadTooLarge):
        memory.draw(101)

    memory.is_changing = False
    assert memory.left == 100


def test_what_a_change_was_given_is_held_until_its_end():
    memory = Memory(most=100, most_read=250)
    memory.draw(10)
    memory.begin_change()
    memory.keep(60)
    with pytest.raises(PayloadTooLarge):
        memory.keep(31)
    with pytest.raises(PayloadTooLarge):
        memory.draw(31)
    memory.end_change()

    assert (memory.held, memory.read) == (10, 70)
    memory.begin_change()
    for _ in range(2):
        memory.keep(80)
        memory.end_change()
        memory.begin_change()
    with pytest.raises(PayloadTooLarge):
        memory.keep(80)


@pytest.mark.parametrize("size", [1, LIGHT + 1])
@pytest.mark.parametrize("turn", [None, OneTurn()], ids=["alone", "in turn"])
def test_nothing_is_drawn_after_the_end(size, turn):
    memory = Memory(turn=turn)
    memory.end()

    for draw in (memory.draw, memory.keep, Share(memory).draw):
        with pytest.raises(ApiError, match="is over"):
            draw(size)
    with pytest.raises(ApiError, match="is over"):
        memory.admit(LIGHT + 1)
    assert memory.held == 0
    assert turn is None or turn.owner is None


def test_a_share_knows_what_it_took():
    memory = Memory(most=100)
    share = Share(memory)
    memory.draw(10)
    share.draw(20)
    with pytest.raises(PayloadTooLarge):
        Share(memory).draw(71)

    assert (share.size, memory.held, share.left) == (20, 30, 70)


def test_only_one_request_is_large_at_a_time():
    turn = OneTurn()
    first, second = Memory(turn=turn), Memory(turn=turn)
    first.draw(LIGHT)
    second.draw(LIGHT)
    first.draw(1)
    first.admit(LIGHT)
    second.admit(0)

    with pytest.raises(ApiError, match="Other large requests"):
        second.admit(1)
    with pytest.raises(ApiError, match="Other large requests"):
        second.draw(1)
    turn.leave(second)
    with pytest.raises(ApiError):
        second.draw(1)
    first.end()
    second.draw(1)
    assert second.is_large
    assert not Memory(turn=turn).is_large


def test_an_unlimited_memory_refuses_nothing():
    memory = Memory.unlimited()
    for _ in range(3):
        memory.draw(10**12)
