"""What Konnect demands of the bodies of control planes beside its schema, each with its source, as `entity_rules` has
it for core entities.

Sources: "spec" is Kong's OpenAPI file itself, in words.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tests.sandbox.konnect.generated.entity_rules import Body, Entity, Rule, pattern
from tests.sandbox.konnect.generated.strategies import TEXT

_LABEL_KEYS = pattern("l[a-z0-9]{0,20}")

_PROXY = {"host": "proxy.example", "port": 443, "protocol": "https"}


def _control_plane_context(body: Body, name: str) -> Body:
    """A proxy's address is one of three fields."""
    return body | {"proxy_urls": [_PROXY]} if name == "proxy_urls" else body


CONTROL_PLANE = Entity(
    (
        Rule("name", "it is unique in its region", TEXT.map("generated {}".format)),
        Rule(
            "labels",
            "spec: keys of 1 to 63 characters, not beginning with kong, konnect, mesh, kic or _",
            st.dictionaries(
                _LABEL_KEYS,
                pattern("[a-zA-Z0-9]([a-zA-Z0-9._-]{0,9}[a-zA-Z0-9])?"),
                max_size=2,
            ),
            ({"kong": "a"}, {"konnect-x": "a"}, {"_a": "a"}, {"mesh": "a"}, {"": "a"}, {"x" * 64: "a"}),
        ),
        Rule("proxy_urls[].port", "a port", st.integers(1, 65535), (2**31,)),
    ),
    context=_control_plane_context,
)
