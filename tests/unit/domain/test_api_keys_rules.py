from datetime import UTC, datetime, timedelta

import pytest

from domain.access.api_keys import ApiKey, KeyKind, digest_of, is_of_our_form, key_id, new_secret

NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)
DIGEST = digest_of(new_secret(1))


def key(**more):
    given = {"kind": KeyKind.KEY, "name": "k", "scope": "USER", "digest": DIGEST, "expires_at": None, **more}
    return ApiKey(id=key_id(DIGEST), tenant_id="t", created=NOW, **given)


def test_token_with_the_same_id_but_another_digest_gives_no_access():
    other = DIGEST[:32] + DIGEST[:31:-1]

    assert key_id(other) == key_id(DIGEST)
    assert key().lets_in(DIGEST, NOW)
    assert not key().lets_in(other, NOW)


@pytest.mark.parametrize(
    ("ends_in", "is_let_in"),
    [(timedelta.resolution, True), (timedelta(0), False), (-timedelta(days=1), False)],
)
def test_key_gives_access_until_it_expires(ends_in, is_let_in):
    assert key(expires_at=NOW + ends_in).lets_in(DIGEST, NOW) is is_let_in


@pytest.mark.parametrize("bits", [0, 1, (1 << 256) - 1])
def test_token_contains_all_bits_and_has_our_form(bits):
    assert int(new_secret(bits).removeprefix("flowruns_"), 16) == bits
    assert is_of_our_form(new_secret(bits))


@pytest.mark.parametrize(
    "token",
    ["", "flowruns_", DIGEST, new_secret(1)[:-1], new_secret(1) + "0", new_secret(1) + "\n"],
    ids=repr,
)
def test_token_of_another_form_is_not_ours(token):
    assert not is_of_our_form(token)
