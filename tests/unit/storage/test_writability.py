import pytest

from domain.errors import ApiError, cause_of, described
from storage.dynamodb.writability import Writability


def failure(cause="database or disk is full"):
    error = ApiError("No answer.")
    error.__cause__ = OSError(cause)
    return error


@pytest.fixture
def told():
    return []


@pytest.fixture
def writes(told):
    return Writability(told.append)


def test_outage_is_reported_at_its_beginning_and_at_its_end(writes, told):
    writes.succeeded()
    for _ in range(3):
        writes.failed(failure())
    for _ in range(3):
        writes.succeeded()
    writes.failed(failure("again"))

    assert told == ["OSError: database or disk is full", None, "OSError: again"]


def test_check_makes_no_trial_write_while_writes_succeed(writes):
    writes.check(lambda: pytest.fail("it was tried"))


def test_check_during_an_outage_makes_a_trial_write_every_five_seconds(writes, monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr("storage.dynamodb.writability.time.monotonic", lambda: now[0])
    tried = []

    def still_full():
        tried.append(now[0])
        raise failure()

    writes.failed(failure())
    for second in range(12):
        now[0] = 1_000.0 + second
        with pytest.raises(ApiError):
            writes.check(still_full)

    assert tried == [1_000.0, 1_005.0, 1_010.0]
    now[0] += 9
    writes.check(writes.succeeded)
    writes.check(still_full)
    assert len(tried) == 3


def test_cause_of_an_error_is_described_in_one_line():
    assert described(cause_of(failure("a\nb"))) == "OSError: a b"
    assert str(cause_of(ApiError("alone"))) == "alone"


def test_suppressed_cause_of_an_error_is_not_revealed():
    error = ApiError("The secret store refused the request.")
    error.__context__, error.__cause__ = ValueError("s3cr3t"), None

    assert cause_of(error) is error
