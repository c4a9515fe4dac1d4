"""The authorities whose certificates a server's must be signed by."""

import ssl
from pathlib import Path

from domain.errors import BadUserInput
from storage.dynamodb.deadlines import DeadlineTlsSocket


def tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return the settings of TLS, with a file of authorities or those that botocore trusts.

    Raises BadUserInput for a file that cannot be used, so that a start fails and not each call.
    """
    try:
        context = ssl.create_default_context(cafile=ca_bundle or _authorities())
    except OSError as error:  # SSLError is one, for a file without certificates
        reason = "it holds no certificates (PEM)" if isinstance(error, ssl.SSLError) else error.strerror
        raise BadUserInput(
            f"AWS_CA_BUNDLE or REQUESTS_CA_BUNDLE names {ca_bundle!r}, which cannot be used: {reason}."
        ) from error
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = DeadlineTlsSocket
    return context


def _authorities() -> str:
    """Return the file of the authorities that botocore trusts: certifi's, or else its own."""
    try:
        from certifi import where  # noqa: PLC0415
    except ImportError:
        import botocore  # noqa: PLC0415

        return str(Path(botocore.__file__).with_name("cacert.pem"))
    return where()
