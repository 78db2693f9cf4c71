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
    assert file.backends == (Backend("orders.internal", "shared_secret", "Authorization", "Bearer"),)
    assert file.given == {"shop:shared_secret": Given(generate=True), "aws:region": Given("eu-west-1")}
    assert set(file.world) == {"control_planes", "backends"}
    assert file.way_to(file.backends[0]) == Way("demo", "us", "/orders", 80)


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
    backends = _read(tmp_path, f"backends: [{{host: h{said}}}]\n").backends
    assert backends == (Backend("h", None, header, scheme),)


OTHERS = "{name: gone, provider: gcp}, {name: there, provider: azure, cidr_block: 10.2.0.0/16}"
NETWORKS = f"networks: [{{name: Demo}}, {OTHERS}]\n"


def test_a_private_backend_is_found_at_its_address_too(tmp_path: Path) -> None:
    service = "{name: s, url: 'http://10.1.1.20', routes: [{name: r, paths: [/a]}]}"
    text = f"control_planes: [{{name: demo, services: [{service}]}}]\n{NETWORKS}"
    private = "{network: Demo, address: 10.1.1.20, port: 80, security_groups: [orders]}"
    file = _read(tmp_path, f"{text}backends: [{{host: h, private: {private}}}]\n")
    assert file.declared.backends[0].private == Private(
        network="Demo", address="10.1.1.20", port=80, security_groups=["orders"]
    )
    assert file.way_to(file.backends[0]) == Way("demo", "us", "/a", 80)
    assert declaration(file.world) == file.declared
    short = _read(tmp_path, f"{text}backends: [{{host: 10.1.1.20, private: {{network: Demo}}}}]\n")
    assert short.declared.backends[0].private == Private(network="Demo", address="10.1.1.20")


@pytest.mark.parametrize(
    ("host", "private", "words"),
    [
        ("h", "here", "backends[0].private is 'here'; a mapping"),
        ("h", "{}", "backends[0].private.network is missing; the name of a network under `networks:`"),
        (
            "h",
            "{vpc: v}",
            "unknown key backends[0].private.vpc; allowed: address, network, port, security_groups",
        ),
        ("h", "{network: Demo}", "backends[0].private.address: field required"),
        (
            "h",
            "{network: Demo, address: 10.1}",
            "backends[0].private.address: input should be a valid string",
        ),
        (
            "h",
            "{network: Demo, address: 10.1.1}",
            "'10.1.1' is no IPv4 address in a private network; one such as",
        ),
        ("h", "{network: Demo, address: 127.0.0.1}", "'127.0.0.1' is no IPv4 address in a private network"),
        (
            "h",
            "{network: Demo, address: 169.254.169.254}",
            "'169.254.169.254' is no IPv4 address in a private network",
        ),
        ("h", "{network: Demo, address: 'fd00::1'}", "'fd00::1' is no IPv4 address in a private network"),
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
            "backends[0].private.security_groups: a security group is expected by its name",
        ),
        (
            "h",
            "{network: demo, address: 10.1.1.1}",
            "backend h: private.network is 'demo', no declared network on AWS or Azure; allowed: Demo, there",
        ),
        (
            "h",
            "{network: gone, address: 10.1.1.1}",
            "'gone', no declared network on AWS or Azure; allowed: Demo",
        ),
        (
            "h",
            "{network: there, address: 10.1.1.1, security_groups: [orders]}",
            "private.security_groups are for a network on AWS, and there is on azure",
        ),
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
        _read(tmp_path, f"{NETWORKS}backends: [{{host: {host}, private: {private}}}]\n")
    assert str(caught.value).startswith("sandbox.yaml: ")
    assert words in str(caught.value)


def test_a_private_backend_without_any_network_is_told_to_declare_one(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="allowed: none; declare one under `networks:`"):
        _read(tmp_path, "backends: [{host: 10.1.1.1, private: {network: demo}}]\n")


def test_a_stacks_backends_are_those_that_name_it_else_those_that_name_none(tmp_path: Path) -> None:
    named = "{host: h, stacks: [a, b]}, {host: i, stacks: [b, c]}"
    file = _read(tmp_path, f"backends: [{{host: rest}}, {named}, {{host: more}}]\n")
    hosts = {stack: [backend.host for backend in file.backends_of(stack)] for stack in "abcd"}
    assert hosts == {"a": ["h"], "b": ["h", "i"], "c": ["i"], "d": ["rest", "more"]}
    assert _read(tmp_path, "backends: [{host: h, stacks: [a]}]\n").backends_of("b") == ()


@pytest.mark.parametrize(
    ("service", "port"),
    [
        ("url: 'https://h'", 443),
        ("url: 'http://h:8080'", 8080),
        ("host: h", 80),
        ("host: h, port: 8443, protocol: https", 8443),
        ("host: h, protocol: https", 443),
    ],
)
def test_the_way_to_a_backend_names_the_port_of_its_service(tmp_path: Path, service: str, port: int) -> None:
    text = f"control_planes: [{{name: d1, services: [{{name: s, {service}, routes: [{{name: r, paths: [/a]}}]}}]}}]\n"
    file = _read(tmp_path, text + "backends: [{host: h}]\n")
    assert file.way_to(file.backends[0]) == Way("d1", "us", "/a", port)


def test_one_plane_name_in_two_regions_is_two_planes(tmp_path: Path) -> None:
    text = "control_planes: [{name: demo}, {name: demo, region: eu}]\n"
    assert len(_read(tmp_path, text).declared.control_planes) == 2


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
    file = _read(
        tmp_path, f"control_planes: [{{name: demo, services: [{service}]}}]\nbackends: [{{host: h}}]\n"
    )
    assert file.way_to(file.backends[0]) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "stak: dev",
            "unknown key stak; allowed: azure, backends, configuration, control_planes, networks, sandbox, stack",
        ),
        ("stack: 5", "stack is 5; the name of a stack is expected"),
        ("backends: here", "backends is 'here'; a list of mappings"),
        ("backends: [here]", "backends is a list; a list of mappings"),
        ("backend: {host: h}", "unknown key backend; allowed: azure, backends, "),
        ("backends: [{}]", "backends[0].host is missing; a host name such as orders.internal"),
        (
            "backends: [{host: h, port: 1}]",
            "unknown key backends[0].port; allowed: header, host, private, scheme, secret, stacks",
        ),
        (
            "backends: [{host: h, header: 'a b'}]",
            "backends[0].header is 'a b'; a header name of letters, digits and '-'",
        ),
        ("backends: [{host: h, scheme: 'a b'}]", "backends[0].scheme is 'a b'; a word such as Bearer"),
        ("backends: [{host: h, secret: [x]}]", "backends[0].secret is a list; a configuration key"),
        ("backends: [{host: h, stacks: dev}]", "backends[0].stacks is 'dev'; a list of stacks' names"),
        (
            "backends: [{host: H, stacks: [a]}, {host: h, stacks: [b]}]",
            "backend h is declared 2 times; once is expected",
        ),
        ("control_planes: [{name: demo}, {name: demo}]", "control plane demo (us) is declared 2 times"),
        (
            "control_planes: [{name: demo, services: [{name: a, host: h}, {name: a, host: i}]}]",
            "service a is declared 2 times in control plane demo",
        ),
        (
            "control_planes: [{name: demo, services: [{name: a, host: h, routes: [{name: r}, {name: r}]}]}]",
            "route r is declared 2 times in control plane demo",
        ),
        ("networks: [{name: n}, {name: n, region: eu-west-1}]", "network n is declared 2 times"),
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
