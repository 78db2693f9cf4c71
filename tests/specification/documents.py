"""Kong's OpenAPI files as they are: read once per process, references not followed yet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml

Host = Literal["regional", "global"]
Schema = dict[str, Any]
"""A JSON Schema, or any other object of a file."""

FILES = Path(__file__).parent / "files"
NAMES = ("control-planes", "control-planes-config", "cloud-gateways")


@dataclass(frozen=True)
class Document:
    """One file. `host`: which of Konnect's hosts serve it; `base`: what its paths begin with there."""

    name: str
    host: Host
    base: str
    is_3_1: bool
    content: Schema

    def at(self, reference: str) -> Any:
        """What `#/components/…` refers to. Raises KeyError."""
        found: Any = self.content
        for part in reference.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return found

    def followed(self, node: Schema) -> Schema:
        """The node itself, or what it refers to."""
        while "$ref" in node:
            node = self.at(node["$ref"])
        return node


@cache
def document(name: str) -> Document:
    """The file of that name, without `.yaml`."""
    # The loader in C: a twentieth of a second where the one in Python takes two.
    content = yaml.load((FILES / f"{name}.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    servers = [urlsplit(server["url"]) for server in content["servers"]]
    is_global = [server.hostname for server in servers] == ["global.api.konghq.com"]
    return Document(
        name=name,
        host="global" if is_global else "regional",
        base=servers[0].path,
        is_3_1=content["openapi"].startswith("3.1."),
        content=content,
    )
