"""Transforms of resources, of components (which their children inherit), and of the stack."""

from __future__ import annotations

from typing import Final

from tests.sandbox.engine.conformance.case import Case, Step, ups

_MARK: Final = """
def mark(word):
    def transform(args):
        if not args.type_.endswith("Thing"):
            return None
        return pulumi.ResourceTransformResult({**args.props, "seen": [*args.props.get("seen", []), word]}, args.opts)
    return transform
"""
_OPTIONS: Final = """
provider = pulumi.ProviderResource("pulumi-python", "mine", {"greeting:word": "x"})
owner = Thing("owner")
def harden(args):
    opts = ResourceOptions.merge(args.opts, ResourceOptions(
        protect=False, retain_on_delete=True, depends_on=[owner], deleted_with=owner, provider=provider,
        additional_secret_outputs=["greeting"], ignore_changes=["colour"], replace_on_changes=["size"],
        aliases=[Alias(name="old")], custom_timeouts=pulumi.CustomTimeouts(create="5m")))
    return pulumi.ResourceTransformResult(args.props, opts)
"""

CASES: Final = (
    ups(
        "transforms-own-then-parents-then-the-stacks",
        _MARK
        + """
pulumi.runtime.register_resource_transform(mark("stack 1"))
pulumi.runtime.register_resource_transform(mark("stack 2"))
top = pulumi.ComponentResource("things:index:Top", "top", {}, ResourceOptions(transforms=[mark("top")]))
options = ResourceOptions(parent=top, transforms=[mark("inner 1"), mark("inner 2")])
inner = pulumi.ComponentResource("things:index:Inner", "inner", {}, options)
Thing("a", opts=ResourceOptions(parent=inner, transforms=[mark("own 1"), mark("own 2")]))
Thing("b")
""",
    ),
    ups(
        "transforms-of-options",
        'owner = Thing("owner")\nThing("old", colour="red")',
        _OPTIONS + 'Thing("a", colour="blue", opts=ResourceOptions(protect=True, transforms=[harden]))',
        _OPTIONS
        + """
pulumi.runtime.register_resource_transform(lambda args: harden(args) if args.name == "a" else None)
Thing("a", colour="green")
""",
    ),
    ups(
        "transforms-of-secrets-and-dependencies",
        """
base = Thing("base")
def touch(args):
    return pulumi.ResourceTransformResult({**args.props, "added": "x"}, args.opts)
secret = Output.secret("s3cret")
Thing("a", colour=base.made, inner={"x": [secret]}, top=secret, opts=ResourceOptions(transforms=[touch]))
Thing("b", colour=base.made, top=secret, opts=ResourceOptions(transforms=[lambda args: None]))
pulumi.runtime.register_resource_transform(touch)
Thing("c", colour=base.made, inner={"x": [secret]}, top=secret, opts=ResourceOptions(depends_on=[base]))
def conceal(args):
    return pulumi.ResourceTransformResult({**args.props, "colour": Output.secret("hidden")}, ResourceOptions())
Thing("d", opts=ResourceOptions(protect=True, depends_on=[base], transforms=[conceal]))
""",
    ),
    ups(
        "transforms-see-what-is-inherited",
        """
top = pulumi.ComponentResource("things:index:Top", "top", {}, ResourceOptions(protect=True))
def lift(args):
    assert args.opts.protect is True
    return pulumi.ResourceTransformResult(args.props, ResourceOptions())
Thing("a", opts=ResourceOptions(parent=top, transforms=[lift]))
""",
    ),
    Case(
        "transforms-in-a-preview",
        (
            Step(
                "preview",
                """
base = Thing("base")
def touch(args):
    return pulumi.ResourceTransformResult({**args.props, "added": "x"}, args.opts)
Thing("a", colour=base.made, opts=ResourceOptions(transforms=[touch]))
""",
            ),
            Step("up"),
            Step("up"),
        ),
    ),
    ups(
        "transforms-that-give-a-component-a-provider",
        """
provider = pulumi.ProviderResource("pulumi-python", "mine", {"greeting:word": "x"})
def give(args):
    return pulumi.ResourceTransformResult(args.props, ResourceOptions.merge(
        args.opts, ResourceOptions(providers={"pulumi-python": provider})))
top = pulumi.ComponentResource("things:index:Top", "top", {}, ResourceOptions(transforms=[
    lambda args: give(args) if args.name == "top" else None]))
inner = pulumi.ComponentResource("things:index:Inner", "inner", {}, ResourceOptions(parent=top))
Thing("a", opts=ResourceOptions(parent=top))
Thing("b", opts=ResourceOptions(parent=inner))
""",
    ),
)
