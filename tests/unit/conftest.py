import ssl

import pytest

from tests.unit.certificates import signed_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody signed but itself."""
    return signed_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
