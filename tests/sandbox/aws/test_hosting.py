"""The AWS of a world: made late, kept on disk, one for engines and Konnect alike."""

import threading
from ipaddress import IPv4Address
from pathlib import Path

from kong_secure.sandbox.aws.hosting import STORE, AwsHost
from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.cloud_paths import Destination
from kong_secure.sandbox.engine.plugins import Plugin
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import AttachmentRequest, CloudState, KongNetwork
from kong_secure.sandbox.provider_stand_in.listening import OnDemand, ProviderServer
from tests.sandbox.aws.accounts import KONG, REGION
from tests.sandbox.aws.provider import driver as d
from tests.sandbox.aws.provider.driver import Driver

NETWORK = KongNetwork("net-1", KONG, REGION, ("use2-az1", "use2-az2"), "10.0.0.0/16")


def test_attaching_does_not_wait_for_what_takes_long_to_load() -> None:
    """Engines give an attached provider ten seconds to say that it is there."""
    go_on, asked = threading.Event(), threading.Event()

    def slow() -> object:
        asked.set()
        return go_on.wait(60)

    server = ProviderServer(OnDemand(slow))
    plugin = Plugin("aws", f"127.0.0.1:{server.port}")
    plugin.attach("127.0.0.1:1")
    assert asked.wait(60)
    assert not go_on.is_set()
    go_on.set()
    plugin.close()
    server.close()


def test_what_kong_and_the_engine_do_is_one_world_and_outlives_the_process(tmp_path: Path) -> None:
    host = AwsHost(tmp_path)
    owner = Driver(host.port, host._load())
    gateway = owner.create(d.GATEWAY, {})
    share = owner.create(d.SHARE, {"allowExternalPrincipals": True})
    owner.create(
        d.RESOURCE_ASSOCIATION, {"resourceArn": gateway.outputs["arn"], "resourceShareArn": share.id}
    )
    owner.create(d.PRINCIPAL_ASSOCIATION, {"principal": KONG, "resourceShareArn": share.id})
    provisioned = host.provision(NETWORK)
    id_ = host.attach(NETWORK, AttachmentRequest("att-1", gateway.id, share.id))
    assert host.state(NETWORK, id_) is CloudState.PENDING
    owner.close()
    host._server.close()  # as a kill would: nothing more is written

    clock = Clock()
    again = AwsHost(tmp_path, clock, delay_seconds=0.1)
    assert (tmp_path / STORE).exists()
    assert again.provision(NETWORK) == provisioned
    owner = Driver(again.port, again._load())
    owner.create(d.ACCEPTER, {"transitGatewayAttachmentId": id_})
    again.route(NETWORK, id_, ("10.1.0.0/16",))
    assert again.state(NETWORK, id_) is CloudState.AVAILABLE
    assert again.blocked(NETWORK, Destination(IPv4Address("10.1.0.9"), 443)) == (
        f"route table {gateway.outputs['associationDefaultRouteTableId']} of {gateway.id}, which attachment "
        f"{id_} uses, has no route to 10.1.0.9"
    )
    again.detach(NETWORK, id_)
    assert again.state(NETWORK, id_) is CloudState.PENDING
    clock.advance(60)
    assert again.state(NETWORK, id_) is CloudState.GONE
    owner.close()
    again.close()
