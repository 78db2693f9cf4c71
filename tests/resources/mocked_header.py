"""A `SharedSecretHeader` for programs that are run against Pulumi's mocks."""

from __future__ import annotations

from typing import Any

from kong_secure import SharedSecretHeader

SECRET = "a-fine-secret-of-some-length"


def make(name: str = "orders", **changes: Any) -> SharedSecretHeader:
    given = {"control_plane": "demo", "service": "orders", "shared_secret": SECRET, **changes}
    return SharedSecretHeader(name, **{key: value for key, value in given.items() if value is not None})
