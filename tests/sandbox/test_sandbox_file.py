"""What sandbox.yaml may say, and how it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from kong_secure.sandbox.declaration import Private, declaration
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


NETWORKS = "networks: [{name: Demo}, {name: there, provider: azure}]\n"


def test_a_private_backend_is_found_at_its_address_too(tmp_path: Path) -> None:
    service = "{name: s, url: 'http://10.1.1.20', routes: [{name: r, paths: [/a]}]}"
    text = f"control_planes: [{{name: demo, services: [{service}]}}]\n{NETWORKS}"
    private = "{network: Demo, address: 10.1.1.20, port: 80, security_groups: [orders]}"
    file = _read(tmp_path, f"{text}backend: {{host: h, private: {private}}}\n")
    assert file.declared.backend.private == Private(
        network="Demo", address="10.1.1.20", port=80, security_groups=["orders"]
    )
    assert file.way_to_backend() == Way("demo", "us", "/a")
    assert declaration(file.world) == file.declared
    short = _read(tmp_path, f"{text}backend: {{host: 10.1.1.20, private: {{network: Demo}}}}\n")
    assert short.declared.backend.private == Private(network="Demo", address="10.1.1.20")


@pytest.mark.parametrize(
    ("host", "private", "words"),
    [
        ("h", "here", "backend.private is 'here'; a mapping"),
        ("h", "{}", "backend.private.network is missing; the name of a network under `networks:`"),
        (
            "h",
            "{vpc: v}",
            "unknown key backend.private.vpc; allowed: address, network, port, security_groups",
        ),
        ("h", "{network: Demo}", "backend.private.address: field required"),
        ("h", "{network: Demo, address: 10.1}", "backend.private.address: input should be a valid string"),
        ("h", "{network: Demo, address: 10.1.1}", "'10.1.1' is no IPv4 address in a VPC; one such as"),
        ("h", "{network: Demo, address: 127.0.0.1}", "'127.0.0.1' is no IPv4 address in a VPC"),
        ("h", "{network: Demo, address: 169.254.169.254}", "'169.254.169.254' is no IPv4 address in a VPC"),
        ("h", "{network: Demo, address: 'fd00::1'}", "'fd00::1' is no IPv4 address in a VPC"),
        ("h", "{network: Demo, address: 10.1.1.1, port: 0}", "private.port: 0 is no port; one from 1 to"),
        ("h", "{network: Demo, address: 10.1.1.1, port: 65536}", "65536 is no port"),
        (
            "h",
            "{network: Demo, address: 10.1.1.1, port: '80'}",
            "private.port: input should be a valid integer",
        ),
        (
            "h",
            "{network: Demo, address: 10.1.1.1, security_groups: [' ']}",
            "backend.private.security_groups: a security group is expected by its name",
        ),
        (
            "h",
            "{network: demo, address: 10.1.1.1}",
            "backend.private.network is 'demo', no declared network on AWS; allowed: Demo",
        ),
        ("h", "{network: there, address: 10.1.1.1}", "'there', no declared network on AWS; allowed: Demo"),
        (
            "h",
            "{network: Demo, address: 10.0.0.9}",
            "10.0.0.9 is in 10.0.0.0/16, which is Kong's own network Demo",
        ),
        ("10.1.1.2", "{network: Demo, address: 10.1.1.1}", "host is 10.1.1.2 and private.address 10.1.1.1"),
    ],
)
def test_a_wrong_private_place_is_refused_by_key_value_and_what_is_allowed(
    tmp_path: Path, host: str, private: str, words: str
) -> None:
    with pytest.raises(SandboxError) as caught:
        _read(tmp_path, f"{NETWORKS}backend: {{host: {host}, private: {private}}}\n")
    assert str(caught.value).startswith("sandbox.yaml: ")
    assert words in str(caught.value)


def test_a_private_backend_without_any_network_is_told_to_declare_one(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="allowed: none; declare one under `networks:`"):
        _read(tmp_path, "backend: {host: 10.1.1.1, private: {network: demo}}\n")


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
        (
            "backend: {host: h, port: 1}",
            "unknown key backend.port; allowed: header, host, private, scheme, secret",
        ),
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
