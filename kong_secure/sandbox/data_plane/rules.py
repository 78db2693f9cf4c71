"""The request-transformer's configuration, parsed once into rules. Applying them is `request_transformer`'s
part.

Kong's documentation of the plugin names the operations (remove, rename, replace, add, append) and what each
list holds; how an entry is split and when it is a template is `kong/plugins/request-transformer/access.lua`
(Kong 3.10).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

READS_FORM = frozenset({"GET", "HEAD", "TRACE"})
"""Methods for which `http_method` moves the fields of a form body into the query string."""


class TransformError(Exception):
    """What Kong's plugin answers with a 500: a runtime error. The message holds no value of a rule or
    request.
    """


class TemplateError(TransformError):
    """A rule holds a balanced `$(...)`, which Kong evaluates per request and this data plane doesn't."""


@dataclass(frozen=True)
class Rule:
    """One entry of a list: `name` before the first colon (None if the entry starts with one), `value` after
    all colons that follow it (None when empty), and whether the value is a template.
    """

    name: str | None
    value: str | None = field(default=None, repr=False)
    template: bool = False


@dataclass(frozen=True)
class Rules:
    """The rules of one list, in order; `place` (such as `add.headers`) is what messages call it."""

    place: str
    entries: tuple[Rule, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)

    def names(self) -> Iterator[tuple[str, str | None]]:
        """Each rule's name and value, as Kong's loop meets them: a broken or templated entry ends the
        request.

        Raises TransformError, TemplateError.
        """
        for rule in self.entries:
            if rule.template:
                raise TemplateError(
                    f"{self.place} {rule.name or ''} holds a template: Kong evaluates $(...) per request, "
                    "which the sandbox's data plane does not support"
                )
            if rule.name is None:
                raise TransformError(f"{self.place} holds an entry without a name")
            yield rule.name, rule.value

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Like `names`, for lists whose value is a second name (rename).

        Raises TransformError, TemplateError.
        """
        for name, value in self.names():
            if value is None:
                raise TransformError(f"{self.place} holds an entry without a new name")
            yield name, value


@dataclass(frozen=True)
class Operations:
    """The five operations on one part of the request (headers, body or querystring), each possibly empty."""

    remove: Rules
    rename: Rules
    replace: Rules
    add: Rules
    append: Rules

    def __bool__(self) -> bool:
        return any((self.remove, self.rename, self.replace, self.add, self.append))


@dataclass(frozen=True)
class Configuration:
    """The whole configuration: new method, new path (`replace.uri`), operations on the three parts."""

    http_method: str | None
    uri: Rules
    headers: Operations
    body: Operations
    querystring: Operations

    @property
    def reads_body(self) -> bool:
        """Whether the plugin may look into the body, so that it can't be streamed from its first byte."""
        return bool(self.body) or self.http_method in READS_FORM


def parse_configuration(config: Mapping[str, Any]) -> Configuration:
    """Parse a plugin's `config` as Konnect returns it; parts that are absent or null are empty."""
    replaced: Mapping[str, Any] = config.get("replace") or {}
    uri = replaced.get("uri")
    return Configuration(
        http_method=config.get("http_method"),
        uri=Rules("replace.uri", (Rule("uri", uri, holds_template(uri)),) if uri else ()),
        headers=_operations(config, "headers"),
        body=_operations(config, "body"),
        querystring=_operations(config, "querystring"),
    )


def _operations(config: Mapping[str, Any], part: str) -> Operations:
    def rules(operation: str) -> Rules:
        entries = (config.get(operation) or {}).get(part) or ()
        return Rules(f"{operation}.{part}", tuple(parse_rule(entry) for entry in entries))

    return Operations(rules("remove"), rules("rename"), rules("replace"), rules("add"), rules("append"))


def parse_rule(entry: str) -> Rule:
    """Split an entry: the name ends at the first colon, and every further colon right after it is
    swallowed.
    """
    name, _, rest = entry.partition(":")
    value = rest.lstrip(":") or None
    return Rule(name or None, value, value is not None and holds_template(value))


def holds_template(value: str) -> bool:
    """Whether the value has a `$(` whose parentheses balance: that, and only that, Kong evaluates."""
    start = value.find("$(")
    while start >= 0:
        depth = 0
        for character in value[start + 1 :]:
            depth += (character == "(") - (character == ")")
            if depth == 0:
                return True
        start = value.find("$(", start + 1)
    return False
