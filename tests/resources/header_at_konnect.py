"""A header on a service of its own at the sandbox's Konnect, driven through the provider's methods as an engine
would.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pulumi.output import Unknown

from kong_secure.resources.shared_secret_header import SharedSecretHeaderProvider
from tests.world import World

SECRET = "a-fine-secret-of-some-length"
PROVIDER = SharedSecretHeaderProvider()
UNKNOWN = Unknown()  # type: ignore[no-untyped-call]  # Pulumi left it without types

Properties = Mapping[str, Any]


class Header:
    """A header on a service of its own, driven as an engine would."""

    def __init__(self, world: World, **changes: Any) -> None:
        self.world = world
        plane, service, route = world.declare(url=changes.pop("url", "https://backend.internal"))
        self.plane, self.service, self.route = plane, service, route
        given = {"region": "us", "control_plane": plane, "service": service, "shared_secret": SECRET}
        given |= {"owner": f"org/project/stack/{plane}", **changes}
        self.inputs = checked({key: value for key, value in given.items() if value is not None})
        self.id = ""
        self.outs: dict[str, Any] = {}

    def create(self) -> "Header":
        result = PROVIDER.create(dict(self.inputs))
        self.id, self.outs = result.id, result.outs or {}
        return self

    def path(self) -> str:
        return f"/v2/control-planes/{self.outs['control_plane_id']}/core-entities/plugins/{self.id}"

    def live(self) -> dict[str, Any]:
        return self.world.by_hand("GET", self.path())

    def by_hand(self, **changes: Any) -> None:
        body = {key: value for key, value in self.live().items() if value is not None} | changes
        self.world.by_hand(
            "PUT", self.path(), {k: v for k, v in body.items() if k not in ("created_at", "updated_at")}
        )

    def plugins(self) -> list[dict[str, Any]]:
        scope = "services" if "service_id" in self.outs else "routes"
        scope_id = self.outs.get("service_id") or self.outs.get("route_id")
        plane = self.outs["control_plane_id"]
        path = f"/v2/control-planes/{plane}/core-entities/{scope}/{scope_id}/plugins"
        found: list[dict[str, Any]] = self.world.by_hand("GET", path)["data"]
        return found


def checked(news: Properties, olds: Properties | None = None) -> dict[str, Any]:
    result = PROVIDER.check(dict(olds or {}), dict(news))
    assert [failure.reason for failure in result.failures] == []
    return result.inputs


def same(outs: Properties, **changes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**outs, **changes}.items() if value is not None}


class Read(NamedTuple):
    """What `read` answered; empty where the header is gone."""

    id: str
    inputs: dict[str, Any]
    outs: dict[str, Any]


def read_back(made: Header) -> Read:
    result = PROVIDER.read(made.id, made.outs)
    return Read(result.id or "", result.inputs or {}, result.outs or {})


def outputs_of(inputs: Properties) -> dict[str, Any]:
    """The outputs of a header that is created."""
    outs = PROVIDER.create(dict(inputs)).outs
    assert outs is not None
    return outs


Headers = Callable[..., Header]
"""Makes the inputs of a header; see the fixture `header`."""
