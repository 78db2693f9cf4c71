"""A service that refuses whatever doesn't come through Kong's gateway: the gateway adds a secret to every request,
and the backend refuses requests without it. How the gateway reaches the backend is one line of the stack file,
`connectivity`.

With the header Authorization, which is the default, the caller's own credentials no longer reach the backend: the
gateway's value takes their place. If your backend needs both, give another name, header_name="X-Gateway-Secret".
"""

from typing import Any

import pulumi
from settings import AwsSettings, AzureSettings, read_settings

from kong_secure import SecuredService

settings = read_settings()
connectivity: Any = settings.connectivity

if isinstance(settings.path, AwsSettings):
    from aws_path import aws_path

    connectivity = aws_path(settings.path)
elif isinstance(settings.path, AzureSettings):
    from azure_path import azure_path

    connectivity = azure_path(settings.path)

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
