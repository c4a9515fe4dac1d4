import pytest

from domain.access.callers import ANONYMOUS, OPERATOR, Caller
from domain.access.scopes import Scope
from domain.access.tenant_tokens import split_token, token_for
from domain.access.tenants import check_slug, tenant_id_of
from domain.errors import BadUserInput, Forbidden

HOME = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"
A, B = (tenant_id_of(HOME, slug) for slug in "ab")


@pytest.mark.parametrize("slug", ["a", "my-tenant", "2-and-3", "x" * 100])
def test_slug_that_is_its_own_slug_is_taken(slug):
    assert check_slug(slug) == slug


@pytest.mark.parametrize(
    "slug", ["", "A", "a b", "a_b", "-a", "a-", "a--b", "ä", "a\n", "a/b", "a#b", "٣", "x" * 101, "a\x1f"]
)
def test_slug_that_is_not_its_own_slug_is_refused(slug):
    with pytest.raises(BadUserInput, match="slug"):
        check_slug(slug)


def test_id_of_a_tenant_follows_from_its_slug_and_its_deployment():
    assert len({A, B, tenant_id_of(A, "a"), tenant_id_of(B, "a")}) == 4
    assert tenant_id_of(HOME, "a") == A


@pytest.mark.parametrize("token", ["", "t", "a~b", f"~{A}", f"x~{A[:-1]}", f"{A}", f"x~{A.upper()}"])
def test_token_for_a_tenant_is_split_as_it_was_made(token):
    assert split_token(token_for(token, B)) == (token, B)
    if token != f"~{A}":
        assert split_token(token) == (token, None)


@pytest.mark.parametrize(
    ("tenants", "asked", "chosen"),
    [
        ((A,), None, A),
        ((A,), A, A),
        ((A, B), None, A),
        ((A, B), B, B),
        ((), None, HOME),
        ((), HOME, HOME),
        (None, None, HOME),
        (None, B, B),
    ],
)
def test_request_is_for_the_tenant_that_it_names_else_for_the_first_of_its_caller(tenants, asked, chosen):
    assert Caller(name="c", scope=Scope.USER, tenants=tenants).tenant(asked, HOME) == chosen


@pytest.mark.parametrize(
    ("tenants", "asked"),
    [((A,), B), ((A,), HOME), ((), A), ((A,), "x"), ((A,), ""), (None, "x"), (None, "x" * 9_999), (None, "")],
)
def test_tenant_that_a_caller_may_not_use_is_forbidden(tenants, asked):
    with pytest.raises(Forbidden) as refused:
        Caller(name="c", scope=Scope.ADMIN, tenants=tenants).tenant(asked, HOME)

    assert refused.value.message == f"There is no tenant {asked[:100]} that this caller may use."


@pytest.mark.parametrize(
    ("caller", "administers"),
    [
        (OPERATOR, True),
        (ANONYMOUS, True),
        (Caller(name="c", scope=Scope.ADMIN, tenants=(HOME,)), True),
        (Caller(name="c", scope=Scope.ADMIN, tenants=(A, HOME)), True),
        (Caller(name="c", scope=Scope.ADMIN, tenants=(A,)), False),
        (Caller(name="c", scope=Scope.ADMIN), True),
        (Caller(name="c", scope=Scope.USER, tenants=(HOME,)), False),
        (Caller(name="c", scope=Scope.ADMIN, tenants=(HOME,), projects=frozenset("p")), False),
    ],
)
def test_only_unlimited_admins_of_the_home_tenant_administer_the_deployment(caller, administers):
    assert caller.administers(HOME) is administers
