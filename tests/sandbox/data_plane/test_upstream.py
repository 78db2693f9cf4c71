"""Connections to backends: TLS where a service wants it, and closed when an answer is given up."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kong_secure.sandbox.data_plane.entities import Service
from kong_secure.sandbox.data_plane.upstream import Call, Reply, Upstream
from tests.sandbox.data_plane.servers import Watched, backend_of, call, echo, serve, world


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, str]:
    """Files of a certificate that nobody has signed but itself, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "backend")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "certificate.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem")


def test_a_backends_certificate_is_verified_only_where_the_service_says_so(
    certificate: tuple[str, str],
) -> None:
    with serve(echo, ssl_certfile=certificate[0], ssl_keyfile=certificate[1]) as backend, world(None) as made:
        service = {"protocol": "https", "host": "127.0.0.1", "port": backend}
        made.declared.declare(service=service)
        assert call(made.port).came.values("host") == [f"127.0.0.1:{backend}"]
        made.declared.declare(service={**service, "tls_verify": True})
        assert call(made.port).status == 502


def test_an_answer_given_up_closes_its_connection_while_the_pool_stays_open() -> None:
    watched = Watched(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    async def give_up(port: int) -> None:
        service = Service("s", "http", "x.internal", 80, "/", 5, 5, 5, False)
        upstream = Upstream()
        headers = (("Host", "x"),)
        reply = await upstream.send(Call(service, ("127.0.0.1", port), "GET", "/", "x", headers, None))
        assert isinstance(reply, Reply)
        await reply.close()
        assert await asyncio.to_thread(watched.closed.wait, 10)
        await upstream.close()

    with backend_of(watched) as port:
        asyncio.run(give_up(port))
