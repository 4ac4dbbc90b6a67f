"""A certificate is checked against the requested name, whatever its address is."""

from __future__ import annotations

import datetime as dt
import itertools
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from poster.errors import RequestError
from poster.network.fetch import Timeouts

if TYPE_CHECKING:
    from tests.support.internet import Internet


def certify(name: str, folder: Path) -> tuple[ssl.SSLContext, Path]:
    """The server side of TLS for a name, and the certificate with which to trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    trusted, secret = folder / "trusted.pem", folder / "secret.pem"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, secret)
    return context, trusted


def test_a_certificate_is_checked_against_the_name_and_not_the_address(
    internet: Internet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    internet.tls, trusted = certify("photos.example", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    internet.put("/", b"image")

    assert internet.fetch("https://photos.example/") == b"image"
    assert internet.connected == [f"{internet.address}:443"]
    with pytest.raises(RequestError, match="whose certificate is not valid"):
        internet.fetch("https://other.example/")


def test_an_untrusted_certificate_is_refused(internet: Internet, tmp_path: Path) -> None:
    internet.tls, _ = certify("photos.example", tmp_path)
    internet.put("/", b"image")
    with pytest.raises(RequestError, match="whose certificate is not valid"):
        internet.fetch("https://photos.example/")
    assert internet.requests == []


def test_a_redirect_from_https_to_http_is_refused(
    internet: Internet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    internet.tls, trusted = certify("photos.example", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    internet.redirect("/", "http://photos.example/")
    with pytest.raises(RequestError, match="redirected from https to http"):
        internet.fetch("https://photos.example/")


def test_a_slow_reply_under_tls_is_abandoned_in_time(
    internet: Internet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    internet.tls, trusted = certify("photos.example", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    internet.pages["/"] = lambda: itertools.chain(
        [b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"], itertools.cycle([b"b", 0.05])
    )

    with pytest.raises(RequestError, match=r"takes more than 0\.6 s"):
        internet.fetch("https://photos.example/", timeouts=Timeouts(total_s=0.6, silence_s=60.0))

    for thread in threading.enumerate():
        if thread.name == "fetch":
            thread.join(60)
            assert not thread.is_alive(), "a fetch that nobody waits for goes on"
