"""A request reads each secret once, and only so many of them."""

import pytest

from domain.access.secrets import MAX_SECRET_READS
from domain.errors import ApiError, BadUserInput
from operations.access.secrets import SecretsOfRequest


class Store:
    """A secret store in memory that records its reads."""

    def __init__(self, **texts):
        self.texts, self.reads = texts, []

    def put(self, name, text):
        self.texts[name] = text

    def get(self, name):
        self.reads.append(name)
        return self.texts.get(name)

    def delete(self, name):
        return self.texts.pop(name, None) is not None

    def names(self):
        self.reads.append("names")
        return sorted(self.texts)


class Failing(Store):
    def get(self, name):
        super().get(name)
        raise ApiError("The secret store could not answer.")


@pytest.mark.parametrize("name", ["known", "unknown"])
def test_secret_is_read_once_whether_it_exists_or_not(name):
    store = Store(known="1")
    secrets = SecretsOfRequest(store)

    assert {secrets.get(name) for _ in range(100)} == {store.texts.get(name)}
    assert store.reads == [name]


def test_names_are_read_once():
    store = Store(a="1", b="2")
    secrets = SecretsOfRequest(store)

    assert all(secrets.names() == ["a", "b"] for _ in range(100))
    assert store.reads == ["names"]


def test_request_sees_its_own_changes():
    secrets = SecretsOfRequest(Store(a="1"))
    assert (secrets.get("a"), secrets.names()) == ("1", ["a"])

    secrets.put("a", "2")
    secrets.put("b", "3")
    assert (secrets.get("a"), secrets.names()) == ("2", ["a", "b"])
    assert secrets.delete("a")
    assert not secrets.delete("a")
    assert (secrets.get("a"), secrets.names()) == (None, ["b"])


def test_next_request_sees_changes_of_others():
    store = Store(a="1")
    SecretsOfRequest(store).get("a")
    store.put("a", "2")

    assert SecretsOfRequest(store).get("a") == "2"


def test_reads_beyond_the_bound_are_refused_before_they_are_made():
    store = Store()
    secrets = SecretsOfRequest(store)
    for number in range(MAX_SECRET_READS):
        secrets.get(str(number))

    for read in (lambda: secrets.get("one more"), secrets.names):
        with pytest.raises(BadUserInput, match="may read 20 different secrets"):
            read()
    assert secrets.get("0") is None
    assert len(store.reads) == MAX_SECRET_READS


def test_failed_reads_count_toward_the_bound():
    store = Failing()
    secrets = SecretsOfRequest(store)
    errors = []
    for _ in range(100):
        with pytest.raises((ApiError, BadUserInput)) as raised:
            secrets.get("same")
        errors.append(raised.type)

    assert errors == [ApiError] * MAX_SECRET_READS + [BadUserInput] * (100 - MAX_SECRET_READS)
    assert len(store.reads) == MAX_SECRET_READS
