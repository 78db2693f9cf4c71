"""An Azure to try private paths on: a small store of Azure Resource Manager's resources, where packets go, a
stand-in for Pulumi's azure-native provider, and Kong's own tenant.

It knows resource groups, networks with what belongs to them, and role-based access; nothing runs in it. There
are no private endpoints, no gateways of Azure's own, no IPv6.
"""
