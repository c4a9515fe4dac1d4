"""`flow-runs admin create-key --tenant`: a key for another tenant than the home tenant lets nobody in."""

from typer.testing import CliRunner

from domain.access.tenants import tenant_id_of
from flow_runs.admin import home_tenants
from flow_runs.admin.home_tenants import doubt_of
from flow_runs.cli.app import app
from storage.formats import Formats
from storage.layout.keys import FORMAT, TENANT, TENANTS, Keys
from tests.handlers.aws import TABLE
from tests.handlers.service import SNAKE
from wiring import DEFAULT_TENANT_ID

OTHER = tenant_id_of(DEFAULT_TENANT_ID, "other")
CUSTOM = "6f1f0000-0000-5000-8000-00000000000a"


def command(tenant_id):
    given = ["--tenant", tenant_id] if tenant_id else []
    return CliRunner().invoke(app, ["admin", "create-key", "--table", TABLE, *given])


def begin(service, tenant_id):
    """Store what the first tick of a tenant stores."""
    Formats(service.account.context().store._table, Keys(tenant_id, 1)).note_new()


def test_key_for_another_tenant_is_refused_and_not_written(service):
    begin(service, DEFAULT_TENANT_ID)
    service.data(SNAKE.document("create_tenant", "id"), {"input": {"name": "Other", "slug": "other"}})

    before = service.items()
    for tenant_id, says in ((OTHER.upper(), "not the home tenant"), (CUSTOM, "nothing of tenant")):
        result = command(tenant_id)
        assert (result.exit_code, result.stdout) == (2, "")
        assert says in result.stderr
        assert DEFAULT_TENANT_ID in result.stderr
    assert command("other").exit_code == 2
    assert service.items() == before
    for home in (None, DEFAULT_TENANT_ID):
        assert "Warning" not in command(home).stderr


def test_key_for_a_tenant_that_may_not_be_the_home_tenant_has_a_warning(service):
    for tenant_id in (None, CUSTOM):
        told = command(tenant_id).stderr
        assert "nothing of this tenant yet" in told
        assert "check that TENANT_ID" in told

    begin(service, CUSTOM)
    told = command(CUSTOM)
    assert "another home tenant" in told.stderr
    assert told.stdout.startswith("flowruns_admin_")


def test_register_of_other_tenants_shows_the_home_tenant():
    keys = Keys(CUSTOM, 1)
    assert doubt_of(CUSTOM, {(keys.format(), FORMAT), (keys.recovery(), TENANTS)}) is None


def test_items_that_decide_are_those_of_the_service():
    home, own = Keys(DEFAULT_TENANT_ID, 1), Keys(CUSTOM, 1)
    assert home_tenants.DEFAULT_TENANT_ID == DEFAULT_TENANT_ID
    assert set(home_tenants.places(CUSTOM)) == {
        (own.format(), FORMAT),
        (home.format(), FORMAT),
        (own.recovery(), TENANTS),
        (home.tenant_of_deployment(CUSTOM), TENANT),
    }
