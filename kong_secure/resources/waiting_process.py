"""A provider process for resources that wait, as a resource of the program; what they wait for isn't known here."""

from typing import Any

import pulumi

from kong_secure.resources.process import READ_KEYS

_SECRET_KEYS = frozenset({"konnect:token"})
_PACKAGE = "pulumi-python"


class WaitingProcess(pulumi.ProviderResource):
    """A process of its own for resources that wait, so that nothing else waits with them.

        waits = WaitingProcess("waits")
        AttachmentReady("ready", attachments=[attachment], opts=ResourceOptions(provider=waits))

    Pulumi runs all dynamic resources of a stack in one process, which works on four calls at a time. Resources
    with this provider run in another one, with four calls of its own: up to four of them wait beside each
    other without delay, and a fifth begins when one is done. One AttachmentReady waits for any number of
    attachments.

    The process is configured with what the stack configuration has of `konnect:token` (as a secret) and
    `konnect:timeoutSeconds`; the variables of the environment, as KONNECT_TOKEN, it reads itself. A token in
    the stack configuration is written, encrypted, into every state.
    """

    def __init__(self, resource_name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(_PACKAGE, resource_name, configuration(), opts)


def configuration() -> dict[str, Any]:
    """The inputs of the process: what the stack configuration has of the keys that providers read."""
    copied: dict[str, Any] = {}
    for full_key in READ_KEYS:
        namespace, _, key = full_key.partition(":")
        config = pulumi.Config(namespace)
        value = config.get_secret(key) if full_key in _SECRET_KEYS else config.get(key)
        if value is not None:
            copied[full_key] = value
    return copied
