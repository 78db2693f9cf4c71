"""What a program may say about how the gateway reaches a service, as far as it is plain text or the value of an
output; what a path is made of isn't known here.
"""

import re
from collections.abc import Iterator

from kong_secure.rules.findings import Finding

PUBLIC_INTERNET = "public-internet"
READY = "ready"
"""What the state of a path is, once it carries packets."""

_COMPONENTS = {"awstransitgateway": "AwsTransitGateway", "azurevnetpeering": "AzureVnetPeering"}
_ONE_WAY = ("privatelink", "vpcendpoint", "endpointservice", "resourceendpoint", "privateendpoint")
_ALLOWED = (
    'give "public-internet", a path such as AwsTransitGateway("path", ...), or the readiness of a path in another '
    'stack, as StackReference(...).get_output("ready")'
)


def connectivity_findings(connectivity: object) -> Iterator[Finding]:
    """What is wrong with connectivity that is neither a path nor an output."""
    if connectivity == PUBLIC_INTERNET:
        return
    subject = f"connectivity {connectivity!r}"
    if connectivity is None or connectivity == "":
        yield Finding("connectivity", "is missing", _ALLOWED)
    elif not isinstance(connectivity, str):
        yield Finding(f"connectivity of type {_kind_of(connectivity)}", "is no path", _ALLOWED)
    elif any(word in _letters(connectivity) for word in _ONE_WAY):
        yield Finding(
            subject,
            "isn't offered, because PrivateLink is one-way: what is behind it is reached and can call nothing back",
            f'choose AwsTransitGateway or AzureVnetPeering for a private path, or "{PUBLIC_INTERNET}"',
        )
    elif name := _COMPONENTS.get(_letters(connectivity)):
        yield Finding(
            subject,
            "names a kind of path, and not which one",
            f'give the path itself, as path = {name}("path", network="production", ...) and connectivity=path',
        )
    else:
        yield Finding(subject, "is no connectivity", _ALLOWED)


def readiness_findings(readiness: object, *, shown: bool) -> Iterator[Finding]:
    """What is wrong with the value of an output that stands for a path. shown: whether the value may be told."""
    if readiness in (READY, PUBLIC_INTERNET):
        return
    if readiness is None:
        problem = "is an output without a value"
        fix = (
            'let the path\'s stack export its readiness, as pulumi.export("ready", path.once_ready("ready")), '
            "and bring it up first"
        )
    else:
        problem = f"is an output whose value is {f'{readiness!r}, ' if shown else ''}not {READY!r}"
        fix = 'give path.once_ready("ready"), or path.state, or an output of another stack that holds one of them'
    yield Finding("connectivity", problem, fix)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def _kind_of(value: object) -> str:
    return f"class {value.__name__}" if isinstance(value, type) else type(value).__name__
