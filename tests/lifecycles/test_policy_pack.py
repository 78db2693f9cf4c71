"""The package's policy pack at work, on every engine."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import kong_secure
from kong_secure.sandbox.engine import Operation, PolicyPack
from tests.lifecycles.playground import Playground, Run, header_program

PACK = PolicyPack(Path(kong_secure.__file__).parent / "policy")
# Another package's way to the same plugin, which doesn't know that what it holds is a secret.
OTHERS_PLUGIN = """
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class PluginProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        return CreateResult("plugin", props)

class Plugin(Resource, module="others", name="Plugin"):
    pass

entry = "X-Gateway-Secret:" + pulumi.Config().require("entry")
headers = {"add": {"headers": [entry]}, "remove": {"headers": ["X-Gateway-Secret"]}}
plugin = Plugin(PluginProvider(), "plugin", {"name": "request-transformer", "config": headers})
"""
# Of a cloud that isn't simulated here: what a policy reads is what the program declares.
CLOUD = """
accepting = {"autoAcceptSharedAttachments": "enable"}
pulumi.CustomResource("aws:ec2transitgateway/transitGateway:TransitGateway", "gateway", accepting)
world = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0", "securityGroupId": "sg-1"}
pulumi.CustomResource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "open", world)
"""


def judged(playground: Playground, operation: str) -> Run:
    out = io.StringIO()
    stack = replace(playground.description(), policy_packs=(PACK,))
    result = playground.engine.run(Operation(operation), stack, out)
    playground.printed.append(out.getvalue())
    playground.search_for_secrets()
    return Run(result, out.getvalue())


def test_every_kind_of_violation_is_told_marked_or_refused(playground: Playground) -> None:
    playground.secret_config("playground:entry", "s3cret-of-another-package")
    refused = header_program(overwrite="").replace("overwrite=''", "overwrite=False")
    opts = "opts=pulumi.ResourceOptions()"
    playground.program(
        OTHERS_PLUGIN, refused.replace(opts, "opts=pulumi.ResourceOptions(depends_on=[plugin])")
    )
    up = judged(playground, "up").must_fail()
    assert "is only added (overwrite is False)" in up.text
    [plugin] = playground.resources()
    assert plugin["type"].endswith("others:Plugin")
    assert "ciphertext" in plugin["inputs"]["config"]
    assert playground.konnect.plugins() == []

    # An update stops at what is refused; a preview tells of everything.
    playground.program(OTHERS_PLUGIN, CLOUD, header_program())
    preview = judged(playground, "preview").must_fail()
    assert "port 443 (tcp) from 0.0.0.0/0 goes around the gateway" in preview.text
    assert "autoAcceptSharedAttachments is enabled" in preview.text
    assert preview.text.count("[mandatory]") == 1
    assert preview.operations["orders-header"] == "create"
