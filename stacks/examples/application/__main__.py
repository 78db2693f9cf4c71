"""A service behind the path that another stack has opened. Its gateway adds the secret only once that path is ready."""

import pulumi

from kong_secure import SecuredService

platform = pulumi.StackReference(pulumi.Config().require("platform"))

orders = SecuredService(
    "orders",
    control_plane="demo",
    service="orders",
    # get_output, not require_output: while the path isn't there yet, the error then says what to do.
    connectivity=platform.get_output("ready"),
)

pulumi.export("shared_secret", orders.shared_secret)  # for the backend's own stack
