"""Konnect's API for people and programs: settings, the client, typed calls. It never imports pulumi.

from kong_secure import konnect

client = konnect.Konnect(konnect.parse_settings(os.environ, {}))
session = client.session("us")
plane = konnect.find_control_plane(session, "demo")
"""

from kong_secure.konnect.cloud_gateways import (
    Attachment,
    DnsMapping,
    Network,
    ProviderAccount,
    delete_attachment,
    list_attachments,
    list_networks,
    patch_cidr_blocks,
    post_attachment,
    read_attachment,
    read_network,
    read_provider_account,
)
from kong_secure.konnect.control_planes import ControlPlane, list_control_planes, read_control_plane
from kong_secure.konnect.core_entities import (
    Plugin,
    Route,
    Scope,
    Service,
    delete_plugin,
    list_plugins,
    list_routes,
    list_services,
    put_plugin,
    read_plugin,
    read_route,
    read_service,
)
from kong_secure.konnect.lookups import find_control_plane, find_network, find_route, find_service
from kong_secure.konnect.retries import Timing
from kong_secure.konnect.session import Konnect, Session
from kong_secure.konnect.settings import GLOBAL, REGIONS, Settings, choose_region, parse_settings
from kong_secure.konnect.waits import NotYet, Waiting, wait_for

__all__ = [
    "GLOBAL",
    "REGIONS",
    "Attachment",
    "ControlPlane",
    "DnsMapping",
    "Konnect",
    "Network",
    "NotYet",
    "Plugin",
    "ProviderAccount",
    "Route",
    "Scope",
    "Service",
    "Session",
    "Settings",
    "Timing",
    "Waiting",
    "choose_region",
    "delete_attachment",
    "delete_plugin",
    "find_control_plane",
    "find_network",
    "find_route",
    "find_service",
    "list_attachments",
    "list_control_planes",
    "list_networks",
    "list_plugins",
    "list_routes",
    "list_services",
    "parse_settings",
    "patch_cidr_blocks",
    "post_attachment",
    "put_plugin",
    "read_attachment",
    "read_control_plane",
    "read_network",
    "read_plugin",
    "read_provider_account",
    "read_route",
    "read_service",
    "wait_for",
]
