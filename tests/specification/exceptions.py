"""Everything the tests' traffic is allowed in spite of Kong's files, each with its reason. One that no exchange of a
whole run needs fails the run: it has to be taken away.

What the files leave out and is still checked, by a schema of our own, lives in `additions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.specification.check import Finding
from tests.specification.traffic import Exchange


@dataclass(frozen=True)
class Excepted:
    """Findings that are allowed. All but `kind` and `statuses` are patterns: `path` over the path with its region,
    `where` and `message` over the finding's own, `content` over the request's body.

    An excepted status is allowed, its body isn't: that has to be an error in the dialect of its path.
    """

    name: str
    reason: str
    kind: str
    method: str = "*"
    path: str = "*"
    statuses: tuple[int, ...] = ()
    where: str = "*"
    message: str = "*"
    content: str = "*"

    def excuses(self, exchange: Exchange, finding: Finding) -> bool:
        """Whether it allows this finding of this exchange."""
        pairs = (
            (exchange.method, self.method),
            (exchange.path, self.path),
            (finding.where, self.where),
            (finding.message, self.message),
            (exchange.content.decode("latin-1"), self.content),
        )
        return (
            finding.kind == self.kind
            and (not self.statuses or exchange.status in self.statuses)
            and all(fnmatchcase(text, pattern) for text, pattern in pairs)
        )


_CORE = "/*/v2/control-planes/*/core-entities/*"

EXCEPTIONS = (
    Excepted(
        "method not allowed",
        "No file says what Konnect answers to a method that a path doesn't have; HTTP does, once "
        "it has seen a token.",
        kind="undeclared status",
        statuses=(401, 405),
        message="the path has no such operation",
    ),
    Excepted(
        "core entity not found, with words",
        "The files declare 404 of a core entity without a body; Kong's own Koko sends a gRPC status.",
        kind="undeclared answer body",
        path=_CORE,
        statuses=(404,),
    ),
    Excepted(
        "parent not found",
        "The files declare 404 for a single entity only, though its control plane or parent may be absent too.",
        kind="undeclared status",
        path=_CORE,
        statuses=(404,),
    ),
    Excepted(
        "write to a control plane that takes none",
        "403 with code 7 is undeclared; Kong's operator meets it at control planes of an ingress controller "
        "(Kong/kong-operator, ops_errors.go).",
        kind="undeclared status",
        path=_CORE,
        statuses=(403,),
    ),
    Excepted(
        "query of one thing",
        "No 400 is declared where one thing is read; the sandbox refuses a query there, so that a typing error shows.",
        kind="undeclared status",
        method="GET",
        path="/global/v2/cloud-gateways/networks/*",
        statuses=(400,),
        message="the operation has no such answer",
    ),
    Excepted(
        "not in the sandbox",
        "The sandbox says 501 where Konnect would act: what it doesn't have must not look like something else.",
        kind="undeclared status",
        statuses=(501,),
    ),
    Excepted(
        "request too long for the gateway in front",
        "Kong's proxy refuses long addresses and headers before any of Konnect's APIs sees them.",
        kind="answer of the gateway in front",
        statuses=(400, 414),
    ),
    Excepted(
        "service by its url alone",
        "`host` is declared as required, and `url` as a shorthand that sets it: the file contradicts itself.",
        kind="request body",
        path=f"{_CORE}services*",
        where="$",
        message="'host' is a required property",
        content='*"url":*',
    ),
    Excepted(
        "a header's name that isn't one",
        "A test of the provider sends it past its own check, to see what Konnect's refusal echoes.",
        kind="request body",
        method="PUT",
        path=f"{_CORE}plugins/*",
        statuses=(400,),
        message="'not a header*",
    ),
)
