"""Whether packets pass in the AWS of a running world, asked of the file it is kept in. What should pass is said in
the tests.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.aws.hosting import STORE
from kong_secure.sandbox.aws.reachability import Source, blocked
from kong_secure.sandbox.aws.topology import topology
from kong_secure.sandbox.cloud_paths import Destination
from tests.lifecycles.playground import AWS_REGION
from tests.world import World

KONGS_BLOCK = "10.0.0.0/16"
PASSES = None


def from_kong(world: World, to: str, *, block: str = KONGS_BLOCK) -> str | None:
    """What stops a call from a gateway of Kong's; `to` and the answer are those of `between`."""
    return between(world, str(IPv4Network(block)[10]), to)


def between(world: World, source: str, to: str) -> str | None:
    """What stops a call between two addresses of VPCs, in one sentence; PASSES if it arrives and is answered.

    to: address, port and name of the security group there, as `10.8.1.20:443 orders`; `/udp` after the port.
    """
    where, _, group = to.partition(" ")
    address, _, port = where.partition(":")
    number, _, protocol = port.partition("/")
    seen = topology(Cloud.load(world.directory / STORE), AWS_REGION)
    start = IPv4Address(source)
    [vpc_id] = [id_ for id_, vpc in seen.vpcs.items() if any(start in subnet.block for subnet in vpc.subnets)]
    groups = (group,) if group else ()
    destination = Destination(IPv4Address(address), int(number), protocol or "tcp", groups)
    return blocked(seen, Source(vpc_id, start), destination)
