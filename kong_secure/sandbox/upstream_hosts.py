"""Where a gateway finds a service's host: at a sample backend, on loopback, or nowhere; and for a backend at a
private address, whether a call gets there. What stops packets is decided by the clouds (`cloud_paths`), what a
caller is answered in `data_plane`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final, TypeAlias

from kong_secure.sandbox.cloud_paths import Destination, Paths
from kong_secure.sandbox.data_plane import answers
from kong_secure.sandbox.data_plane.answers import Answer
from kong_secure.sandbox.declaration import Backend, Private
from kong_secure.sandbox.konnect.cloud_gateways import attachments, networks
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import KongNetwork
from kong_secure.sandbox.konnect.store import Record, Store
from kong_secure.sandbox.listeners import LOOPBACK

Address: TypeAlias = tuple[str, int]

_DNS_PORT: Final = 53
_CLOUDS: Final = {"aws": "AWS", "azure": "Azure"}


@dataclass(frozen=True)
class Direct:
    """What stops calls that go past the gateway, in one sentence each; None for one that arrives.

    outside: from anywhere on the internet. inside: from a neighbour in the backend's own private network.
    """

    outside: str | None
    inside: str | None


class UpstreamHosts:
    """Every host that is declared, and where it is.

    clouds: those that the world has, by provider. port: where the sample backend of a host listens on loopback.
    """

    def __init__(self, store: Store, clouds: Mapping[str, Paths], port: Callable[[str], int]) -> None:
        self._store = store
        self._clouds = clouds
        self._port = port
        self._declared: dict[str, Backend] = {}

    def declare(self, backends: Sequence[Backend]) -> None:
        """Sample backends are found under their hosts, and at their private addresses where they have one. Where
        any are declared, private ones that were declared before are gone: they have moved.
        """
        if backends:
            self._declared = {name: known for name, known in self._declared.items() if known.private is None}
        self._declared |= {name: backend for backend in backends for name in backend.names}

    def resolve(self, host: str, port: int) -> Address | Answer | None:
        """Where a service's host and port are reached; Kong's answer where a call wouldn't arrive, saying what
        stops it; None for a host that nobody declared.
        """
        name = host.lower().rstrip(".")
        backend = self._declared.get(name)
        if backend is None:
            return (host, port) if _is_loopback(host) else None
        stopped = None if backend.private is None else self._stopped(backend.private, name, port)
        return stopped or (LOOPBACK, self._port(backend.host))

    def direct(self, host: str, port: int) -> Direct:
        """What stops direct calls to a port of a backend. Raises KeyError for a host that nobody declared."""
        private = self._declared[host.lower()].private
        if private is None:
            return Direct(None, None)
        network = self._network(private)
        if network is None:
            gone = f"Kong's network {private.network} is gone, and with it what is known of its cloud"
            return Direct(gone, gone)
        seen, cloud = self._seen(network)
        if cloud is None:
            missing = self._no_cloud(network)
            return Direct(missing, missing)
        groups = tuple(private.security_groups)
        destination = Destination(IPv4Address(private.address), private.port or port, groups=groups)
        return Direct(
            cloud.blocked_from_outside(seen, destination),
            cloud.blocked_inside(seen, destination),
        )

    def _stopped(self, private: Private, name: str, port: int) -> Answer | None:
        network = self._network(private)
        if network is None or network["state"] != "ready":
            state = "gone" if network is None else f"{network['state']}, not ready"
            return answers.blocked(answers.TIMED_OUT, f"Kong's network {private.network} is {state}")
        address = IPv4Address(private.address)
        if name != private.address:
            unresolved = self._unresolved(network, private, name)
            if unresolved is not None:
                return answers.blocked(answers.NAME_UNRESOLVED, unresolved)
        sentence = self._blocked(network, Destination(address, port, groups=tuple(private.security_groups)))
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
        seen, cloud = self._seen(network)
        return self._no_cloud(network) if cloud is None else cloud.blocked(seen, destination)

    # --- Kong's network of a private backend, and its cloud ---

    def _network(self, private: Private) -> Record | None:
        return self._store.holder(networks.KIND, networks.SCOPE, "name", private.network)

    def _account(self, network: Record) -> Record:
        id_ = network["cloud_gateway_provider_account_id"]
        account = self._store.get(networks.ACCOUNT_KIND, networks.SCOPE, id_)
        assert account is not None  # noqa: S101 - accounts are never deleted
        return account

    def _seen(self, network: Record) -> tuple[KongNetwork, Paths | None]:
        account = self._account(network)
        return networks.in_cloud(network, account), self._clouds.get(account["provider"])

    def _no_cloud(self, network: Record) -> str:
        provider = self._account(network)["provider"]
        install = "install kong-secure[sandbox-aws], and " if provider == "aws" else ""
        return f"this sandbox has no {_CLOUDS.get(provider, provider)} now: {install}start it for a stack that uses it"


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
