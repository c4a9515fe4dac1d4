"""Certificates of servers, each signed by itself."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def signed_certificate(folder, *, names=(), addresses=("127.0.0.1",), common_name="test", days=(-1, 1)):
    """Return a file with a key and its certificate, which is its own authority.

    It is valid from one day to another, counted from today.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC)
    first, last = (now + timedelta(days=number) for number in days)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    )
    others = [*map(x509.DNSName, names), *(x509.IPAddress(ip_address(text)) for text in addresses)]
    if others:
        made = made.add_extension(x509.SubjectAlternativeName(others), critical=False)
    folder.mkdir(exist_ok=True)
    file = folder / "both.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    return file
