"""The tenants of a deployment in the table."""

import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from domain.access.api_keys import KeyKind
from domain.access.callers import OPERATOR, Caller
from domain.access.scopes import Scope
from domain.access.tenants import MAX_TENANTS, TenantLimits, tenant_id_of
from domain.access.usage import DayOfUse
from domain.errors import BadUserInput, Forbidden, NotFound, RateLimited
from domain.recovery.tenant_rounds import TenantRound
from operations.access.api_keys import WantedKey, caller_of_key, create_api_key, delete_api_key
from operations.access.rates import check_rate
from operations.access.rotating import rotate_api_key
from operations.access.usage import usage_of
from operations.tenants import create_tenant, set_tenant_limits, token_of, usable_tenant
from storage.access.rate_memory import RateMemory
from storage.layout.keys import key
from tests.contract.factories import at_once, item_size


def ids(world):
    return [tenant.id for tenant in world.store.tenants.all()]


def inside(world, tenant_id):
    """Return a context for another tenant of the same deployment."""
    (tenant,) = world.store.tenants.get([tenant_id])
    store = world.store.of_tenant(tenant_id, is_current=True)
    return replace(world.context, store=store, tenant=tenant, home=world.context.tenant)


def test_tenants_are_listed_by_slug_and_found_by_id(world):
    b, a = (create_tenant(world.context, slug.upper(), slug) for slug in "ba")

    assert [(tenant.id, tenant.name, tenant.slug) for tenant in world.store.tenants.all()] == [
        (a, "A", "a"),
        (b, "B", "b"),
    ]
    assert world.store.tenants.get([b, str(uuid.uuid4())])[0].created == world.clock.time
    assert world.neighbour().store.tenants.all() == []


def test_repeat_with_the_same_slug_returns_the_same_tenant_unchanged(world):
    first = create_tenant(world.context, "A", "a")
    before = world.items()

    assert create_tenant(world.context, "Another name", "a") == first
    assert world.items() == before


def test_slug_of_the_home_tenant_is_its_own(world):
    assert create_tenant(world.context, "Whatever", "contract") == world.tenant_id
    assert world.items() == []


def test_many_at_once_with_one_slug_make_one_tenant(world):
    made = at_once(*[lambda: create_tenant(world.context, "A", "a")] * 4)

    assert set(made) == {tenant_id_of(world.tenant_id, "a")}
    assert len(ids(world)) == 1
    assert world.store.tenants.round() == (TenantRound(), None)
    assert world.items("tenants")[0]["tenants"] == {"N": "1"}


def test_deployment_has_at_most_so_many_tenants(world):
    create_tenant(world.context, "A", "a")
    world.table.update(
        Key=key(f"{world.tenant_id}#recovery", "tenants"),
        UpdateExpression="SET tenants = :n",
        ExpressionAttributeValues={":n": {"N": str(MAX_TENANTS - 2)}},
    )
    create_tenant(world.context, "B", "b")

    with pytest.raises(BadUserInput, match="1,000 tenants"):
        create_tenant(world.context, "C", "c")

    assert create_tenant(world.context, "A", "a") == tenant_id_of(world.tenant_id, "a")
    assert len(ids(world)) == 2


def test_new_tenant_has_data_of_todays_form(world):
    tenant_id = create_tenant(world.context, "A", "a")

    found = inside(world, tenant_id).store.formats.read()

    assert found is not None
    assert found.is_current


@pytest.mark.parametrize(
    ("name", "slug", "says"), [("", "a", "name must not be empty"), ("A", "A b", "slug must be")]
)
def test_unusable_tenant_is_refused(world, name, slug, says):
    with pytest.raises(BadUserInput, match=says):
        create_tenant(world.context, name, slug)
    assert world.items() == []


def test_only_who_administers_the_deployment_creates_tenants(world):
    tenant_id = create_tenant(world.context, "A", "a")
    for caller in (
        Caller(name="c", scope=Scope.ADMIN, tenants=(tenant_id,)),
        Caller(name="c", scope=Scope.ADMIN, tenants=(world.tenant_id,), projects=frozenset("p")),
    ):
        for slug in ("a", "b", "contract"):
            with pytest.raises(Forbidden, match="home tenant"):
                create_tenant(replace(inside(world, tenant_id), caller=caller), "A", slug)
    assert ids(world) == [tenant_id]


def test_what_concerns_the_deployment_is_changed_in_requests_for_the_home_tenant_alone(world):
    tenant_id = create_tenant(world.context, "A", "a")
    elsewhere, before = replace(inside(world, tenant_id), caller=OPERATOR), world.items()
    wanted = WantedKey(kind=KeyKind.KEY, name="k", tenants=(world.tenant_id,))

    for change in (
        lambda: create_tenant(elsewhere, "B", "b"),
        lambda: set_tenant_limits(elsewhere, "a", TenantLimits(requests=1)),
        lambda: create_api_key(elsewhere, wanted),
        lambda: create_api_key(elsewhere, replace(wanted, tenants=(tenant_id, world.tenant_id))),
    ):
        with pytest.raises(Forbidden, match=r"requests? for the home tenant"):
            change()

    assert world.items() == before
    create_api_key(elsewhere, replace(wanted, tenants=(tenant_id,)))


def test_key_opens_the_tenant_in_which_it_was_made_and_is_listed_there_alone(world):
    a, b = (inside(world, create_tenant(world.context, slug, slug)) for slug in "ab")

    key_id, token = create_api_key(a, WantedKey(kind=KeyKind.KEY, name="k"))

    caller = caller_of_key(world.context, token)
    assert caller is not None
    assert caller.tenants == (a.tenant.id,)
    assert a.store.api_keys.ids(KeyKind.KEY, 9) == [key_id]
    for other in (b, world.context):
        assert other.store.api_keys.ids(KeyKind.KEY, 9) == []
        assert other.store.api_keys.get(KeyKind.KEY, [key_id]) == []
        assert not delete_api_key(other, KeyKind.KEY, key_id)
    assert caller_of_key(world.context, token)
    assert delete_api_key(a, KeyKind.KEY, key_id)
    assert caller_of_key(world.context, token) is None


def test_key_opens_several_tenants_if_an_admin_of_the_deployment_says_so(world):
    a, b = (create_tenant(world.context, slug, slug) for slug in "ab")
    wanted = WantedKey(kind=KeyKind.KEY, name="k", scope=Scope.ADMIN, tenants=(b, a))

    _, token = create_api_key(world.context, wanted)

    caller = caller_of_key(world.context, token)
    assert caller is not None
    assert caller.tenants == (b, a)
    # Its bearer gives away the tenant of the request alone.
    own = replace(inside(world, b), caller=caller)
    create_api_key(own, replace(wanted, tenants=(b,)))
    for tenants in ((a,), (b, a), (world.tenant_id,), (b, str(uuid.uuid4()))):
        with pytest.raises(Forbidden, match="in a request for the home tenant"):
            create_api_key(own, replace(wanted, tenants=tenants))


def test_key_that_opens_several_tenants_is_listed_rotated_and_deleted_in_the_home_tenant_alone(world):
    a, b = (create_tenant(world.context, slug, slug) for slug in "ab")
    wanted = WantedKey(kind=KeyKind.KEY, name="k", scope=Scope.RUNNER, tenants=(a, b))
    key_id, token = create_api_key(world.context, wanted)
    own = caller_of_key(world.context, token)
    assert own is not None

    for tenant_id in (a, b):
        other = inside(world, tenant_id)
        assert other.store.api_keys.ids(KeyKind.KEY, 9) == []
        assert other.store.api_keys.get(KeyKind.KEY, [key_id]) == []
        assert not delete_api_key(other, KeyKind.KEY, key_id)
        with pytest.raises(NotFound, match=key_id):
            rotate_api_key(other, key_id, None, None)
        with pytest.raises(Forbidden, match="several tenants"):
            rotate_api_key(replace(other, caller=own), None, None, None)
    rotated = rotate_api_key(world.context, key_id, None, None)

    listed = world.store.api_keys.ids(KeyKind.KEY, 9)
    assert sorted(listed) == sorted((key_id, rotated.id))
    assert [found.tenant_ids for found in world.store.api_keys.get(KeyKind.KEY, listed)] == [(a, b)] * 2
    assert delete_api_key(world.context, KeyKind.KEY, key_id)
    assert caller_of_key(world.context, token) is None


def test_key_for_an_unknown_tenant_or_too_many_or_with_projects_of_another_is_refused(world):
    wanted = WantedKey(kind=KeyKind.KEY, name="k", tenants=(str(uuid.uuid4()),))
    before = world.items()

    with pytest.raises(Forbidden, match="no tenant"):
        create_api_key(world.context, wanted)
    for tenants in ((), tuple(str(uuid.uuid4()) for _ in range(41))):
        with pytest.raises(BadUserInput, match="from 1 to 40"):
            create_api_key(world.context, replace(wanted, tenants=tenants))
    with pytest.raises(BadUserInput, match="opens only their tenant"):
        create_api_key(world.context, replace(wanted, projects=frozenset((str(uuid.uuid4()),))))

    assert world.items() == before


def test_token_names_the_tenant_unless_it_is_that_of_the_caller(world):
    tenant_id = create_tenant(world.context, "A", "a")
    context = replace(world.context, caller=OPERATOR, bearer="t")

    assert token_of(context, world.tenant_id) == "t"
    assert token_of(context, tenant_id) == f"t~{tenant_id}"
    assert token_of(replace(context, bearer=None), tenant_id) == f"~{tenant_id}"
    assert usable_tenant(context, tenant_id) == tenant_id
    with pytest.raises(Forbidden, match="no tenant"):
        usable_tenant(context, str(uuid.uuid4()))


def test_admin_of_one_tenant_gets_no_successor_of_a_key_that_opens_more(world):
    a = create_tenant(world.context, "A", "a")
    wanted = WantedKey(kind=KeyKind.KEY, name="k", scope=Scope.ADMIN, tenants=(a, world.tenant_id))
    key_id, token = create_api_key(world.context, wanted)
    admin = Caller(name="c", scope=Scope.ADMIN, tenants=(a,))

    with pytest.raises(NotFound, match=key_id):
        rotate_api_key(replace(inside(world, a), caller=admin), key_id, None, None)

    own = caller_of_key(world.context, token)
    assert own is not None
    rotated = rotate_api_key(replace(world.context, caller=own), None, None, None)
    successor = caller_of_key(world.context, rotated.token)
    assert successor is not None
    assert successor.tenants == (a, world.tenant_id)


def test_limits_are_set_at_creation_and_replaced_as_a_whole(world):
    first = TenantLimits(requests=100, log_days=3)
    tenant_id = create_tenant(world.context, "A", "a", first)
    assert world.store.tenants.get([tenant_id])[0].limits == first
    create_tenant(world.context, "A", "a", TenantLimits(requests=1))
    assert world.store.tenants.get([tenant_id])[0].limits == first

    for limits in (TenantLimits(log_days=9), TenantLimits()):
        assert set_tenant_limits(world.context, "a", limits) == tenant_id
        assert world.store.tenants.get([tenant_id])[0].limits == limits


@pytest.mark.parametrize("limits", [{"requests": 0}, {"requests": 1_000_001}, {"log_days": -1}], ids=repr)
def test_unusable_limit_is_refused(world, limits):
    with pytest.raises(BadUserInput, match="must be from 1 to"):
        create_tenant(world.context, "A", "a", TenantLimits(**limits))
    assert world.items() == []


def test_limits_of_no_tenant_of_the_home_tenant_and_by_others_are_refused(world):
    tenant_id = create_tenant(world.context, "A", "a")
    before = world.items()
    with pytest.raises(NotFound, match="'b'"):
        set_tenant_limits(world.context, "b", TenantLimits(requests=1))
    with pytest.raises(BadUserInput, match="home tenant"):
        set_tenant_limits(world.context, "contract", TenantLimits(requests=1))
    admin = Caller(name="c", scope=Scope.ADMIN, tenants=(tenant_id,))
    with pytest.raises(Forbidden, match="home tenant"):
        set_tenant_limits(replace(inside(world, tenant_id), caller=admin), "a", TenantLimits())
    assert world.items() == before


def user_of(world, tenant_id):
    """Return the context of a user's request that reaches a new process."""
    user = Caller(name="u", scope=Scope.USER, tenants=(tenant_id,))
    return replace(inside(world, tenant_id), caller=user, rate=RateMemory())


def let_in(context, requests):
    """Return how many of some requests are let in."""
    count = 0
    for _ in range(requests):
        with suppress(RateLimited):
            check_rate(context)
            count += 1
    return count


def test_budget_is_shared_by_all_processes_of_a_minute(world):
    tenant_id = create_tenant(world.context, "A", "a", TenantLimits(requests=100))
    processes = [user_of(world, tenant_id) for _ in range(4)]

    let = at_once(*[partial(let_in, process, 60) for process in processes])

    # No more than the budget, and no less than it without a portion for each process but one.
    assert 100 - 3 * 4 <= sum(let) <= 100
    assert sum(let_in(process, 5) for process in processes) <= 100 - sum(let)
    world.clock.advance(minutes=1)
    assert let_in(processes[0], 60) == 60


def test_refusal_says_when_to_come_again_and_costs_nothing_more(world):
    tenant_id = create_tenant(world.context, "A", "a", TenantLimits(requests=2))
    context = user_of(world, tenant_id)
    world.clock.advance(seconds=20)
    assert let_in(context, 5) == 2
    before = world.table.get(key(f"{tenant_id}#rate", f"{int(world.clock().timestamp()) // 60:010d}"))

    with pytest.raises(RateLimited) as refused:
        check_rate(context)

    assert refused.value.extensions == {"code": "RATE_LIMITED", "retry_after": 40}
    assert before is not None
    assert before["taken"] == {"N": "2"}


def test_admin_is_let_in_beyond_the_budget_without_another_portion(world):
    tenant_id = create_tenant(world.context, "A", "a", TenantLimits(requests=2))
    context = user_of(world, tenant_id)
    admin = replace(context, caller=replace(context.caller, scope=Scope.ADMIN))

    assert (let_in(admin, 5), let_in(context, 5)) == (5, 0)
    minute = key(f"{tenant_id}#rate", f"{int(world.clock().timestamp()) // 60:010d}")
    assert world.table.get(minute)["taken"] == {"N": "2"}


def test_tenant_without_a_budget_counts_nothing(world):
    context = replace(inside(world, create_tenant(world.context, "A", "a")), rate=RateMemory())

    assert let_in(context, 50) == 50
    assert context.store.rates.take(1, 1, 1) == 1


def test_use_is_added_up_by_day_and_told_from_the_newest_on(world):
    context = inside(world, create_tenant(world.context, "A", "a"))
    today = world.clock().date()
    used = ((0, {"requests": 3, "runs": 1}), (0, {"requests": 2}), (1, {"runs": 4}), (5, {"runs": 9}))
    for days, counts in used:
        context.store.usage.add(today - timedelta(days=days), counts)

    assert usage_of(context, 2) == [
        DayOfUse(day=today, requests=5, runs=1),
        DayOfUse(day=today - timedelta(days=1), runs=4),
    ]
    assert len(usage_of(context, 366)) == 3
    assert usage_of(world.context, 366) == []


def test_key_that_opens_the_most_tenants_is_read_for_one_unit(world):
    wanted = WantedKey(kind=KeyKind.KEY, name="é" * 200, owner="é" * 200)
    maker = Caller(name="é" * 200, scope=Scope.ADMIN)
    create_api_key(replace(world.context, caller=maker), wanted)
    (item,) = world.items("api-key")
    item["tenants"] = {"L": [{"S": str(uuid.uuid4())} for _ in range(40)]}

    assert item_size(item) < 4_096
