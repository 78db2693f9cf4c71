"""The public names of the package and nothing else; each is imported on first use, so that
`kong_secure.konnect` alone loads no pulumi.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kong_secure.components.aws.transit_gateway import AwsTransitGateway
    from kong_secure.components.azure.vnet_peering import AzureVnetPeering
    from kong_secure.components.secured_service import SecuredService
    from kong_secure.resources.attachment_pending import AttachmentPending
    from kong_secure.resources.attachment_ready import AttachmentReady
    from kong_secure.resources.konnect_network import KonnectNetwork
    from kong_secure.resources.shared_secret import SharedSecret
    from kong_secure.resources.shared_secret_header import SharedSecretHeader
    from kong_secure.resources.transit_gateway_attachment import TransitGatewayAttachment
    from kong_secure.resources.vnet_peering import VnetPeering
    from kong_secure.resources.waiting_process import WaitingProcess

__all__ = [
    "AttachmentPending",
    "AttachmentReady",
    "AwsTransitGateway",
    "AzureVnetPeering",
    "KonnectNetwork",
    "SecuredService",
    "SharedSecret",
    "SharedSecretHeader",
    "TransitGatewayAttachment",
    "VnetPeering",
    "WaitingProcess",
    "__version__",
]

__version__ = "0.1.0"

_HOMES = {
    "AttachmentPending": "kong_secure.resources.attachment_pending",
    "AttachmentReady": "kong_secure.resources.attachment_ready",
    "AwsTransitGateway": "kong_secure.components.aws.transit_gateway",
    "AzureVnetPeering": "kong_secure.components.azure.vnet_peering",
    "KonnectNetwork": "kong_secure.resources.konnect_network",
    "SecuredService": "kong_secure.components.secured_service",
    "SharedSecret": "kong_secure.resources.shared_secret",
    "SharedSecretHeader": "kong_secure.resources.shared_secret_header",
    "TransitGatewayAttachment": "kong_secure.resources.transit_gateway_attachment",
    "VnetPeering": "kong_secure.resources.vnet_peering",
    "WaitingProcess": "kong_secure.resources.waiting_process",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'kong_secure' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
