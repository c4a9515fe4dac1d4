"""The address that a server listens on, which needs a token where other machines reach it."""

from contextlib import closing

import pytest

from local_server.errors import StartError
from local_server.listening import is_loopback, listen
from local_server.settings import read_settings

DIGEST = "0" * 64


def listening(host, **environment):
    return closing(listen(read_settings({"HOST": host, "PORT": "0", **environment})))


@pytest.mark.parametrize("host", ["", "127.0.0.1", "127.1", "localhost"])
def test_loopback_needs_no_token(host):
    with listening(host) as listener:
        assert is_loopback(listener.getsockname())


@pytest.mark.parametrize("host", ["0.0.0.0", "0", "::"])  # noqa: S104
class TestEveryAddress:
    def test_is_refused_without_a_token(self, host):
        with pytest.raises(StartError, match=f"HOST={host} is reached by other machines") as refused:
            listen(read_settings({"HOST": host, "PORT": "0"}))
        assert "AUTH_TOKEN_SHA256" in str(refused.value)
        assert "ALLOW_ANONYMOUS=true" in str(refused.value)

    @pytest.mark.parametrize(
        "setting",
        [
            {"AUTH_TOKEN_SHA256": DIGEST},
            {"ALLOW_ANONYMOUS": "true"},
            {"ALLOW_ANONYMOUS": "1"},
            # Keys are demanded then, also without a token of the operator.
            {"ALLOW_ANONYMOUS": "false"},
            {"JWT_ISSUER": "https://id.example"},
        ],
    )
    def test_is_used_with_a_token_or_when_it_is_told_so(self, host, setting):
        with listening(host, **setting) as listener:
            assert not is_loopback(listener.getsockname())


@pytest.mark.parametrize("host", ["256.0.0.1", "a" * 70 + ".example", "\udcff"])
def test_host_that_is_no_address_is_refused(host):
    with pytest.raises(StartError, match="is not an address of this machine"):
        listen(read_settings({"HOST": host, "PORT": "0"}))


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        *[("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True)],
        *[
            ("0.0.0.0", False),  # noqa: S104
            ("::", False),
            ("10.0.0.1", False),
            ("::ffff:10.0.0.1", False),
            ("fe80::1%lo", False),
        ],
    ],
)
def test_loopback_is_told_from_other_addresses(address, loopback):
    assert is_loopback((address, 0)) is loopback
