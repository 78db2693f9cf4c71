"""The Azure of a world: kept on disk, one for engines and Konnect alike."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from kong_secure.sandbox.azure.hosting import STORE, AzureHost
from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.cloud_paths import Destination
from kong_secure.sandbox.errors import CloudFileError
from kong_secure.sandbox.konnect.cloud_gateways.azure_side import UserActionNeededError
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import CloudState
from tests.sandbox.azure import landscape as at
from tests.sandbox.azure.landscape import KONGS, REQUEST, assignment, role
from tests.sandbox.azure.provider import driver as d
from tests.sandbox.provider_driver import ProviderDriver


def test_what_kong_and_the_engine_do_is_one_world_and_outlives_the_process(tmp_path: Path) -> None:
    clock = Clock()
    host = AzureHost(tmp_path, clock)
    known = host.consent()
    assert known == {
        "tenant_id": at.TENANT,
        "client_id": "207b296f-cf25-4d23-9eba-9a2c41dc62ca",
        "object_id": at.PRINCIPAL,
    }
    host.let_grants_spread(60)
    owner = ProviderDriver("azure-native", host.port, {})
    owner.create(d.GROUP, {"resourceGroupName": "network", "location": "eastus"})
    network = owner.create(
        d.NETWORK,
        {
            "resourceGroupName": "network",
            "virtualNetworkName": "orders",
            "addressSpace": {"addressPrefixes": ["10.9.0.0/16"]},
            "subnets": [{"name": "apis", "addressPrefix": "10.9.1.0/24"}],
        },
    )
    made = owner.create(d.ROLE, {"scope": at.SCOPE, **role()})
    owner.create(d.ASSIGNMENT, {"scope": network.id, **assignment(roleDefinitionId=made.id)})
    provisioned = host.provision(KONGS)
    owner.close()
    host._server.close()  # as a kill would: nothing more is written

    again = AzureHost(tmp_path, clock)
    assert (tmp_path / STORE).stat().st_mode & 0o777 == 0o600
    assert again.provision(KONGS) == provisioned
    assert again.consent() == known
    with pytest.raises(UserActionNeededError, match="hasn't spread"):
        again.peer(KONGS, REQUEST)
    clock.advance(60)
    again.peer(KONGS, REQUEST)
    assert again.state(KONGS, REQUEST) is CloudState.AVAILABLE
    assert again.blocked(KONGS, Destination(IPv4Address("10.9.1.9"), 443)) is None
    again.withdraw_consent()
    again.unpeer(KONGS, REQUEST)
    assert again.state(KONGS, REQUEST) is CloudState.GONE
    again.close()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 0}', '{"format": 1, "resources": [{}]}', "\x00"]
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / STORE).write_text(content)
    with pytest.raises(CloudFileError, match=r"azure\.json can't be read .*--fresh"):
        AzureHost(tmp_path)
