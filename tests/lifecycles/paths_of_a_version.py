"""The program of the test that upgrades whole paths, and how the state is written that it starts from:

    python -m tests.lifecycles.paths_of_a_version

writes `state_of_paths_of_version_X.json` for the version X in pyproject.toml, by this package as it is, with the
`pulumi` on PATH. It may be written anew until X is released, where something was changed on purpose that no user has in
a state yet. That of a released version is what users have: it is never written again, nor is its program changed. What
a later version needs gets a file and a program of its own.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import kong_secure
from tests.components.aws.mocked_path import KONG, REGION
from tests.lifecycles.operation_process import PULUMI, engine_named
from tests.lifecycles.playground import Playground, environment_for
from tests.lifecycles.scripted_clouds import scripted_clouds
from tests.world import TWO_SERVICES, World

SECRET = "first-Secret_of-this.lifecycle~0123456789"
NETWORKS = [
    {"name": "on-aws", "provider_account_id": KONG, "region": REGION, "cidr_block": "10.0.0.0/16"},
    {"name": "on-azure", "provider": "azure", "region": "eastus", "cidr_block": "10.1.0.0/16"},
]
PROGRAM_OF_0_1_0 = """
from kong_secure import AwsTransitGateway, AzureVnetPeering, SecuredService

vpc = {
    "vpc_id": "vpc-0123456789abcdef0", "subnet_ids": ["subnet-0123456789abcdef0"], "cidr_blocks": "10.8.0.0/16"}
transit = AwsTransitGateway(
    "transit", network="on-aws", vpcs={"orders": vpc}, route_table_ids={"orders": "rtb-0123456789abcdef0"},
    security_group_ids={"orders": "sg-0123456789abcdef0"}, ports=[443, 8443], tags={"team": "orders"},
    dns_config=[{"remote_dns_server_ip_addresses": ["10.8.0.10"], "domain_proxy_list": ["orders.internal"]}],
    dns_security_group_ids={"orders": "sg-0123456789abcdef1"},
)
subscription = "11112222-3333-4444-5555-666677778888"
group = f"/subscriptions/{subscription}/resourceGroups/orders/providers/Microsoft.Network/networkSecurityGroups/orders"
peering = AzureVnetPeering(
    "peering", network="on-azure", tenant_id="8e1b2a34-5c6d-4e7f-8091-a2b3c4d5e6f7", subscription_id=subscription,
    resource_group_name="orders", vnet_name="orders-vnet", network_security_groups={"orders": group}, ports=[443],
    service_principal_object_id="5b9a1c3e-0d2f-4e6a-8b7c-9d0e1f2a3b4c",
)
SecuredService(
    "orders", control_plane="demo", service="orders", connectivity=transit,
    shared_secret=pulumi.Config().require_secret("secret"))
SecuredService("payments", control_plane="demo", service="payments", connectivity=peering)
"""


def state_of(version: str) -> Path:
    """Where the state is kept that a version wrote."""
    return Path(__file__).with_name(f"state_of_paths_of_version_{version.replace('.', '_')}.json")


def main() -> None:
    """Writes the state of the version that this is."""
    planes = [{"name": "demo", "region": "us", "services": TWO_SERVICES}]
    with tempfile.TemporaryDirectory() as folder, scripted_clouds() as clouds:
        program = Path(folder, "program")
        program.mkdir()
        program.joinpath("Pulumi.yaml").write_text("name: playground\nruntime: python\n")
        world = World(Path(folder, "world"), {"control_planes": planes, "networks": NETWORKS})
        world.cloud(auto_accept=True)
        engine = engine_named(PULUMI, program)
        environment = environment_for(world, program, os.environ) | {"PULUMI_DEBUG_PROVIDERS": clouds}
        playground = Playground(program, world, engine, environment, secret=SECRET)
        playground.program(PROGRAM_OF_0_1_0)
        run = playground.run("up")
        sys.stdout.write(run.text)
        run.must_succeed()
        document = json.loads(playground.state_text())
        playground.konnect.close()
        world.end()
    for resource in document["checkpoint"]["latest"]["resources"]:
        for place in ("sourcePosition", "stackTrace"):  # of this machine
            resource.pop(place, None)
    state_of(kong_secure.__version__).write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
