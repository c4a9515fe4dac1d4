import json
from dataclasses import replace

import pytest
from hypothesis import given

from domain.errors import BadUserInput, IdempotencyKeyReused
from domain.flow_runs.idempotency import MAX_KEY_LENGTH, Inputs, check_key, check_repeat, digest, older_digest
from domain.work import Work
from operations.reads.where.json_containment import JsonComparisons
from tests.unit.json_values import objects
from tests.unit.objects import RUN

ONE, OTHER = digest({"a": 1}), digest({"a": 2})
ORIGINAL = Inputs(parameters=ONE, context=OTHER)


@pytest.mark.parametrize(
    "text", ["a", " ", "any-key", "👋" * MAX_KEY_LENGTH, "a\x00b\ud800"], ids=lambda t: repr(t)[:12]
)
def test_key_is_any_text_of_1_to_2048_characters(text):
    assert check_key(text) == text


@pytest.mark.parametrize("text", ["", "x" * (MAX_KEY_LENGTH + 1)], ids=["empty", "too long"])
def test_empty_or_too_long_key_is_refused(text):
    with pytest.raises(BadUserInput, match=rf"1 to 2048 characters, not {len(text)}"):
        check_key(text)


@given(objects)
def test_digest_is_the_same_for_every_order_of_keys(value):
    turned = dict(reversed(value.items()))

    assert digest(turned) == digest(value)
    assert len(digest(value)) == 16


@given(objects, objects)
def test_different_inputs_have_different_digests(one, other):
    assert (digest(one) == digest(other)) is JsonComparisons("_eq", Work.unlimited()).equal(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *[("1", "1.0"), ("1", "1e0"), ("100", "1e2"), ("0", "-0.0"), ("-0", "0.0"), ("-7", "-7.00")],
        *[("9007199254740992", "9007199254740992.0"), ("1e22", "10000000000000000000000")],
    ],
)
def test_number_has_one_digest_in_every_spelling(one, other):
    for text in ('{"a": %s}', '{"a": [[{"b": %s}]]}'):
        assert digest(json.loads(text % one)) == digest(json.loads(text % other))


@given(objects)
def test_digest_of_release_0_1_0_matches_its_repeats(value):
    kept = Inputs(parameters=older_digest(value), context=None)
    now = Inputs(parameters=digest(value), context=None)

    check_repeat(replace(now, older=kept), kept, RUN)


def test_digest_of_release_0_1_0_differs_for_other_inputs():
    kept = Inputs(parameters=older_digest({"a": 1.0}), context=None)
    other = Inputs(parameters=older_digest({"a": 2.0}), context=None)

    with pytest.raises(IdempotencyKeyReused, match="other parameters"):
        check_repeat(Inputs(parameters=digest({"a": 2.0}), context=None, older=other), kept, RUN)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("1e23", "1" + "0" * 23),
        ("1.2345678901234568e20", "123456789012345680000"),
        ("1e308", "1" + "0" * 308),
    ],
)
def test_digest_of_a_large_number_follows_its_digits_not_the_nearest_float(text, other):
    assert digest({"a": json.loads(text)}) == digest({"a": json.loads(other)})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": "1"}),
        ({"a": None}, {}),
        ({"a": 1}, {"a": True}),
        ({"a": 1.0}, {"a": True}),
        ({"a": 0.0}, {"a": False}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": 1}, {"a": 1.5}),
        ({"a": 2**53 + 1}, {"a": float(2**53)}),
        ({"a": 10**40}, {"a": 10**40 + 1}),
    ],
    ids=repr,
)
def test_values_that_only_look_alike_have_different_digests(one, other):
    assert digest(one) != digest(other)


@pytest.mark.parametrize(
    "given_now",
    [
        Inputs(parameters=None, context=None),
        Inputs(parameters=ONE, context=None),
        Inputs(parameters=None, context=OTHER),
        ORIGINAL,
    ],
)
def test_repeat_with_the_same_or_no_inputs_is_accepted(given_now):
    check_repeat(given_now, ORIGINAL, RUN)


@pytest.mark.parametrize(
    ("given_now", "named"),
    [
        (Inputs(parameters=OTHER, context=None), "other parameters."),
        (Inputs(parameters=None, context=ONE), "other context."),
        (Inputs(parameters=OTHER, context=ONE), "other parameters and context."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_repeat_with_other_inputs_is_refused_by_their_names_and_the_run(given_now, named):
    with pytest.raises(IdempotencyKeyReused) as refused:
        check_repeat(given_now, ORIGINAL, RUN)
    assert f"made flow run {RUN} with {named}" in refused.value.message
    assert refused.value.extensions == {"code": "IDEMPOTENCY_KEY_REUSED", "flow_run_id": RUN}
