"""Which header names, schemes and secret values make a header that Kong sends as it is meant; nothing is
sent from here.

Facts about the plugin are from Kong/kong, kong/plugins/request-transformer/{access,schema}.lua.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kong_secure.rules.findings import Finding, text_findings

DEFAULT_HEADER = "Authorization"
SHORT_SECRET = 16
"""Characters below which a secret is worth a warning: it can be guessed."""
LONG_SECRET = 4000
"""Characters above which a secret is worth a warning: common servers take 8 KiB for all of a line or head."""

# Longer than any name in use; 43 characters are 32 random bytes in base64.
_SHOWN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_SCHEME = re.compile(r"[A-Za-z0-9!#%&'*+.^_`|~-]+")
# RFC 9110, section 7.6.1, and what nginx and HTTP/2 treat the same way.
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "upgrade",
    }
)
_FRAMING = frozenset({"content-length", "expect", "transfer-encoding"})
# What Kong writes or clears after its plugins (kong/templates/nginx_kong.lua, kong/runloop/handler.lua).
_THE_GATEWAYS_OWN = frozenset(
    {
        "proxy",
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-path",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "x-forwarded-proto",
        "x-kong-request-id",
        "x-real-ip",
    }
)


@dataclass(frozen=True)
class Header:
    """A header that the gateway adds. scheme is "" where the secret alone is the value."""

    name: str
    scheme: str
    secret: str = field(repr=False)

    @property
    def value(self) -> str:
        """What the backend sees."""
        return f"{self.scheme} {self.secret}" if self.scheme else self.secret

    @property
    def entry(self) -> str:
        """As the plugin's lists hold it: `Name:value`, without a space after the colon, which Kong would
        send.
        """
        return f"{self.name}:{self.value}"


def default_scheme(header_name: str) -> str:
    """`Bearer` for Authorization in any case, otherwise none."""
    return "Bearer" if header_name.lower() == DEFAULT_HEADER.lower() else ""


def name_findings(name: object) -> Iterator[Finding]:
    """What is wrong with a header name."""
    if not isinstance(name, str) or not name.strip():
        yield from text_findings("header_name", name, "give a name such as Authorization or X-Gateway-Secret")
        return
    # What looks like a whole header line may hold the secret, so it isn't shown.
    subject = f"header_name {name!r}" if _SHOWN_NAME.fullmatch(name) else "header_name"
    if "_" in name:
        yield Finding(
            subject,
            "holds an underscore, and many backends take X_Y and X-Y for one header, so a caller could "
            "suppress ours",
            "write '-' instead",
        )
    if re.search(r"[^A-Za-z0-9_-]", name):
        yield Finding(subject, "holds other characters than A-Z, a-z, 0-9 and -", "leave them out")
    lowered = name.lower().replace("_", "-")
    if lowered == "host":
        yield Finding(subject, "decides where a request goes, and Kong doesn't add it", "choose another name")
    elif lowered in _HOP_BY_HOP:
        yield Finding(
            subject, "belongs to one connection and never reaches the backend", "choose another name"
        )
    elif lowered in _FRAMING:
        yield Finding(
            subject, "says where a request ends, and changing it breaks requests", "choose another name"
        )
    elif lowered in _THE_GATEWAYS_OWN:
        yield Finding(
            subject, "is set by the gateway itself, so ours never reaches the backend", "choose another name"
        )


def scheme_findings(scheme: object) -> Iterator[Finding]:
    """What is wrong with a scheme, without showing it, as people put the secret there too."""
    if scheme is None or scheme == "":
        return
    if not isinstance(scheme, str) or not _SCHEME.fullmatch(scheme):
        yield Finding(
            "scheme", "is not one word such as Bearer or Token", 'give one word, or "" for no scheme'
        )


def secret_findings(secret: object, scheme: str = "") -> Iterator[Finding]:
    """What is wrong with a secret value, without showing it. scheme: the one that will stand before it."""
    if not isinstance(secret, str):
        yield Finding("shared_secret", "is no text", "give a string, as the value of a SharedSecret")
        return
    if not secret:
        yield Finding(
            "shared_secret", "is empty", "give a secret, best 32 random characters of A-Z, a-z and 0-9"
        )
        return
    if re.search(r"[\r\n]", secret):
        yield Finding("shared_secret", "holds a line break", "remove it; files often end with one")
    if re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", secret):
        yield Finding("shared_secret", "holds control characters", "remove them")
    if not secret.isascii():
        yield Finding("shared_secret", "holds characters outside ASCII", "use ASCII characters only")
    if secret != secret.strip(" "):
        yield Finding("shared_secret", "begins or ends with a space", "remove it")
    if secret.startswith(":"):
        yield Finding(
            "shared_secret", "begins with a colon, which Kong swallows", "begin with another character"
        )
    if "$(" in secret:
        yield Finding(
            "shared_secret",
            "holds '$(', which Kong evaluates as a template in every request",
            "use other characters",
        )
    if scheme and re.match(re.escape(scheme) + r"(\s|$)", secret, re.IGNORECASE):
        yield Finding(
            "shared_secret",
            f"already starts with the scheme {scheme!r}, which is put before it",
            f'give the value without {scheme!r}, or scheme=""',
        )


def header_findings(name: object, scheme: object, secret: object) -> Iterator[Finding]:
    """What is wrong with a whole header; None as a scheme is the default of the name."""
    exchanged = isinstance(name, str) and isinstance(secret, str) and name.lower() == secret.lower() != ""
    if exchanged:
        yield Finding(
            "header_name",
            "is the secret itself, and names are stored and shown in clear",
            "give the header's name, and another secret if this one was shown",
        )
    else:
        yield from name_findings(name)
    yield from scheme_findings(scheme)
    in_front = default_scheme(name) if scheme is None and isinstance(name, str) else scheme
    yield from secret_findings(secret, in_front if isinstance(in_front, str) else "")


def secret_warnings(secret: str) -> Iterator[str]:
    """What is allowed but rarely meant, without showing the secret."""
    if len(secret) < SHORT_SECRET:
        yield (
            f"shared_secret is shorter than {SHORT_SECRET} characters and can be guessed; use 32 random ones"
        )
    if len(secret) > LONG_SECRET:
        yield (
            f"shared_secret is longer than {LONG_SECRET} characters, and many backends refuse a request with "
            "such a header; 32 random ones are enough"
        )
    if secret.startswith("{vault://"):
        yield (
            "shared_secret looks like a vault reference, which this plugin doesn't resolve: backends get "
            "it as it is"
        )
