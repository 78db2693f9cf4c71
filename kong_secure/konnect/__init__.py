"""Konnect's API for people and programs: settings, the client, typed calls. It never imports pulumi.

from kong_secure import konnect

client = konnect.Konnect(konnect.parse_settings(os.environ, {}))
session = client.session("us")
plane = konnect.find_control_plane(session, "demo")
"""

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
from kong_secure.konnect.lookups import find_control_plane, find_route, find_service
from kong_secure.konnect.retries import Timing
from kong_secure.konnect.session import Konnect, Session
from kong_secure.konnect.settings import REGIONS, Settings, choose_region, parse_settings

__all__ = [
    "REGIONS",
    "ControlPlane",
    "Konnect",
    "Plugin",
    "Route",
    "Scope",
    "Service",
    "Session",
    "Settings",
    "Timing",
    "choose_region",
    "delete_plugin",
    "find_control_plane",
    "find_route",
    "find_service",
    "list_control_planes",
    "list_plugins",
    "list_routes",
    "list_services",
    "parse_settings",
    "put_plugin",
    "read_control_plane",
    "read_plugin",
    "read_route",
    "read_service",
]
