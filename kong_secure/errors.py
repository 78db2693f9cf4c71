"""Every error this package raises on purpose, as one tree; how answers map to it lives in
`konnect/dialects.py`.

    KongSecureError
    ├── SettingsError           token, address, region or deadline: missing, or can't be used
    ├── UnexpectedError         a fault of this package, reported without the values it met
    └── KonnectError            Konnect was asked; carries method, path, status and trace id
        ├── NotFound            404: it isn't there
        │   └── UnknownName     no control plane, service or route has this name or id
        ├── AmbiguousName       several control planes have this name
        ├── Conflict            409, or a unique constraint reported with 400
        │   └── ScopeTaken      another request-transformer sits on this service or route
        ├── Denied              403: the token may not do this
        │   ├── Unauthorized    401: the token itself was refused
        │   ├── QuotaExceeded   403: a quota of the organization is used up
        │   └── GrantMissing    Konnect itself may not do it in the customer's cloud (yet)
        ├── Failed              Konnect had taken it on and gave it up; its reason is told
        ├── RateLimited         429, still after every retry the deadline allowed
        ├── Invalid             any other 4xx: the request itself is refused
        │   └── ForeignKeyRefused   it refers to something that isn't there (yet)
        ├── Unavailable         5xx, no connection, or an answer that can't be read
        └── TimedOut            no answer in time

Callers branch on the class, never on the text. The text is one clear sentence first, holds no secret, and
no error refers to an HTTP request or response: those carry the token.

Errors about arguments of a Pulumi program live in `resources/`, because they derive from `pulumi.RunError`.
"""


# ruff: noqa: N818 - classes are named by what happened; "Error" would add nothing to "NotFound"


class KongSecureError(Exception):
    """Anything this package refuses or fails at; `str()` of it is meant for people."""


class SettingsError(KongSecureError):
    """A setting is missing or can't be used. The message names the variable or key, never its value if that
    is secret.
    """


class UnexpectedError(KongSecureError):
    """A fault of this package: the message says where, and no value that was met there."""


class KonnectError(KongSecureError):
    """Konnect refused, failed or couldn't be reached.

    message: one sentence, secrets removed.
    method, path: of the request; the path is without host and query, and empty where no single request is
    meant.
    status: HTTP status of the last answer, None where there was none.
    trace_id: what Kong's support asks for, None where the answer held none.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str = "",
        path: str = "",
        status: int | None = None,
        trace_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.method = method
        self.path = path
        self.status = status
        self.trace_id = trace_id

    def __str__(self) -> str:
        details = [f"{self.method} {self.path}".strip()]
        details += [f"status {self.status}"] if self.status is not None else []
        details += [f"trace {self.trace_id}"] if self.trace_id else []
        known = ", ".join(detail for detail in details if detail)
        sentence, *further = self.message.splitlines() or [""]
        return "\n".join([f"{sentence} ({known})" if known else sentence, *further])

    def rephrased(self, message: str) -> "KonnectError":
        """The same error, of the same class, with a sentence that says more."""
        return type(self)(
            message, method=self.method, path=self.path, status=self.status, trace_id=self.trace_id
        )


class NotFound(KonnectError):
    """Konnect has no such thing."""


class UnknownName(NotFound):
    """No control plane, service or route has this name or id; the message lists those there are."""


class AmbiguousName(KonnectError):
    """Several control planes have this name; the message lists their ids."""


class Conflict(KonnectError):
    """Konnect already has something that excludes this."""


class ScopeTaken(Conflict):
    """Another request-transformer sits on the service or route, and Konnect allows one."""


class Denied(KonnectError):
    """The token may not do this."""


class Unauthorized(Denied):
    """The token itself was refused."""


class QuotaExceeded(Denied):
    """A quota of the organization is used up."""


class GrantMissing(Denied):
    """Konnect itself isn't allowed, or not allowed yet, to do this in the customer's cloud."""


class Failed(KonnectError):
    """Konnect had taken on what was asked for, and gave it up; the message has its own reason."""


class RateLimited(KonnectError):
    """Konnect still asked to slow down when the deadline was reached."""


class Invalid(KonnectError):
    """Konnect refuses the request as it is."""


class ForeignKeyRefused(Invalid):
    """The request refers to something Konnect doesn't have (yet)."""


class Unavailable(KonnectError):
    """Konnect failed, couldn't be reached, or answered with something that isn't Konnect's."""


class TimedOut(KonnectError):
    """No answer came in time."""
