"""Konnect over TLS, as everywhere but on loopback: directly and through a proxy, with an authority of the tests."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kong_secure import errors
from kong_secure.konnect import Konnect, Settings
from tests.konnect.scripted_server import Reply, ScriptedServer

PLUGIN = "/v2/control-planes/c/core-entities/plugins/p"
OK = Reply(200, {"id": "p", "name": "x" * 200})

Server = Callable[..., ScriptedServer]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate for konnect.invalid and loopback, which signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of the tests")])
    hosts: list[x509.GeneralName] = [
        x509.DNSName("konnect.invalid"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def start(certificate: Path) -> Iterator[Server]:
    """Starts a server that speaks TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    started: list[ScriptedServer] = []

    def make(*replies: Reply, tunnel: bool = False) -> ScriptedServer:
        started.append(ScriptedServer(tls=context, tunnel=tunnel))
        started[-1].replies = list(replies)
        return started[-1]

    yield make
    for server in started:
        server.close()


def read_plugin(address: str, seconds: float = 5.0) -> object:
    konnect = Konnect(Settings("token", "KONNECT_TOKEN", address, deadline_seconds=seconds))
    try:
        return konnect.session("us").get(PLUGIN)
    finally:
        konnect.close()


def test_an_authority_of_ones_own_is_named_by_ssl_cert_file(
    start: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert read_plugin(f"https://127.0.0.1:{start(OK).port}") == OK.body


def test_a_certificate_of_an_unknown_authority_is_refused_at_once(
    start: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    server = start(OK)
    with pytest.raises(errors.Unavailable, match="certificate can't be verified"):
        read_plugin(f"https://127.0.0.1:{server.port}")
    assert server.requests == []


def test_konnect_is_reached_through_a_proxy_that_learns_no_token(
    start: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(Reply(raw=b"HTTP/1.1 200 Connected\r\n\r\n"), OK, tunnel=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"127.0.0.1:{server.port}")
    assert read_plugin("https://konnect.invalid") == OK.body
    connect, get = server.requests
    assert (connect.method, connect.target) == ("CONNECT", "konnect.invalid:443")
    assert "authorization" not in connect.headers
    assert (get.method, get.headers["authorization"]) == ("GET", "Bearer token")


@pytest.fixture
def tls_in_front(certificate: Path) -> Iterator[Callable[[int], int]]:
    """Makes a port that takes TLS off and passes the rest on to another port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))
    ends: list[socket.socket] = [listener]

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def serve(port: int) -> None:
        with suppress(OSError):
            while True:
                outside = context.wrap_socket(listener.accept()[0], server_side=True)
                inside = socket.create_connection(("127.0.0.1", port))
                ends.extend((outside, inside))
                for pair in ((outside, inside), (inside, outside)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

    def make(port: int) -> int:
        threading.Thread(target=serve, args=(port,), daemon=True).start()
        return int(listener.getsockname()[1])

    yield make
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@pytest.mark.parametrize("drip", [None, 0])
def test_a_proxy_reached_over_tls_serves_and_its_answers_end_with_the_deadline(
    start: Server,
    tls_in_front: Callable[[int], int],
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    drip: int | None,
) -> None:
    server = start(Reply(raw=b"HTTP/1.1 200 Connected\r\n\r\n"), Reply(200, OK.body, drip=drip), tunnel=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"https://127.0.0.1:{tls_in_front(server.port)}")
    if drip is None:
        assert read_plugin("https://konnect.invalid") == OK.body
        return
    started = monotonic()
    with pytest.raises(errors.TimedOut):
        read_plugin("https://konnect.invalid", 0.6)
    assert monotonic() - started < 2
    assert server.requests[-1].method == "GET"


def test_an_answer_that_drips_over_tls_ends_with_the_deadline(
    start: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = start(Reply(200, OK.body, drip=0))
    started = monotonic()
    with pytest.raises(errors.TimedOut):
        read_plugin(f"https://127.0.0.1:{server.port}", 0.4)
    assert monotonic() - started < 2
