"""Fields that several kinds of core entity share (control-planes-config: components/schemas). Rules that
look at more than one field live with the entity."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from kong_secure.sandbox.konnect.bodies import Body, matching, one_of, refuse

UUID_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

MOST_TAGS = 20
"""Kong's operator (kong-operator, api/common/v1alpha1/kong_tags_types.go) lets nobody send more."""

LARGEST_INTEGER = 2**63 - 1
"""What an integer without bounds of its own may be: Konnect keeps 64 bits."""


def _distinct(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise refuse("items must be unique")
    return values


Uuid = Annotated[str, matching(UUID_PATTERN, "must be a valid UUID", rule="is_uuid")]
Name = Annotated[
    str,
    Field(min_length=1, max_length=128),
    # Kong: a name in UTF-8 may hold letters, digits and . - _ ~ (kong/db/schema/typedefs.lua, utf8_name).
    matching(r"[\w.\-~]+", "must match pattern '^[0-9a-zA-Z.\\-_~]*$'"),
]
Tag = Annotated[
    str,
    Field(min_length=1, max_length=128),
    matching(r"[^\x00-\x1f\x7f,/]+", "invalid tag '{got}': expected printable characters except `,` and `/`"),
]
Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS), AfterValidator(_distinct)]
Timestamp = Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]
Timeout = Annotated[int, Field(ge=1, le=2**31 - 2)]

PROTOCOLS = ("http", "https", "grpc", "grpcs", "tcp", "udp", "tls", "tls_passthrough", "ws", "wss")
Protocol = Annotated[str, one_of(*PROTOCOLS)]


class Reference(Body):
    """A reference to another entity by its id."""

    id: Uuid


def reference(value: Reference | None) -> dict[str, str] | None:
    """A reference as it is stored and answered."""
    return None if value is None else {"id": value.id}


def with_defaults(body: Body, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of the body; null and absent alike become the default, or null where there is none."""
    given = body.model_dump(exclude_none=True, exclude_unset=True)
    return {
        name: given[name] if name in given else copy(defaults.get(name)) for name in type(body).model_fields
    }
