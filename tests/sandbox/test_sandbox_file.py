"""What sandbox.yaml may say, and how it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.sandbox_file import Backend, SandboxFile, Way, read_sandbox_file
from kong_secure.sandbox.stack_file import Given
from tests.sandbox.commands import SANDBOX_FILE


def _read(folder: Path, text: str) -> SandboxFile:
    (folder / "sandbox.yaml").write_text(text, encoding="utf-8")
    return read_sandbox_file(folder, "shop")


def test_without_the_file_there_is_nothing(tmp_path: Path) -> None:
    assert read_sandbox_file(tmp_path, "shop") == SandboxFile() == _read(tmp_path, "")


def test_everything_the_file_says_is_read(tmp_path: Path) -> None:
    file = _read(tmp_path, "stack: dev\n" + SANDBOX_FILE + "  aws:region: eu-west-1\n")
    assert file.stack == "dev"
    assert file.backend == Backend("orders.internal", "shared_secret", "Authorization", "Bearer")
    assert file.given == {"shop:shared_secret": Given(generate=True), "aws:region": Given("eu-west-1")}
    assert set(file.world) == {"control_planes", "backend"}
    assert file.way_to_backend() == Way("demo", "us", "/orders")


@pytest.mark.parametrize(
    ("said", "header", "scheme"),
    [
        ("", "Authorization", "Bearer"),
        (", header: authorization", "authorization", "Bearer"),
        (", header: X-Secret", "X-Secret", ""),
        (', scheme: ""', "Authorization", ""),
        (", header: X-Secret, scheme: Token", "X-Secret", "Token"),
    ],
)
def test_the_scheme_is_bearer_for_authorization_alone_unless_it_is_given(
    tmp_path: Path, said: str, header: str, scheme: str
) -> None:
    backend = _read(tmp_path, f"backend: {{host: h{said}}}\n").backend
    assert backend == Backend("h", None, header, scheme)


@pytest.mark.parametrize(
    "route",
    [
        "{name: r, paths: ['~/orders']}",
        "{name: r, paths: [/a], hosts: [h]}",
        "{name: r, paths: [/a], headers: {x: [y]}}",
    ],
)
def test_a_route_that_wants_more_than_a_plain_path_is_no_way_to_the_backend(
    tmp_path: Path, route: str
) -> None:
    service = f"{{name: s, host: h, routes: [{route}]}}"
    file = _read(tmp_path, f"control_planes: [{{name: demo, services: [{service}]}}]\nbackend: {{host: h}}\n")
    assert file.way_to_backend() is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stak: dev", "unknown key stak; allowed: backend, configuration, control_planes, networks, stack"),
        ("stack: 5", "stack is 5; the name of a stack is expected"),
        ("backend: here", "backend is 'here'; a mapping"),
        ("backend: {}", "backend.host is missing; a host name such as orders.internal"),
        ("backend: {host: h, port: 1}", "unknown key backend.port; allowed: header, host, private, scheme, secret"),
        (
            "backend: {host: h, header: 'a b'}",
            "backend.header is 'a b'; a header name of letters, digits and '-'",
        ),
        ("backend: {host: h, scheme: 'a b'}", "backend.scheme is 'a b'; a word such as Bearer"),
        ("backend: {host: h, secret: [x]}", "backend.secret is a list; a configuration key"),
        ("configuration: [a]", "configuration is a list; a mapping"),
        ("configuration: {a: }", "configuration.a is missing; a value, or {generate: true}"),
        ("configuration: {a: {generate: 1.5}}", "configuration.a: `generate` allows only {generate: true}"),
        ("control_planes: {}", "control_planes: input should be a valid list"),
        (
            "control_planes: [{name: demo, region: mars}]",
            "control_planes[0].region: input should be 'us', 'eu'",
        ),
        ("control_planes: [{nam: demo}]", "control_planes[0].name: field required"),
        (
            "control_planes: [{name: demo, services: [{}]}]",
            "control_planes[0].services[0].name: field required",
        ),
    ],
)
def test_a_wrong_file_is_refused_by_file_key_value_and_what_is_allowed(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(SandboxError) as caught:
        _read(tmp_path, text)
    assert str(caught.value).startswith("sandbox.yaml: ")
    assert words in str(caught.value)
