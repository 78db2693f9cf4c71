"""URNs of resources and providers: making them, taking them apart, and the old ones a resource may go by.

Only names are handled here; which old resource an alias leads to is decided in `deployment`.

Form: `urn:pulumi:STACK::PROJECT::TYPE::NAME`, TYPE prefixed by the parent's type path and `$` unless the
parent is the stack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

STACK_TYPE: Final = "pulumi:pulumi:Stack"
STACK_REFERENCE_TYPE: Final = "pulumi:pulumi:StackReference"
PROVIDER_PREFIX: Final = "pulumi:providers:"
DYNAMIC_PACKAGE: Final = "pulumi-python"


@dataclass(frozen=True)
class Alias:
    """Another identity of a resource: a whole URN, or the parts that differ from today's."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


@dataclass(frozen=True)
class Identity:
    """What a URN is made of; `parent` is the parent's URN, or empty."""

    stack: str
    project: str
    parent: str
    type: str
    name: str

    @property
    def urn(self) -> str:
        """The URN."""
        path = qualified_type(self.parent) if self.parent else ""
        prefix = f"{path}$" if path and path != STACK_TYPE else ""
        return f"urn:pulumi:{self.stack}::{self.project}::{prefix}{self.type}::{self.name}"


def stack_of(urn: str) -> str:
    """The stack's name."""
    return urn.split("::", 1)[0].removeprefix("urn:pulumi:")


def qualified_type(urn: str) -> str:
    """The type with the types of its parents, joined by `$`."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    """The resource's own type token."""
    return qualified_type(urn).rpartition("$")[2]


def name_of(urn: str) -> str:
    """The resource's name."""
    return urn.split("::", 3)[3]


def package_of(type_: str) -> str:
    """The package that a type or function token belongs to; for a provider, the package it provides."""
    if type_.startswith(PROVIDER_PREFIX):
        return type_.removeprefix(PROVIDER_PREFIX)
    return type_.partition(":")[0]


def is_provider(type_: str) -> bool:
    """Whether the type is a provider's."""
    return type_.startswith(PROVIDER_PREFIX)


def is_default_provider(urn: str) -> bool:
    """Whether the URN is of a provider that no program declared."""
    name = name_of(urn)
    return is_provider(type_of(urn)) and (name == "default" or name.startswith("default_"))


def provider_urn(reference: str) -> str:
    """The URN in a provider reference `URN::ID`; empty for an empty reference."""
    return reference.rpartition("::")[0]


def aliases(identity: Identity, given: tuple[Alias, ...], used: Mapping[str, str]) -> tuple[str, ...]:
    """Every other URN the resource may be found under, in the order they are tried.

    used: for each resource of this run that was found under an old URN, that URN; children inherit it.
    """
    own = [_collapse(identity, alias, used) for alias in given]
    found = dict.fromkeys(own)
    inherited = used.get(identity.parent)
    if inherited is not None:
        today = (identity.type, identity.name)
        for type_, name in [today, *((type_of(urn), name_of(urn)) for urn in own)]:
            found[_inherited(replace(identity, type=type_, name=name), inherited)] = None
    return tuple(found)


def _collapse(identity: Identity, alias: Alias, used: Mapping[str, str]) -> str:
    if alias.urn:
        return alias.urn
    parent = used.get(alias.parent, alias.parent) if alias.parent else identity.parent
    if alias.no_parent or (parent and qualified_type(parent) == STACK_TYPE):
        parent = ""
    return Identity(
        alias.stack or identity.stack,
        alias.project or identity.project,
        parent,
        alias.type or identity.type,
        alias.name or identity.name,
    ).urn


def _inherited(identity: Identity, parent_alias: str) -> str:
    # children are usually named after their parent: a renamed parent renames the prefix
    name, parent_name = identity.name, name_of(identity.parent)
    if name.startswith(parent_name):
        name = name_of(parent_alias) + name[len(parent_name) :]
    return replace(identity, parent=parent_alias, name=name).urn
