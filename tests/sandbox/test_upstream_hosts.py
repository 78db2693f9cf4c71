"""Where a service's host is found, and what the gateway answers where it isn't. Whether packets arrive is said by a
cloud that is told so; the sandbox's own AWS is asked in `test_private_backend`.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.cloud_paths import Destination
from kong_secure.sandbox.data_plane import answers
from kong_secure.sandbox.data_plane.answers import BLOCKED_HEADER, Answer
from kong_secure.sandbox.declaration import declaration
from kong_secure.sandbox.konnect.app import open_store
from kong_secure.sandbox.konnect.cloud_gateways import attachments, networks
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import KongNetwork
from kong_secure.sandbox.konnect.cloud_gateways.clouds import Clouds
from kong_secure.sandbox.konnect.cloud_gateways.hand_operated import HandOperatedCloud
from kong_secure.sandbox.konnect.cloud_gateways.hand_operated_azure import HandOperatedAzure
from kong_secure.sandbox.konnect.cloud_gateways.rules import CloudGateways
from kong_secure.sandbox.konnect.store import Store
from kong_secure.sandbox.seeding import seed
from kong_secure.sandbox.upstream_hosts import Direct, UpstreamHosts

NAME, ADDRESS, RESOLVER, OTHER = "orders.corp.internal", "10.1.1.20", "10.1.1.53", "10.1.1.54"
PORTS = {NAME: 4242, "payments.internal": 4243}
BACKEND = ("127.0.0.1", 4242)
PRIVATE: dict[str, Any] = {"network": "demo", "address": ADDRESS, "port": 443, "security_groups": ["orders"]}
NETWORKS = [{"name": "demo", "provider_account_id": "111111111111"}]
DECLARED = declaration({"networks": NETWORKS, "backends": [{"host": NAME, "private": PRIVATE}]})


class Told:
    """A cloud that stops what it is told to, by address."""

    def __init__(self) -> None:
        self.stops: dict[str, str] = {}
        self.asked: list[Destination] = []

    def blocked(self, network: KongNetwork, destination: Destination) -> str | None:
        assert (network.account, network.region) == ("111111111111", "us-east-2")
        self.asked.append(destination)
        return self.stops.get(str(destination.address))

    def blocked_from_outside(self, network: KongNetwork, destination: Destination) -> str | None:
        return f"outside {self.blocked(network, destination)}"

    def blocked_inside(self, network: KongNetwork, destination: Destination) -> str | None:
        return self.blocked(network, destination)


@pytest.fixture
def cloud() -> Told:
    return Told()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(tmp_path / "konnect.sqlite")
    seed(
        made, CloudGateways(made, Clouds(HandOperatedCloud(made), HandOperatedAzure(made)), Clock()), DECLARED
    )
    yield made
    made.close()


@pytest.fixture
def hosts(store: Store, cloud: Told) -> UpstreamHosts:
    made = UpstreamHosts(store, {"aws": cloud}, lambda host: PORTS[host])
    made.declare(DECLARED.backends)
    return made


def mapped(store: Store, *servers: str, state: str = "ready", domain: str = "corp.internal") -> None:
    """Konnect has an attachment that lets these servers resolve a domain."""
    [network] = store.all(networks.KIND, networks.SCOPE)
    dns = {"remote_dns_server_ip_addresses": list(servers), "domain_proxy_list": ["other.internal", domain]}
    record = {
        "id": "00000000-0000-4000-8000-000000000001",
        "name": "one",
        "state": state,
        "dns_config": [dns],
    }
    store.put(attachments.KIND, network["id"], record)


def stopped(found: object) -> tuple[int, str]:
    """The status of an answer and what it says stopped the call."""
    assert isinstance(found, Answer)
    return found.status, dict(found.headers)[BLOCKED_HEADER]


def test_the_address_is_asked_for_with_the_services_port_and_the_declared_groups(
    hosts: UpstreamHosts, cloud: Told
) -> None:
    assert hosts.resolve(ADDRESS, 443) == BACKEND
    assert cloud.asked == [Destination(IPv4Address(ADDRESS), 443, "tcp", ("orders",))]


def test_what_stops_packets_is_kongs_timeout_and_comes_before_a_closed_port(
    hosts: UpstreamHosts, cloud: Told
) -> None:
    closed = f"nothing listens on port 80 of {ADDRESS}: sandbox.yaml declares port 443"
    assert stopped(hosts.resolve(ADDRESS, 80)) == (502, closed)
    cloud.stops[ADDRESS] = "the route is a blackhole"
    for port in (80, 443):
        found = hosts.resolve(ADDRESS, port)
        assert stopped(found) == (504, "the route is a blackhole")
        assert isinstance(found, Answer)
        assert found.message == answers.TIMED_OUT.message


def test_a_name_is_found_through_any_server_of_its_mapping_that_is_reached(
    hosts: UpstreamHosts, cloud: Told, store: Store
) -> None:
    mapped(store, "fd00::1", RESOLVER, OTHER)
    assert hosts.resolve(NAME.upper() + ".", 443) == BACKEND
    assert cloud.asked[0] == Destination(IPv4Address(RESOLVER), 53, "udp", ("orders",))
    cloud.stops[RESOLVER] = "it has no route"
    assert hosts.resolve(NAME, 443) == BACKEND
    cloud.stops[OTHER] = "it is a blackhole"
    assert stopped(hosts.resolve(NAME, 443)) == (503, f"asking {OTHER} for {NAME}: it is a blackhole")
    assert hosts.resolve(ADDRESS, 443) == BACKEND


@pytest.mark.parametrize(
    ("state", "domain"), [("pending-acceptance", "corp.internal"), ("ready", "rp.internal"), ("ready", "a.b")]
)
def test_a_name_that_no_ready_attachment_maps_is_unresolved(
    hosts: UpstreamHosts, store: Store, state: str, domain: str
) -> None:
    mapped(store, RESOLVER, state=state, domain=domain)
    status, sentence = stopped(hosts.resolve(NAME, 443))
    assert status == 503
    assert sentence == (
        f"no ready attachment of demo maps {NAME} in its dns_config; "
        f"map it, or let the service's host be {ADDRESS}"
    )


def test_a_backend_that_moved_is_found_at_its_new_place_alone(hosts: UpstreamHosts) -> None:
    moved = {**PRIVATE, "address": "10.2.1.20"}
    hosts.declare(
        declaration({"networks": NETWORKS, "backends": [{"host": NAME, "private": moved}]}).backends
    )
    assert hosts.resolve(ADDRESS, 443) is None
    assert hosts.resolve("10.2.1.20", 443) == BACKEND
    hosts.declare(declaration({"backends": [{"host": NAME}]}).backends)
    assert (hosts.resolve(NAME, 80), hosts.resolve("10.2.1.20", 443)) == (BACKEND, None)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9"])
def test_loopback_is_itself_and_anything_else_is_unknown(hosts: UpstreamHosts, host: str) -> None:
    assert hosts.resolve(host, 81) == (host, 81)
    assert hosts.resolve("10.1.1.21", 81) is None


def test_a_sentence_with_letters_that_no_header_carries_is_told_all_the_same() -> None:
    told = answers.blocked(answers.TIMED_OUT, "no group 'bestellungen-ü\r\nX: y'")
    assert dict(told.headers) == {BLOCKED_HEADER: "no group 'bestellungen-???X: y'"}


def test_every_backend_is_found_at_its_own_place_and_in_its_own_network(store: Store, cloud: Told) -> None:
    hosts = UpstreamHosts(store, {"aws": cloud}, lambda host: PORTS[host])
    public = {"host": "payments.internal"}
    private = {"host": NAME, "private": PRIVATE}
    hosts.declare(declaration({"networks": NETWORKS, "backends": [public, private]}).backends)
    assert hosts.resolve("Payments.internal", 80) == ("127.0.0.1", 4243)
    cloud.stops[ADDRESS] = "no route"
    assert stopped(hosts.resolve(ADDRESS, 443)) == (504, "no route")
    assert hosts.resolve("payments.internal", 80) == ("127.0.0.1", 4243)


def test_direct_calls_are_asked_of_the_cloud_on_the_port_that_is_listened_on(
    hosts: UpstreamHosts, cloud: Told
) -> None:
    cloud.stops[ADDRESS] = "no rule"
    assert hosts.direct(NAME, 80) == Direct("outside no rule", "no rule")
    assert {asked.port for asked in cloud.asked} == {443}
    hosts.declare(declaration({"backends": [{"host": NAME}]}).backends)
    assert hosts.direct(NAME, 80) == Direct(None, None)
    with pytest.raises(KeyError):
        hosts.direct("unknown.internal", 80)


def test_without_the_networks_cloud_nobody_reaches_it(store: Store) -> None:
    hosts = UpstreamHosts(store, {}, lambda host: PORTS[host])
    hosts.declare(DECLARED.backends)
    met = hosts.direct(NAME, 443)
    assert met.outside == met.inside == stopped(hosts.resolve(ADDRESS, 443))[1]
    assert str(met.inside).startswith("this sandbox has no AWS now: install kong-secure[sandbox-aws]")
