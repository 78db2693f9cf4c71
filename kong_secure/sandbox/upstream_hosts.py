"""Where a gateway finds a service's host: at the sample backend, on loopback, or nowhere; and for a backend at a
private address, whether a call from Kong's network gets there. What stops packets is decided in
`aws.reachability`, what a caller is answered in `data_plane`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Protocol, TypeAlias

from kong_secure.sandbox.aws.reachability import Destination
from kong_secure.sandbox.data_plane import answers
from kong_secure.sandbox.data_plane.answers import Answer
from kong_secure.sandbox.declaration import Backend, Private
from kong_secure.sandbox.konnect.cloud_gateways import attachments, networks
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import KongNetwork
from kong_secure.sandbox.konnect.store import Record, Store

Address: TypeAlias = tuple[str, int]

_DNS_PORT = 53


class Paths(Protocol):
    """A cloud, as far as packets from Kong's network go."""

    def blocked(self, network: KongNetwork, destination: Destination) -> str | None:
        """What stops a call to a private address, in one sentence; None if it arrives."""


class UpstreamHosts:
    """Every host that is declared, and where it is.

    backend: where the sample backend listens. aws: the world's AWS, None where it has none.
    """

    def __init__(self, store: Store, aws: Paths | None, backend: Callable[[], Address]) -> None:
        self._store = store
        self._aws = aws
        self._backend = backend
        self._declared: dict[str, Private | None] = {}

    def declare(self, backend: Backend) -> None:
        """The sample backend is found under one more name, and at its private address if it has one."""
        names = [backend.host] if backend.host is not None else []
        if backend.private is not None:
            names.append(backend.private.address)
        if names:  # it has moved, where it was at another address
            self._declared = {name: at for name, at in self._declared.items() if at is None}
        self._declared |= {name.lower(): backend.private for name in names}

    def resolve(self, host: str, port: int) -> Address | Answer | None:
        """Where a service's host and port are reached; Kong's answer where a call wouldn't arrive, saying what
        stops it; None for a host that nobody declared.
        """
        name = host.lower().rstrip(".")
        if name not in self._declared:
            return (host, port) if _is_loopback(host) else None
        private = self._declared[name]
        if private is None:
            return self._backend()
        return self._stopped(private, name, port) or self._backend()

    def _stopped(self, private: Private, name: str, port: int) -> Answer | None:
        kept = self._store.holder(networks.KIND, networks.SCOPE, "name", private.network)
        if kept is None or kept["state"] != "ready":
            state = "gone" if kept is None else f"{kept['state']}, not ready"
            return answers.blocked(answers.TIMED_OUT, f"Kong's network {private.network} is {state}")
        address = IPv4Address(private.address)
        if name != private.address:
            unresolved = self._unresolved(kept, private, name)
            if unresolved is not None:
                return answers.blocked(answers.NAME_UNRESOLVED, unresolved)
        sentence = self._blocked(kept, Destination(address, port, groups=tuple(private.security_groups)))
        if sentence is not None:
            return answers.blocked(answers.TIMED_OUT, sentence)
        if private.port not in (None, port):
            sentence = (
                f"nothing listens on port {port} of {address}: sandbox.yaml declares port {private.port}"
            )
            return answers.blocked(answers.INVALID_RESPONSE, sentence)
        return None

    def _unresolved(self, network: Record, private: Private, name: str) -> str | None:
        """Why Kong's network finds no address for a private name; None if one of its servers answers."""
        servers = [
            server
            for attached in self._store.all(attachments.KIND, network["id"])
            if attached["state"] == "ready"
            for mapping in attached.get("dns_config") or ()
            if _covers(mapping["domain_proxy_list"], name)
            for server in mapping["remote_dns_server_ip_addresses"]
            if ":" not in server  # the path carries IPv4 alone
        ]
        sentence = (
            f"no ready attachment of {private.network} maps {name} in its dns_config; "
            f"map it, or let the service's host be {private.address}"
        )
        for server in servers:
            asked = Destination(IPv4Address(server), _DNS_PORT, "udp", tuple(private.security_groups))
            stopped = self._blocked(network, asked)
            if stopped is None:
                return None
            sentence = f"asking {server} for {name}: {stopped}"
        return sentence

    def _blocked(self, network: Record, destination: Destination) -> str | None:
        if self._aws is None:
            return "this sandbox has no AWS: install kong-secure[sandbox-aws] and start it again"
        account = self._store.get(
            networks.ACCOUNT_KIND, networks.SCOPE, network["cloud_gateway_provider_account_id"]
        )
        assert account is not None  # noqa: S101 - accounts are never deleted
        return self._aws.blocked(networks.in_cloud(network, account), destination)


def _covers(domains: list[str], name: str) -> bool:
    """Whether a name is one of the domains or below one."""
    return any(f".{name}".endswith(f".{domain.lower().strip('.')}") for domain in domains)


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
