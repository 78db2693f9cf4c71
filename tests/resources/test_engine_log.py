"""Telling the engine never fails, whatever the engine does."""

import socket
import sys

import pytest

from kong_secure.resources import engine_log


def test_an_engine_that_is_gone_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setattr(engine_log, "in_plugin_process", lambda: True)
    monkeypatch.setattr(sys, "argv", ["pulumi.dynamic", f"127.0.0.1:{port}"])
    engine_log.EngineLog().warn("nobody hears this")


@pytest.mark.parametrize("argument", ["", "no address", "-c", "unix:///run/engine"])
def test_without_an_engine_nobody_is_told(monkeypatch: pytest.MonkeyPatch, argument: str) -> None:
    monkeypatch.setattr(engine_log, "in_plugin_process", lambda: True)
    monkeypatch.setattr(sys, "argv", ["pulumi.dynamic", argument])
    engine_log.EngineLog().warn("nobody hears this")
