"""What a change of a header, or of the secret in it, does to security."""

from collections.abc import Iterator, Mapping
from typing import Any

from kong_secure.report.changes import Changed
from kong_secure.report.levels import Effect, Flag, Level
from kong_secure.report.words import SECRET, holds_unknown, shown

MOVED_BY = ("region", "control_plane", "service", "route")
"""Inputs of a header that name its place: with another one it is replaced."""

_READY = "pulumi-python:dynamic/kong-secure:AttachmentReady"
_FLAGS = (
    Flag(
        "enabled",
        safe=True,
        default=True,
        weaker="header weakened: the gateway doesn't add it",
        stronger="the gateway adds the header again (enabled)",
        level=Level.DANGER,
    ),
    Flag(
        "overwrite",
        safe=True,
        default=True,
        weaker="header weakened: a caller's own header of that name is not removed",
        stronger="a caller's own header of that name is removed again (overwrite)",
    ),
)


def header(changed: Changed) -> Iterator[Effect]:
    """A header comes, goes, moves, or protects less."""
    before, after = changed.before, changed.after
    if changed.kind == "create":
        yield Effect(Level.STRONGER, f"header added: {_called(after)}")
    elif changed.kind == "delete":
        yield Effect(
            Level.DANGER,
            f"header removed: {_called(before)}. A backend that still demands it refuses every request; one that "
            "no longer does can be called by anybody who reaches it",
        )
    else:
        yield from _changed(changed)
    for flag in _FLAGS:
        yield from flag.effects(changed)
    if after and _is_clear(after.get("shared_secret")) and not _is_clear(before.get("shared_secret")):
        text = "header weakened: shared_secret isn't marked secret, and is readable in the state"
        yield Effect(Level.DANGER, text)


def _changed(changed: Changed) -> Iterator[Effect]:
    before, after = changed.before, changed.after
    if any(key in changed.keys for key in MOVED_BY):
        text = f"header replaced: {_called(before)} goes, and {_called(after)} comes after it"
        yield Effect(Level.WEAKER, text)
    elif changed.kind == "replace":
        yield Effect(Level.CHANGED, f"header replaced: {_called(after)} is away for a moment")
    if "header_name" in changed.keys:
        was, now = shown(before.get("header_name")), shown(after.get("header_name"))
        text = f"header_name {was} becomes {now}: a caller's own {was} is no longer removed"
        yield Effect(Level.WEAKER, f"{text}, and the backend must demand {now} and no {was} any more")
    if "scheme" in changed.keys:
        said = f"scheme {shown(before.get('scheme'))} becomes {shown(after.get('scheme'))}"
        yield Effect(Level.CHANGED, f"{said}: the backend must take it before")
    was_of, is_of = (_made_of(state) for state in (changed.old, changed.new))
    if was_of != is_of:
        text = f"the secret comes from elsewhere: {_names(is_of)} rather than {_names(was_of)}"
        yield Effect(Level.UNKNOWN, text)


def _called(inputs: Mapping[str, Any]) -> str:
    """A header by its name and where it is put."""
    where = "route" if inputs.get("route") else "service"
    return f"{shown(inputs.get('header_name', 'Authorization'))} on {where} {shown(inputs.get(where))}"


def _is_clear(secret: object) -> bool:
    return secret is not None and secret != SECRET and not holds_unknown(secret)


def _made_of(state: Any) -> frozenset[str]:
    """What a secret is made of. It waits for its path, and a path is told of by itself."""
    urns = () if state is None else state.sources.get("shared_secret", ())
    return frozenset(urn for urn in urns if not urn.split("::")[-2].endswith(_READY))


def _names(urns: frozenset[str]) -> str:
    return ", ".join(sorted(urn.rpartition("::")[2] for urn in urns)) or "the configuration or the program"


def secret(changed: Changed) -> Iterator[Effect]:
    """A generated secret comes, goes, or is made anew."""
    if changed.kind == "create":
        yield Effect(Level.STRONGER, "a secret is generated")
    elif changed.kind == "delete":
        yield Effect(Level.CHANGED, "the generated secret goes")
    elif changed.keys:
        yield Effect(Level.CHANGED, f"the secret is generated anew ({', '.join(changed.keys)})")
