"""Operations that a killed run left under way: what a person is told about them, the same whichever engine runs, and
what may go on before they are settled.

What a create of this package's, or of any dynamic resource, was about to make is looked for by the next one. What a
cloud's own provider was about to make is not: nobody but the user can say whether it is there.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from kong_secure.sandbox.engine import display, urns, wire
from kong_secure.sandbox.engine.operations import EngineError, Operation, Repair, Stack
from kong_secure.sandbox.engine.providers import ATTACHED_VARIABLE, attached_addresses

CREATING: Final = "creating"
DELETING: Final = "deleting"
MADE: Final = "sandbox:index:made"
"""The function with which a stand-in says which object a create made: `urn` in, `id` out, empty where none is there."""

_ASK_SECONDS: Final = 30.0
_CLEAR: Final = "pulumi refresh --clear-pending-creates"


@dataclass(frozen=True)
class Pending:
    """An operation under way. kind: creating, updating or deleting. name: what its inputs call it. made: what a create
    in the sandbox has made; empty where it made nothing, None where nobody can say.
    """

    kind: str
    urn: str
    name: str = ""
    parent: str = ""
    provider: str = field(default="", repr=False)
    made: str | None = None

    @property
    def of_a_cloud(self) -> bool:
        """Whether it is a create that the next one won't look for."""
        own = urns.type_of(self.urn).startswith(f"{urns.DYNAMIC_PACKAGE}:dynamic/")
        return self.kind == CREATING and not own and not urns.is_provider(urns.type_of(self.urn))

    @property
    def is_unknown_to_the_state(self) -> bool:
        """Whether a cloud may have something that nothing will find again by itself."""
        return self.of_a_cloud and self.made != ""


def of_resource(
    kind: str,
    urn: str,
    inputs: Mapping[str, Any],
    *,
    parent: str,
    provider: str,
    recorded: Collection[str],
    stack: Stack,
) -> Pending:
    """The operation on a resource as it is recorded; a stand-in is asked what it has made. recorded: the ids that the
    state has under that URN, as of what was to be replaced.
    """
    tags = inputs.get("tags")
    name = (tags.get("Name") if isinstance(tags, dict) else None) or inputs.get("name")
    found = Pending(kind, urn, name if isinstance(name, str) else "", parent, provider)
    if not found.of_a_cloud:
        return found
    made = _made(urn, stack)
    return replace(found, made="" if made in recorded else made)


def told(pending: Pending) -> str:
    """What to tell about it."""
    what = display.describe(pending.urn)
    if pending.is_unknown_to_the_state:
        return _told_of_lost(pending)
    if pending.of_a_cloud:
        package = urns.package_of(urns.type_of(pending.urn))
        return (
            f"a former run ended while creating {what}, and this sandbox's {package} hasn't made it; a real "
            "one may have: there, look for it before anything else"
        )
    advice = "`up` settles it"
    if pending.kind == CREATING:
        advice = "the next `up` repeats it and finds what is there already"
    if pending.kind == DELETING:
        # It stays in the state, so that an `up` alone would take it for being there.
        advice = "`destroy` repeats it; `up --refresh` looks whether it is there still, and makes it again where not"
    return f"a former run ended while {pending.kind} {what}, and nobody knows how that went; {advice}"


def refuse_before_settled(operation: Operation, pending: Iterable[Pending]) -> None:
    """Raise EngineError where the operation would go on as if something weren't there that may be."""
    if operation in (Operation.UP, Operation.DESTROY):
        lost = [display.describe(each.urn) for each in pending if each.is_unknown_to_the_state]
        if lost:
            raise EngineError(
                f"{operation.value} goes on once it is settled whether {', '.join(lost)} "
                f"{'is' if len(lost) == 1 else 'are'} there: otherwise it might be made twice, or stay for ever. "
                "What to do is said above"
            )


def to_import(pending: Iterable[Pending], repair: Repair) -> dict[str, Pending]:
    """What is to be taken over, by its URN. Raises EngineError where nothing of that URN is under way."""
    lost = {each.urn: each for each in pending if each.is_unknown_to_the_state}
    for urn in repair.imports:
        if urn not in lost:
            named = ", ".join(map(repr, lost)) or "no create of a cloud's was interrupted"
            raise EngineError(f"--import-pending {urn!r} was not under way when a run was killed: {named}")
    return {urn: lost[urn] for urn in repair.imports}


def is_settled(left: Pending, repair: Repair) -> bool:
    """Whether a repair settles it: it was taken over, or is to be forgotten."""
    return left.is_unknown_to_the_state and (repair.clear or left.urn in repair.imports)


def _told_of_lost(pending: Pending) -> str:
    package, urn = urns.package_of(urns.type_of(pending.urn)), pending.urn
    called = f" by its name, {pending.name!r}" if pending.name else ""
    here = f"look for it in {package}{called}"
    if pending.made is not None:
        here = f"this sandbox's {package} has made it: {pending.made}; in a real one, look for it{called}"
    id_ = pending.made or "ID"
    command = shlex.join(import_arguments(pending, id_))
    refresh = f"kong-secure sandbox refresh --stack {shlex.quote(urns.stack_of(urn))}"
    return "\n".join(
        (
            f"a former run ended while creating {display.describe(urn)}: it may be there, unknown to the state",
            f"  - {here}",
            f"  - where it is there: {refresh} --import-pending {shlex.quote(f'{urn}={id_}')}",
            f"  - where it isn't, or once you have deleted it: {refresh} --clear-pending-creates",
            f"  - in a stack of your own: {command}, then, as where it isn't there, {_CLEAR}",
        )
    )


def import_arguments(pending: Pending, id_: str) -> list[str]:
    """The command with which `pulumi` takes an object over under the URN of the create that made it."""
    parent = []
    if pending.parent and urns.type_of(pending.parent) != urns.STACK_TYPE:
        parent = ["--parent", f"{urns.name_of(pending.parent)}={pending.parent}"]
    provider = pending.provider.rpartition("::")[0]
    if provider and not urns.is_default_provider(provider):
        parent += ["--provider", f"{urns.name_of(provider)}={provider}"]
    return [
        "pulumi",
        "import",
        urns.type_of(pending.urn),
        urns.name_of(pending.urn),
        id_,
        *parent,
        "--protect=false",
    ]


def _made(urn: str, stack: Stack) -> str | None:
    package = urns.package_of(urns.type_of(urn))
    address = attached_addresses(stack.environment.get(ATTACHED_VARIABLE, "")).get(package)
    if address is None:
        return None
    with grpc.insecure_channel(address) as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        asked = provider_pb2.InvokeRequest(tok=MADE, args=wire.to_struct({"urn": urn}, secrets=False))
        try:
            answer = stub.Invoke(asked, timeout=_ASK_SECONDS)
        except grpc.RpcError:
            return None
    return str(wire.from_struct(getattr(answer, "return")).get("id", ""))
