"""An administrator's approval of Kong's application, as long as it isn't given: what a preview shows then, and what is
said of it. That nothing is made without it is decided in `preflight`.
"""

from dataclasses import replace
from typing import Any

import pulumi

from kong_secure.components.azure.arguments import PeeringArguments
from kong_secure.resources.program import is_later
from kong_secure.rules.azure_access import approval_steps


def foreseen(path: PeeringArguments) -> PeeringArguments:
    """The arguments of a path as a preview plans it: the object id that only an approval makes is unknown, not
    missing. Outside previews they are as given.
    """
    given = path.service_principal_object_id
    if not pulumi.runtime.is_dry_run() or not (given is None or is_later(given)):
        return path
    later: pulumi.Output[Any] = pulumi.Output.from_input(given)
    unknown: pulumi.Output[Any] = pulumi.Output.from_input(pulumi.UNKNOWN)
    principal = later.apply(lambda known: unknown if known is None else known)
    return replace(path, service_principal_object_id=principal)


def warn_of_missing(label: str, component: pulumi.Resource, path: PeeringArguments) -> None:
    """Says in a preview what `up` will refuse to begin without. path: as given."""

    def say(ids: Any) -> None:
        steps = approval_steps(*(each if isinstance(each, str) else None for each in ids))
        text = f"{label}: `up` will refuse this without service_principal_object_id: {steps}"
        pulumi.log.warn(text, component)

    def unless_given(principal: str | None) -> None:
        if principal is None:
            pulumi.Output.all(path.tenant_id, path.client_id).apply(say, run_with_unknowns=True)

    if pulumi.runtime.is_dry_run():
        pulumi.Output.from_input(path.service_principal_object_id).apply(unless_given)
