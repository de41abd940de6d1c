"""What tests of several parts of the core share: the library, a plugin of everyday size, installed for the test run."""

import os
import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parent.parent / "plugins" / "library"

METADATA = """\
Metadata-Version: 2.1
Name: backoffice-library
Version: 1.0
Requires-Dist: backoffice
"""


ON_BOTH = {
    "cli": {"database_commands", "exchange"},
    "console": {"conflicts", "lists", "records", "talking"},
    "mail": set(),
    "rest": {"actions_and_reports", "files", "over_the_wire", "records"},
}
"""Modules of the interfaces whose tests run on PostgreSQL as well; in the others the database has no part.
BACKOFFICE_THOROUGH=1 runs all of them on both."""


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc):
    """Leave out PostgreSQL where it makes no difference, before the fixture asks for both."""
    path = Path(metafunc.module.__file__)
    chosen = ON_BOTH.get(path.parent.name)
    if os.environ.get("BACKOFFICE_THOROUGH") or "offices" not in metafunc.fixturenames:
        return
    if chosen is not None and path.stem.removeprefix("test_") not in chosen:
        metafunc.definition.add_marker(pytest.mark.parametrize("offices", ["sqlite"], indirect=True))


@pytest.fixture(scope="session")
def installed_library(tmp_path_factory):
    """Make the library importable and known by its metadata, as pip would."""
    site = tmp_path_factory.mktemp("site")
    info = site / "backoffice_library-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text("[backoffice]\nlibrary = backoffice_library.plugin\n")
    sys.path[:0] = [str(site), str(LIBRARY)]
    yield
    for path in (str(site), str(LIBRARY)):
        sys.path.remove(path)


@pytest.fixture
def library(installed_library, offices):
    """An office with the library, and nothing else beside the built-in plugins."""
    return offices.make(only=["library"])


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Makes a certificate that nobody has signed: ``certificate("mail.example")`` gives the path of it and its key."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def make(name):
        key = ec.generate_private_key(ec.SECP256R1())
        who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        path = tmp_path_factory.mktemp("certificate") / "both.pem"
        kept = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(kept + made.public_bytes(serialization.Encoding.PEM))
        return path

    return make
