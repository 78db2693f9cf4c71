"""What is wrong with the inputs of a header as a whole, and the form in which they are stored; regions are
Konnect's matter.
"""

from collections.abc import Collection, Iterator, Mapping

from kong_secure.rules.findings import Finding, text_findings
from kong_secure.rules.header_value import (
    DEFAULT_HEADER,
    default_scheme,
    header_findings,
    name_findings,
    scheme_findings,
    secret_findings,
)

_LONGEST_TAG = 128


def input_findings(given: Mapping[str, object], later: Collection[str] = ()) -> Iterator[Finding]:
    """What is wrong with inputs by name, absent and None being left out. later: names of those whose values
    aren't known yet.
    """
    yield from _place_findings(given, later)
    yield from _header_part_findings(given, later)
    for name in ("overwrite", "enabled"):
        value = given.get(name)
        if name not in later and value is not None and not isinstance(value, bool):
            yield Finding(f"{name} {value!r}", "is neither true nor false", "give a bool")
    if "tags" not in later:
        yield from _tag_findings(given.get("tags"))


def canonical_tags(tags: object) -> list[str] | None:
    """Tags as they are stored: each once, in the order given; None where there is none."""
    return list(dict.fromkeys(map(str, tags))) if isinstance(tags, list | tuple) and tags else None


def _place_findings(given: Mapping[str, object], later: Collection[str]) -> Iterator[Finding]:
    present = [name for name in ("service", "route") if name in later or given.get(name) is not None]
    if len(present) != 1:
        problem = "are both given" if present else "are both missing"
        yield Finding("service and route", problem, "give one of them, the one that gets the header")
    for name in ("control_plane", *present):
        if name not in later:
            yield from text_findings(name, given.get(name), "give a name or an id")


def _header_part_findings(given: Mapping[str, object], later: Collection[str]) -> Iterator[Finding]:
    name, scheme, secret = (
        given.get("header_name", DEFAULT_HEADER),
        given.get("scheme"),
        given.get("shared_secret"),
    )
    parts = {"header_name", "scheme", "shared_secret"}
    if not parts & set(later):
        yield from header_findings(name, scheme, secret)
        return
    if "header_name" not in later:
        yield from name_findings(name)
    if "scheme" not in later:
        yield from scheme_findings(scheme)
    if "shared_secret" not in later:
        yield from secret_findings(secret, _known_scheme(name, scheme, later))


def _known_scheme(name: object, scheme: object, later: Collection[str]) -> str:
    if "scheme" in later or (scheme is None and "header_name" in later):
        return ""
    if scheme is None and isinstance(name, str):
        return default_scheme(name)
    return scheme if isinstance(scheme, str) else ""


def _tag_findings(tags: object) -> Iterator[Finding]:
    if tags is None:
        return
    if isinstance(tags, str) or not isinstance(tags, list | tuple):
        yield Finding(f"tags {tags!r}", "is no list", 'give a list such as ["team-a"]')
        return
    for tag in tags:
        # Konnect's filters use comma and slash between tags (control-planes-config: PaginationTagsFilter).
        if (
            not isinstance(tag, str)
            or not tag
            or len(tag) > _LONGEST_TAG
            or any(mark in tag for mark in ",/")
        ):
            yield Finding(
                f"tag {tag!r}", "is no tag", f"give 1 to {_LONGEST_TAG} characters without comma and slash"
            )
