"""A service that refuses whatever doesn't come through Kong's gateway: the gateway adds a secret to every request,
and the backend refuses requests without it. How the gateway reaches the backend is one line of the stack file,
`connectivity`.

With the header Authorization, which is the default, the caller's own credentials no longer reach the backend: the
gateway's value takes their place. If your backend needs both, give another name, header_name="X-Gateway-Secret".
"""

import pulumi
from settings import AWS, AZURE, read_settings

from kong_secure import SharedSecretHeader

settings = read_settings()
service = settings.service

if settings.connectivity == AWS:
    from aws_path import aws_path

    # What takes this comes after the path, and not at all without it.
    service = aws_path(settings.aws).once_ready(service)
elif settings.connectivity == AZURE:
    raise pulumi.RunError(f"connectivity {AZURE} isn't there yet")

header = SharedSecretHeader(
    "orders",
    control_plane=settings.control_plane,
    service=service,
    shared_secret=pulumi.Config().require_secret("shared_secret"),
)

pulumi.export("plugin_id", header.plugin_id)
