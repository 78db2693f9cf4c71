"""Errors say which request failed; they, logs and what is shown of data hold no secret."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from kong_secure import errors
from kong_secure.konnect import Konnect, Plugin, Scope, Settings, put_plugin, read_plugin
from kong_secure.konnect.calls import Request
from kong_secure.konnect.scrubbing import Scrubber
from kong_secure.konnect.transport import _Outcome, _Received
from tests.konnect.conftest import TOKEN
from tests.konnect.scripted_server import Reply, ScriptedServer

PLANE = "9524ec7d-36d9-465d-a8c5-83a3c9390458"
PLUGIN = f"/v2/control-planes/{PLANE}/core-entities/plugins/p"
OK = Reply(200, {"id": "p"})
Client = Callable[..., Konnect]


def test_path_and_trace_id_of_an_error_show_no_secret(server: ScriptedServer, client: Client) -> None:
    secret = "a-fine-secret-of-some-length"
    server.replies = [Reply(500, {"instance": f"kong:trace:{secret}"})]
    with pytest.raises(errors.Unavailable) as failure:
        client(deadline_seconds=20.0).session("us", secrets=[secret]).get(f"/v2/{secret}")
    assert (failure.value.path, failure.value.trace_id) == ("/v2/[secret]", "[secret]")


@pytest.mark.parametrize("method", ["get", "put"])
def test_an_answer_without_its_fields_is_told_with_the_method_that_was_used(
    server: ScriptedServer, client: Client, method: str
) -> None:
    server.replies = [Reply(200, {"data": []})]
    session = client().session("us")
    plugin: dict[str, Any] = {"name": "n", "scope": Scope("service", "s"), "config": {}, "enabled": True}
    calls = {
        "get": lambda: read_plugin(session, PLANE, "p"),
        "put": lambda: put_plugin(session, PLANE, "p", **plugin, protocols=[], tags=[]),
    }
    with pytest.raises(errors.Unavailable, match="'id' is missing") as failure:
        calls[method]()
    assert (failure.value.method, failure.value.path) == (method.upper(), PLUGIN)


def test_no_log_line_holds_the_token_or_a_body(
    server: ScriptedServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "a-fine-secret-of-some-length"
    caplog.set_level(logging.DEBUG)
    server.replies = [Reply(503, {"message": secret}), Reply(200, {"id": "p", "config": {"add": [secret]}})]
    client().session("us", secrets=[secret]).put("/v2/anything", {"config": secret})
    lines = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert "httpcore" in lines
    assert secret not in lines
    assert TOKEN not in lines


@pytest.mark.parametrize(
    "shown",
    [
        Request("PUT", "us", "/v2/x", body={"config": "held-secret"}),
        _Outcome({"config": "held-secret"}),
        _Received(200, None, b"held-secret"),
        Plugin("p", "n", True, {"add": "held-secret"}, (), (), "s", None, ()),
        Settings("held-secret", "KONNECT_TOKEN"),
        Scrubber(["held-secret"], ["Bearer held-secret"]),
    ],
    ids=lambda shown: type(shown).__name__,
)
def test_what_holds_a_secret_does_not_show_it(shown: object) -> None:
    assert "held-secret" not in repr(shown)
