"""A service that refuses whatever doesn't come through Kong's gateway: the gateway adds a secret to every request,
and the backend refuses requests without it. How the gateway reaches the backend is one line of the stack file,
`connectivity`.

With the header Authorization, which is the default, the caller's own credentials no longer reach the backend: the
gateway's value takes their place. If your backend needs both, give another name, header_name="X-Gateway-Secret".
"""

import pulumi
from settings import AWS, AZURE, read_settings

from kong_secure import SecuredService

settings = read_settings()

if settings.connectivity == AWS:
    from aws_path import aws_path

    connectivity = aws_path(settings.aws)
elif settings.connectivity == AZURE:
    raise pulumi.RunError(f"connectivity {AZURE} isn't there yet")
else:
    connectivity = settings.connectivity

orders = SecuredService(
    "orders",
    control_plane=settings.control_plane,
    service=settings.service,
    connectivity=connectivity,
    # Where none is configured, the program makes one and keeps it.
    shared_secret=pulumi.Config().get_secret("shared_secret"),
)

pulumi.export("plugin_id", orders.plugin_id)
pulumi.export("shared_secret", orders.shared_secret)  # for the backend's own stack
