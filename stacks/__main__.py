"""A backend reached over the public internet: the gateway adds a secret to every request, and the backend refuses
requests without it.

With the header Authorization, which is the default, the caller's own credentials no longer reach the backend: the
gateway's value takes their place. If your backend needs both, give another name, header_name="X-Gateway-Secret".
"""

import pulumi

from kong_secure import SharedSecretHeader

config = pulumi.Config()

header = SharedSecretHeader(
    "orders",
    control_plane=config.require("control_plane"),
    service=config.require("service"),
    shared_secret=config.require_secret("shared_secret"),
)

pulumi.export("plugin_id", header.plugin_id)
