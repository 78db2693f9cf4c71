"""A generated secret as a Pulumi resource: its argument, and the provider, which asks nobody."""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, cast

import pulumi
from pulumi.dynamic import Resource

from kong_secure.errors import KongSecureError
from kong_secure.resources.base import Properties, Provider
from kong_secure.resources.program import checked_inputs, watched_as_one
from kong_secure.resources.values import differs, known_only
from kong_secure.rules.findings import Finding
from kong_secure.rules.generated_secret import generated_secret, rotation_findings

_COMPUTED = ("value", "previous")


class SharedSecretProvider(Provider):
    """Makes secrets; they are kept in the state alone. Its module path and name are in users' states."""

    inputs = ("rotation",)

    def normalise(self, olds: Properties, news: Properties) -> tuple[Properties, Iterable[Finding]]:
        """The inputs as they are."""
        known = known_only(news)
        return dict(news), list(_findings(known, news.keys() - known.keys()))

    def create_object(self, inputs: Properties) -> tuple[str, Properties]:
        """Makes the first secret. The id says nothing of it."""
        return str(uuid.uuid4()), {"value": generated_secret()}

    def read_object(self, object_id: str, outputs: Properties) -> tuple[Properties, Properties] | None:
        """What the state holds: it is nowhere else."""
        if "value" not in outputs:
            raise KongSecureError(
                "a SharedSecret can't be read by its id, because it is nowhere but in its stack's state: leave "
                "out `id` and `import_`; a secret that exists is given to what takes it as secret configuration"
            )
        return _named(self.inputs, outputs), _named(_COMPUTED, outputs)

    def update_object(self, object_id: str, olds: Properties, inputs: Properties) -> Properties:
        """Another secret, and the one before it, where `rotation` has changed."""
        if differs(olds.get("rotation"), inputs.get("rotation")):
            return {"value": generated_secret(), "previous": olds["value"]}
        return _named(_COMPUTED, olds)

    def delete_object(self, object_id: str, outputs: Properties) -> None:
        """Nothing: it goes with the state."""


class SharedSecret(Resource, module="kong-secure", name="SharedSecret"):
    """A random secret that is made once and kept, encrypted, in the stack's state.

        secret = SharedSecret("orders")
        SharedSecretHeader("orders", control_plane="demo", service="orders", shared_secret=secret.value)
        pulumi.export("shared_secret", secret.value)

    It is 43 characters from A-Z, a-z, 0-9, '.', '_', '~' and '-', which are 259 random bits.

    rotation: text or a whole number; another value makes another secret, and nothing else does. It is shown in
        clear. Rotate again only when every gateway sends the last one: of the former ones one is kept.

    Outputs: rotation, value, and previous: the value before the last rotation, None before the first. Both are
    secret. A backend that takes either refuses nobody while the gateways change over, if it knows the new one before
    they send it: let the header's shared_secret come after the backend, as
    `pulumi.Output.all(backend.id, secret.value).apply(lambda pair: pair[1])`.

    Raises InvalidArguments, a `pulumi.RunError`.
    """

    rotation: pulumi.Output[str | int | None]
    value: pulumi.Output[str]
    previous: pulumi.Output[str | None]

    def __init__(
        self,
        resource_name: str,
        *,
        rotation: pulumi.Input[str | int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        label = f"SharedSecret {resource_name!r}"
        inputs = checked_inputs(label, {"rotation": rotation}, "rotation", _findings)
        properties = cast("pulumi.Inputs", inputs | dict.fromkeys(_COMPUTED))
        ours = pulumi.ResourceOptions(additional_secret_outputs=list(_COMPUTED))
        merged = pulumi.ResourceOptions.merge(opts, ours)
        super().__init__(SharedSecretProvider(), resource_name, properties, merged)
        watched_as_one(self)
        # An engine marks what it knows; in a preview, and where there is no previous one, nothing is known yet.
        self.value, self.previous = pulumi.Output.secret(self.value), pulumi.Output.secret(self.previous)


def _findings(given: Mapping[str, object], later: Collection[str]) -> Iterator[Finding]:
    if "rotation" not in later:
        yield from rotation_findings(given.get("rotation"))


def _named(keys: Iterable[str], properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: properties[key] for key in keys if key in properties}
