"""What the gateway answers by itself, and what it writes into its log."""

from __future__ import annotations

import logging
import queue
import socket
import threading
from typing import Any

import pytest

from kong_secure.sandbox.data_plane import gateway, server_options
from tests.sandbox.data_plane.servers import (
    Declared,
    World,
    backend_of,
    behaving,
    call,
    echo,
    exchange,
    plugin,
    read_head,
    serve,
    world,
)


def test_no_route_is_404_in_kongs_words(gate: World) -> None:
    gate.declared.declare(route={"paths": ["/elsewhere"]})
    answered = call(gate.port)
    assert (answered.status, answered.message) == (404, "no Route matched with those values")
    assert answered.values("content-type") == ["application/json; charset=utf-8"]


def test_a_disabled_services_route_is_404(gate: World) -> None:
    gate.declared.declare(service={"enabled": False})
    assert call(gate.port).status == 404


def test_a_route_without_a_service_is_503(gate: World) -> None:
    gate.declared.declare(route={"service": None})
    answered = call(gate.port)
    assert (answered.status, answered.message) == (503, "no Service found with those values")


def test_an_https_route_is_refused_over_http_or_redirected(gate: World) -> None:
    gate.declared.declare(route={"protocols": ["https"]})
    answered = call(gate.port)
    assert (answered.status, answered.message) == (426, "Please use HTTPS protocol")
    gate.declared.declare(route={"protocols": ["https"], "https_redirect_status_code": 308})
    answered = call(gate.port, target="/request?a=b", headers=[("Host", "shop.example")])
    assert (answered.status, answered.values("location")) == (308, ["https://shop.example/request?a=b"])


def test_a_websocket_upgrade_is_refused_by_name(gate: World) -> None:
    upgrade = [("Connection", "Upgrade"), ("Upgrade", "WebSocket"), ("Sec-WebSocket-Key", "x"),
               ("Sec-WebSocket-Version", "13")]  # fmt: skip
    answered = call(gate.port, headers=upgrade)
    assert answered.status == 501
    assert "WebSocket" in answered.message


def test_a_backend_that_switches_protocols_is_502() -> None:
    answer = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"
    with backend_of(behaving(answer)) as backend, world(backend) as made:
        assert call(made.port).status == 502


def test_an_unknown_host_is_502_and_says_what_to_declare(gate: World) -> None:
    gate.declared.declare(service={"host": "billing.example"})
    answered = call(gate.port)
    assert answered.status == 502
    assert "'billing.example'" in answered.message
    assert "sandbox.yaml" in answered.message
    assert "- host: billing.example" in answered.message


@pytest.mark.parametrize("protocol", ["grpc", "tcp"])
def test_a_service_that_is_not_http_is_refused_by_name(gate: World, protocol: str) -> None:
    gate.declared.declare(service={"protocol": protocol})
    answered = call(gate.port)
    assert answered.status == 501
    assert protocol in answered.message


def test_a_backend_that_is_down_is_502_in_kongs_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dead = listener.getsockname()[1]
    with world(dead) as made:
        answered = call(made.port)
    assert (answered.status, answered.message) == (
        502,
        "An invalid response was received from the upstream server",
    )
    assert answered.values("via")[0].startswith("1.1 kong/")
    assert answered.values("x-kong-upstream-latency") != []


@pytest.mark.parametrize(
    "answer",
    [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"],
)
def test_a_backend_that_does_not_speak_http_is_502(answer: bytes) -> None:
    with backend_of(behaving(answer)) as backend, world(backend) as made:
        assert call(made.port).status == 502


def test_a_backend_that_does_not_answer_in_time_is_504() -> None:
    done = threading.Event()

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        done.wait(10)

    with backend_of(behave) as backend, world(backend) as made:
        made.declared.declare(service={"read_timeout": 50})
        answered = call(made.port)
        done.set()
    assert (answered.status, answered.message) == (504, "The upstream server is timing out")


def test_a_templates_refusal_is_500_logged_and_shows_no_value(
    gate: World, caplog: pytest.LogCaptureFixture
) -> None:
    gate.declared.declare(config={"add": {"headers": ["X-Key:hush-$(headers.host)-hush"]}})
    answered = call(gate.port)
    assert answered.status == 500
    assert "add.headers X-Key holds a template" in answered.message
    assert "not supported" in caplog.text
    assert "hush" not in caplog.text + answered.content.decode()


def test_a_plugins_runtime_error_is_500_in_kongs_words(gate: World) -> None:
    gate.declared.declare(config={"replace": {"uri": "no-slash"}})
    answered = call(gate.port)
    assert (answered.status, answered.message) == (500, "An unexpected error occurred")


def test_the_log_holds_no_query_and_no_header_value(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "kong_secure")
    with world(None) as made:
        made.declared.declare(config={"add": {"headers": ["X-Key:hush-configured"]}})
        call(made.port, target="/request?token=hush-query", headers=[("Authorization", "Bearer hush-header")])
        exchange(made.port, b"GET / HTTP/1.1\r\nX: hush-raw\r\nContent-Length: hush\r\n\r\n")
    assert "/request" in caplog.text
    assert "hush" not in caplog.text


def test_a_probe_of_what_is_unreachable_is_answered_and_not_warned_of(
    gate: World, caplog: pytest.LogCaptureFixture
) -> None:
    gate.declared.declare(service={"host": "billing.example"})
    assert call(gate.port, headers=[("X-Sandbox-Probe", "1")]).status == 502
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    call(gate.port)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_another_plugin_is_passed_over_with_a_warning(gate: World, caplog: pytest.LogCaptureFixture) -> None:
    gate.declared.declare(plugins=[plugin({}, name="key-auth", id="another")])
    assert call(gate.port).status == 200
    assert "key-auth (another) is not simulated" in caplog.text


def test_an_https_service_on_loopback_is_spoken_to_in_tls() -> None:
    hello: queue.Queue[bytes] = queue.Queue()

    def behave(connection: socket.socket) -> None:
        hello.put(connection.recv(3))

    with backend_of(behave) as backend, world(None) as made:
        made.declared.declare(service={"protocol": "https", "host": "127.0.0.1", "port": backend})
        assert call(made.port).status == 502
    assert hello.get(timeout=10)[:2] == b"\x16\x03"


def test_a_failure_to_read_the_entities_is_a_500_and_the_next_request_is_served(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing(Declared):
        failing = True

        def services(self) -> list[dict[str, Any]]:
            if self.failing:
                raise RuntimeError("hush")
            return super().services()

    declared = Failing()
    with serve(echo) as backend:
        application = gateway(declared, lambda *_: ("127.0.0.1", backend))
        with serve(application, **server_options()) as port:
            answered = call(port)
            assert (answered.status, answered.message) == (500, "An unexpected error occurred")
            declared.failing = False
            assert call(port).status == 200
    assert "RuntimeError" in caplog.text
    assert "hush" not in caplog.text


def test_a_gateway_served_without_its_options_refuses_to_work(
    gate: World, caplog: pytest.LogCaptureFixture
) -> None:
    with serve(gateway(gate.declared, gate.resolve)) as port:
        answered = call(port)
    assert answered.status == 500
    assert "server_options()" in answered.message
    assert "server_options()" in caplog.text
