"""The programs that are compared: headers, and two dynamic resources that do nothing."""

from __future__ import annotations

from pathlib import Path

HEADER, NOTHING, SAME_PROPERTIES = "header", "nothing", "same properties"

_MODULE = '''"""Dynamic resources that do nothing: with one property, and with the properties of a header."""
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider

class TrivialProvider(ResourceProvider):
    serialize_as_secret_always = False
    def diff(self, _id, olds, news):
        return DiffResult(changes=None if olds["value"] != news["value"] else False)
    def create(self, props):
        return CreateResult("trivial", props)

class Trivial(Resource, module="trivial", name="Trivial"):
    def __init__(self, name, value, opts=None):
        super().__init__(TrivialProvider(), name, {"value": value}, opts)

COMPUTED = {"plugin_id": "5f0e3c6e-7d83-4c1b-9d5c-d5f6f0a4b7c1",
            "control_plane_id": "0b6f4c1e-52b4-4a43-8a57-3a1a3f9b8e55",
            "service_id": "c4b7f6de-9a3e-4a8e-8f1c-1d3f5a7b9c2d"}

class WideProvider(ResourceProvider):
    serialize_as_secret_always = False
    def diff(self, _id, olds, news):
        changed = any(olds.get(key) != value for key, value in news.items() if key != "__provider")
        return DiffResult(changes=None if changed else False)
    def create(self, props):
        return CreateResult("wide", {**props, **COMPUTED})

class Wide(Resource, module="trivial", name="Wide"):
    def __init__(self, name, service, shared_secret, opts=None):
        owner = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}/{name}"
        super().__init__(WideProvider(), name, {
            "control_plane": "demo", "service": service, "route": None, "header_name": "Authorization",
            "shared_secret": shared_secret, "scheme": "Bearer", "overwrite": True, "enabled": True,
            "tags": None, "region": "us", "owner": owner, **dict.fromkeys(COMPUTED), "route_id": None,
        }, opts)
'''
_VALUE = 'pulumi.Config().require_secret("secret")'
_LOOPS = {
    HEADER: f"""from kong_secure import SharedSecretHeader
import pulumi
for number in range({{count}}):
    SharedSecretHeader(f"header-{{{{number}}}}", control_plane="demo", service=f"service-{{{{number}}}}",
                       shared_secret={_VALUE})
""",
    NOTHING: f"""from trivial import Trivial
import pulumi
for number in range({{count}}):
    Trivial(f"trivial-{{{{number}}}}", {_VALUE})
""",
    SAME_PROPERTIES: f"""from trivial import Wide
import pulumi
for number in range({{count}}):
    Wide(f"wide-{{{{number}}}}", f"service-{{{{number}}}}", {_VALUE})
""",
}
KINDS = tuple(_LOOPS)
"""What is measured; each is a program that `write_program` knows."""


def write_program(folder: Path, kind: str, count: int) -> None:
    """A project in a new folder that declares `count` resources of a kind."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
    (folder / "__main__.py").write_text(_LOOPS[kind].format(count=count))
    (folder / "trivial.py").write_text(_MODULE)
