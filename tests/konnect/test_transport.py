"""Sending, retrying and giving up, against a server that answers as told."""

import email.utils
import gc
import json
import threading
import traceback
from collections.abc import Callable
from time import monotonic

import httpx
import pytest

from kong_secure import __version__, errors
from kong_secure.konnect import Konnect, Settings, Timing
from tests.konnect.conftest import TOKEN, FakeTime
from tests.konnect.scripted_server import Reply, ScriptedServer

# Not a path of Konnect's: the transport knows none, and what it sends here is no plugin.
PLUGIN = "/v2/anything/plugins/p"
OK = Reply(200, {"id": "p"})
Client = Callable[..., Konnect]


def test_a_request_carries_token_user_agent_and_json(server: ScriptedServer, client: Client) -> None:
    server.replies = [OK]
    assert client().session("eu").put(PLUGIN, {"name": "x"}) == {"id": "p"}
    (request,) = server.requests
    assert (request.method, request.target) == ("PUT", "/eu" + PLUGIN)
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["user-agent"] == f"kong-secure/{__version__}"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {"name": "x"}


def test_the_global_host_is_another_one_than_the_regions(server: ScriptedServer, client: Client) -> None:
    server.replies = [OK]
    konnect = client()
    konnect.session("eu").get("/v2/control-planes")
    konnect.session("global").get("/v2/cloud-gateways/networks")
    assert [request.target.split("/")[1] for request in server.requests] == ["eu", "global"]


def test_connections_are_reused(server: ScriptedServer, client: Client) -> None:
    server.replies = [OK]
    session = client().session("us")
    for _ in range(3):
        session.get(PLUGIN)
    assert {request.connection for request in server.requests} == {1}


def test_a_cookie_of_an_answer_is_not_sent_back(server: ScriptedServer, client: Client) -> None:
    server.replies = [Reply(headers={"Set-Cookie": "of=another-operation"}), OK]
    session = client().session("us")
    session.get(PLUGIN)
    session.get(PLUGIN)
    assert "cookie" not in server.requests[1].headers


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_passing_failures_are_asked_again_with_growing_waits(
    server: ScriptedServer, client: Client, time: FakeTime, status: int, method: str
) -> None:
    server.replies = [Reply(status), Reply(status), OK]
    session = client().session("us")
    getattr(session, method)(PLUGIN, *([{}] if method == "put" else []))
    assert len(server.requests) == 3
    assert time.slept == [0.5, 1.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501])
def test_a_refusal_is_never_asked_again(
    server: ScriptedServer, client: Client, time: FakeTime, status: int
) -> None:
    server.replies = [Reply(status, {"message": "no"})]
    with pytest.raises(errors.KonnectError):
        client().session("us").get(PLUGIN)
    assert len(server.requests) == 1
    assert time.slept == []


def test_a_403_is_never_retried_even_where_it_asks_for_it(server: ScriptedServer, client: Client) -> None:
    server.replies = [Reply(403, {"title": "Quota Exceeded"}, {"Retry-After": "1"})]
    with pytest.raises(errors.QuotaExceeded):
        client().session("us").get(PLUGIN)
    assert len(server.requests) == 1


def test_retry_after_is_waited_for_in_seconds(server: ScriptedServer, client: Client, time: FakeTime) -> None:
    server.replies = [Reply(429, headers={"Retry-After": "77"}), OK]
    client().session("us").get(PLUGIN)
    assert time.slept == [77]


def test_retry_after_is_waited_for_until_a_date(
    server: ScriptedServer, client: Client, time: FakeTime
) -> None:
    date = email.utils.formatdate(1.7e9 + 12, usegmt=True)
    server.replies = [Reply(429, headers={"Retry-After": date}), OK]
    client().session("us").get(PLUGIN)
    assert time.slept == [12]


@pytest.mark.parametrize("value", ["0", "Sun, 06 Nov 1994 08:49:37 GMT"])
def test_a_retry_after_of_nothing_still_waits_a_little(
    server: ScriptedServer, client: Client, time: FakeTime, value: str
) -> None:
    server.replies = [Reply(429, headers={"Retry-After": value}), OK]
    client().session("us").get(PLUGIN)
    assert time.slept == [0.5]


def test_a_retry_after_beyond_the_deadline_is_not_waited_for(
    server: ScriptedServer, client: Client, time: FakeTime
) -> None:
    server.replies = [Reply(429, headers={"Retry-After": "400"})]
    with pytest.raises(errors.RateLimited, match="deadline of 300 s"):
        client().session("us").get(PLUGIN)
    assert time.slept == []


def test_the_deadline_ends_retries_in_all_calls_of_an_operation(
    server: ScriptedServer, client: Client, time: FakeTime
) -> None:
    server.replies = [Reply(503)]
    session = client(deadline_seconds=20.0).session("us")
    with pytest.raises(errors.Unavailable, match="deadline of 20 s") as failure:
        session.get(PLUGIN)
    assert sum(time.slept) <= 20
    assert failure.value.status == 503
    asked = len(server.requests)
    time.seconds += 20
    with pytest.raises(errors.TimedOut, match="deadline"):
        session.get(PLUGIN)
    assert len(server.requests) == asked


def test_long_waits_are_told_and_short_ones_are_not(server: ScriptedServer, client: Client) -> None:
    told: list[str] = []
    server.replies = [Reply(503), Reply(429, headers={"Retry-After": "9"}), OK]
    client().session("us", tell=told.append).get(PLUGIN)
    assert told == ["Konnect asks to slow down: next try in 9 s"]


@pytest.mark.parametrize("cut", [0, 10, -1])
@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_a_connection_that_breaks_is_asked_again(
    server: ScriptedServer, client: Client, method: str, cut: int
) -> None:
    whole = len(OK.wire())
    server.replies = [Reply(200, {"id": "p"}, cut=cut if cut >= 0 else whole - 1), OK]
    session = client().session("us")
    getattr(session, method)(PLUGIN, *([{}] if method == "put" else []))
    assert len(server.requests) == 2


@pytest.mark.parametrize("body", [b'{"id": "p', b"<html>", b"\xff\xfe", b"[" * 100_000])
def test_an_answer_that_cannot_be_read_is_asked_again_and_then_unavailable(
    server: ScriptedServer, client: Client, body: object
) -> None:
    server.replies = [Reply(200, body), OK]
    assert client().session("us").get(PLUGIN) == {"id": "p"}
    server.replies = [Reply(200, body)]
    with pytest.raises(errors.Unavailable, match="can't be read") as failure:
        client(deadline_seconds=20.0).session("us").get(PLUGIN)
    assert failure.value.status == 200


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_json_of_another_shape_is_unavailable(server: ScriptedServer, client: Client, body: object) -> None:
    server.replies = [Reply(200, body)]
    with pytest.raises(errors.Unavailable, match="isn't what its specification says"):
        client().session("us").get(PLUGIN)


def test_a_not_found_page_of_somebody_else_does_not_mean_gone(server: ScriptedServer, client: Client) -> None:
    server.replies = [Reply(404, b"<html>no such site</html>")]
    with pytest.raises(errors.Unavailable, match="isn't Konnect's"):
        client().session("us").get(PLUGIN)


@pytest.mark.parametrize("body", [b"", b'{"message":"Not Found"}'])
def test_konnects_own_not_found_means_gone(server: ScriptedServer, client: Client, body: object) -> None:
    server.replies = [Reply(404, body)]
    with pytest.raises(errors.NotFound):
        client().session("us").get(PLUGIN)


def test_redirections_are_not_followed(server: ScriptedServer, client: Client) -> None:
    server.replies = [Reply(302, b"", {"Location": "http://127.0.0.1:1/elsewhere"})]
    with pytest.raises(errors.Unavailable, match="redirection"):
        client().session("us").get(PLUGIN)
    assert len(server.requests) == 1


def test_nobody_listening_is_unavailable_after_the_deadline(
    server: ScriptedServer, client: Client, time: FakeTime
) -> None:
    server.close()
    with pytest.raises(errors.Unavailable, match="can't be reached") as failure:
        client(deadline_seconds=10.0).session("us").get(PLUGIN)
    assert failure.value.status is None
    assert len(time.slept) > 3


def test_an_answer_that_never_comes_is_timed_out(server: ScriptedServer) -> None:
    release = threading.Event()
    server.replies = [Reply(before=lambda: release.wait(20))]
    konnect = Konnect(Settings("token", "KONNECT_TOKEN", server.url, deadline_seconds=0.3), Timing())
    started = monotonic()
    with pytest.raises(errors.TimedOut):
        konnect.session("us").get(PLUGIN)
    assert monotonic() - started < 10
    release.set()
    konnect.close()


def test_an_error_carries_method_path_status_and_trace_id(server: ScriptedServer, client: Client) -> None:
    server.replies = [
        Reply(500, {"status": 500, "title": "x", "detail": "broken", "instance": "kong:trace:42"})
    ]
    with pytest.raises(errors.Unavailable) as failure:
        client(deadline_seconds=20.0).session("us").get(PLUGIN, {"filter[name][eq]": "private"})
    error = failure.value
    assert (error.method, error.path, error.status, error.trace_id) == ("GET", PLUGIN, 500, "42")
    assert "private" not in str(error)


def test_echoed_secrets_are_removed_from_errors(server: ScriptedServer, client: Client) -> None:
    value = 'sec"ret-0123456789'
    echo = {
        "message": f"invalid value: Authorization:Bearer {value}",
        "details": [{"messages": [f"token {TOKEN}"]}],
    }
    server.replies = [Reply(400, echo)]
    session = client().session("us", secrets=[value], wholes=[f"Bearer {value}"])
    with pytest.raises(errors.Invalid) as failure:
        session.put(PLUGIN, {"config": value})
    text = "".join(traceback.format_exception(failure.value))
    assert value not in text
    assert json.dumps(value)[1:-1] not in text
    assert TOKEN not in text
    assert "[secret]" in str(failure.value)


def reachable(error: BaseException) -> list[BaseException]:
    """Every exception that an exception refers to."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is not None and current not in seen:
            seen.append(current)
            waiting += [
                current.__cause__,
                current.__context__,
                *(a for a in current.args if isinstance(a, Exception)),
            ]
    return seen


@pytest.mark.parametrize("reply", [Reply(503), Reply(200, b"{"), Reply(cut=0), Reply(404, b"{}"), Reply(429)])
def test_no_error_refers_to_a_request(server: ScriptedServer, client: Client, reply: Reply) -> None:
    server.replies = [reply]
    with pytest.raises(errors.KonnectError) as failure:
        client(deadline_seconds=20.0).session("us").put(PLUGIN, {"secret": "value"})
    chain = reachable(failure.value)
    assert all(isinstance(error, errors.KonnectError) for error in chain)
    step = failure.value.__traceback__
    while step is not None:
        held = list(step.tb_frame.f_locals.values())
        assert not [
            value for value in held if isinstance(value, httpx.Request | httpx.Response | httpx.HTTPError)
        ]
        step = step.tb_next
    gc.collect()


def test_loopback_is_reached_directly_past_a_dead_proxy(
    server: ScriptedServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    server.replies = [OK]
    assert client().session("us").get(PLUGIN) == {"id": "p"}


def test_another_host_is_reached_through_the_proxy_of_the_environment(
    server: ScriptedServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, server.url)
    server.replies = [OK]
    # An http address is refused by parse_settings; here it makes the proxy readable without certificates.
    assert client(address="http://konnect.invalid").session("us").get(PLUGIN) == {"id": "p"}
    assert server.requests[0].target.startswith("http://konnect.invalid/v2/")


def test_unusable_proxy_settings_are_told_without_their_password(
    monkeypatch: pytest.MonkeyPatch, time: FakeTime
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "gopher://me:pass-word@127.0.0.1:1")
    with pytest.raises(errors.SettingsError, match="HTTPS_PROXY") as refusal:
        Konnect(Settings("token", "KONNECT_TOKEN"), time.timing())
    assert "pass-word" not in "".join(traceback.format_exception(refusal.value))


def test_four_threads_share_one_client(server: ScriptedServer, client: Client) -> None:
    server.replies = [OK]
    konnect = client()
    results: list[object] = []

    def work() -> None:
        session = konnect.session("us")
        results.extend(session.get(PLUGIN) for _ in range(10))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [{"id": "p"}] * 40
    assert len({request.connection for request in server.requests}) <= 4
