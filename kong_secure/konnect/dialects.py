"""Turns Konnect's two families of error bodies into the error tree; it sends nothing and retries nothing.

- Core entities: `{"code", "message", "details": [{"type", "field", "messages"}]}`, codes as in gRPC.
  Conflicts and foreign keys come with status 400 and are told apart by their text alone
  (Kong/kong-operator, controller/konnect/ops/ops_errors.go).
- Control planes and cloud gateways: problem+json `{"status", "title", "instance", "detail",
  "invalid_parameters"}` (control-planes: BaseError), where `instance` is `konnect:trace:<id>` or
  `kong:trace:<id>`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kong_secure.errors import (
    Conflict,
    Denied,
    ForeignKeyRefused,
    GrantMissing,
    Invalid,
    KonnectError,
    NotFound,
    QuotaExceeded,
    RateLimited,
    TimedOut,
    Unauthorized,
    Unavailable,
)

_ALREADY_EXISTS = 6
_NO_ROUTE = "no Route matched with those values"
_OWN_KEYS = frozenset({"code", "message", "detail", "title"})
_UNIQUE = "(type: unique) constraint failed"
_FOREIGN = "(type: foreign) constraint failed"
_NOT_ALLOWED_IN_AZURE = ("AuthorizationFailed", "AADSTS", "does not have authorization to perform action")
"""How Azure's own refusals are told apart: LinkedAuthorizationFailed and AADSTS65001 among them."""
_TRACE_PREFIXES = ("konnect:trace:", "kong:trace:")
_LONGEST_MESSAGE = 1000
_BY_STATUS: Mapping[int, type[KonnectError]] = {
    401: Unauthorized,
    403: Denied,
    404: NotFound,
    408: TimedOut,
    409: Conflict,
    429: RateLimited,
}
_WORDS: Mapping[type[KonnectError], str] = {
    Unauthorized: "Konnect refused the token",
    QuotaExceeded: "a quota of the Konnect organization is used up",
    Denied: "Konnect doesn't allow this with this token",
    GrantMissing: "Konnect isn't allowed to do this in your cloud yet",
    NotFound: "Konnect has no such thing",
    Conflict: "it conflicts with something Konnect already has",
    RateLimited: "Konnect asks to slow down",
    ForeignKeyRefused: "it refers to something Konnect doesn't have",
    Invalid: "Konnect refused the request",
    TimedOut: "Konnect didn't answer in time",
    Unavailable: "Konnect failed",
}


@dataclass(frozen=True)
class Refusal:
    """What an error answer says: which kind of error, Konnect's own words (not scrubbed yet) and the trace
    id.
    """

    kind: type[KonnectError]
    words: str = field(repr=False)
    trace_id: str | None

    def sentence(self) -> str:
        """One sentence: ours, then Konnect's words where there are any."""
        said = self.words if len(self.words) <= _LONGEST_MESSAGE else self.words[:_LONGEST_MESSAGE] + "..."
        return f"{_WORDS[self.kind]}: {said}" if said else _WORDS[self.kind]


def read_refusal(status: int, body: object) -> Refusal:
    """Interprets an answer of status 300 or above. body: the parsed JSON, or None where it wasn't JSON."""
    fields = body if isinstance(body, Mapping) else {}
    said = list(_words(fields))
    return Refusal(_kind(status, fields, said), "; ".join(dict.fromkeys(said)), _trace_id(fields))


def is_konnects(status: int, body: object) -> bool:
    """Whether Konnect itself answered, and not the gateway in front of it, which knows no such address, nor
    a proxy on the way. body: the parsed JSON, or None where it wasn't JSON.

    Only "not found" is looked at: it alone is taken for news, namely that something is gone.
    """
    if status != 404:
        return True
    if not isinstance(body, Mapping) or (body and not _OWN_KEYS & body.keys()):
        return False
    return body.get("message") != _NO_ROUTE


def _kind(status: int, fields: Mapping[str, object], said: list[str]) -> type[KonnectError]:
    if status == 400:
        # Both kinds share the message "data constraint error"; the details decide.
        if any(_FOREIGN in text for text in said):
            return ForeignKeyRefused
        if fields.get("code") == _ALREADY_EXISTS or any(_UNIQUE in text for text in said):
            return Conflict
    if status in (400, 403, 409) and any(sign in text for sign in _NOT_ALLOWED_IN_AZURE for text in said):
        return GrantMissing
    if status == 403 and str(fields.get("title", "")).lower() == "quota exceeded":
        return QuotaExceeded
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return Invalid if 400 <= status < 500 else Unavailable


def _words(fields: Mapping[str, object]) -> Iterator[str]:
    for key in ("message", "detail", "title"):
        text = fields.get(key)
        if isinstance(text, str) and text:
            yield text
            break
    for detail in _mappings(fields.get("details")):
        messages = detail.get("messages")
        for text in messages if isinstance(messages, list) else ():
            yield f"{detail['field']}: {text}" if detail.get("field") else str(text)
    for parameter in _mappings(fields.get("invalid_parameters")):
        yield f"{parameter.get('field', 'a parameter')}: {parameter.get('reason', 'invalid')}"


def _mappings(value: object) -> Iterator[Mapping[str, object]]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, Mapping):
            yield item


def _trace_id(fields: Mapping[str, object]) -> str | None:
    instance = str(fields.get("instance", ""))
    for prefix in _TRACE_PREFIXES:
        if instance.startswith(prefix):
            return instance.removeprefix(prefix)
    # The gateway in front of Konnect has no `instance`; its access log knows its answers by this.
    request_id = fields.get("request_id")
    return request_id if isinstance(request_id, str) and request_id else None
