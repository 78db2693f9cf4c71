"""What follows from one attempt at a request: another one, or an error."""

import ssl
from collections.abc import Callable

import httpx
import pytest

from kong_secure import errors
from kong_secure.konnect import Konnect, transport
from kong_secure.konnect.calls import Request, Terms
from kong_secure.konnect.retries import Deadline
from kong_secure.konnect.scrubbing import Scrubber
from tests.konnect.conftest import FakeTime
from tests.konnect.scripted_server import Reply, ScriptedServer

# Not a path of Konnect's: the transport knows none, and what it sends here is no plugin.
PLUGIN = "/v2/anything/plugins/p"
OK = Reply(200, {"id": "p"})
Client = Callable[..., Konnect]


def test_an_answer_without_end_is_not_read_to_its_end(
    server: ScriptedServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_MOST_BYTES", 100)
    server.replies = [Reply(200, {"id": "p" * 200})]
    with pytest.raises(errors.Unavailable, match="too long"):
        client(deadline_seconds=20.0).session("us").get(PLUGIN)


def test_a_503_is_waited_for_as_long_as_it_asks(
    server: ScriptedServer, client: Client, time: FakeTime
) -> None:
    server.replies = [Reply(503, headers={"Retry-After": "9"}), OK]
    client().session("us").get(PLUGIN)
    assert time.slept == [9]


def sent_once(
    client: Client, monkeypatch: pytest.MonkeyPatch, method: str, failure: httpx.HTTPError
) -> tuple[errors.KonnectError, int]:
    """Sends a request whose every attempt fails in this way: the error, and how many attempts there were."""
    attempts = []

    def fail(_self: object, request: Request, _deadline: Deadline) -> httpx.HTTPError:
        attempts.append(request)
        return failure

    monkeypatch.setattr(transport.Transport, "receive", fail)
    konnect = client(deadline_seconds=2.0)
    terms = Terms(Deadline(2.0, konnect.timing), Scrubber(), lambda _: None)
    with pytest.raises(errors.KonnectError) as failed:
        konnect._transport.send(Request(method, "us", PLUGIN), terms)
    return failed.value, len(attempts)


@pytest.mark.parametrize(
    ("failure", "repeated"),
    [
        (httpx.ConnectError("x"), True),
        (httpx.ConnectTimeout("x"), True),
        (httpx.PoolTimeout("x"), True),
        (httpx.ReadError("x"), False),
        (httpx.ReadTimeout("x"), False),
        (httpx.RemoteProtocolError("x"), False),
    ],
)
def test_what_may_have_reached_konnect_is_repeated_only_where_twice_is_as_good_as_once(
    client: Client, monkeypatch: pytest.MonkeyPatch, failure: httpx.HTTPError, repeated: bool
) -> None:
    assert (sent_once(client, monkeypatch, "POST", failure)[1] > 1) is repeated
    assert sent_once(client, monkeypatch, "PUT", failure)[1] > 1


def test_a_certificate_that_cannot_be_verified_is_told_at_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = httpx.ConnectError("x")
    failure.__cause__ = ssl.SSLCertVerificationError("self-signed")
    error, attempts = sent_once(client, monkeypatch, "GET", failure)
    assert "SSL_CERT_FILE" in error.message
    assert attempts == 1


def test_a_request_that_cannot_be_sent_is_not_sent_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sent_once(client, monkeypatch, "GET", httpx.LocalProtocolError("x"))[1] == 1
