"""The request-transformer's configuration: made from a header, and read back rule by rule; comparing is in
`drift`.

Kong runs the kinds of rules in the order remove, rename, replace, add, append, so that remove and add of
one name
force our value: `add` alone yields to a header the caller sent (kong/plugins/request-transformer/access.lua).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kong_secure.rules.header_value import Header

PLUGIN_NAME = "request-transformer"

DEFAULT_PROTOCOLS = ("grpc", "grpcs", "http", "https")
"""Of plugins (control-planes-config: Plugin.protocols); written out, because a PUT replaces what was
narrowed by hand.
"""

KINDS = ("remove", "rename", "replace", "add", "append")
PARTS = ("headers", "querystring", "body")

_READABLE_NAME = re.compile(r"[A-Za-z0-9._~\[\]-]{1,128}")


@dataclass(frozen=True)
class Rule:
    """One rule. name: of the header, parameter or field; value can be a secret and is shown nowhere."""

    kind: str
    part: str
    name: str
    value: str = field(default="", repr=False)

    def __str__(self) -> str:
        """Kind and name, as in `add X-Header` or `remove querystring page`; never the value."""
        what = self.name if _READABLE_NAME.fullmatch(self.name) else "(a name that can't be shown)"
        return " ".join(filter(None, (self.kind, "" if self.part == "headers" else self.part, what)))

    def concerns(self, header_name: str) -> bool:
        """Whether it is about this header; Kong compares names without regard to case."""
        return self.part == "headers" and self.name.lower() == header_name.lower()


def configuration(header: Header, *, overwrite: bool) -> dict[str, object]:
    """The plugin's `config` to send. overwrite: a caller's own header of that name is removed first."""
    config: dict[str, object] = {"add": {"headers": [header.entry]}}
    if overwrite:
        config["remove"] = {"headers": [header.name]}
    return config


def rules_of(config: Mapping[str, object]) -> Iterator[Rule]:
    """Every rule of a live configuration, in Kong's order. Keys this package doesn't know are left alone."""
    if config.get("http_method"):
        yield Rule("replace", "http_method", "method")
    for kind in KINDS:
        lists = config.get(kind)
        if not isinstance(lists, Mapping):
            continue
        if lists.get("uri"):
            yield Rule(kind, "uri", "path")
        for part in PARTS:
            entries = lists.get(part)
            for entry in entries if isinstance(entries, list) else ():
                yield _rule(kind, part, entry)


def _rule(kind: str, part: str, entry: object) -> Rule:
    # Kong's own pattern, ^([^:]+):*(.-)$: all colons after the name are swallowed.
    match = re.fullmatch(r"([^:]+):*(.*)", str(entry), re.DOTALL)
    return Rule(kind, part, match[1], match[2]) if match else Rule(kind, part, "")
