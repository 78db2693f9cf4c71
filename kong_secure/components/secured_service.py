"""One service secured as a whole, as one component: the header behind the path by which it is reached. The paths
themselves are components of their own, because many services share one.
"""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import pulumi

from kong_secure.resources.base import InvalidArguments
from kong_secure.resources.program import is_later, settled_region
from kong_secure.resources.shared_secret import SharedSecret
from kong_secure.resources.shared_secret_header import SharedSecretHeader
from kong_secure.rules.connectivity import connectivity_findings, readiness_findings
from kong_secure.rules.findings import Finding, described
from kong_secure.rules.generated_secret import rotation_findings
from kong_secure.rules.header_inputs import input_findings
from kong_secure.rules.header_value import DEFAULT_HEADER

RESOURCE_TYPE = "kong-secure:index:SecuredService"

T = TypeVar("T")


@runtime_checkable
class Path(Protocol):
    """A way from the gateway to services, as `AwsTransitGateway`: it says when it is ready."""

    def once_ready(self, value: pulumi.Input[T]) -> pulumi.Output[T]:
        """The value, once the path is ready; never, if it doesn't get ready."""
        ...


Connectivity = Literal["public-internet"] | Path | pulumi.Output[Any] | Awaitable[Any]


class SecuredService(pulumi.ComponentResource):
    """A service that refuses whatever doesn't come through the gateway, and the way by which the gateway reaches it.

        path = AwsTransitGateway("path", network="production", ...)
        for name in ("orders", "payments"):
            SecuredService(name, control_plane="demo", service=name, connectivity=path)

    The gateway adds a shared secret to every request, as a `SharedSecretHeader` does, and it does so only once the
    path is ready.

    connectivity: how the gateway reaches the service: "public-internet", which makes the header alone; a path,
        as `AwsTransitGateway`, which many services can share; or the readiness of a path in another stack, which
        is "ready": let that stack export `path.once_ready("ready")`, and give
        `StackReference(...).get_output(...)`.
    shared_secret: what the backend compares. Left out, it is made here, by a `SharedSecret`.
    rotation: of the secret that is made here: another value makes another secret, which the gateway sends at once.
    control_plane, service, route, region, header_name, scheme, overwrite, enabled, tags: as `SharedSecretHeader`
        takes them.

    Outputs: shared_secret, and previous_secret, the one before the last rotation, else None; both are secret.
    header_name and scheme; plugin_id, control_plane_id, and service_id or route_id.

    Raises InvalidArguments, a `pulumi.RunError`, naming every problem; for Outputs, when their values are known.
    """

    shared_secret: pulumi.Output[str]
    previous_secret: pulumi.Output[str | None]
    header_name: pulumi.Output[str]
    scheme: pulumi.Output[str]
    plugin_id: pulumi.Output[str]
    control_plane_id: pulumi.Output[str]
    service_id: pulumi.Output[str | None]
    route_id: pulumi.Output[str | None]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane: pulumi.Input[str],
        connectivity: Connectivity,
        service: pulumi.Input[str] | None = None,
        route: pulumi.Input[str] | None = None,
        shared_secret: pulumi.Input[str] | None = None,
        rotation: pulumi.Input[str | int] | None = None,
        region: str | None = None,
        header_name: pulumi.Input[str] = DEFAULT_HEADER,
        scheme: pulumi.Input[str] | None = None,
        overwrite: pulumi.Input[bool] = True,
        enabled: pulumi.Input[bool] = True,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        arguments = locals()
        given = {key: arguments[key] for key in _GIVEN_TO_THE_HEADER}
        label = f"SecuredService {resource_name!r}"
        _refuse(label, {**given, "shared_secret": shared_secret}, connectivity, rotation)
        super().__init__(RESOURCE_TYPE, resource_name, None, opts)
        ours = pulumi.ResourceOptions(parent=self)
        self._settle_secret(shared_secret, rotation, ours)
        header = SharedSecretHeader(
            f"{resource_name}-header",
            **given,
            shared_secret=_once_ready(label, connectivity, self.shared_secret),
            opts=ours,
        )
        for name in _OF_THE_HEADER:
            setattr(self, name, getattr(header, name))
        self.register_outputs({name: getattr(self, name) for name in SecuredService.__annotations__})

    def _settle_secret(
        self,
        given: pulumi.Input[str] | None,
        rotation: pulumi.Input[str | int] | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        if given is not None:
            self.shared_secret = pulumi.Output.secret(given)
            self.previous_secret = pulumi.Output.secret(None)
            return
        made = SharedSecret(f"{self._name}-secret", rotation=rotation, opts=opts)
        self.shared_secret, self.previous_secret = made.value, made.previous


_GIVEN_TO_THE_HEADER = (
    "control_plane",
    "service",
    "route",
    "region",
    "header_name",
    "scheme",
    "overwrite",
    "enabled",
    "tags",
)
_OF_THE_HEADER = ("header_name", "scheme", "plugin_id", "control_plane_id", "service_id", "route_id")


def _refuse(label: str, given: Mapping[str, Any], connectivity: object, rotation: object) -> None:
    """Raises InvalidArguments with everything that is wrong with plain values."""
    later = {name for name, value in given.items() if is_later(value)}
    plain = {name: value for name, value in given.items() if name not in later and value is not None}
    made = given["shared_secret"] is None
    _, problems = settled_region(given["region"])
    found: list[Finding | str] = [*input_findings(plain, later | ({"shared_secret"} if made else set()))]
    if not made and rotation is not None:
        problem = "is for a secret that is made here, and shared_secret is given"
        found.append(Finding("rotation", problem, "leave out one of them"))
    elif not is_later(rotation):
        found += rotation_findings(rotation)
    if not is_later(connectivity) and not _is_path(connectivity):
        found += connectivity_findings(connectivity)
    if found or problems:
        raise InvalidArguments(f"{label}: {described([*found, *problems])}")


def _is_path(connectivity: object) -> bool:
    return isinstance(connectivity, Path) and not isinstance(connectivity, type)


def _once_ready(label: str, connectivity: Any, secret: pulumi.Output[str]) -> pulumi.Output[str]:
    """The secret, once the path is ready: what takes it comes after the path and not at all without it.

    It is the secret that waits, not the service: while a preview doesn't know how a changed path turns out, it
    shows at most an update of the header and never another one in its place.
    """
    if isinstance(connectivity, str):
        return secret
    if not is_later(connectivity):
        once_ready: pulumi.Output[str] = connectivity.once_ready(secret)
        return once_ready
    readiness: pulumi.Output[Any] = pulumi.Output.from_input(connectivity)

    def passed(values: Sequence[Any]) -> Any:
        found, is_secret, value = values
        problems = list(readiness_findings(found, shown=not is_secret))
        if problems:
            raise InvalidArguments(f"{label}: {described(problems)}")
        return value

    return pulumi.Output.all(readiness, readiness.is_secret(), secret).apply(passed)
