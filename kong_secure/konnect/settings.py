"""Where Konnect is and with which token, parsed once from the environment and the stack configuration; no
requests are made here.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from kong_secure.errors import SettingsError

REGIONS = ("us", "eu", "au", "me", "in", "sg")
"""Where Konnect has control planes (control-planes-config: servers; cloud-gateways: ControlPlaneGeo)."""

GLOBAL = "global"
"""The host of the cloud-gateways API, which has no region (cloud-gateways: servers)."""

DEFAULT_REGION = "us"

_TOKEN_VARIABLES = ("KONNECT_TOKEN", "KONNECT_SPAT")
_TOKEN_KEY = "konnect:token"  # noqa: S105 - the name of a configuration key
_TIMEOUT_VARIABLE, _TIMEOUT_KEY = "KONNECT_TIMEOUT_SECONDS", "konnect:timeoutSeconds"
_REGION_VARIABLE, _REGION_KEY = "KONNECT_REGION", "konnect:region"
_ADDRESS_VARIABLE = "KONNECT_SERVER_URL"
_SANDBOX_VARIABLE = "KONG_SECURE_SANDBOX"
_DEFAULT_ADDRESS = "https://{region}.api.konghq.com"
_DEFAULT_DEADLINE = 300.0

CONFIGURATION_KEYS = (_TOKEN_KEY, _TIMEOUT_KEY)
"""The keys of the stack configuration that `parse_settings` reads."""


@dataclass(frozen=True)
class Settings:
    """How to reach Konnect.

    token: what is sent as `Authorization: Bearer`; token_source: the variable or key it came from.
    address: without a trailing slash; `{region}` in it stands for the region, or `global`.
    deadline_seconds: for one operation, retries included.
    sandboxed: only loopback is allowed.
    """

    token: str = field(repr=False)
    token_source: str
    address: str = _DEFAULT_ADDRESS
    deadline_seconds: float = _DEFAULT_DEADLINE
    sandboxed: bool = False

    @property
    def loopback(self) -> bool:
        """Whether Konnect is on this machine, so that no proxy may stand between."""
        return all(is_loopback(urlsplit(self.base_url(host)).hostname) for host in (*REGIONS, GLOBAL))

    def base_url(self, host: str) -> str:
        """The address for a region, or for `global`, without the path."""
        return self.address.replace("{region}", host)


def parse_settings(environment: Mapping[str, str], configuration: Mapping[str, object]) -> Settings:
    """Settings from variables of the environment, else from stack configuration (`konnect:token`,
    `konnect:timeoutSeconds`).

    Raises SettingsError that names the variable or key and what is allowed; it never shows the token.
    """
    token, source = _token(environment, configuration)
    settings = Settings(
        token=token,
        token_source=source,
        address=_address(environment),
        deadline_seconds=_deadline(environment, configuration),
        sandboxed=bool(environment.get(_SANDBOX_VARIABLE)),
    )
    _refuse_unsafe(settings)
    return settings


def choose_region(given: object, environment: Mapping[str, str], configured: object = None) -> str:
    """The region: what was given, else the configuration's `konnect:region`, else KONNECT_REGION, else `us`.

    Raises SettingsError when it is none of Konnect's regions.
    """
    candidates = (
        ("region", given),
        (_REGION_KEY, configured),
        (_REGION_VARIABLE, environment.get(_REGION_VARIABLE) or None),
    )
    for source, value in candidates:
        if value is not None:
            if value not in REGIONS:
                raise SettingsError(
                    f"{source} {value!r} is no region of Konnect: give one of {', '.join(REGIONS)}"
                )
            return str(value)
    return DEFAULT_REGION


def no_address() -> SettingsError:
    """The error for an address that can't be one, whether that is seen here or when a client is made for it."""
    return SettingsError(
        f"{_ADDRESS_VARIABLE} is no address; it looks like https://{{region}}.example.com, "
        "and {region} in it becomes the region or `global`"
    )


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine itself, by its text alone."""
    if host is None:
        return False
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _token(environment: Mapping[str, str], configuration: Mapping[str, object]) -> tuple[str, str]:
    candidates = [(name, environment.get(name)) for name in _TOKEN_VARIABLES]
    candidates.append((_TOKEN_KEY, _text(configuration.get(_TOKEN_KEY))))
    for source, value in candidates:
        token = (value or "").strip()
        if token:
            if not re.fullmatch(r"[!-~]+", token):
                raise SettingsError(
                    f"the token in {source} holds spaces or characters that no token has; give it "
                    "without quotes or line breaks"
                )
            return token, source
    raise SettingsError(
        "there is no Konnect token: export KONNECT_TOKEN (or KONNECT_SPAT), or run "
        "`pulumi config set --secret konnect:token`; a token of a Konnect user or system account is meant"
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _deadline(environment: Mapping[str, str], configuration: Mapping[str, object]) -> float:
    variable = environment.get(_TIMEOUT_VARIABLE)
    source, text = (
        (_TIMEOUT_VARIABLE, variable) if variable else (_TIMEOUT_KEY, configuration.get(_TIMEOUT_KEY))
    )
    if text is None:
        return _DEFAULT_DEADLINE
    if not re.fullmatch(r"\s*\d+(\.\d+)?\s*", str(text)) or not 1 <= float(str(text)) <= 86_400:
        raise SettingsError(f"{source} is {str(text)!r}; seconds from 1 to 86400 are allowed")
    return float(str(text))


def _address(environment: Mapping[str, str]) -> str:
    address = (environment.get(_ADDRESS_VARIABLE) or _DEFAULT_ADDRESS).strip().rstrip("/")
    parts = _split(address.replace("{region}", DEFAULT_REGION))
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise no_address()
    if parts.username is not None or parts.query or parts.fragment:
        raise SettingsError(
            f"{_ADDRESS_VARIABLE} holds more than scheme, host, port and path; the token goes into "
            "KONNECT_TOKEN"
        )
    return address.removesuffix("/v2")


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        # A port that is no number, or too high a one, is noticed only when it is read.
        _ = parts.port
    except ValueError:
        return None
    return None if re.search(r"[\s{}]", address) else parts


def _refuse_unsafe(settings: Settings) -> None:
    if settings.loopback:
        return
    if settings.sandboxed:
        raise SettingsError(
            f"{_SANDBOX_VARIABLE} is set, and while it is only a Konnect on this machine is used; "
            f"{_ADDRESS_VARIABLE} names another one ({urlsplit(settings.base_url('us')).hostname})"
        )
    if not settings.address.startswith("https://"):
        raise SettingsError(
            f"{_ADDRESS_VARIABLE} is plain HTTP, which would send the token in clear: use https:// "
            "(plain HTTP is for loopback only)"
        )
