from datetime import UTC, datetime, timedelta

import pytest

from domain.access.api_keys import ApiKey, KeyKind, digest_of, key_id
from domain.access.key_forms import new_secret
from domain.access.scopes import Scope

NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)
DIGEST = digest_of(new_secret(Scope.USER, 1))


def key(**more):
    given = {"digest": DIGEST, "expires_at": None, "scope": Scope.USER, "projects": None, **more}
    return ApiKey(
        id=key_id(DIGEST),
        tenant_id="t",
        tenant_ids=("t",),
        created=NOW,
        kind=KeyKind.KEY,
        name="k",
        declared="USER",
        **given,
    )


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
