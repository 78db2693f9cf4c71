"""The user's sandbox.yaml: which stack, what exists in the world before the program runs, what the sample
backend demands, and values for encrypted configuration. What Konnect makes of the declared things is the
world's matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kong_secure.sandbox.declaration import Declaration, DeclarationError, declaration
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.project import qualified_key
from kong_secure.sandbox.stack_file import Given
from kong_secure.sandbox.yaml_source import Section, read_section

FILE = "sandbox.yaml"

_WORLD_KEYS = frozenset({"control_planes", "networks"})
_KEYS = frozenset({"stack", "backend", "configuration"}) | _WORLD_KEYS
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
_DEFAULT_HEADER = "Authorization"
_DEFAULT_SCHEME = "Bearer"


@dataclass(frozen=True)
class Backend:
    """The sample backend: the private host name under which gateways reach it, and what it demands.

    secret: the configuration key or stack output that holds its secret; None: --backend-secret must say.
    scheme: stands before the secret in the header; empty: nothing does. private: where it stands in AWS, as it
    was given; None: nowhere.
    """

    host: str
    secret: str | None
    header: str
    scheme: str
    private: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Way:
    """A path through the gateway of `control_plane` that leads to the sample backend."""

    control_plane: str
    region: str
    path: str


@dataclass(frozen=True)
class SandboxFile:
    """A parsed sandbox.yaml. `world` is what the world is told to hold; `given` is by `namespace:key`."""

    stack: str | None = None
    world: Mapping[str, Any] = field(default_factory=dict)
    declared: Declaration = field(default_factory=Declaration)
    backend: Backend | None = None
    given: Mapping[str, Given] = field(default_factory=dict)

    def way_to_backend(self) -> Way | None:
        """The first declared route whose service's host is the sample backend's; None where there is none."""
        if self.backend is None:
            return None
        private = self.declared.backend.private
        hosts = {self.backend.host.lower(), *([private.address] if private is not None else [])}
        for plane in self.declared.control_planes:
            for service in plane.services:
                if host_of(service.body()) not in hosts:
                    continue
                for path in _plain_paths(service.routes):
                    return Way(plane.name, plane.region, path)
        return None


def read_sandbox_file(root: Path, project: str) -> SandboxFile:
    """The sandbox.yaml in `root`; an empty one where there is none.

    Raises SandboxError naming file, key, what was found and what is allowed.
    """
    path = root / FILE
    if not path.exists():
        return SandboxFile()
    source = read_section(path).only(_KEYS)
    backend = _backend(source)
    world: dict[str, Any] = {
        key: source.values[key] for key in _WORLD_KEYS if source.values.get(key) is not None
    }
    if backend is not None:
        private = {} if backend.private is None else {"private": dict(backend.private)}
        world["backend"] = {"host": backend.host, **private}
    return SandboxFile(
        stack=source.optional_text("stack", "the name of a stack"),
        world=world,
        declared=_declared(world),
        backend=backend,
        given=_given(source, project),
    )


def host_of(service: Mapping[str, Any]) -> str | None:
    """The host that a declared service forwards to, in lower case; None where it names none."""
    url = service.get("url")
    host = urlsplit(url).hostname if isinstance(url, str) else service.get("host")
    return host.lower() if isinstance(host, str) else None


def _declared(world: Mapping[str, Any]) -> Declaration:
    try:
        return declaration(world)
    except DeclarationError as error:
        message = str(error)
    raise SandboxError(message)


def _plain_paths(routes: list[dict[str, Any]]) -> list[str]:
    # A path that starts with ~ is a regular expression, and a route with hosts or headers wants more than a
    # path.
    plain = [route for route in routes if not route.get("hosts") and not route.get("headers")]
    return [path for route in plain for path in route.get("paths") or () if not path.startswith("~")]


def _backend(source: Section) -> Backend | None:
    if source.values.get("backend") is None:
        return None
    section = source.section("backend").only({"host", "secret", "header", "scheme", "private"})
    header = section.optional_text("header", "the name of a header") or _DEFAULT_HEADER
    if not _HEADER_NAME.fullmatch(header):
        raise section.complaint("header", "a header name of letters, digits and '-'")
    scheme = section.values.get("scheme")
    if scheme is None:
        scheme = _DEFAULT_SCHEME if header.lower() == _DEFAULT_HEADER.lower() else ""
    if not isinstance(scheme, str) or " " in scheme:
        raise section.complaint("scheme", 'a word such as Bearer, or "" for none')
    return Backend(
        host=section.text("host", "a host name such as orders.internal"),
        secret=section.optional_text(
            "secret", "a configuration key such as orders:shared_secret, or a stack output"
        ),
        header=header,
        scheme=scheme,
        private=_private(section),
    )


def _private(backend: Section) -> Mapping[str, Any] | None:
    if backend.values.get("private") is None:
        return None
    section = backend.section("private").only({"network", "address", "port", "security_groups"})
    section.text("network", "the name of a network under `networks:`")
    return section.values


def _given(source: Section, project: str) -> Mapping[str, Given]:
    section = source.section("configuration")
    return {qualified_key(key, project): _given_value(section, key) for key in section.values}


def _given_value(section: Section, key: str) -> Given:
    value = section.values[key]
    if value is None:
        raise section.complaint(
            key, "a value, or {generate: true} for a random one that is made once and kept,"
        )
    if isinstance(value, dict) and "generate" in value:
        if value != {"generate": True}:
            raise SandboxError(
                f"{section.file}: {section.key(key)}: `generate` allows only {{generate: true}}"
            )
        return Given(generate=True)
    return Given(value)
