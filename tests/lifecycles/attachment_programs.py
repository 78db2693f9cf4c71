"""Programs with Konnect's half of a path over a transit gateway, for the tests of lifecycles."""

from __future__ import annotations

from collections.abc import Sequence

SHARE = "arn:aws:ram:us-east-2:222222222222:resource-share/4b7e2c8a-1234-5678-abcd-ef1234567890"
BLOCKS = ("10.8.0.0/16",)
NAMES = "AttachmentPending, AttachmentReady, KonnectNetwork, TransitGatewayAttachment, WaitingProcess"
IMPORTS = f"from kong_secure import {NAMES}\nfrom pulumi import ResourceOptions\n\n"
DNS = '[{"remote_dns_server_ip_addresses": ["10.8.0.10"], "domain_proxy_list": ["orders.internal"]}]'


def attachment_program(network_id: str, blocks: Sequence[str] = BLOCKS, dns: str = "None") -> str:
    """An attachment and nothing that waits for it."""
    return IMPORTS + (
        f'attachment = TransitGatewayAttachment("attachment", network_id="{network_id}", name="orders", '
        f'transit_gateway_id="tgw-0123456789abcdef0", ram_share_arn="{SHARE}", cidr_blocks={list(blocks)}, '
        f"dns_config={dns})\n"
    )


def path_program(network: str, blocks: Sequence[str] = BLOCKS, *, own_process: bool = True) -> str:
    """A network looked up by name, an attachment of it, and both waits, in a process of their own or not."""
    looked_up = f'network = KonnectNetwork("network", network="{network}")\n'
    attached = attachment_program("X", blocks).removeprefix(IMPORTS).replace('"X"', "network.id")
    process = 'WaitingProcess("waits")' if own_process else "None"
    return (
        IMPORTS
        + looked_up
        + attached
        + f"own = ResourceOptions(provider={process})\n"
        + """\
pending = AttachmentPending("pending", network_id=network.id, attachment_id=attachment.id, opts=own)
ready = AttachmentReady("ready", attachments=[attachment], after=[pending.aws_attachment_id], opts=own)
pulumi.export("aws_attachment_id", pending.aws_attachment_id)
pulumi.export("cidr_block", network.cidr_block)
"""
    )


def waiting_program(network_ids: Sequence[str], gate: str) -> str:
    """Three processes with two waits each, and a header that begins when the file `gate` is there."""
    attachments = "".join(
        f'a{number} = TransitGatewayAttachment("a{number}", network_id="{network_id}", name="orders", '
        f'transit_gateway_id="tgw-0123456789abcdef0", ram_share_arn="{SHARE}", cidr_blocks={list(BLOCKS)})\n'
        f'AttachmentPending("p{number}", network_id="{network_id}", attachment_id=a{number}.id, '
        f"opts=ResourceOptions(provider=processes[{number % 3}]))\n"
        for number, network_id in enumerate(network_ids)
    )
    return (
        IMPORTS
        + "import asyncio, pathlib\n"
        + 'processes = [WaitingProcess(f"waits-{number}") for number in range(3)]\n'
        + attachments
        + f"""\
async def opened():
    while not pathlib.Path({gate!r}).exists():
        await asyncio.sleep(0.02)
    return "demo"
secret = pulumi.Config().require_secret("secret")
SharedSecretHeader("header", control_plane=opened(), service="orders", shared_secret=secret)
"""
    )
