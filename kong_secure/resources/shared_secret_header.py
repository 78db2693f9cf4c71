"""The shared-secret header as a Pulumi resource: its arguments, and the adapter between Pulumi and
`header_crud`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

import pulumi
from pulumi.dynamic import Resource

from kong_secure.errors import KongSecureError
from kong_secure.konnect.core_entities import Scope, ScopeKind
from kong_secure.resources import header_crud
from kong_secure.resources.base import LOG, InvalidArguments, Properties, Provider
from kong_secure.resources.process import PROCESS
from kong_secure.resources.program import (
    as_outputs,
    derived,
    foreseen,
    is_later,
    owner_of,
    secret_once_checked,
    settled_region,
    watched_as_one,
)
from kong_secure.resources.values import is_unknown, known_only
from kong_secure.rules.drift import REMARKS, Live, Secured
from kong_secure.rules.findings import Finding, described
from kong_secure.rules.header_inputs import canonical_tags, input_findings
from kong_secure.rules.header_value import DEFAULT_HEADER, Header, default_scheme, secret_warnings

_DEFAULTS: Mapping[str, Any] = {"header_name": DEFAULT_HEADER, "overwrite": True, "enabled": True}


class SharedSecretHeaderProvider(Provider):
    """Creates, reads, updates and deletes headers. Its module path and name are in users' states."""

    inputs = (
        "region",
        "control_plane",
        "service",
        "route",
        "header_name",
        "shared_secret",
        "scheme",
        "overwrite",
        "enabled",
        "tags",
        "owner",
    )
    replaced_by = ("region", "control_plane", "service", "route")
    remarks = REMARKS

    def normalise(self, olds: Properties, news: Properties) -> tuple[Properties, Iterable[Finding]]:
        """The inputs with header name, scheme, overwrite and enabled filled in, and the owner of the first
        time kept.
        """
        inputs = {**_DEFAULTS, **news}
        known = known_only(inputs)
        later = inputs.keys() - known.keys()
        findings = list(input_findings(known, later))
        if "scheme" not in inputs:
            name = inputs["header_name"]
            inputs["scheme"] = name if is_unknown(name) else default_scheme(str(name))
        if "tags" in known:
            inputs.pop("tags")
            tags = canonical_tags(known["tags"])
            inputs |= {} if tags is None else {"tags": tags}
        if "owner" in olds:
            inputs["owner"] = olds["owner"]
        return inputs, findings

    def create_object(self, inputs: Properties) -> tuple[str, Properties]:
        """Resolves the names and puts the header there."""
        placed = header_crud.create(PROCESS.konnect(), _wanted(inputs), LOG, PROCESS)
        return placed.plugin_id, _outputs(placed)

    def read_object(self, object_id: str, outputs: Properties) -> tuple[Properties, Properties] | None:
        """Looks at the plugin; names of control plane, service and route stay as the program wrote them."""
        placed = _placed(object_id, outputs)
        live = header_crud.read(PROCESS.konnect(), placed, _secured(outputs), LOG)
        if live is None:
            return None
        kept = {key: outputs[key] for key in self.inputs if key in outputs and key != "tags"}
        return {**kept, **_observed(live)}, _outputs(placed)

    def update_object(self, object_id: str, olds: Properties, inputs: Properties) -> Properties:
        """Writes the whole header anew, where it is."""
        placed = _placed(object_id, olds)
        header_crud.update(PROCESS.konnect(), placed, _wanted(inputs), LOG, olds.get("moved_to"))
        return _outputs(placed)

    def delete_object(self, object_id: str, outputs: Properties) -> None:
        """Deletes the plugin."""
        placed, moved_to = _placed(object_id, outputs), outputs.get("moved_to")
        header_crud.delete(PROCESS.konnect(), placed, _header(outputs), LOG, moved_to)


class HeaderOutputs:
    """The outputs of a header by type. They stand here because the SDK would read annotations of the resource
    class itself anew for every resource.
    """

    region: pulumi.Output[str]
    control_plane: pulumi.Output[str]
    service: pulumi.Output[str | None]
    route: pulumi.Output[str | None]
    header_name: pulumi.Output[str]
    shared_secret: pulumi.Output[str]
    scheme: pulumi.Output[str]
    overwrite: pulumi.Output[bool]
    enabled: pulumi.Output[bool]
    tags: pulumi.Output[Sequence[str] | None]
    plugin_id: pulumi.Output[str]
    control_plane_id: pulumi.Output[str]
    service_id: pulumi.Output[str | None]
    route_id: pulumi.Output[str | None]


class SharedSecretHeader(HeaderOutputs, Resource, module="kong-secure", name="SharedSecretHeader"):
    """A header with a shared secret that the gateway adds to every request to one service or route.

    The backend refuses requests without it, and so everything that doesn't come through the gateway.

    With the default header, Authorization, the caller's own credentials no longer reach the backend,
    because the gateway's value takes their place. Where the backend needs both, choose another name:

        SharedSecretHeader("orders", control_plane="demo", service="orders", shared_secret=secret)
        SharedSecretHeader("orders", control_plane="demo", service="orders", shared_secret=secret,
                           header_name="X-Gateway-Secret")

    It models Konnect's request-transformer plugin, of which a service or route can have one: a second
    header on the same one is refused, whoever made the first. A header on a route takes the place of the
    one on its service there.

    resource_name: part of who owns the header at Konnect; a rename needs
    `opts=ResourceOptions(aliases=[...])`.
    control_plane: name or id. A name is looked up when the header is created, not in a preview. A change replaces
        the header; giving the id of what the name stood for doesn't.
    service, route: name or id of the one that gets the header, as `control_plane`; exactly one of the two.
    shared_secret: what the backend compares; ASCII without control characters, surrounding spaces, a
        leading colon and `$(`. Below 16 characters there is a warning. Konnect keeps it readable for
        everyone who may read the plugin.
    region: where the control plane is: us, eu, au, me, in or sg. Left out, it is the configuration's
        konnect:region, else the variable KONNECT_REGION, else us. Plain text only.
    header_name: letters, digits and dashes, and none that the gateway decides itself, as Host or
        X-Forwarded-For.
    scheme: a word before the secret. Left out, it is Bearer when the header is Authorization, otherwise
        none; "" is none.
    overwrite: a caller's own header of that name is removed first; False only adds where the caller sent
        none, so that a caller can keep the secret away from the backend.
    enabled: False keeps the header at Konnect, but the gateway doesn't add it.
    tags: Konnect's tags, for filters.

    Outputs: every input, plugin_id, control_plane_id, and service_id or route_id.

    Raises InvalidArguments, a `pulumi.RunError`, naming every problem; for Outputs, when their values are
    known.

    Source: control-planes-config: PUT /control-planes/{controlPlaneId}/core-entities/plugins/{PluginId};
    Kong's documentation of the request-transformer.
    """

    service = foreseen(None)
    route = foreseen(None)
    header_name = foreseen(DEFAULT_HEADER)
    scheme = derived(lambda header: header.header_name.apply(default_scheme))
    overwrite = foreseen(True)
    enabled = foreseen(True)
    tags = foreseen(None)
    plugin_id = derived(lambda header: header.id)
    service_id = foreseen(None)
    route_id = foreseen(None)

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane: pulumi.Input[str],
        shared_secret: pulumi.Input[str],
        service: pulumi.Input[str] | None = None,
        route: pulumi.Input[str] | None = None,
        region: str | None = None,
        header_name: pulumi.Input[str] = DEFAULT_HEADER,
        scheme: pulumi.Input[str] | None = None,
        overwrite: pulumi.Input[bool] = True,
        enabled: pulumi.Input[bool] = True,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        label = f"SharedSecretHeader {resource_name!r}"
        given = {
            "control_plane": control_plane,
            "service": service,
            "route": route,
            "header_name": header_name,
            "shared_secret": shared_secret,
            "scheme": scheme,
            "overwrite": overwrite,
            "enabled": enabled,
            "tags": tags,
        }
        settled, problems = settled_region(region)
        warnings, inputs = _validated(label, given, problems)
        inputs |= {"region": settled, "owner": owner_of(resource_name, opts)}
        properties = cast("pulumi.Inputs", _registered(inputs))
        # Delete first even where Pulumi decides on a replacement: the new plugin has the id of the old one,
        # or its place.
        ours = pulumi.ResourceOptions(additional_secret_outputs=["shared_secret"], delete_before_replace=True)
        merged = pulumi.ResourceOptions.merge(opts, ours)
        super().__init__(SharedSecretHeaderProvider(), resource_name, properties, merged)
        watched_as_one(self)
        for warning in warnings:
            pulumi.log.warn(f"{label}: {warning}", self)


def _registered(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What Pulumi is told: the inputs without those that `check` fills in anyway, and the outputs to come."""
    told = {
        name: value
        for name, value in inputs.items()
        if value is not None and (name not in _DEFAULTS or is_later(value) or value != _DEFAULTS[name])
    }
    return {**told, **dict.fromkeys(("control_plane_id", f"{_scope_kind(inputs)}_id"))}


def _validated(
    label: str, given: Mapping[str, Any], problems: Sequence[str]
) -> tuple[list[str], dict[str, Any]]:
    """Warnings, and the inputs with the secret marked as one; what is plain is checked now, the rest when
    it is known. problems: what is already known to be wrong.
    """
    later = {name for name, value in given.items() if is_later(value)}
    plain = {name: value for name, value in given.items() if name not in later and value is not None}
    _refuse(label, plain, later, problems)
    inputs = as_outputs(given, later)

    def check(known: Mapping[str, Any], awaited: set[str]) -> None:
        values = {**plain, **{name: value for name, value in known.items() if value is not None}}
        _refuse(label, values, awaited)
        if "shared_secret" not in awaited:
            for warning in secret_warnings(values["shared_secret"]):
                pulumi.log.warn(f"{label}: {warning}")

    # The secret passes only when every input is right: otherwise nothing is registered at all. In a preview
    # it passes also while others are unknown, so that it doesn't show as a change.
    secret = secret_once_checked(
        inputs["shared_secret"], {name: inputs[name] for name in sorted(later)}, check
    )
    warnings = [] if later else list(secret_warnings(plain["shared_secret"]))
    return warnings, {**inputs, "shared_secret": secret}


def _refuse(
    label: str, values: Mapping[str, Any], awaited: Collection[str], problems: Sequence[str] = ()
) -> None:
    found: list[Finding | str] = [*input_findings(values, awaited), *problems]
    if found:
        raise InvalidArguments(f"{label}: {described(found)}")


def _header(properties: Mapping[str, Any]) -> Header:
    name = str(properties.get("header_name", DEFAULT_HEADER))
    scheme = str(properties.get("scheme", default_scheme(name)))
    return Header(name, scheme, str(properties.get("shared_secret", "")))


def _tags(properties: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(properties.get("tags") or ())


def _scope_kind(inputs: Mapping[str, Any]) -> ScopeKind:
    return "route" if inputs.get("service") is None else "service"


def _wanted(inputs: Mapping[str, Any]) -> header_crud.Wanted:
    kind = _scope_kind(inputs)
    return header_crud.Wanted(
        region=str(inputs["region"]),
        control_plane=str(inputs["control_plane"]),
        scope_kind=kind,
        scope_name=str(inputs[kind]),
        header=_header(inputs),
        overwrite=bool(inputs.get("overwrite", True)),
        enabled=bool(inputs.get("enabled", True)),
        owner=str(inputs["owner"]),
        tags=_tags(inputs),
    )


def _placed(object_id: str, outputs: Mapping[str, Any]) -> header_crud.Placed:
    if "control_plane_id" not in outputs:
        raise KongSecureError(
            "a SharedSecretHeader can't be read by its id alone: leave out `id` and `import_`, declare "
            "it, and run "
            "`pulumi up`; if its service already has a request-transformer, that one has to go first"
        )
    kind: ScopeKind = "service" if "service_id" in outputs else "route"
    scope = Scope(kind, str(outputs[f"{kind}_id"]))
    return header_crud.Placed(str(outputs["region"]), str(outputs["control_plane_id"]), scope, object_id)


def _secured(outputs: Mapping[str, Any]) -> Secured:
    return Secured(
        header=_header(outputs),
        overwrite=bool(outputs.get("overwrite", True)),
        tags=_tags(outputs),
        service_id=outputs.get("service_id"),
        route_id=outputs.get("route_id"),
    )


def _observed(live: Live) -> dict[str, Any]:
    tags = canonical_tags(live.tags)
    return {
        "header_name": live.header.name,
        "scheme": live.header.scheme,
        "shared_secret": live.header.secret,
        "overwrite": live.overwrite,
        "enabled": live.enabled,
        **({} if tags is None else {"tags": tags}),
        **live.remarks,
    }


def _outputs(placed: header_crud.Placed) -> dict[str, Any]:
    return {
        "plugin_id": placed.plugin_id,
        "control_plane_id": placed.control_plane_id,
        f"{placed.scope.kind}_id": placed.scope.id,
    }
