"""The user's sandbox.yaml: which stack, what exists in the world before the program runs, what the sample
backends demand, and values for encrypted configuration. What Konnect makes of the declared things is the
world's matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kong_secure.sandbox.declaration import Backend as Placed
from kong_secure.sandbox.declaration import Declaration, DeclarationError, declaration
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.project import qualified_key
from kong_secure.sandbox.sharing import FILE, joined, next_folder, shown
from kong_secure.sandbox.stack_file import Given
from kong_secure.sandbox.yaml_source import Section, read_section

_WORLD_KEYS = frozenset({"control_planes", "networks", "azure"})
_KEYS = frozenset({"stack", "sandbox", "backends", "configuration"}) | _WORLD_KEYS
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
_DEFAULT_HEADER = "Authorization"
_DEFAULT_SCHEME = "Bearer"


@dataclass(frozen=True)
class Backend:
    """A sample backend: the private host name under which gateways reach it, and what it demands.

    secret: the configuration key or stack output that holds its secret; None: --backend-secret must say.
    scheme: stands before the secret in the header; empty: nothing does. stacks: those whose proof is of this
    backend, among others; empty: every one that no other backend names. private: where it stands in a cloud, as it
    was given; None: nowhere. key: where in the file it is.
    """

    host: str
    secret: str | None
    header: str
    scheme: str
    stacks: tuple[str, ...] = ()
    private: Mapping[str, Any] | None = None
    key: str = field(default="", compare=False)


@dataclass(frozen=True)
class Way:
    """A path through the gateway of `control_plane` that leads to a sample backend, on its service's port."""

    control_plane: str
    region: str
    path: str
    port: int = 80


@dataclass(frozen=True)
class SandboxFile:
    """A parsed sandbox.yaml. `world` is what the world is told to hold, and `given` is by `namespace:key`.

    home: the folder whose sandbox is used; None: the project's own. `world` then holds what is declared there, too.
    """

    stack: str | None = None
    home: Path | None = None
    world: Mapping[str, Any] = field(default_factory=dict)
    declared: Declaration = field(default_factory=Declaration)
    backends: tuple[Backend, ...] = ()
    given: Mapping[str, Given] = field(default_factory=dict)

    def backends_of(self, stack: str) -> tuple[Backend, ...]:
        """The backends that a stack's proof is of: those that name it, else those that name none."""
        named = tuple(backend for backend in self.backends if stack in backend.stacks)
        return named or tuple(backend for backend in self.backends if not backend.stacks)

    def way_to(self, backend: Backend) -> Way | None:
        """The first declared route whose service's host is this backend; None where there is none."""
        names = self.place_of(backend).names
        for plane in self.declared.control_planes:
            for service in plane.services:
                if host_of(service.body()) not in names:
                    continue
                for path in _plain_paths(service.routes):
                    return Way(plane.name, plane.region, path, _port_of(service.body()))
        return None

    def place_of(self, backend: Backend) -> Placed:
        """What the world is told of this backend."""
        return next(each for each in self.declared.backends if each.host == backend.host)


def read_sandbox_file(root: Path, project: str) -> SandboxFile:
    """The sandbox.yaml in `root`, with what the folders declare whose sandbox it uses; an empty one where there is
    none.

    Raises SandboxError naming file, key, what was found and what is allowed.
    """
    own, following = _read_alone(root, project)
    folders, worlds = [root], [own.world]
    while following is not None:
        folders.append(next_folder(folders, following))
        other, following = _read_alone(folders[-1], project)
        worlds.append(other.world)
    world = joined([*reversed(worlds)])
    declared = _declared(world, [shown(folder / FILE, root) for folder in folders[1:]])
    return replace(own, world=world, declared=declared, home=folders[-1] if folders[1:] else None)


def _read_alone(root: Path, project: str) -> tuple[SandboxFile, str | None]:
    """What one file says by itself, and the folder it names as that of the sandbox."""
    path = root / FILE
    if not path.exists():
        return SandboxFile(), None
    source = read_section(path).only(_KEYS)
    backends = tuple(_backend(section) for section in source.sections("backends"))
    world: dict[str, Any] = {
        key: source.values[key] for key in _WORLD_KEYS if source.values.get(key) is not None
    }
    if backends:
        world["backends"] = [_told(backend) for backend in backends]
    file = SandboxFile(
        stack=source.optional_text("stack", "the name of a stack"),
        world=world,
        backends=backends,
        given=_given(source, project),
    )
    return file, source.optional_text("sandbox", "the folder of a project, such as ../platform,")


def host_of(service: Mapping[str, Any]) -> str | None:
    """The host that a declared service forwards to, in lower case; None where it names none."""
    url = service.get("url")
    host = urlsplit(url).hostname if isinstance(url, str) else service.get("host")
    return host.lower() if isinstance(host, str) else None


def _port_of(service: Mapping[str, Any]) -> int:
    url = service.get("url")
    parts = urlsplit(url) if isinstance(url, str) else None
    port, protocol = (parts.port, parts.scheme) if parts else (service.get("port"), service.get("protocol"))
    if isinstance(port, int):
        return port
    return 443 if protocol == "https" else 80


def _declared(world: Mapping[str, Any], others: Sequence[str]) -> Declaration:
    """What is declared; others: the files besides this folder's that have a part in it."""
    try:
        return declaration(world)
    except DeclarationError as error:
        message = str(error)
    counted = f"; what {' and '.join(others)} declares counts, too" if others else ""
    raise SandboxError(message + counted)


def _plain_paths(routes: list[dict[str, Any]]) -> list[str]:
    # A path that starts with ~ is a regular expression, and a route with hosts or headers wants more than a
    # path.
    plain = [route for route in routes if not route.get("hosts") and not route.get("headers")]
    return [path for route in plain for path in route.get("paths") or () if not path.startswith("~")]


def _told(backend: Backend) -> dict[str, Any]:
    private = {} if backend.private is None else {"private": dict(backend.private)}
    return {"host": backend.host, **private}


def _backend(section: Section) -> Backend:
    section.only({"host", "secret", "header", "scheme", "stacks", "private"})
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
        stacks=_stacks(section),
        private=_private(section),
        key=section.path,
    )


def _stacks(backend: Section) -> tuple[str, ...]:
    names = backend.values.get("stacks")
    if names is None:
        return ()
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise backend.complaint("stacks", "a list of stacks' names")
    return tuple(names)


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
