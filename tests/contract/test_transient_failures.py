import pytest
from botocore.exceptions import ChecksumError, ClientError, ConnectTimeoutError, EndpointConnectionError

from domain.errors import ApiError, VersionLockingError
from storage.dynamodb import retries
from storage.dynamodb.retries import ATTEMPTS, LONGEST_PAUSE
from storage.layout.keys import RUN, key
from tests.contract.clients import (
    cancelled,
    client_error,
    connection_closed,
    no_response_in_time,
    server_error,
)

THROTTLED = [
    client_error(code)
    for code in (
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
    )
]
WITHOUT_RESPONSE = [
    server_error(),
    client_error("ServiceUnavailable", status=503),
    no_response_in_time(),
    connection_closed(),
    ConnectTimeoutError(endpoint_url="http://dynamodb"),
    EndpointConnectionError(endpoint_url="http://dynamodb"),
    ChecksumError(checksum_type="crc32", expected_checksum="1", actual_checksum="2"),
]
CANCELLED = [
    cancelled("TransactionConflict", "None"),
    cancelled("None", "ThrottlingError"),
    cancelled("ProvisionedThroughputExceeded", "TransactionConflict"),
    client_error("TransactionInProgressException"),
]
PERMANENT = [
    client_error("AccessDeniedException"),
    client_error("ResourceNotFoundException"),
    client_error("ValidationException"),
    client_error("UnrecognizedClientException"),
]


def named(error):
    if not isinstance(error, ClientError):
        return type(error).__name__
    reasons = [reason["Code"] for reason in error.response.get("CancellationReasons", [])]
    return "-".join([error.response["Error"]["Code"], *reasons])


@pytest.fixture
def run_id(world):
    return world.new_run()


@pytest.mark.parametrize("error", [*THROTTLED, *WITHOUT_RESPONSE], ids=named)
@pytest.mark.parametrize("version", [1, None])
def test_write_with_transient_failures_is_sent_again(world, run_id, pauses, error, version):
    faulty, client = world.interfered()
    client.fail("update_item", error, error, error)

    assert faulty.set(run_id, "Running", version).version == 2
    assert client.calls.count("update_item") == 4
    assert len(pauses) == 3


@pytest.mark.parametrize("error", [*CANCELLED, *THROTTLED, *WITHOUT_RESPONSE], ids=named)
def test_transaction_with_transient_failures_is_sent_again(world, pauses, error):
    flow_id = world.register()
    faulty, client = world.interfered()
    client.fail("transact_write_items", error, error)

    faulty.create(flow_id, idempotency_key="k")

    assert len(world.items("run")) == len(world.items("key")) == 1
    assert len(pauses) == 2


@pytest.mark.parametrize("error", [*THROTTLED, *WITHOUT_RESPONSE], ids=named)
def test_read_with_transient_failure_is_sent_again(world, run_id, pauses, error):
    faulty, client = world.interfered()
    client.fail("get_item", error)

    assert faulty.run(run_id).version == 1
    assert len(pauses) == 1


def test_pauses_between_attempts_grow_and_are_random_and_bounded(world, run_id, pauses):
    faulty, client = world.interfered()
    client.fail("get_item", *[server_error() for _ in range(ATTEMPTS)] * 30)

    for _ in range(30):
        with pytest.raises(ApiError):
            faulty.run(run_id)

    rounds = [pauses[start : start + ATTEMPTS - 1] for start in range(0, len(pauses), ATTEMPTS - 1)]
    longest = [max(column) for column in zip(*rounds, strict=True)]
    assert longest[0] < 0.1 < longest[-1] <= LONGEST_PAUSE
    assert len(set(pauses)) == len(pauses)
    assert max(sum(pauses_of_call) for pauses_of_call in rounds) < 5


@pytest.mark.parametrize("error", [THROTTLED[0], WITHOUT_RESPONSE[0]], ids=named)
def test_lasting_failure_is_an_api_error_that_says_to_send_again(world, run_id, pauses, error):
    faulty, client = world.interfered()
    client.fail("update_item", *[error] * 100)

    with pytest.raises(ApiError, match="may be sent again"):
        faulty.set(run_id, "Running", 1)

    assert client.calls.count("update_item") == ATTEMPTS
    assert world.run(run_id).version == 1


@pytest.mark.parametrize("error", PERMANENT, ids=named)
def test_permanent_failure_is_not_repeated(world, run_id, pauses, error):
    faulty, client = world.interfered()
    client.fail("update_item", error)

    with pytest.raises(ClientError, match=error.response["Error"]["Code"]):
        faulty.set(run_id, "Running", 1)

    assert client.calls.count("update_item") == 1
    assert pauses == []


def test_transaction_cancelled_for_a_permanent_reason_is_not_repeated(world, pauses):
    flow_id = world.register()
    faulty, client = world.interfered()
    client.fail("transact_write_items", cancelled("ValidationError", "None"))

    with pytest.raises(ClientError):
        faulty.create(flow_id, idempotency_key="k")

    assert pauses == []


def test_lost_race_is_a_conflict_without_a_repeat(world, run_id, pauses):
    world.set(run_id, "Submitted", 1)
    faulty, client = world.interfered()

    with pytest.raises(VersionLockingError):
        faulty.set(run_id, "Submitted", 1)

    assert client.calls == ["update_item"]
    assert pauses == []


def leave_over(world, kept):
    """Return a batch_get_item that reads just the first `kept` keys."""

    def read_some(client, arguments):
        wanted = arguments["RequestItems"][world.table_name]
        some = {world.table_name: {**wanted, "Keys": wanted["Keys"][:kept]}}
        rest = {world.table_name: {**wanted, "Keys": wanted["Keys"][kept:]}}
        response = client.batch_get_item(RequestItems=some) if kept else {"Responses": {}}
        return {**response, "UnprocessedKeys": rest if rest[world.table_name]["Keys"] else {}}

    return read_some


class Sparing:
    """A client that reads no more than a few keys in a batch."""

    def __init__(self, world, kept):
        self._client, self._read = world.client, leave_over(world, kept)
        self.batches = 0

    def __getattr__(self, name):
        return getattr(self._client, name)

    def batch_get_item(self, **arguments):
        self.batches += 1
        return self._read(self._client, arguments)


def test_keys_left_over_by_a_batch_are_read_without_pauses(world, pauses):
    flow_id = world.register()
    ids = [world.create(flow_id) for _ in range(30)]
    client = Sparing(world, 3)

    found = world.through(client).store.flow_runs.get(ids, (), consistent=False)

    assert [run.id for run in found] == ids
    assert client.batches == 10
    assert pauses == []


def test_batch_that_never_reads_a_key_is_given_up_after_pauses(world, run_id, pauses):
    client = Sparing(world, 0)
    table = world.through(client).table

    with pytest.raises(ApiError, match="may be sent again"):
        table.batch_get([key(f"{world.tenant_id}#run#{run_id}", RUN)])

    assert client.batches == ATTEMPTS
    assert len(pauses) == ATTEMPTS - 1


def test_hanging_database_is_given_up_before_lambda_ends_the_function(monkeypatch, pauses):
    now = [0.0]
    monkeypatch.setattr("storage.dynamodb.retries.time.monotonic", lambda: now[0])

    def hang():
        now[0] += 5
        raise no_response_in_time()

    with pytest.raises(ApiError):
        retries.call(hang)
    assert 5 < now[0] <= retries.PATIENCE
